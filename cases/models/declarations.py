"""What a person declares in the health-code form, and what a fever clinic finds."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.people import Person
from cases.models.rules import erased
from healthcode.core.audit.guards import GONE, UNLIKE, Erasable
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office
from healthcode.core.offices.words import Words


class Mode(models.TextChoices):
    ALONE = "ALONE", _("filled in alone")
    GUIDED = "GUIDED", _("guided by a fever clinic")
    PROXY = "PROXY", _("filled in by proxy")


class FormQuerySet(models.QuerySet["Declaration"]):
    def uncorrected(self) -> Self:
        """Keep the forms that count: no later row answers them, and they were not withdrawn."""
        return self.filter(correction=None, withdrawn=False)


class Declaration(Recorded, AppendOnly):
    """One filled-in health-code form (clauses 3.2a and 3.4a)."""

    audit_name = "declaration"
    erasable = Erasable({"symptoms": "", "proxy": GONE, "reason": ""}, erased("NEW.person_id"))
    audit_fields = (
        "person",
        "at",
        "temperature",
        "fever",
        "onset_on",
        "symptoms",
        "mode",
        "clinic",
        "by",
        "corrects",
        "withdrawn",
        "corrected_at",
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="declarations", verbose_name=_("person"))
    at = models.DateTimeField(_("declared at"))
    temperature = models.DecimalField(
        _("temperature (°C)"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    fever = models.BooleanField(_("fever symptoms"))
    onset_on = models.DateField(_("symptoms since"), null=True, blank=True)
    symptoms = models.CharField(_("symptoms"), max_length=200, blank=True)
    mode = models.CharField(_("how"), max_length=10, choices=Mode)
    clinic = models.ForeignKey(
        Office, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("guided by")
    )
    proxy = Words(_("proxy"), max_length=60, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction", verbose_name=_("corrects")
    )
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    reason = Words(_("reason of the correction"), max_length=200, blank=True)
    corrected_at = models.DateTimeField(_("corrected at"), null=True, blank=True)
    # The delivery that brought it: taken back, its forms are.
    batch = models.ForeignKey(
        "cases.Batch", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("delivery")
    )

    objects = FormQuerySet.as_manager()

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        indexes = (models.Index(fields=("person", "at"), name="declaration_person_at"),)
        constraints = (
            models.CheckConstraint(name="declaration_mode_known", condition=Q(mode__in=Mode.values)),
            models.CheckConstraint(
                name="declaration_names_its_helper",
                condition=Q(mode="ALONE", clinic=None, proxy="")
                | Q(mode="GUIDED", clinic__isnull=False, proxy="")
                | (Q(mode="PROXY", clinic=None) & ~Q(proxy="")),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Declaration')} {self.pk}"


class VisitQuerySet(models.QuerySet["ClinicVisit"]):
    def uncorrected(self) -> Self:
        """Keep the visits that count: no later row answers them, and they were not withdrawn."""
        return self.filter(correction=None, withdrawn=False)


class ClinicVisit(Recorded, AppendOnly):
    """A fever clinic's finding, or the record of one from elsewhere (clause 3.4a)."""

    audit_name = "visit"
    erasable = Erasable({"elsewhere": "", "record_number": UNLIKE, "reason": ""}, erased("NEW.person_id"))
    audit_fields = (
        "person",
        "clinic",
        "elsewhere",
        "visited_at",
        "ruled_out",
        "record_number",
        "by",
        "at",
        "corrects",
        "withdrawn",
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="visits", verbose_name=_("person"))
    clinic = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("fever clinic"))
    elsewhere = Words(_("clinic elsewhere"), max_length=100, blank=True)
    visited_at = models.DateTimeField(_("visited at"))
    ruled_out = models.BooleanField(_("infection ruled out"))
    record_number = Words(_("record number"), max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("recorded at"))
    freed = models.PositiveSmallIntegerField(_("number free again"), default=0)  # as of a result
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction", verbose_name=_("corrects")
    )
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    reason = Words(_("reason of the correction"), max_length=200, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("fever-clinic visit")
        verbose_name_plural = _("fever-clinic visits")
        constraints = (
            models.UniqueConstraint(
                fields=("clinic", "elsewhere", "record_number", "freed"),
                condition=Q(corrects=None),
                name="visit_record_once",
            ),
        )

    def __str__(self) -> str:
        return f"{_('Visit')} {self.pk}"
