"""The duty roster: who can be called for an office, from when until when."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthcode.core.audit.guards import once, stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office


class ShiftQuerySet(models.QuerySet["Shift"]):
    def kept(self) -> Self:
        """Keep what was not taken back."""
        return self.filter(withdrawn_at=None)

    def at(self, at: datetime) -> Self:
        """Keep the shifts that run at an instant."""
        return self.kept().filter(from_at__lte=at, until__gt=at)


class Shift(Recorded, models.Model):
    """Somebody on duty for their office during a half-open span, with the telephone that reaches them.

    It is entered and taken back, never changed: whoever was called by it stays on record.
    """

    audit_name = "shift"
    audit_fields = (
        *("office", "user", "phone", "leads", "from_at", "until"),
        *("entered_by", "entered_at", "withdrawn_by", "withdrawn_at"),
    )
    guards = (
        stays(
            *("office_id", "user_id", "phone", "leads", "from_at", "until", "entered_by_id", "entered_at"),
            message="who was on duty stays",
        ),
        once("withdrawn_at", "withdrawn_by_id", message="a shift is taken back once"),
    )

    office = models.ForeignKey(Office, models.PROTECT, related_name="shifts", verbose_name=_("office"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("on duty")
    )
    phone = models.CharField(_("telephone"), max_length=20)
    leads = models.BooleanField(_("leader on duty"), default=False)
    from_at = models.DateTimeField(pgettext_lazy("time", "from"))
    until = models.DateTimeField(pgettext_lazy("shift", "until"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered at"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken back by")
    )
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift of the duty roster")
        verbose_name_plural = _("duty roster")
        indexes = (models.Index(fields=("until",), condition=Q(withdrawn_at=None), name="shift_until"),)
        constraints = (
            models.CheckConstraint(name="shift_ends_after_it_begins", condition=Q(until__gt=F("from_at"))),
            models.CheckConstraint(name="shift_has_a_telephone", condition=~Q(phone="")),
            models.CheckConstraint(
                name="shift_withdrawn_pair",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        span = f"{localtime(self.from_at):%m-%d %H:%M} – {localtime(self.until):%m-%d %H:%M}"
        return f"{self.office} · {self.user} · {span}"
