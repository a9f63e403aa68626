"""What a person declares in the health-code form, and what a fever clinic finds."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.people import Person
from healthcode.core.audit.guards import stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office


class Mode(models.TextChoices):
    ALONE = "ALONE", _("filled in alone")
    GUIDED = "GUIDED", _("guided by a fever clinic")
    PROXY = "PROXY", _("filled in by proxy")


class Declaration(Recorded, models.Model):
    """One filled-in health-code form (clauses 3.2a and 3.4a)."""

    audit_name = "declaration"
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
    )
    guards = (
        stays(
            *("person_id", "at", "temperature", "fever", "onset_on", "mode", "clinic_id", "by_id"),
            message="what was declared stays",
        ),
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
    proxy = models.CharField(_("proxy"), max_length=60, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

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


class ClinicVisit(Recorded, models.Model):
    """A fever clinic's finding, or the record of one from elsewhere (clause 3.4a)."""

    audit_name = "visit"
    audit_fields = (
        "person",
        "clinic",
        "elsewhere",
        "visited_at",
        "ruled_out",
        "record_number",
        "by",
        "at",
    )
    guards = (
        stays(
            *("person_id", "clinic_id", "visited_at", "ruled_out", "by_id", "at"),
            message="what a clinic found stays",
        ),
    )

    person = models.ForeignKey(Person, models.PROTECT, related_name="visits", verbose_name=_("person"))
    clinic = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("fever clinic"))
    elsewhere = models.CharField(_("clinic elsewhere"), max_length=100, blank=True)
    visited_at = models.DateTimeField(_("visited at"))
    ruled_out = models.BooleanField(_("infection ruled out"))
    record_number = models.CharField(_("record number"), max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("fever-clinic visit")
        verbose_name_plural = _("fever-clinic visits")
        constraints = (
            models.UniqueConstraint(
                fields=("clinic", "elsewhere", "record_number"), name="visit_record_once"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Visit')} {self.pk}"
