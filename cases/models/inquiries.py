"""Questions of supervision to an office, each with a day for the answer."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from healthcode.core.audit.guards import once, stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office
from healthcode.core.offices.words import Words

if TYPE_CHECKING:
    from healthcode.core.offices.models import User

ANSWER, ASK = "inquiry.answer", "inquiry.ask"


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def unanswered(self) -> Self:
        """Keep what an office still has to answer."""
        return self.filter(answered_at=None, closed_at=None)

    def readable_by(self, user: "User") -> Self:
        """Keep what a user may read: supervision all of it, an office what it was asked."""
        if user.may(ASK):
            return self
        return self.filter(office=user.office_id) if user.may(ANSWER) else self.none()


class Inquiry(Recorded, models.Model):
    """One question: of whom, about what, by when; the office's answer, and what supervision found."""

    class Finding(models.TextChoices):
        IN_ORDER = "IN_ORDER", _("in order")
        PUT_RIGHT = "PUT_RIGHT", _("was not in order, is put right")
        NOT_IN_ORDER = "NOT_IN_ORDER", _("not in order: to be followed up")
        WITHDRAWN = "WITHDRAWN", _("question withdrawn")

    audit_name = "inquiry"
    audit_fields = (
        *("office", "person", "about", "subject", "due_at", "asked_by", "asked_at"),
        *("answered_by", "answered_at", "finding", "closed_by", "closed_at"),
    )
    guards = (
        stays(
            *("office_id", "person_id", "about", "subject", "due_at", "asked_by_id", "asked_at"),
            message="a question that was asked stays",
        ),
        once("answered_at", "answered_by_id", message="a question is answered once"),
        once("closed_at", "closed_by_id", message="a question is closed once"),
    )

    office = models.ForeignKey(
        Office,
        models.PROTECT,
        related_name="inquiries",
        verbose_name=pgettext_lazy("inquiry", "asked office"),
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="inquiries", verbose_name=_("person")
    )
    # As the ledger calls it: a ticket, a conversion, a person, a sign; and of a sign, which of its rows.
    about = models.CharField(_("about"), max_length=60, blank=True)
    subject = models.CharField(max_length=64, blank=True, editable=False)
    question = Words(_("question"), max_length=1000)
    due_at = models.DateTimeField(_("to be answered until"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.CharField(_("answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True)
    finding = models.CharField(
        pgettext_lazy("inquiry", "finding"), max_length=12, choices=Finding, blank=True
    )
    reason = models.CharField(_("reason of the finding"), max_length=1000, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("question of supervision")
        verbose_name_plural = _("questions of supervision")
        indexes = (
            models.Index(
                fields=("office", "due_at"),
                condition=Q(answered_at=None, closed_at=None),
                name="inquiry_unanswered",
            ),
            models.Index(fields=("closed_at",), condition=Q(closed_at=None), name="inquiry_open"),
        )
        constraints = (
            models.CheckConstraint(name="inquiry_due_later", condition=Q(due_at__gt=F("asked_at"))),
            models.CheckConstraint(
                name="inquiry_answered_pair",
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="inquiry_closed_with_finding",
                condition=Q(closed_at=None, closed_by=None, finding="")
                | Q(
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    finding__in=("IN_ORDER", "PUT_RIGHT", "NOT_IN_ORDER", "WITHDRAWN"),
                ),
            ),
            models.CheckConstraint(
                name="inquiry_two_persons", condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by"))
            ),
        )

    def __str__(self) -> str:
        return f"{_('Question')} {self.pk} · {self.office}"

    @property
    def last_day(self) -> date:
        """Return the last day on which it is answered in time."""
        return localtime(self.due_at - timedelta(seconds=1)).date()

    def is_late(self, at: datetime) -> bool:
        """Tell whether its day is over without an answer, or was when the answer came."""
        return (self.answered_at or self.closed_at or at) >= self.due_at
