"""What is proposed about cases: exits that are reported, voids, releases, and holds of mass coding."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.cases import Case
from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.guards import once
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office
from healthcode.core.offices.words import Words


class VoidClass(models.TextChoices):
    WRONG_PERSON = "WRONG_PERSON", _("wrong person")
    WRONG_PLACE = "WRONG_PLACE", _("wrong place")
    WRONG_LEVEL = "WRONG_LEVEL", _("wrong area level")
    DUPLICATE_SOURCE = "DUPLICATE_SOURCE", _("duplicate source")
    ENTRY_ERROR = "ENTRY_ERROR", _("entry error")
    DECLARED_BY_MISTAKE = "DECLARED_BY_MISTAKE", _("declared by mistake")
    SOURCE_WITHDRAWN = "SOURCE_WITHDRAWN", _("withdrawn by its source")


class ExitReport(Recorded, Proposal):
    """A discharge, an exclusion or a reclassification, reported to the control group, which enters it."""

    audit_name = "exitreport"
    audit_of = "case"
    audit_fields = (
        *Proposal.decided_fields,
        "case",
        "exit",
        "new_ground",
        "happened_on",
        "evidence_ref",
        "addressed_to",
        "withdrawn_at",
    )
    guards = (
        *proposal_rules("case_id", "exit", "new_ground", "happened_on", "addressed_to_id"),
        once("withdrawn_at", message="an exit report is taken back once"),
    )

    class Exit(models.TextChoices):
        DISCHARGED = "DISCHARGED", _("cured and discharged")
        EXCLUDED = "EXCLUDED", _("suspected case excluded")
        INDEX_EXCLUDED = "INDEX_EXCLUDED", _("end of contact: the index case is excluded")
        RECLASSIFIED = "RECLASSIFIED", _("reclassified")

    case = models.ForeignKey(Case, models.PROTECT, related_name="exit_reports", verbose_name=_("case"))
    exit = models.CharField(_("exit"), max_length=20, choices=Exit)
    new_ground = models.CharField(_("new ground"), max_length=30, blank=True)
    happened_on = models.DateField(_("on"))
    evidence_ref = Words(_("evidence"), max_length=120)
    addressed_to = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("addressed to"))
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)

    class Meta(Proposal.Meta):
        verbose_name = _("exit report")
        verbose_name_plural = _("exit reports")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                name="exitreport_names_new_ground",
                condition=Q(exit="RECLASSIFIED") ^ Q(new_ground=""),
            ),
            models.CheckConstraint(
                name="exitreport_withdrawn_once_entered",
                condition=Q(withdrawn_at=None) | Q(decision="APPROVED"),
            ),
            models.UniqueConstraint(
                fields=("case",), condition=Q(decision="PENDING"), name="exitreport_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Exit report')} {self.pk} · {self.get_decision_display()}"


class Void(Recorded, Proposal):
    """The finding that a case was never true. It counts once a second person approves."""

    audit_name = "void"
    audit_of = "case"
    audit_fields = (*Proposal.decided_fields, "case", "reason_class", "reference", "replacement", "frees")
    guards = proposal_rules("case_id", "reason_class", "replacement_id", "frees")

    case = models.ForeignKey(Case, models.PROTECT, related_name="voids", verbose_name=_("case"))
    reason_class = models.CharField(_("kind of error"), max_length=20, choices=VoidClass)
    reference = Words(_("ticket or letter"), max_length=60, blank=True)
    # Of an index case with contacts: the case that takes its place, or the word that there is none.
    replacement = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("takes its place")
    )
    frees = models.BooleanField(_("no case takes its place"), default=False)

    class Meta(Proposal.Meta):
        verbose_name = _("void")
        verbose_name_plural = _("voids")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(name="void_class_known", condition=Q(reason_class__in=VoidClass.values)),
            models.UniqueConstraint(
                fields=("case",), condition=Q(decision="PENDING"), name="void_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Void')} {self.pk} · {self.get_decision_display()}"


class SelfCheck(Recorded, Proposal):
    """A case the big-data bureau found to be coded in error: what says so, and what failed."""

    audit_name = "selfcheck"
    audit_of = "case"
    audit_fields = (*Proposal.decided_fields, "case", "source")
    guards = proposal_rules("case_id")

    case = models.ForeignKey(Case, models.PROTECT, related_name="self_checks", verbose_name=_("case"))
    source = Words(_("where the finding comes from"), max_length=120)
    failed = Words(_("what failed"), max_length=500)

    class Meta(Proposal.Meta):
        verbose_name = _("own finding of the bureau")
        verbose_name_plural = _("own findings of the bureau")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("case",), condition=~Q(decision="REFUSED"), name="selfcheck_one_of_a_case"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} · {self.get_decision_display()}"

    @property
    def number(self) -> str:
        """Return the number under which a void names it."""
        return f"ZC{self.pk:06d}"


class MassHold(Recorded, Proposal):
    """So many openings on one ground and evidence that a duty lead looks first: its cases wait, HELD.

    With an `office` it is one of falls: facts that this office took back would let so many stand again.
    """

    audit_name = "hold"
    audit_fields = (*Proposal.decided_fields, "ground", "evidence_ref", "resolved", "office")
    guards = proposal_rules("ground", "evidence_ref", "resolved", "office_id")

    ground = models.CharField(_("ground"), max_length=30)
    evidence_ref = models.CharField(_("evidence"), max_length=120)
    resolved = models.BooleanField(_("evidence can be resolved"))
    office = models.ForeignKey(
        Office,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("office that took the facts back"),
    )
    reached = models.PositiveIntegerField(_("people within the hour"))

    class Meta(Proposal.Meta):
        verbose_name = _("hold of mass coding")
        verbose_name_plural = _("holds of mass coding")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("ground", "evidence_ref"),
                condition=Q(decision="PENDING"),
                name="masshold_one_pending",
            ),
        )

    def __str__(self) -> str:
        return f"{_('Hold')} {self.pk} · {self.get_decision_display()}"


class Release(Recorded, Proposal):
    """The end of a discretionary yellow, by the same two parties that opened it (1.2c)."""

    audit_name = "release"
    audit_of = "case"
    audit_fields = (*Proposal.decided_fields, "case", "document_number", "withdrawn_at")
    guards = (
        *proposal_rules("case_id"),
        once("withdrawn_at", message="a release is taken back once"),
    )

    case = models.ForeignKey(Case, models.PROTECT, related_name="releases", verbose_name=_("case"))
    document_number = Words(_("document number"), max_length=120)
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)

    class Meta(Proposal.Meta):
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("case",), condition=Q(decision="PENDING"), name="release_one_pending"
            ),
            models.CheckConstraint(
                name="release_withdrawn_once_approved",
                condition=Q(withdrawn_at=None) | Q(decision="APPROVED"),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Release')} {self.pk} · {self.get_decision_display()}"
