"""What hangs on a ticket: assists, corrections, what was told, return visits, overdue marks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, Void
from complaints.models.choices import ColourSeen, Contact
from complaints.models.tickets import Ticket, moment, user
from healthcode.core.offices.models import Office
from healthcode.core.offices.words import Words


class Assist(models.Model):
    """A question to another office. The ticket stays whose it is; with a case, the answer can be the act itself."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="assists", verbose_name=_("ticket"))
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("asked office"))
    # F2: the case whose end this office has to enter; the assist closes itself once it is ended.
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("case to be ended")
    )
    question = Words(_("question"), max_length=500)
    asked_by = user(_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("to be answered by"))
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    answered_by = user(_("answered by"), null=True, blank=True)
    answered_at = moment(_("answered at"))

    class Meta:
        verbose_name = _("assist")
        verbose_name_plural = _("assists")
        indexes = (models.Index(fields=("office",), condition=Q(answered_at=None), name="assist_open"),)
        constraints = (
            models.CheckConstraint(
                name="assist_answered_pair",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Assist')} {self.pk} · {self.ticket}"


class CodeCorrection(models.Model):
    """F1: the void that a ticket asked for, and what it did to the colour. The void says who, when and why."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="corrections", verbose_name=_("ticket"))
    void = models.OneToOneField(Void, models.PROTECT, related_name="correction", verbose_name=_("void"))
    colour_before = models.CharField(_("colour before"), max_length=6, choices=ColourSeen)
    colour_after = models.CharField(_("colour after"), max_length=6, choices=ColourSeen, blank=True)
    settled_at = moment(_("settled at"))  # when the ticket followed the second person's decision
    # Set when the same ground came back: the ticket is handled again, once for each.
    imposed_again_by = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("imposed again by")
    )

    class Meta:
        verbose_name = _("code correction")
        verbose_name_plural = _("code corrections")

    def __str__(self) -> str:
        return f"{_('Correction')} {self.pk} · {self.ticket}"


class Notice(models.Model):
    """What the citizen was told, word for word: by whom, whom, how, and which colour went with it."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="notices", verbose_name=_("ticket"))
    at = models.DateTimeField(_("at"))
    by = user(_("told by"))
    channel = models.CharField(_("how"), max_length=10, choices=Contact)
    reached = Words(_("who was reached"), max_length=50)
    text = models.CharField(_("words"), max_length=2000)
    colour = models.CharField(_("colour told"), max_length=6, choices=ColourSeen, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = (
            models.CheckConstraint(name="notice_channel_known", condition=Q(channel__in=Contact.values)),
        )

    def __str__(self) -> str:
        return f"{_('Notice')} {self.pk} · {self.ticket}"


class ReturnVisit(models.Model):
    """The question afterwards, by somebody who did not decide: what colour do you see now?"""

    class Reached(models.TextChoices):
        YES = "YES", _("reached")
        NO_ANSWER = "NO_ANSWER", _("no answer")
        REFUSED = "REFUSED", _("did not want to talk")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="visits", verbose_name=_("ticket"))
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    at = models.DateTimeField(_("at"))
    by = user(_("asked by"))
    reached = Words(_("reached?"), max_length=10, choices=Reached)
    colour_seen = models.CharField(_("colour the citizen sees"), max_length=6, choices=ColourSeen, blank=True)
    solved = models.BooleanField(pgettext_lazy("visit", "solved"), null=True)
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction (1 to 5)"), null=True)
    comment = models.CharField(_("in the citizen's words"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("return visit")
        verbose_name_plural = _("return visits")
        constraints = (
            models.CheckConstraint(
                name="visit_reached_known", condition=Q(reached__in=("YES", "NO_ANSWER", "REFUSED"))
            ),
            models.CheckConstraint(
                name="visit_satisfaction", condition=Q(satisfaction=None) | Q(satisfaction__range=(1, 5))
            ),
        )

    def __str__(self) -> str:
        return f"{_('Return visit')} {self.pk} · {self.ticket}"


class Escalation(models.Model):
    """A clock that ran out, or nearly: marked once for each due instant, however often the timer runs."""

    class Level(models.TextChoices):
        WARNING = "WARNING", _("time is running out")
        OVERDUE = "OVERDUE", _("time is over")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="escalations", verbose_name=_("ticket"))
    clock = models.CharField(_("clock"), max_length=10)
    level = models.CharField(pgettext_lazy("clock", "level"), max_length=10, choices=Level)
    due_at = models.DateTimeField(pgettext_lazy("clock", "due"))
    at = models.DateTimeField(_("marked at"))

    class Meta:
        verbose_name = _("overdue mark")
        verbose_name_plural = _("overdue marks")
        constraints = (
            models.CheckConstraint(
                name="escalation_level_known", condition=Q(level__in=("WARNING", "OVERDUE"))
            ),
            models.UniqueConstraint(fields=("ticket", "clock", "level", "due_at"), name="escalation_once"),
        )

    def __str__(self) -> str:
        return f"{self.ticket} · {self.clock}"
