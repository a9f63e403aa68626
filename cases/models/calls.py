"""Telephone calls to those whose ground stands again because a fact was taken back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.cases import Case
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded


class Call(Recorded, AppendOnly):
    """One attempt to tell somebody that a case of theirs stands again: who was reached, after how many tries."""

    class Reached(models.TextChoices):
        PERSON = "PERSON", _("the person")
        FAMILY = "FAMILY", _("family or guardian")
        NOBODY = "NOBODY", _("nobody")

    audit_name = "call"
    audit_of = "case"
    audit_fields = ("case", "reached", "tries", "called_at", "by", "at")

    case = models.ForeignKey(Case, models.PROTECT, related_name="calls", verbose_name=_("case"))
    reached = models.CharField(_("who was reached"), max_length=6, choices=Reached)
    tries = models.PositiveSmallIntegerField(_("number of tries"))
    called_at = models.DateTimeField(_("called at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("called by")
    )
    at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = (
            models.CheckConstraint(
                name="call_reached_known", condition=Q(reached__in=("PERSON", "FAMILY", "NOBODY"))
            ),
            models.CheckConstraint(name="call_tried", condition=Q(tries__gte=1)),
            models.CheckConstraint(name="call_before_it_is_entered", condition=Q(called_at__lte=F("at"))),
        )

    def __str__(self) -> str:
        return f"{_('Call')} {self.pk} · {self.get_reached_display()}"
