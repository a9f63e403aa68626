"""Cases: one policy ground standing against one person."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Expression
from django.utils.translation import gettext_lazy as _

from cases.models.repeats import standing_repeats
from cases.models.rules import CASE_RULES
from healthcode.core import vault
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office
from healthcode.core.own_words import WrittenField

if TYPE_CHECKING:
    from cases.models.people import Person


class State(models.TextChoices):
    REPORTED = "REPORTED", _("reported, waiting for entry")
    HELD = "HELD", _("waiting for a second person")
    OPEN = "OPEN", _("standing")
    ENDED = "ENDED", _("ended")
    VOIDED = "VOIDED", _("coded in error, voided")
    REFUSED = "REFUSED", _("sent back")


ROWS = {"declaration": _("form %(number)s"), "case": _("case %(number)s"), "area": _("risk area %(number)s")}


def cited(reference: str) -> str:
    """Return a reference as a reader takes it: what cites a row of the portal itself says which."""
    kind, _colon, number = reference.partition(":")
    words = ROWS.get(kind) if number.isdecimal() else None
    return str(words % {"number": number}) if words else reference


class Channel(models.TextChoices):
    REPORTED = "REPORTED", _("reported by CDC, entered by the control group")
    GROUP = "GROUP", _("entered by the control group")
    COMMUNITY = "COMMUNITY", _("found by own screening")
    PROVINCE = "PROVINCE", _("sent down by the province")
    AUTOMATIC = "AUTOMATIC", _("matched from linked data")
    SELF = "SELF", _("the person's own declaration")
    ENGINE = "ENGINE", _("by the rule book, after another ground")


# How a case ends that a newly adopted rule book no longer lets follow: no exit of the book's, but the book itself.
BY_RULE_BOOK = "RULE_BOOK"
# How a case ends whose own opening rested on a fact that was taken back: it was right to believe it, and it is over.
BASIS_GONE = "BASIS_GONE"


class EvidenceKind(models.TextChoices):
    LAB_REPORT = "LAB_REPORT", _("laboratory report")
    INVESTIGATION = "INVESTIGATION", _("epidemiological investigation")
    LETTER = "LETTER", _("letter of inquiry from elsewhere")
    ENTRY_RECORD = "ENTRY_RECORD", _("flight or entry record")
    SCREENING = "SCREENING", _("screening record")
    DOCUMENT = "DOCUMENT", _("rule or order with a document number")
    TRACK = "TRACK", _("movement track")
    DECLARATION = "DECLARATION", _("declaration in the health-code form")
    DISCHARGE = "DISCHARGE", _("discharge record")
    RULE_BOOK = "RULE_BOOK", _("rule book")


LIVE = (State.REPORTED.value, State.HELD.value, State.OPEN.value)


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> Self:
        """Keep the cases that count now."""
        return self.filter(state=State.OPEN)

    def standing_at(self, at: datetime | Expression) -> Self:
        """Keep the cases that counted at an instant, later-voided ones included: what the code showed."""
        return self.filter(opened_at__lte=at).filter(Q(closed_at=None) | Q(closed_at__gt=at))

    def unresumed(self) -> Self:
        """Keep the cases that none stands again from, or waits to; one that was sent back does not count."""
        again = self.model._default_manager.filter(resumes=OuterRef("pk")).exclude(state=State.REFUSED)
        return self.filter(~Exists(again))

    def bearing(self) -> Self:
        """Keep the ended cases that what their endings opened rests on: none stands again, nor went with its delivery.

        What an area led to rests on the area, whichever delivery brought the track.
        """
        ended = self.filter(state=State.ENDED).unresumed()
        return ended.exclude(Q(batch__state="UNDONE", risk_area=None) & ~Exists(standing_repeats()))

    def of(self, person: "Person") -> Self:
        """Keep the cases of a person's whole merged group."""
        return self.filter(person__among=person.group)


class Case(Recorded, models.Model):
    """One ground on one person, with its office, actor and evidence. It has no colour: the rule book does."""

    audit_name = "case"
    audit_fields = (
        "person",
        "ground",
        "channel",
        "state",
        "source_office",
        "entered_by",
        "entered_at",
        "addressed_to",
        "evidence_kind",
        "evidence_ref",
        "source_key",
        "began_on",
        "stayed_from",
        "index_case",
        "risk_area",
        "hold",
        "follows",
        "resumes",
        "origin",
        "plan_kind",
        "plan_days",
        "plan_day0",
        "plan_site",
        "plan_address",
        "plan_officer",
        "plan_office",
        "batch",
        "opened_at",
        "opened_by",
        "closed_at",
        "closed_by",
        "exit",
    )
    guards = CASE_RULES

    person = models.ForeignKey("cases.Person", models.PROTECT, related_name="cases", verbose_name=_("person"))
    ground = models.CharField(_("ground"), max_length=30)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    state = models.CharField(_("state"), max_length=10, choices=State)
    source_office = models.ForeignKey(
        Office, models.PROTECT, related_name="+", verbose_name=_("source office")
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered at"))
    addressed_to = models.ForeignKey(
        Office, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("addressed to")
    )
    evidence_kind = models.CharField(_("kind of evidence"), max_length=20, choices=EvidenceKind)
    evidence_ref = models.CharField(_("evidence"), max_length=120)
    # Empty is no number: many have none, and one each is of one case alone.
    source_key = models.CharField(  # noqa: DJ001
        _("source record"), max_length=120, null=True, blank=True, db_index=True
    )
    began_on = models.DateField(_("began on"))
    # Of a stay, `began_on` is the day it was left: a test from before it began says nothing of it (3.4b).
    stayed_from = models.DateTimeField(_("stay began at"), null=True, blank=True)
    index_case = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("index case")
    )
    risk_area = models.ForeignKey(
        "cases.RiskArea",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("risk area"),
    )
    hold = models.ForeignKey(
        "cases.MassHold", models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("hold")
    )
    # The ended case that the rule book lets this one follow (2.1e).
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name=_("follows on"),
    )
    # An ended case whose ending fell stands again as a new row; so any past moment tells what the code showed then.
    resumes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resumed_by",
        verbose_name=_("stands again from"),
    )
    # The first row of a chain of resumed, or between clinical grounds reclassified, cases; none in that row itself.
    origin = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="chain",
        verbose_name=_("first of its chain"),
    )
    # What a held case will order once it is approved, as whoever brought it in planned it.
    plan_kind = models.CharField(_("measure"), max_length=20, blank=True)
    plan_days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    plan_day0 = models.DateField(_("counted from"), null=True, blank=True)
    plan_site = models.ForeignKey(
        Office,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("designated hospital or isolation site"),
    )
    plan_address = models.CharField(_("place"), max_length=200, blank=True)
    plan_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible control officer"),
    )
    plan_office = models.ForeignKey(
        Office,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible office"),
    )
    batch = models.ForeignKey(
        "cases.Batch", models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("delivery")
    )
    opened_at = models.DateTimeField(_("standing since"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    exit = models.CharField(_("ended by"), max_length=20, blank=True)
    closing_reason = WrittenField(_("reason of closing"), max_length=500, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = (
            models.Index(fields=("person", "ground"), condition=Q(state="OPEN"), name="case_open"),
            # What stands longest comes first on the lists of what waits: they are read from here.
            models.Index(fields=("opened_at",), condition=Q(state="OPEN"), name="case_open_since"),
            models.Index(
                fields=("opened_at",),
                condition=Q(state="OPEN", resumes__isnull=False),
                name="case_stands_again",
            ),
            models.Index(fields=("addressed_to", "state"), name="case_addressed"),
            # What waits for a second person is asked for on every look at the home pages of those it climbs to.
            models.Index(fields=("entered_at",), condition=Q(state="REPORTED"), name="case_reported"),
            models.Index(fields=("entered_at",), condition=Q(state="HELD", hold=None), name="case_held"),
            models.Index(
                fields=("source_office", "closed_at"), condition=Q(state="REFUSED"), name="case_returned"
            ),
            models.Index(fields=("ground", "evidence_ref"), name="case_evidence"),
            models.Index(fields=("evidence_ref",), condition=Q(state="OPEN"), name="case_open_evidence"),
            # What turned out to be nothing is a few of all that was ever opened.
            models.Index(
                fields=("closed_at",), condition=Q(state="VOIDED") | Q(exit="EXCLUDED"), name="case_was_none"
            ),
        )
        constraints = (
            models.CheckConstraint(name="case_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="case_channel_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(
                name="case_evidence_known", condition=Q(evidence_kind__in=EvidenceKind.values)
            ),
            models.CheckConstraint(name="case_evidence_given", condition=~Q(evidence_ref="")),
            models.CheckConstraint(
                name="case_state_follows_instants",
                condition=Q(state__in=("REPORTED", "HELD"), opened_at=None, closed_at=None)
                | Q(state="OPEN", opened_at__isnull=False, closed_at=None)
                | Q(state__in=("ENDED", "VOIDED"), opened_at__isnull=False, closed_at__isnull=False)
                | Q(state="REFUSED", opened_at=None, closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_opened_pair",
                condition=Q(opened_at=None, opened_by=None)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
            ),
            models.CheckConstraint(
                name="case_closed_pair",
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            models.CheckConstraint(name="case_ended_says_how", condition=~Q(state="ENDED", exit="")),
            # What was sent back holds no record number: the source sends it again.
            models.UniqueConstraint(
                fields=("source_key",), condition=~Q(state="REFUSED"), name="case_source_key_once"
            ),
            # Sent back by a second person, it can fall again by another fact.
            models.UniqueConstraint(
                fields=("resumes",), condition=~Q(state="REFUSED"), name="case_resumed_once"
            ),
            # Each exposure is answered by itself: a later one stands beside the one before.
            models.UniqueConstraint(
                fields=("person", "ground", "evidence_kind", "evidence_ref", "began_on"),
                condition=Q(state__in=LIVE),
                name="case_once_per_exposure",
            ),
        )

    def __str__(self) -> str:
        return f"{_('Case')} {self.pk} · {self.get_state_display()}"

    @property
    def evidence(self) -> str:
        """Return what the case rests on, in words: its kind and its reference."""
        return f"{self.get_evidence_kind_display()} · {cited(self.evidence_ref)}"

    @property
    def origin_pk(self) -> int:
        """Return the key of the first row of its chain: whatever rests on this case rests on that one."""
        return self.origin_id or self.pk

    @property
    def first_opened_at(self) -> datetime | None:
        """Return when the first row of its chain was opened: one that stands again is no younger than that."""
        # The first row of a report that waited again was never opened.
        return (self.origin and self.origin.opened_at) or self.opened_at

    @property
    def facts(self) -> str:
        """Return a keyed digest of what the case rests on, which the ledger keeps in place of the content."""
        content = (
            self.evidence_kind,
            self.evidence_ref,
            self.began_on,
            self.index_case_id,
            self.risk_area_id,
            # Only where it is known: what was recorded before there was such an instant stays as it is.
            *((self.stayed_from.astimezone(UTC).isoformat(),) if self.stayed_from else ()),
        )
        return vault.blind_index("\0".join(map(str, content)), kind="case")[:32]
