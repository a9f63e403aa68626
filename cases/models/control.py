"""Control: the orders a red person lives under, who answers for them, and what happens meanwhile."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.cases import Case
from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.guards import stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office
from healthcode.core.offices.words import Words

if TYPE_CHECKING:
    from cases.models.people import Person


class OrderKind(models.TextChoices):
    HOSPITAL_TREATMENT = "HOSPITAL_TREATMENT", _("treatment in a designated hospital")
    HOSPITAL_ISOLATION = "HOSPITAL_ISOLATION", _("isolation and observation in a designated hospital")
    CENTRAL_ISOLATION = "CENTRAL_ISOLATION", _("centralised isolation and observation")
    HOME_OBSERVATION = "HOME_OBSERVATION", _("home medical observation")
    CONVALESCENCE = "CONVALESCENCE", _("convalescence after discharge")
    COMMUNITY_MONITORING = "COMMUNITY_MONITORING", _("community health monitoring")


class Ending(models.TextChoices):
    ENDED = "ENDED", _("control ended")
    LAPSED = "LAPSED", _("its last ground was closed")
    SUPERSEDED = "SUPERSEDED", _("superseded by another order")
    TRANSFERRED_OUT = "TRANSFERRED_OUT", _("handed to another province")
    CLOSED_DEATH = "CLOSED_DEATH", _("closed by death")


class ControlOrderQuerySet(models.QuerySet["ControlOrder"]):
    def standing(self) -> Self:
        return self.filter(ended_at=None)

    def of(self, person: "Person") -> Self:
        """Keep the orders of a person's whole merged group."""
        return self.filter(person__among=person.group)


class ControlOrder(Recorded, models.Model):
    """What a person must do, where, until when, and who answers for it (clauses 2.1a-2.1e)."""

    audit_name = "order"
    audit_fields = (
        "person",
        "kind",
        "site",
        "place",
        "at_home",
        "elsewhere",
        "day0",
        "until",
        "office",
        "officer",
        "opened_by",
        "opened_at",
        "ended_by",
        "ended_at",
        "ending",
        "relied_on",
        "letter",
        "follows",
    )
    guards = (
        stays(
            *("person_id", "kind", "day0", "opened_by_id", "opened_at", "follows_id"),
            message="who was ordered what, by whom, stays",
        ),
    )

    person = models.ForeignKey(
        "cases.Person", models.PROTECT, related_name="orders", verbose_name=_("person")
    )
    cases = models.ManyToManyField(Case, through="OrderCase", related_name="orders", verbose_name=_("cases"))
    kind = models.CharField(_("measure"), max_length=20, choices=OrderKind)
    # A designated hospital or isolation site, whose name `place` repeats; else `place` is an address, or elsewhere.
    site = models.ForeignKey(
        Office,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("designated hospital or isolation site"),
    )
    place = models.CharField(_("place"), max_length=200, blank=True)
    at_home = models.BooleanField(_("at home"), default=False)
    elsewhere = models.BooleanField(_("held elsewhere"), default=False)
    day0 = models.DateField(_("counted from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)  # exclusive; null: open end
    office = models.ForeignKey(
        Office, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible office")
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("responsible control officer"),
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )
    opened_at = models.DateTimeField(_("ordered at"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("person", "ended by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ending = models.CharField(_("how it ended"), max_length=20, choices=Ending, blank=True)
    relied_on = models.ForeignKey(
        "cases.LabResult", models.PROTECT, null=True, related_name="+", verbose_name=_("result relied on")
    )
    letter = Words(_("letter or certificate"), max_length=120, blank=True)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="followed_by", verbose_name=_("follows")
    )

    objects = ControlOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("control order")
        verbose_name_plural = _("control orders")
        indexes = (
            models.Index(
                fields=("officer", "until"), condition=Q(ended_at=None), name="order_officer_standing"
            ),
            models.Index(fields=("until",), condition=Q(ended_at=None), name="order_until_standing"),
        )
        constraints = (
            models.CheckConstraint(name="order_kind_known", condition=Q(kind__in=OrderKind.values)),
            models.CheckConstraint(
                name="order_ended_pair",
                condition=Q(ended_at=None, ended_by=None, ending="")
                | Q(ended_at__isnull=False, ended_by__isnull=False, ending__in=Ending.values),
            ),
            models.UniqueConstraint(
                fields=("person",), condition=Q(ended_at=None), name="order_one_standing"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Order')} {self.pk} · {self.measure}"

    @property
    def released(self) -> bool:
        """Tell whether somebody was set free by its end: of what ended otherwise nobody was."""
        return self.ending in (Ending.ENDED, Ending.LAPSED)

    @property
    def centralised(self) -> bool:
        """Say whether the person is in centralised isolation, and not at home instead of it."""
        return self.kind == OrderKind.CENTRAL_ISOLATION and not self.at_home

    @property
    def measure(self) -> str:
        """Return the measure in words; home instead of a centralised place is an exception to it (2.1d)."""
        words = str(self.get_kind_display())
        return f"{words} · {_('at home, by exception')}" if self.at_home else words


class Handover(models.Model):
    """A change of the responsible officer: from whom, to whom, by whom, why."""

    order = models.ForeignKey(ControlOrder, models.PROTECT, related_name="handovers", verbose_name=_("order"))
    from_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("from officer")
    )
    to_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("to officer")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("handed over by")
    )
    at = models.DateTimeField(_("at"))
    reason = Words(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")

    def __str__(self) -> str:
        return f"{_('Hand-over')} {self.pk}"


class HomeStay(Recorded, Proposal):
    """Home observation instead of centralised isolation: an exception to 2.1d with a second person."""

    audit_name = "homestay"
    audit_of = "order"
    audit_fields = (*Proposal.decided_fields, "order")
    guards = proposal_rules("order_id")

    order = models.ForeignKey(
        ControlOrder, models.PROTECT, related_name="home_stays", verbose_name=_("order")
    )
    address = Words(_("address"), max_length=200)

    class Meta(Proposal.Meta):
        verbose_name = _("home-stay exception")
        verbose_name_plural = _("home-stay exceptions")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("order",), condition=Q(decision="PENDING"), name="homestay_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Home-stay exception')} {self.pk} · {self.get_decision_display()}"


class Transport(models.Model):
    """A red person moved from point to point in a closed vehicle; no other movement exists (2.1f)."""

    order = models.ForeignKey(
        ControlOrder, models.PROTECT, related_name="transports", verbose_name=_("order")
    )
    from_place = Words(pgettext_lazy("transport", "from"), max_length=200)
    to_place = Words(pgettext_lazy("transport", "to"), max_length=200)
    to_site = models.ForeignKey(
        Office,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("designated hospital or isolation site"),
    )
    vehicle = models.CharField(_("vehicle"), max_length=40)  # a key of the rule book; empty in old rows
    plate = Words(_("number plate"), max_length=40)
    escort = Words(_("escort"), max_length=60)
    sealed = models.BooleanField(_("closed all the way"))
    left_at = models.DateTimeField(_("left at"))
    arrived_at = models.DateTimeField(_("arrived at"))
    handed_to = Words(_("handed over to"), max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("closed transport")
        verbose_name_plural = _("closed transports")
        constraints = (
            models.CheckConstraint(name="transport_is_closed", condition=Q(sealed=True)),
            models.CheckConstraint(
                name="transport_arrives_after_leaving", condition=Q(arrived_at__gt=models.F("left_at"))
            ),
        )

    def __str__(self) -> str:
        return f"{_('Transport')} {self.pk}"


class HealthLog(Recorded, models.Model):
    """Temperature and symptoms of one half-day under an order, or why there is none yet."""

    audit_name = "healthlog"
    audit_of = "order"
    audit_fields = ("order", "on", "half", "temperature", "missed", "symptoms", "by", "at")

    class Half(models.TextChoices):
        MORNING = "MORNING", _("morning")
        EVENING = "EVENING", _("evening")

    class Missed(models.TextChoices):
        NOT_MEASURED = "NOT_MEASURED", _("not measured")
        NOT_REACHED = "NOT_REACHED", _("not reached")

    order = models.ForeignKey(
        ControlOrder, models.PROTECT, related_name="health_logs", verbose_name=_("order")
    )
    on = models.DateField(_("day"))
    half = models.CharField(_("half-day"), max_length=10, choices=Half)
    temperature = models.DecimalField(_("temperature (°C)"), max_digits=3, decimal_places=1, null=True)
    missed = models.CharField(_("no temperature, because"), max_length=12, choices=Missed, blank=True)
    symptoms = models.CharField(_("symptoms"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("health log")
        verbose_name_plural = _("health logs")
        constraints = (
            models.CheckConstraint(name="healthlog_half_known", condition=Q(half__in=("MORNING", "EVENING"))),
            models.CheckConstraint(
                name="healthlog_temperature_or_missed",
                condition=Q(temperature__isnull=False, missed="")
                | Q(temperature__isnull=True, missed__in=("NOT_MEASURED", "NOT_REACHED")),
            ),
            # Who was not reached may be reached later: only a temperature closes the half-day.
            models.UniqueConstraint(
                fields=("order", "on", "half"), name="healthlog_once_a_half_day", condition=Q(missed="")
            ),
        )

    def __str__(self) -> str:
        return f"{_('Health log')} {self.pk}"
