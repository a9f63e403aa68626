"""Transitions: the history of a person's derived colour, written only by the engine."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from cases.models.rules import TRANSITION_RULES
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office


class StoredColour(models.TextChoices):
    """The colours as stored in history; their meaning and gravity are `cases.policy.colours`."""

    NONE = "NONE", _("no code")
    GREEN = "GREEN", _("green code")
    YELLOW = "YELLOW", _("yellow code")
    RED = "RED", _("red code")


class Transition(Recorded, AppendOnly):
    """One change of one person's colour: when, from what to what, by which act, ground, office and actor."""

    guards = TRANSITION_RULES

    person = models.ForeignKey(Person, models.PROTECT, related_name="transitions", verbose_name=_("person"))
    at = models.DateTimeField(_("at"))
    from_colour = models.CharField(pgettext_lazy("colour", "from"), max_length=6, choices=StoredColour)
    to_colour = models.CharField(pgettext_lazy("colour", "to"), max_length=6, choices=StoredColour)
    act = models.CharField(_("act"), max_length=40)
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, related_name="transitions", verbose_name=_("case")
    )
    clause = models.CharField(_("clause"), max_length=10, blank=True)
    rule_book = models.ForeignKey(
        "cases.RuleBook", models.PROTECT, related_name="+", verbose_name=_("rule book")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("actor")
    )
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("office"))

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")
        indexes = (models.Index(fields=("person", "at"), name="transition_person_at"),)
        constraints = (
            models.CheckConstraint(name="transition_changes", condition=~Q(from_colour=F("to_colour"))),
            models.CheckConstraint(
                name="transition_colours_known",
                condition=Q(from_colour__in=StoredColour.values, to_colour__in=StoredColour.values),
            ),
            models.UniqueConstraint(fields=("person", "at"), name="transition_one_per_instant"),
        )

    def __str__(self) -> str:
        return (
            f"{_('Conversion')} {self.pk} · {self.get_from_colour_display()} → {self.get_to_colour_display()}"
        )

    @property
    def audit_row(self) -> Recorded:
        """Return the case that turned the code, or the person: its events are recorded there."""
        return self.case or self.person
