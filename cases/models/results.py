"""Nucleic acid test results: append-only rows; a correction is a new row that names the old one."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from cases.models.rules import erased
from healthcode.core.audit.guards import UNLIKE, Erasable
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office
from healthcode.core.offices.words import Words


class Outcome(models.TextChoices):
    NEGATIVE = "NEGATIVE", _("negative")
    POSITIVE = "POSITIVE", _("positive")
    INCONCLUSIVE = "INCONCLUSIVE", _("inconclusive, to be taken again")
    PENDING = "PENDING", _("result pending")
    LOST = "LOST", _("sample lost, to be taken again")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("result", "withdrawn by its source")


class Origin(models.TextChoices):
    OWN = "OWN", _("own test")
    VERIFIED = "VERIFIED", _("verified report from elsewhere")


class LabResultQuerySet(models.QuerySet["LabResult"]):
    def uncorrected(self) -> Self:
        """Keep the rows that count: no later row corrects them, and their source did not withdraw them."""
        return self.filter(correction=None).exclude(outcome=Outcome.WITHDRAWN)

    def not_negative(self) -> Self:
        """Keep the few that say something else than negative: they have an index of their own."""
        return self.exclude(outcome=Outcome.NEGATIVE)

    def of(self, person: Person) -> Self:
        """Keep the results of a person's whole merged group."""
        return self.filter(person__among=person.group)


class LabResult(Recorded, AppendOnly):
    """One sample's outcome. The sampling time decides, never the order of arrival."""

    audit_name = "result"
    erasable = Erasable({"laboratory": "", "report_number": UNLIKE, "reason": ""}, erased("NEW.person_id"))
    audit_fields = (
        "person",
        "sampled_at",
        "reported_at",
        "outcome",
        "laboratory",
        "report_number",
        "origin",
        "pool_size",
        "corrects",
        "entered_by",
        "office",
        "entered_at",
        "batch",
    )

    person = models.ForeignKey(Person, models.PROTECT, related_name="results", verbose_name=_("person"))
    sampled_at = models.DateTimeField(_("sampled at"))
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome)
    laboratory = Words(_("laboratory"), max_length=100)
    report_number = Words(_("report number"), max_length=60)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    # Of a tube that was taken of several people at once: how many. Its positive is nobody's own.
    pool_size = models.PositiveSmallIntegerField(_("persons in one tube"), null=True, blank=True)
    # How often the number was free again: whoever held it was corrected to another, or withdrawn. Of two who take it
    # at the same moment, one is refused.
    freed = models.PositiveSmallIntegerField(_("number free again"), default=0)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction", verbose_name=_("corrects")
    )
    reason = Words(_("reason of the correction"), max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("office"))
    entered_at = models.DateTimeField(_("entered at"))
    batch = models.ForeignKey(
        "cases.Batch", models.PROTECT, null=True, related_name="results", verbose_name=_("delivery")
    )

    objects = LabResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("nucleic acid test result")
        verbose_name_plural = _("nucleic acid test results")
        indexes = (
            models.Index(fields=("person", "sampled_at"), name="result_person_sampled"),
            models.Index(
                fields=("sampled_at",), condition=~Q(outcome="NEGATIVE"), name="result_not_negative"
            ),
        )
        constraints = (
            models.CheckConstraint(name="result_outcome_known", condition=Q(outcome__in=Outcome.values)),
            models.CheckConstraint(name="result_origin_known", condition=Q(origin__in=Origin.values)),
            models.CheckConstraint(
                name="result_reported_after_sampled",
                condition=Q(reported_at=None) | Q(reported_at__gte=F("sampled_at")),
            ),
            models.UniqueConstraint(
                fields=("laboratory", "report_number", "freed"),
                condition=Q(corrects=None, pool_size=None),
                name="result_report_once",
            ),
            models.UniqueConstraint(
                fields=("laboratory", "report_number", "person", "freed"),
                condition=Q(corrects=None, pool_size__isnull=False),
                name="result_pool_once",
            ),
            models.CheckConstraint(
                name="result_pool_is_nobodys_positive",
                condition=Q(pool_size=None)
                | (Q(pool_size__gte=2, pool_size__lte=30) & ~Q(outcome="POSITIVE")),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Result')} {self.pk} · {self.get_outcome_display()}"
