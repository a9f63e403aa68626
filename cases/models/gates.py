"""Venues whose door is guarded, and each check there: code and temperature (clause 4.1)."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Expression, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from cases.models.rulebooks import RuleBook
from cases.models.rules import erased, past
from cases.models.transitions import StoredColour
from cases.policy import passing
from healthcode.core.audit.batched import Batched
from healthcode.core.audit.guards import Erasable
from healthcode.core.audit.ledger import Actor
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Division, NamedInTwoLanguages, Office, User
from healthcode.core.offices.words import Words


class VenueQuerySet(models.QuerySet["Venue"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def guarded_by(self, user: User) -> Self:
        """Keep the open places of a gate keeper's office."""
        return self.of_office([user.office_id])

    def of_office(self, offices: Any) -> Self:
        """Keep the open places of some offices' gate keepers."""
        return self.open().filter(office__in=offices)


class Venue(Recorded, NamedInTwoLanguages):
    """A place or vehicle whose door is guarded. Its kind is a key of the rule book, and never changes."""

    audit_name = "venue"
    audit_fields = (
        "kind",
        "division",
        "office",
        "opened_by",
        "opened_at",
        "closed_by",
        "closed_at",
    )

    kind = models.CharField(_("kind"), max_length=40)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("division"))
    office = models.ForeignKey(
        Office, models.PROTECT, related_name="venues", verbose_name=pgettext_lazy("venue", "guarded by")
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("venue", "opened by"),
    )
    opened_at = models.DateTimeField(_("opened at"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        constraints = (
            models.CheckConstraint(
                name="venue_closed_pair",
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__gte=models.F("opened_at"), closed_by__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("office", "name"), condition=Q(closed_at=None), name="venue_one_open_per_name"
            ),
        )


class WhyLabel(models.TextChoices):
    """What decided a check, in the keeper's words; `cases.policy.passing.Why` defines each."""

    GREEN = passing.Why.GREEN.value, _("green code, no fever")
    UNLISTED = passing.Why.UNLISTED.value, _("yellow code; entry here is not restricted")
    EXAMINED = passing.Why.EXAMINED.value, _("fever: to be examined in this clinic")
    MASKED = passing.Why.MASKED.value, _("yellow code, mask worn correctly")
    ADMITTED = passing.Why.ADMITTED.value, _("yellow code, admitted with a reason")
    NO_CODE = passing.Why.NO_CODE.value, _("no code under this number")
    CHECKING = passing.Why.CHECKING.value, _("code being checked")
    NOT_OURS = passing.Why.NOT_OURS.value, _("no pass of this city")
    REVOKED = passing.Why.REVOKED.value, _("pass revoked")
    STALE = passing.Why.STALE.value, _("pass out of date")
    UNVERIFIED = passing.Why.UNVERIFIED.value, _("not verified: no network")
    RED = passing.Why.RED.value, _("red code")
    FEVER = passing.Why.FEVER.value, _("fever")
    RESTRICTED = passing.Why.RESTRICTED.value, _("yellow code; entry here is restricted")
    UNMASKED = passing.Why.UNMASKED.value, _("yellow code without a mask worn correctly")


PASSING = sorted(why.value for why in passing.PASSING)
REFUSING = sorted(why for why in WhyLabel.values if why not in (*PASSING, "UNVERIFIED"))

# Somebody red at a door, whatever it was told: a telephone without a network shows the colour of a minute ago.
RED_SCAN = Q(why="RED") | Q(colour_then="RED")

CHECKS_KEPT_DAYS = 90
OF_CHECK = "FROM cases_gatecheck WHERE cases_gatecheck.id ="


class GateCheckQuerySet(models.QuerySet["GateCheck"]):
    def since(self, by: User | Expression, at: datetime | Expression) -> Self:
        """Keep a keeper's checks after an instant."""
        return self.filter(by=by, at__gt=at)


class GateCheck(Batched):
    """One check at a door: the code that was shown, the temperature, and whether the person passed.

    A number under which nobody was found is not kept. A code of another place (`issuer`) was only looked at:
    nobody is registered because of it. A door without a network sends a check later (`sent_at`): `at` is its own clock,
    the answer the one that it gave, `colour_then` what the code was at that moment.
    """

    class Shown(models.TextChoices):
        """What a scanned pass said itself: paper no colour, a telephone that of its last minutes."""

        PAPER = "PAPER", pgettext_lazy("pass", "printed")
        GREEN = "GREEN", _("green on a phone")
        YELLOW = "YELLOW", _("yellow on a phone")
        RED = "RED", _("red on a phone")

    audit_name = "gatecheck"
    erasable = Erasable(
        {"reason": "", "salt": ""}, erased("NEW.person_id"), over=f"OLD.at < {past(CHECKS_KEPT_DAYS)}"
    )
    batch_fields = (
        *("at", "by", "via", "venue", "person", "issuer", "colour", "temperature", "mask"),
        *("passed", "why", "rule_book", "follows"),
    )
    batch_later = ("on_pass", "sent_at", "device_id", "colour_then")
    batch_words = "reason"
    batch_kept_days = CHECKS_KEPT_DAYS
    batch_action = "gate.checked"
    batch_joined = ("by", "venue__office", "issuer", "person")

    # Written by every gate of a city: an index only where a list, a trail or the keeper's page reads by it.
    venue = models.ForeignKey(
        Venue, models.PROTECT, related_name="checks", db_index=False, verbose_name=_("venue")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("person")
    )
    issuer = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("city or province that issued the code"),
    )
    colour = models.CharField(_("code shown"), max_length=6, choices=StoredColour)
    temperature = models.DecimalField(_("temperature (°C)"), max_digits=3, decimal_places=1)
    mask = models.BooleanField(_("mask worn correctly"), null=True)  # null: nobody looked, it did not matter
    reason = Words(_("reason for admitting"), max_length=200, blank=True)
    passed = models.BooleanField(pgettext_lazy("gate", "let through"))
    why = models.CharField(_("why"), max_length=12, choices=WhyLabel)
    rule_book = models.ForeignKey(
        RuleBook, models.PROTECT, related_name="+", db_index=False, verbose_name=_("rule book")
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,  # a day goes as a whole, whatever goes on from it after midnight
        verbose_name=_("earlier check of the same person"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("checked by"),
    )
    via = models.CharField(_("by the token"), max_length=40, blank=True, default="", db_default="")
    at = models.DateTimeField(_("at"))
    on_pass = models.CharField(
        _("pass shown"), max_length=6, choices=Shown, blank=True, default="", db_default=""
    )
    sent_at = models.DateTimeField(_("sent later, at"), null=True)
    device_id = models.UUIDField(_("number on the device"), null=True)
    colour_then = models.CharField(
        _("what the code was then"), max_length=6, choices=StoredColour, blank=True, default="", db_default=""
    )

    objects = GateCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("gate check")
        verbose_name_plural = _("gate checks")
        indexes = (
            models.Index(fields=("by", "at"), name="gatecheck_by_at"),
            models.Index(fields=("venue", "at"), name="gatecheck_venue"),
            models.Index(fields=("at",), name="gatecheck_at"),
            # Who is erased is asked of here; of whom was found nobody there is nothing to ask.
            models.Index(fields=("person", "at"), condition=Q(person__isnull=False), name="gatecheck_person"),
            models.Index(
                fields=("at",), condition=RED_SCAN & Q(person__isnull=False), name="gatecheck_red_scan"
            ),
            models.Index(fields=("at",), condition=Q(why="NOT_OURS"), name="gatecheck_not_ours"),
            models.Index(fields=("at",), condition=Q(sent_at__isnull=False), name="gatecheck_late"),
        )
        constraints = (
            models.CheckConstraint(
                name="gatecheck_colour_known", condition=Q(colour__in=StoredColour.values)
            ),
            models.CheckConstraint(
                name="gatecheck_why_decides",
                condition=Q(passed=True, why__in=PASSING)
                | Q(passed=False, why__in=REFUSING)
                | Q(why="UNVERIFIED", sent_at__isnull=False),  # the keeper decided
            ),
            models.CheckConstraint(
                name="gatecheck_late_whole",
                condition=Q(sent_at=None, device_id=None, colour_then="")
                | Q(sent_at__isnull=False, device_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("by", "device_id"), condition=Q(device_id__isnull=False), name="gatecheck_sent_once"
            ),
            # Found here or looked at, never both; without either there was no code.
            models.CheckConstraint(
                name="gatecheck_one_code",
                condition=Q(person=None, issuer__isnull=False)
                | Q(person__isnull=False, issuer=None)
                | Q(person=None, issuer=None, colour="NONE"),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Gate check')} {self.pk} · {self.get_colour_display()}"

    @property
    def trail_values(self) -> tuple[Actor, str, dict[str, object]]:
        """Return who checked, for which office, and what trails say of it."""
        city = self.issuer.code if self.issuer else None
        values = {"venue": self.venue_id, "colour": self.colour, "passed": self.passed, "why": self.why}
        return self.by, self.venue.office.code, {**values, "city": city, "via": self.via}


class RedScanAnswer(AppendOnly):
    """What the prevention office did about somebody red who stood at a door. It goes when the check goes."""

    erasable = Erasable(
        {"words": ""},
        erased(f"(SELECT person_id {OF_CHECK} NEW.check_made_id)"),
        over=f"(SELECT at {OF_CHECK} OLD.check_made_id) < {past(CHECKS_KEPT_DAYS)}",
    )

    check_made = models.OneToOneField(
        GateCheck, models.PROTECT, related_name="answer", verbose_name=_("gate check")
    )
    words = Words(_("what was done"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("answered by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer to a red scan")
        verbose_name_plural = _("answers to red scans")

    def __str__(self) -> str:
        return f"{_('answer to a red scan')} {self.pk}"
