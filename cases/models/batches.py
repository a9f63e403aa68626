"""Deliveries: one file from outside, and what became of each of its rows."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import stored_refusals
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.words import Words

LETTER_LENGTH = 120
STATES_OF_WORK = ("RECEIVED", "CHECKED", "APPLYING", "APPLIED", "FAILED")
STATES_OVER = ("RETURNED", "CANCELLED", "UNDONE")  # the same file sent again is another delivery


class Kind(models.TextChoices):
    """What a delivery brings."""

    LINE_LIST = "LINE_LIST", _("CDC line list")
    GROUNDS = "GROUNDS", _("grounds sent down by the province")
    RESULTS = "RESULTS", _("laboratory results")
    AREAS = "AREAS", _("risk areas")
    CODES = "CODES", _("codes of other cities")
    PRESENCES = "PRESENCES", _("movement tracks")
    DECLARATIONS = "DECLARATIONS", _("declarations of the citizen channel")


class BatchQuerySet(models.QuerySet["Batch"]):
    def answered_for_by(self, user: User) -> Self:
        """Keep the deliveries of a user's office: those it sent itself, and those it brought in for a source."""
        own = Q(office=user.office_id, brought_by=None)
        return self.filter(own | Q(brought_from=user.office_id))

    def seen_to_by(self, user: User) -> Self:
        """Keep the deliveries a user's office acts on: its own, and of the bureau whatever the portal could not do."""
        own = self.answered_for_by(user)
        return own | self.filter(state=Batch.State.FAILED) if user.may("batch.bring") else own

    def brought(self) -> Self:
        """Keep the files that somebody brought in for a source."""
        return self.filter(brought_by__isnull=False).select_related("office", "brought_by", "brought_from")

    def unfinished(self) -> Self:
        """Keep the deliveries that a worker still has to do something for."""
        return self.filter(state__in=(Batch.State.RECEIVED, Batch.State.APPLYING))


class Batch(Recorded, models.Model):
    """One delivery: who sent what, and what became of it. This row is the truth of the work; a task only does it."""

    audit_name = "batch"
    audit_fields = (
        "kind",
        "sha256",
        "office",
        "delivered_by",
        "delivered_at",
        "brought_by",
        "brought_from",
        "letter",
        "confirmed_by",
        "confirmed_at",
    )

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("received, being checked")
        CHECKED = "CHECKED", _("checked, waiting for confirmation")
        APPLYING = "APPLYING", _("being applied")
        APPLIED = "APPLIED", _("applied")
        RETURNED = "RETURNED", _("returned as a whole")
        FAILED = "FAILED", _("stopped by an error of the portal")
        CANCELLED = "CANCELLED", pgettext_lazy("delivery", "withdrawn")
        UNDONE = "UNDONE", pgettext_lazy("delivery", "undone")

    class Form(models.TextChoices):
        CSV = "CSV", "CSV"
        XLSX = "XLSX", "XLSX"
        XLSM = "XLSM", "XLSM"
        XLS = "XLS", "XLS"
        ODS = "ODS", "ODS"
        NDJSON = "NDJSON", "NDJSON"

    TEXTS = ("CSV", "NDJSON")  # of the forms; the others are workbooks

    class Encoding(models.TextChoices):
        UTF8 = "UTF-8", "UTF-8"
        GB18030 = "GB18030", "GB18030"
        UTF16LE = "UTF-16LE", "UTF-16LE"
        UTF16BE = "UTF-16BE", "UTF-16BE"

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED.value)
    form = models.CharField(_("form"), max_length=10, choices=Form, default=Form.CSV.value)
    encoding = models.CharField(
        _("encoding"), max_length=10, choices=Encoding, default=Encoding.UTF8.value, blank=True
    )
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    declared_rows = models.PositiveIntegerField(_("declared rows"), null=True, blank=True)
    declared_sha256 = models.CharField(_("declared SHA-256"), max_length=64, blank=True)
    at_once = models.BooleanField(_("applied without confirmation"), default=False)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("office"))
    delivered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("delivered by")
    )
    delivered_at = models.DateTimeField(_("delivered at"))
    # While a source's line is down its file comes on paper or disc: who brought it in, and the letter it came with.
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brought in by"),
    )
    # Whoever brought it in can work elsewhere meanwhile: the office goes on answering for it.
    brought_from = models.ForeignKey(
        Office, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brought in from")
    )
    letter = Words(_("covering letter"), max_length=LETTER_LENGTH, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    checked = models.PositiveIntegerField(_("rows checked"), default=0)  # how far the preview has come
    applied = models.PositiveIntegerField(
        _("rows applied"), default=0
    )  # grows in each chunk's own transaction
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    unchanged = models.PositiveIntegerField(_("known already"), default=0)
    held = models.PositiveIntegerField(_("waiting for a person"), default=0)
    rejected = models.PositiveIntegerField(pgettext_lazy("rows", "returned"), default=0)
    preview = models.JSONField(_("preview"), default=dict, editable=False)
    # One worker at a time: until when it has the delivery, how often one took it up, and how often the work broke
    # since a row was last counted.
    claimed_until = models.DateTimeField(null=True, editable=False)
    claims = models.PositiveIntegerField(default=0, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    # What the check found out about the file beside its rows, and its last row, sealed: was it cut off?
    findings = models.JSONField(default=list, editable=False)
    last_row = models.BinaryField(default=b"", editable=False)
    # How many rows rest on each ground and evidence, as the check counted them; none before.
    together = models.JSONField(null=True, editable=False)
    # Why it came back or stopped, as codes and values; in words what somebody wrote who sent it back.
    faults = models.JSONField(default=list, editable=False)
    fault_text = models.CharField(_("why it was returned"), max_length=300, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = (
            models.CheckConstraint(name="batch_kind_is_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="batch_state_known",
                condition=Q(state__in=(*STATES_OF_WORK, *STATES_OVER)),
            ),
            models.CheckConstraint(
                name="batch_each_row_counted",
                condition=Q(applied=F("accepted") + F("unchanged") + F("held") + F("rejected")),
            ),
            models.CheckConstraint(
                name="batch_brought_with_a_letter", condition=Q(brought_by=None) | ~Q(letter="")
            ),
            models.UniqueConstraint(
                fields=("office", "kind", "sha256"),
                condition=~Q(state__in=STATES_OVER),
                name="batch_one_file_once",
            ),
        )

    def __str__(self) -> str:
        return f"{_('Delivery')} {self.pk}"

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"batch:{self.pk}/{field}"

    @property
    def fault(self) -> str:
        """Return why it was returned or stopped, in the language spoken now."""
        return stored_refusals.sentences(self.faults) or self.fault_text

    @property
    def answering_office_id(self) -> int:
        """Return the office that answers for it: the sender's, or that of whoever brought it in."""
        return self.brought_from_id or self.office_id


class BatchPart(models.Model):
    """A piece of a file, sealed: a restart goes on from it, and no plain file lies about.

    While the file streams in it is nobody's; an act makes a delivery of it once it is there as a whole.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="parts")
    upload = models.CharField(max_length=32)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    begun_at = models.DateTimeField(null=True)  # of the upload; of what came before this was kept, none

    class Meta:
        constraints = (models.UniqueConstraint(fields=("upload", "number"), name="batchpart_once"),)

    def __str__(self) -> str:
        return f"{self.upload}/{self.number}"

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"part:{self.upload}/{self.number}"


class RejectedRow(models.Model):
    """One row that was returned or waits for a person: where, which field, and why, in words fit for the sender."""

    class State(models.TextChoices):
        RETURNED = "RETURNED", pgettext_lazy("row", "returned")
        HELD = "HELD", _("waits for a person")
        TAKEN = "TAKEN", _("taken by a person")
        DISMISSED = "DISMISSED", _("left out by a person")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="rejected_rows", verbose_name=_("delivery"))
    row = models.PositiveIntegerField(_("row"))
    field = models.CharField(_("field"), max_length=40)
    # Why, of each wrong cell: code, values, the word of its column. What came back before has words alone.
    faults = models.JSONField(default=list, editable=False)
    reason_text = models.CharField(_("reason"), max_length=1000, blank=True)
    raw = models.BinaryField(editable=False)  # the row as it came, sealed
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RETURNED.value)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("returned row")
        verbose_name_plural = _("returned rows")
        constraints = (
            models.UniqueConstraint(fields=("batch", "row"), name="rejectedrow_once"),
            models.CheckConstraint(
                name="rejectedrow_state_known",
                condition=Q(state__in=("RETURNED", "HELD", "TAKEN", "DISMISSED")),
            ),
            models.CheckConstraint(
                name="rejectedrow_decided_pair",
                condition=Q(state__in=("RETURNED", "HELD"), decided_at=None, decided_by=None)
                | Q(state__in=("TAKEN", "DISMISSED"), decided_at__isnull=False, decided_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Row')} {self.row}"

    @property
    def reason(self) -> str:
        """Return why it came back, in the language spoken now."""
        return stored_refusals.lines(self.faults) or self.reason_text

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"batch:{self.batch_id}/{self.row}"


class Undo(Recorded, Proposal):
    """The wish to take a whole delivery back by compensating acts. It counts once a duty lead agrees."""

    audit_name = "undo"
    audit_of = "batch"
    audit_fields = (*Proposal.decided_fields, "batch")
    guards = proposal_rules("batch_id")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="undos", verbose_name=_("delivery"))

    class Meta(Proposal.Meta):
        verbose_name = _("taking back of a delivery")
        verbose_name_plural = _("taking back of deliveries")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("batch",), condition=Q(decision="PENDING"), name="undo_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Taking back')} {self.pk} · {self.get_decision_display()}"
