"""Operations that bring cases in: report, enter, open, decide."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.functional import Promise, cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ExitReport, Person, Release, RiskArea, RuleBook, Void
from cases.models.cases import Channel, EvidenceKind, State
from cases.models.control import OrderKind
from cases.operations import fields
from cases.operations.base import AnswersFacts, PersonOperation
from cases.policy.colours import Colour
from cases.policy.rulebook import Ground
from cases.selectors import chains
from cases.services.engine import Plan
from cases.services.grounds import cases
from cases.services.grounds.claims import Claim
from healthcode.core import languages
from healthcode.core.acts.fields import Deciding, reason_field
from healthcode.core.offices.models import User

BY_HAND = (Channel.GROUP, Channel.COMMUNITY, Channel.PROVINCE, Channel.AUTOMATIC)
OPEN_MEASURES = (OrderKind.CENTRAL_ISOLATION, OrderKind.HOME_OBSERVATION)


def channel_of(ground: Ground, role: str, channels: tuple[Channel, ...]) -> Channel | None:
    """Return the channel by which the rule book lets this role bring a ground in."""
    return next((one for one in channels if ground.channels.get(one.value, ("",))[0] == role), None)


def ground_choices(by: User, at: datetime, channels: tuple[Channel, ...]) -> list[tuple[str, str]]:
    """Return the grounds that the rule book in force lets this user bring in, in the guide's order."""
    grounds = RuleBook.objects.in_force(at).policy.grounds.values()
    language = languages.current()
    mine = [ground for ground in grounds if channel_of(ground, by.role, channels)]
    return [(one.key, f"{one.words.text(language)} · {one.clause}") for one in mine]


class CaseField(forms.ModelChoiceField):
    """A case, named with its ground and the day it began."""

    def label_from_instance(self, case: Case) -> str:
        ground = self.words.get(case.ground, case.ground)
        ended = f" · {case.get_state_display()}" if case.state == State.ENDED else ""
        return f"{case.pk} · {case.person.name} · {ground} · {case.began_on}{ended}"

    @cached_property
    def words(self) -> dict[str, str]:
        """Return what the book adopted last calls each ground; read once for a form, however many the cases."""
        book, language = RuleBook.objects.adopted_last(), languages.current()
        return {key: one.words.text(language) for key, one in book.policy.grounds.items()} if book else {}


class CaseProposalField(CaseField):
    """A proposal about a case: when it was made, by which office, what it says (one of its choices), of which case."""

    def __init__(self, model: type[ExitReport | Release | Void], *, says: str = "", **kwargs: Any) -> None:
        self.says = says
        super().__init__(queryset=model.objects.none(), **kwargs)

    def label_from_instance(self, proposal: ExitReport | Release | Void) -> str:  # type: ignore[override]
        what = getattr(proposal, f"get_{self.says}_display")() if self.says else ""
        made = f"{localtime(proposal.proposed_at):%Y-%m-%d %H:%M}"
        parts = (made, str(proposal.proposed_by.office), what, super().label_from_instance(proposal.case))
        return " · ".join(part for part in parts if part)


class ClaimFields(fields.EvidenceFields):
    """A ground, since when, and what it names."""

    ground = forms.ChoiceField(label=_("ground"))
    began_on = forms.DateField(label=_("began on (last contact, entry, leaving the area, onset)"))
    index_case = CaseField(
        label=_("index case"),
        queryset=Case.objects.none(),
        required=False,
        help_text=_(
            "For a close contact; where the index case is not here, give the letter of inquiry as evidence."
        ),
    )
    risk_area = forms.ModelChoiceField(
        label=_("listed area"), queryset=RiskArea.objects.none(), required=False
    )
    arrived_on = forms.DateField(
        label=_("arrived there on"),
        required=False,
        help_text=_(
            "Empty: only a test from the day the area was left, or later, says something of the stay."
        ),
    )
    field_order = (
        *("ground", "began_on", "index_case", "risk_area", "arrived_on"),
        *("evidence_kind", "evidence_ref"),
    )

    def narrow(self, by: User, at: datetime, channels: tuple[Channel, ...]) -> None:
        """Offer the grounds, index cases and areas that this user can name."""
        choices = ground_choices(by, at, channels)
        self.fields["ground"].choices = choices  # type: ignore[attr-defined]
        book = RuleBook.objects.in_force(at).policy
        self.offered_grounds = [book.grounds[key] for key, _label in choices]
        if self._only_for(lambda ground: ground.rests_on_index_case, "index_case"):
            near = Person.objects.reachable_by(by, "person.view", at)
            index = chains.index_cases(book, at).filter(person__in=near)
            self.fields["index_case"].queryset = index.select_related("person").order_by("-pk")  # type: ignore[attr-defined]
        if self._only_for(lambda ground: ground.rests_on_area, "risk_area", "arrived_on"):
            self.fields["risk_area"].queryset = RiskArea.objects.listed(at).order_by("name")  # type: ignore[attr-defined]

    def _only_for(self, concerns: Callable[[Ground], bool], *names: str) -> bool:
        """Ask these fields for the grounds they concern alone; leave them out where no ground does."""
        keys = [ground.key for ground in self.offered_grounds if concerns(ground)]
        for name in names:
            if keys:
                self.fields[name].only_for = " ".join(keys)  # type: ignore[attr-defined]
            else:
                self.fields.pop(name, None)
        return bool(keys)

    def claim(self, plan: Plan | None = None) -> Claim:
        """Return what was typed as one claim."""
        data = self.cleaned_data
        return Claim(
            ground=data["ground"],
            began_on=data["began_on"],
            evidence_kind=data["evidence_kind"],
            evidence_ref=data["evidence_ref"],
            index_case=data.get("index_case"),
            risk_area=data.get("risk_area"),
            arrived_on=data.get("arrived_on"),
            plan=plan or Plan(),
        )


class PlanFields(forms.Form):
    """The order that opens with a red case."""

    day0 = forms.DateField(
        label=_("isolation counts from"),
        required=False,
        help_text=_("Empty: from the day the rule book names."),
    )
    site = fields.SiteField()
    address = forms.CharField(label=_("or at home: the address"), max_length=200, required=False)
    officer = fields.OfficerField(required=False)

    def plan(self, **more: Any) -> Plan:
        """Return what was typed as the plan of an order."""
        data = self.cleaned_data
        served = {"site": data.get("site"), "address": data.get("address", "")}
        return Plan(day0=data.get("day0"), officer=data.get("officer"), **served, **more)


class Report(ClaimFields, PersonOperation):
    """Report a clinical ground to the control group (3.1a)."""

    place = 30
    name = "report"
    label = _("Report a ground")
    act = "case.report"
    weight = "primary"

    risk_area = arrived_on = None  # no clinical ground rests on an area
    field_order = ("ground", "began_on", "index_case", "evidence_kind", "evidence_ref")

    def limit(self) -> None:
        self.narrow(self.by, self.at, (Channel.REPORTED,))
        self.fields["evidence_kind"].initial = EvidenceKind.INVESTIGATION

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return person.deceased_on is None

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        case = cases.report(self.person, self.claim(), by=self.by, at=self.at, seen=seen)
        return _("Reported to %(group)s; it counts once they enter it.") % {"group": case.addressed_to}


class OnReport(PersonOperation):
    """Base of what the addressed group does with a report."""

    place = 10
    act = "case.enter_report"

    case = CaseField(label=_("reported case"), queryset=Case.objects.none())

    def limit(self) -> None:
        if self.person is None:  # for a selection: each has their own
            del self.fields["case"]
            return
        waiting = _reported_to(self.by, self.person)
        self.fields["case"].queryset = waiting  # type: ignore[attr-defined]
        self.fields["case"].initial = waiting.first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _reported_to(by, person).exists()


class EnterReport(PlanFields, OnReport):
    """Enter a report of one's own CDC: it counts at once (3.1a)."""

    name = "enter-report"
    label = _("Enter report")
    weight = "primary"
    bulk = True

    field_order = ("case",)

    def perform(self, *, seen: int | None) -> str | Promise:
        entered = cases.enter(self.cleaned_data["case"], plan=self.plan(), by=self.by, at=self.at, seen=seen)
        return _whether_it_counts(entered)


class SendReportBack(AnswersFacts, OnReport):
    """Send a report back to CDC."""

    name = "send-report-back"
    label = _("Send report back")

    reason = reason_field()

    def perform(self, *, seen: int | None) -> str | Promise:
        cases.send_back(self.cleaned_data["case"], reason=self.cleaned_data["reason"], by=self.by, at=self.at)
        return _("Sent back with your reason; the colour was never touched.")


class Open(ClaimFields, PlanFields, PersonOperation):
    """Enter a ground that one's own office may enter (3.1b, 3.2b, 1.1f), or propose one (1.1g, 1.2c)."""

    place = 30
    name = "open-case"
    label = _("Enter a ground")
    act = "case.open"
    weight = "primary"

    kind = forms.ChoiceField(
        label=_("measure"),
        required=False,
        choices=[("", "–"), *((kind.value, kind.label) for kind in OPEN_MEASURES)],
        help_text=_("Only where the rule or document cited says it (1.1f, 1.1g)."),
    )
    days = forms.IntegerField(label=_("days"), required=False, min_value=1)

    def limit(self) -> None:
        self.narrow(self.by, self.at, BY_HAND)
        self._only_for(lambda ground: ground.colour == Colour.RED, "day0", "site", "address", "officer")
        self._only_for(lambda ground: ground.leaves_measure_open, "kind", "days")

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return person.deceased_on is None

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        data = self.cleaned_data
        plan = self.plan(kind=data.get("kind", ""), days=data.get("days"))
        ground = RuleBook.objects.in_force(self.at).policy.grounds[data["ground"]]
        channel = channel_of(ground, self.by.role, BY_HAND)
        assert channel is not None  # the choices offer no other ground
        case = cases.open_case(
            self.person, self.claim(plan), channel=channel, by=self.by, at=self.at, seen=seen
        )
        return _whether_it_counts(case)


class DecideCase(Deciding, PersonOperation):
    """Approve or send back a held case as the second person (1.1g, 1.2c)."""

    name = "decide-case"
    label = _("Decide the held case")
    act = "case.decide"
    weight = "primary"

    case = CaseField(label=_("held case"), queryset=Case.objects.none())
    field_order = ("case", "decision", "reason")

    def limit(self) -> None:
        waiting = _waiting_for_second(self.by, self.person)
        self.fields["case"].queryset = waiting  # type: ignore[attr-defined]
        self.fields["case"].initial = waiting.first()

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return _waiting_for_second(by, person).exists()

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        case = self.cleaned_data["case"]
        cases.decide(case, approve=approve, answer=answer, by=self.by, at=self.at, seen=seen)
        return _("Approved: the case counts from now.")


def _whether_it_counts(case: Case) -> str | Promise:
    """Say of an entered case that it counts, or that it waits: voided before, or at discretion."""
    if case.state == State.HELD:
        return _("Waits for the duty lead's decision; until then the colour stays as it is.")
    return _("Entered: the case counts from now.")


def _reported_to(by: User, person: Person | None) -> Any:
    reported = Case.objects.filter(state=State.REPORTED, addressed_to=by.office_id)
    return reported.filter(_of(person)).select_related("person", "addressed_to").order_by("pk")


def _waiting_for_second(by: User, person: Person | None) -> Any:
    # What waits in a hold of mass coding is decided with all the others in it.
    waiting = Case.objects.filter(state=State.HELD, hold=None, resumes=None)
    waiting = waiting.exclude(entered_by__office=by.office_id)
    return waiting.filter(_of(person)).select_related("person", "entered_by").order_by("pk")


def _of(person: Person | None) -> Q:
    assert person is not None
    return Q(person__among=person.group)
