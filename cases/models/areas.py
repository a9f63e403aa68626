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


class Level(models.TextChoices):
    MEDIUM = "MEDIUM", _("medium risk")
    HIGH = "HIGH", _("high risk")


class RiskAreaQuerySet(models.QuerySet["RiskArea"]):
    def listed(self, at: datetime) -> Self:
        """Keep the approved areas in force at an instant."""
        return self.filter(decision=Decision.APPROVED, from_at__lte=at).filter(
            Q(lifted_at=None) | Q(lifted_at__gt=at)
        )


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
        "lifted_at",
        "lifted_by",
        "test_still_due",
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

    name = models.CharField(_("area"), max_length=100)
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("division")
    )
    venue = models.CharField(pgettext_lazy("risk area", "place"), max_length=100, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    severe = models.BooleanField(_("severe situation"), default=False)
    test_required = models.BooleanField(_("test required"), default=True)
    look_back_days = models.PositiveSmallIntegerField(_("look-back (days)"))
    from_at = models.DateTimeField(pgettext_lazy("time", "from"))
    source_document = models.CharField(_("source document"), max_length=120)
    assessment_document = models.CharField(
        _("assessment of the provincial health commission"), max_length=120, blank=True
    )
    consent_document = models.CharField(
        _("consent of the provincial leading group"), max_length=120, blank=True
    )
    batch = models.ForeignKey(
        "cases.Batch", models.PROTECT, null=True, related_name="areas", verbose_name=_("delivery")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("lifted by")
    )
    test_still_due = models.BooleanField(_("test still due"), default=True)

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
        )

    def __str__(self) -> str:
        return f"{self.name} · {self.get_level_display()}"
