"""CDC's opinions on positives that are no new case: somebody recovered, a remnant, a contaminated sample."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.people import Person
from cases.models.results import LabResult
from healthcode.core.audit.guards import once, stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office
from healthcode.core.offices.words import Words


class Opinion(Recorded, models.Model):
    """An opinion of CDC that a positive is no new case, with reason and document."""

    audit_name = "opinion"
    audit_fields = ("person", "result", "document", "by", "office", "at", "withdrawn_at", "withdrawn_by")
    guards = (
        stays("person_id", "result_id", "by_id", "office_id", "at", message="what CDC found, and who, stays"),
        once("withdrawn_at", "withdrawn_by_id", message="an opinion is taken back once"),
    )

    person = models.ForeignKey(Person, models.PROTECT, related_name="opinions", verbose_name=_("person"))
    result = models.ForeignKey(LabResult, models.PROTECT, related_name="opinions", verbose_name=_("result"))
    document = Words(_("document number"), max_length=120)
    reason = Words(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("office"))
    at = models.DateTimeField(_("entered at"))
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken back by")
    )

    class Meta:
        verbose_name = _("opinion of CDC")
        verbose_name_plural = _("opinions of CDC")
        constraints = (
            models.CheckConstraint(
                name="opinion_withdrawn_pair",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("result",), condition=Q(withdrawn_at=None), name="opinion_one_standing"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Opinion of CDC')} {self.pk}"
