"""Operations on control orders: end, hand over, extend, release elsewhere, out of the province, home stay, care."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Case as db_case
from django.db.models import When
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import ControlOrder, HealthLog, HomeStay, Person, RuleBook
from cases.operations import fields
from cases.operations.base import PersonOperation, still_waiting
from cases.policy import exits, half_days
from cases.policy.days import ONE_DAY, local_day
from cases.selectors import undecided
from cases.selectors.control import leaving_of
from cases.selectors.facts import governing_order, order_behind, samples_of
from cases.services import control
from cases.services.engine.places import PLACES
from cases.services.samples.reports import LaboratoryReport
from healthcode.core import languages
from healthcode.core.acts.fields import Deciding, reason_field
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within
from healthcode.core.own_words import OwnText

FIRST_OFFICER = OwnText("officer.first", _("first officer"))


class UnderOrder(PersonOperation):
    """Base of what needs a standing order."""

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return governing_order(person) is not None


class OptionalSampleFields(forms.Form):
    """The test result entered with the act, where it was not entered before (3.3)."""

    sampled_at = forms.DateTimeField(label=_("negative test, sampled at"), required=False)
    laboratory = forms.CharField(label=_("laboratory"), max_length=100, required=False)
    report_number = forms.CharField(label=_("report number"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        # A selection asks for the report number with each person.
        names = [name for name in ("sampled_at", "laboratory", "report_number") if name in self.fields]
        if any(data.get(name) for name in names):
            for name in names:
                if not data.get(name) and name not in self.errors:
                    self.add_error(
                        name, forms.ValidationError(_("Complete the test result, or leave all three empty."))
                    )
        return data

    def sample(self) -> LaboratoryReport | None:
        """Return what was typed as a negative sample; None where the result is already entered."""
        data = self.cleaned_data
        if not data["sampled_at"]:
            return None
        return LaboratoryReport(data["sampled_at"], "NEGATIVE", data["laboratory"], data["report_number"])


class EndControl(OptionalSampleFields, UnderOrder):
    """End control as the responsible officer (3.3)."""

    place = 20
    aliases: ClassVar[Mapping[str, str]] = {"result": "sampled_at"}

    name = "end-control"
    label = _("End control")
    act = "order.end"
    weight = "primary"
    bulk = True

    def limit(self) -> None:
        """Say beside the sample what it has to be: the day that is due, and from when a sample counts."""
        order = governing_order(self.person) if self.person else None
        if order is None or order.until is None:
            return
        window = RuleBook.objects.in_force(self.at).policy.parameters.release_window_days
        due, earliest = (
            f"{localtime(at):%Y-%m-%d %H:%M}" for at in (order.until, order.until - window * ONE_DAY)
        )
        self.fields["sampled_at"].help_text = _(
            "The days end at %(due)s; a negative counts when sampled from %(earliest)s on, or is stored already."
        ) % {"due": due, "earliest": earliest}

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        order = governing_order(person)
        return order is not None and order.officer_id == by.pk and order.until is not None

    @classmethod
    def ready(cls, person: Person, *, by: User, at: datetime) -> bool:
        """The days are over, and the latest sample does not stand against it: a negative can come with the act."""
        order, last = governing_order(person), exits.latest_sample(samples_of(person), at)
        over = order is not None and order.until is not None and order.until <= at
        return over and (last is None or last.outcome == "NEGATIVE")

    @classmethod
    def why_not(cls, person: Person, *, by: User, at: datetime) -> str | Promise:
        order = governing_order(person)
        if order is None:
            return _why_no_order(person)
        if order.until is None:
            return control.OpenEnd.message
        if order.officer is None:
            return _("Nobody is responsible for this control yet: the control group assigns an officer.")
        if order.officer_id != by.pk:
            names = {"name": order.officer.name, "office": order.officer.office}
            return _("%(name)s (%(office)s) is responsible for this control.") % names
        return super().why_not(person, by=by, at=at)

    def perform(self, *, seen: int | None) -> str | Promise:
        control.end(self.subject, sample=self.sample(), by=self.by, at=self.at, seen=seen)
        return _("Control ended.")


def _why_no_order(person: Person) -> str | Promise:
    handed_over = order_behind(person)
    if handed_over is not None:
        names = {"letter": handed_over.letter}
        return _("Handed to another province (letter %(letter)s): the control group ends it.") % names
    last = ControlOrder.objects.of(person).select_related("ended_by").order_by("-ended_at", "-pk").first()
    if last is None or last.ended_at is None or last.ended_by is None:
        return control.NoOrder.message
    names = {"day": f"{local_day(last.ended_at):%Y-%m-%d}", "name": last.ended_by.name}
    return _("Control ended on %(day)s already, by %(name)s.") % names


class HandOver(UnderOrder):
    """Make another officer responsible."""

    place = 40
    name = "hand-over"
    label = _("Assign or hand over to an officer")
    act = "order.hand_over"

    officer = fields.OfficerField()
    reason = reason_field()

    def limit(self) -> None:
        if self.by.role in ("officer", "community"):
            officers = self.fields["officer"]
            officers.queryset = officers.queryset.filter(office=self.by.office_id)  # type: ignore[attr-defined]
        order = governing_order(self.person) if self.person else None
        if self.person is not None:
            self._put_near_first(self.person)
        if (
            order is not None and order.officer_id is None
        ):  # nobody is passed over: there is nothing to explain
            self.fields["reason"].required = False

    def _put_near_first(self, person: Person) -> None:
        """Offer first the officers of the place where somebody lives, then of its county."""
        officers, lives = self.fields["officer"], person.present_id
        far = db_case(
            When(within(lives[:9], "office__division"), then=0),
            When(within(lives[:6], "office__division"), then=1),
            default=2,
        )
        queryset = officers.queryset.annotate(far=far)  # type: ignore[attr-defined]
        officers.queryset = queryset.order_by("far", "office", "name")  # type: ignore[attr-defined]

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return governing_order(person) is not None and (by.role != "community" or by.is_head)

    def perform(self, *, seen: int | None) -> str | Promise:
        data = {**self.cleaned_data, "reason": self.cleaned_data["reason"] or FIRST_OFFICER()}
        handover = control.hand_over(self.subject, **data, by=self.by, at=self.at, seen=seen)
        officer = handover.to_officer
        return _("%(name)s is now responsible.") % {"name": officer.name if officer else "–"}


class Extend(UnderOrder):
    """Extend an order."""

    name = "extend"
    label = _("Extend the order")
    act = "order.change"

    until_day = forms.DateField(label=_("first free day"))
    document = forms.CharField(
        label=_("rule or order it rests on"),
        max_length=120,
        help_text=_("Its number, as it stands in the register of documents."),
    )
    reason = reason_field()

    def perform(self, *, seen: int | None) -> str | Promise:
        control.extend(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Extended.")


class ChoosePlace(UnderOrder):
    """Say where an order is served."""

    place = 40
    name = "choose-place"
    label = _("Choose the place")
    act = "order.place"

    site = fields.SiteField()
    address = forms.CharField(
        label=_("or the address, where it is served at home"), max_length=200, required=False
    )

    def limit(self) -> None:
        order = governing_order(self.person) if self.person else None
        if order is not None:
            measure = RuleBook.objects.in_force(self.at).policy.measures[order.kind]
            site = self.fields["site"]
            kinds = [kind for kind, place in PLACES.items() if place in measure.places]
            site.queryset = site.queryset.filter(kind__in=kinds)  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        order = control.choose_place(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Served here from now on: %(place)s.") % {"place": order.place}


class ProposeHome(UnderOrder):
    """Propose a stay at home instead of centralised isolation."""

    name = "home-stay"
    label = _("Propose a stay at home")
    act = "order.propose_home"

    address = forms.CharField(label=_("address"), max_length=200)
    reason = reason_field()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        order = governing_order(person)
        central = order is not None and order.centralised
        return central and not undecided.waiting(HomeStay).filter(order=order).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        control.propose_home(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Proposed; a second person decides.")


class DecideHome(Deciding, PersonOperation):
    """Approve or send back a stay at home."""

    name = "decide-home-stay"
    label = _("Decide the stay at home")
    act = "order.decide_home"
    weight = "primary"

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return (
            undecided.waiting(HomeStay)
            .filter(order__person=person)
            .exclude(proposed_by__office=by.office_id)
            .exists()
        )

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        pending = undecided.waiting(HomeStay).filter(order__person=self.person)
        stay = still_waiting(pending.select_related("order__person", "proposed_by"))
        control.decide_home(stay, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return _("Approved: the days go on as before, at home.")


class LogHealth(UnderOrder):
    """Keep the health log."""

    place = 40
    name = "log-health"
    label = _("Keep the health log")
    act = "order.log_health"

    on = forms.DateField(label=_("day"))
    half = forms.ChoiceField(label=_("half-day"), choices=HealthLog.Half.choices)
    temperature = fields.TemperatureField(required=False)
    missed = forms.ChoiceField(
        label=_("no temperature, because"), choices=[("", "–"), *HealthLog.Missed.choices], required=False
    )
    symptoms = forms.CharField(label=_("symptoms"), max_length=200, required=False)

    def limit(self) -> None:
        self.initial = {"on": local_day(self.at), "half": half_days.current(self.at), **self.initial}  # type: ignore[dict-item]

    def perform(self, *, seen: int | None) -> str | Promise:
        reading = control.HealthReading(**self.cleaned_data)
        control.log_health(self.subject, reading, by=self.by, at=self.at, seen=seen)
        return _("Logged.")


class RecordTransport(UnderOrder):
    """Record a closed ride from point to point (2.1f)."""

    place = 40
    name = "transport"
    label = _("Record closed transport")
    act = "order.transport"
    remembers = ("from_place", "vehicle", "plate", "escort", "handed_to")

    from_place = forms.CharField(label=pgettext_lazy("transport", "from"), max_length=200)
    to_site = fields.SiteField(label=_("to a designated hospital or isolation site"))
    to_place = forms.CharField(label=_("or to another place"), max_length=200, required=False)
    vehicle = forms.ChoiceField(label=_("vehicle"))
    plate = forms.CharField(label=_("number plate"), max_length=20)
    escort = forms.CharField(label=_("escort"), max_length=60)
    left_at = forms.DateTimeField(label=_("left at"))
    arrived_at = forms.DateTimeField(label=_("arrived at"))
    handed_to = forms.CharField(label=_("handed over to"), max_length=60)
    sealed = forms.BooleanField(label=_("closed all the way, from point to point"), required=False)

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return super().offered(person, by=by, at=at) or leaving_of(person) is not None

    def limit(self) -> None:
        vehicles, language = RuleBook.objects.in_force(self.at).policy.vehicles, languages.current()
        self.fields["vehicle"].choices = [(key, one.words.text(language)) for key, one in vehicles.items()]  # type: ignore[attr-defined]
        order = governing_order(self.person) if self.person else None
        if order is not None and order.site_id:
            self.initial = {"to_site": order.site.code, **self.initial}  # type: ignore[union-attr]

    def perform(self, *, seen: int | None) -> str | Promise:
        control.transport(self.subject, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Recorded.")
