"""Medium- and high-risk areas, and areas or places in a severe situation."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.proposals import Decision, Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Division
from healthcode.core.offices.words import Words


class Level(models.TextChoices):
    MEDIUM = "MEDIUM", _("medium risk")
    HIGH = "HIGH", _("high risk")


class RiskAreaQuerySet(models.QuerySet["RiskArea"]):
    def kept(self, at: datetime) -> Self:
        """Keep the approved areas that were neither lifted nor withdrawn, those to come included."""
        approved = self.filter(decision=Decision.APPROVED, withdrawn_at=None)
        return approved.filter(Q(lifted_at=None) | Q(lifted_at__gt=at))

    def listed(self, at: datetime) -> Self:
        """Keep the approved areas in force at an instant: nothing rests on one before it begins."""
        return self.kept(at).filter(from_at__lte=at)


class RiskArea(Recorded, Proposal):
    """An area of the national list, or one in a severe situation (clause 1.4: a flag on top of the level)."""

    audit_name = "area"
    audit_fields = (
        *Proposal.decided_fields,
        "name",
        "division",
        "venue",
        "level",
        "severe",
        "test_required",
        "look_back_days",
        "from_at",
        "source_document",
        "assessment_document",
        "consent_document",
        "batch",
        "begun_at",
        "lifted_at",
        "lifted_by",
        "test_still_due",
        "withdrawn_at",
    )
    guards = proposal_rules(
        "name",
        "division_id",
        "venue",
        "level",
        "severe",
        "test_required",
        "look_back_days",
        "from_at",
        "source_document",
        "assessment_document",
        "consent_document",
        "batch_id",
    )

    name = Words(_("area"), max_length=100)
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("division")
    )
    venue = Words(pgettext_lazy("risk area", "place"), max_length=100, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    severe = models.BooleanField(_("severe situation"), default=False)
    test_required = models.BooleanField(_("test required"), default=True)
    look_back_days = models.PositiveSmallIntegerField(_("look-back (days)"))
    from_at = models.DateTimeField(pgettext_lazy("time", "from"))
    source_document = Words(_("source document"), max_length=120)
    assessment_document = Words(
        _("assessment of the provincial health commission"), max_length=120, blank=True
    )
    consent_document = Words(_("consent of the provincial leading group"), max_length=120, blank=True)
    batch = models.ForeignKey(
        "cases.Batch", models.PROTECT, null=True, related_name="areas", verbose_name=_("delivery")
    )
    # When the tracks that lead there were matched: at its approval, or by the timer at its own instant.
    begun_at = models.DateTimeField(_("tracks matched at"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("lifted by")
    )
    test_still_due = models.BooleanField(_("test still due"), default=True)
    withdrawn_at = models.DateTimeField(_("listing withdrawn at"), null=True, blank=True)

    objects = RiskAreaQuerySet.as_manager()  # type: ignore[misc,assignment]

    class Meta(Proposal.Meta):
        verbose_name = _("risk area")
        verbose_name_plural = _("risk areas")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(name="area_level_known", condition=Q(level__in=Level.values)),
            models.CheckConstraint(
                name="area_severe_cites_both_documents",
                condition=Q(severe=False) | (~Q(assessment_document="") & ~Q(consent_document="")),
            ),
            models.CheckConstraint(
                name="area_lifted_pair",
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__gt=F("from_at"), lifted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="area_begins_at_its_instant",
                condition=Q(begun_at=None) | Q(decision="APPROVED", begun_at__gte=F("from_at")),
            ),
            models.CheckConstraint(
                name="area_withdrawn_once_approved", condition=Q(withdrawn_at=None) | Q(decision="APPROVED")
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} · {self.get_level_display()}"


class AreaChange(Recorded, Proposal):
    """What one person proposes about an approved area, and another decides: its lifting, or a step back."""

    class Kind(models.TextChoices):
        LIFT = "LIFT", _("lift the area")
        WITHDRAW = "WITHDRAW", _("withdraw the listing")
        UNLIFT = "UNLIFT", _("take the lifting back")

    audit_name = "areachange"
    audit_of = "area"
    audit_fields = (*Proposal.decided_fields, "area", "kind", "test_still_due", "batch")
    guards = proposal_rules("area_id", "kind", "test_still_due", "batch_id")

    area = models.ForeignKey(RiskArea, models.PROTECT, related_name="changes", verbose_name=_("area"))
    kind = models.CharField(_("what is proposed"), max_length=10, choices=Kind)
    test_still_due = models.BooleanField(_("test still due"), default=True)
    batch = models.ForeignKey(
        "cases.Batch", models.PROTECT, null=True, related_name="area_changes", verbose_name=_("delivery")
    )

    class Meta(Proposal.Meta):
        verbose_name = _("change of a risk area")
        verbose_name_plural = _("changes of risk areas")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                name="area_change_kind_known", condition=Q(kind__in=("LIFT", "WITHDRAW", "UNLIFT"))
            ),
            models.UniqueConstraint(
                fields=("area",), condition=Q(decision="PENDING"), name="area_change_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.area}"
