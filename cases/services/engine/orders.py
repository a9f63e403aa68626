"""Which control order a person's standing cases need (clauses 2.1a-2.1e).

One rule for every event (a case opened, closed, merged, reclassified): a person has at most one standing
order; its measure is the gravest that any case it serves needs, its end the latest. A graver measure
supersedes the order, a lighter one too once the graver need is gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Case, ControlOrder, OrderCase, Person
from cases.models.control import Ending
from cases.policy import days
from cases.policy.rulebook import RuleBook
from cases.services.engine.codes import Turn
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.models import Office, User


class NotAnOfficer(Refusal):
    code = "control.officer.not_eligible"
    message = _(
        "Responsible for control can be an active control officer, or a hospital clerk for inpatients."
    )
    field = "officer"


class CountedWrongly(Refusal):
    code = "control.counting.day_out_of_range"
    message = _("Isolation counts from a day between the one the ground began and today.")
    field = "day0"


@dataclass(frozen=True)
class Plan:
    """What the opener of a case wants for its order; what is left empty follows the rule book."""

    day0: date | None = None  # the isolation's first day, where the book counts from it
    kind: str = ""  # only where the rule cited leaves the measure open (1.1f, 1.1g)
    days: int | None = None  # the same
    place: str = ""
    officer: User | None = None
    office: Office | None = None
    elsewhere: bool = False


@dataclass(frozen=True)
class Need:
    """What one case alone would need."""

    kind: str
    until: datetime | None
    day0: date


def need_of(case: Case, plan: Plan, *, book: RuleBook, at: datetime) -> Need | None:
    """Return the measure and end that the rule book gives to a case; None where it has no measure."""
    kind = book.grounds[case.ground].measure or plan.kind
    if not kind:
        return None
    # What the rule book says of a ground nobody shortens: its measure, its days, the day they count from.
    length = (None if book.grounds[case.ground].measure else plan.days) or book.measures[kind].days
    if plan.day0 and not case.began_on <= plan.day0 <= days.local_day(at):
        raise CountedWrongly()
    isolated_from = plan.day0 or days.local_day(at)
    day0 = case.began_on if book.parameters.count_from == "began" and plan.day0 is None else isolated_from
    return Need(kind, days.until(day0, length) if length else None, day0)


def arrange(
    person: Person, *, turn: Turn, new: dict[Case, Need] | None = None, plan: Plan | None = None
) -> None:
    """Bring the person's standing order into line with the cases that stand after this act."""
    plan, new = plan or Plan(), new or {}
    if plan.officer and not (plan.officer.is_active and plan.officer.role in ("officer", "hospital")):
        raise NotAnOfficer()
    standing = list(ControlOrder.objects.of(person).standing().order_by("pk"))
    needs = needs_of(person) | new
    if not needs:
        for order in standing:
            if order.served.exists():  # monitoring serves no case and goes on
                close(order, Ending.LAPSED, turn=turn)
        _resume_monitoring(person, turn)
        return
    measures = turn.book.policy.measures
    kind = max((need.kind for need in needs.values()), key=lambda key: measures[key].gravity)
    ends = [need.until for need in needs.values()]
    until = None if None in ends or measures[kind].days is None else max(end for end in ends if end)
    kept = next((order for order in standing if order.kind == kind), None)
    # Closed before the new one is issued: an index lets a person have one standing order only.
    for order in standing:
        if order is not kept:
            close(order, Ending.SUPERSEDED, turn=turn)
    if kept is None:
        before = standing or _earlier(person, needs)
        kept = _issue(person, kind, until, min(need.day0 for need in needs.values()), plan, before, turn)
    else:
        _keep(kept, until, plan, turn)
    already = set(kept.served.values_list("case_id", flat=True))
    OrderCase.objects.bulk_create(
        OrderCase(order=kept, case=case, kind=need.kind, until=need.until)
        for case, need in needs.items()
        if case.pk not in already
    )


def needs_of(person: Person) -> dict[Case, Need]:
    """Return what each standing case of the person's group needs, as the order that serves it says."""
    served = OrderCase.objects.filter(case__in=Case.objects.of(person).open(), order__ended_at=None)
    return {
        row.case: Need(row.kind, row.until, row.order.day0) for row in served.select_related("case", "order")
    }


def part(persons: Sequence[Person], *, turn: Turn) -> None:
    """Give the records of a parted group each their own order again, as their own cases need it."""
    # All needs before any row goes: the one order of the group is where each reads its own.
    needs = {person: needs_of(person) for person in persons}
    for person in persons:
        rows = OrderCase.objects.filter(case__in=needs[person], order__ended_at=None)
        rows.exclude(order__in=ControlOrder.objects.of(person)).delete()
    for person in persons:
        arrange(person, turn=turn, new=needs[person])


def close(
    order: ControlOrder, ending: Ending, *, turn: Turn, letter: str = "", relied_on_id: int | None = None
) -> None:
    """End an order and write it down."""
    order.ended_at, order.ended_by, order.ending = turn.at, turn.by, ending.value
    order.letter, order.relied_on_id = letter or order.letter, relied_on_id
    order.save(update_fields=("ended_at", "ended_by", "ending", "letter", "relied_on"))
    turn.record("order.ended", order, measure=order.kind, how=ending.value, result=relied_on_id)


def close_all(orders: Sequence[ControlOrder], ending: Ending, *, turn: Turn) -> None:
    """End a set of orders alike."""
    ending_fields = {"ended_at": turn.at, "ended_by": turn.by, "ending": ending.value}
    ControlOrder.objects.filter(pk__in=[order.pk for order in orders]).update(**ending_fields)
    for order in orders:
        order.ended_at, order.ended_by, order.ending = turn.at, turn.by, ending.value
        turn.record("order.ended", order, measure=order.kind, how=ending.value)


@dataclass(frozen=True)
class Issue:
    """An order for somebody who has none now: for which case (monitoring has none), and what went before."""

    root: int
    case: Case | None
    need: Need
    before: ControlOrder | None = None


def issue_all(issues: Sequence[Issue], *, turn: Turn) -> None:
    """Issue a set of orders; each keeps the officer and office of the one before."""
    made = [
        ControlOrder(
            person_id=one.root,
            kind=one.need.kind,
            day0=one.need.day0,
            until=one.need.until,
            officer=one.before.officer if one.before else None,
            office=one.before.office if one.before else None,
            opened_by=turn.by,
            opened_at=turn.at,
            follows=one.before,
        )
        for one in issues
    ]
    # Two queries for all of them: an adoption issues orders by the thousand.
    persons = Person.objects.in_bulk([order.person_id for order in made])
    communities = communities_of(persons.values())
    for order in made:
        order.person = persons[order.person_id]
        order.office = order.office or communities.get(order.person.present_id)
    ControlOrder.objects.bulk_create(made)
    OrderCase.objects.bulk_create(
        OrderCase(order=order, case=one.case, kind=one.need.kind, until=one.need.until)
        for order, one in zip(made, issues, strict=True)
        if one.case is not None
    )
    for order in made:
        _record_issue(order, turn)


def issue_monitoring(person: Person, kind: str, *, after: ControlOrder, turn: Turn) -> None:
    """Open the order that follows without a ground (2.1e): it runs from the end of isolation, not the click."""
    length = turn.book.policy.measures[kind].days
    if after.until is None or length is None:
        return
    until = days.following(after.until, length)
    if until > turn.at:
        plan = Plan(officer=after.officer, office=after.office)
        _issue(person, kind, until, days.local_day(after.until), plan, [after], turn)


def _resume_monitoring(person: Person, turn: Turn) -> None:
    """Let monitoring that a graver order took over go on, if that order is gone before monitoring is (2.1e)."""
    of_person = ControlOrder.objects.of(person)
    if of_person.standing().exists():
        return
    interrupted = of_person.filter(ending=Ending.SUPERSEDED, until__gt=turn.at, served=None)
    last = interrupted.select_related("officer__office", "office").order_by("-until", "-pk").first()
    if last is not None:
        plan = Plan(officer=last.officer, office=last.office)
        _issue(person, last.kind, last.until, last.day0, plan, [last], turn)


def _issue(
    person: Person,
    kind: str,
    until: datetime | None,
    day0: date,
    plan: Plan,
    before: list[ControlOrder],
    turn: Turn,
) -> ControlOrder:
    last = before[0] if before else None
    same = last if last and last.kind == kind else None
    officer = plan.officer or (last.officer if last else None)
    office = plan.office or (officer.office if officer else None) or (last.office if last else None)
    order = ControlOrder.objects.create(
        person_id=person.root_id,
        kind=kind,
        place=plan.place or (same.place if same else ""),
        at_home=same.at_home if same else False,
        elsewhere=plan.elsewhere or (same.elsewhere if same else False),
        day0=day0,
        until=until,
        officer=officer,
        office=office or community_of(person),
        opened_by=turn.by,
        opened_at=turn.at,
        follows=last,
    )
    _record_issue(order, turn)
    return order


def _record_issue(order: ControlOrder, turn: Turn) -> None:
    officer = order.officer.username if order.officer else None
    turn.record("order.opened", order, measure=order.kind, until=order.until, officer=officer)


def _earlier(person: Person, needs: Mapping[Case, Need]) -> list[ControlOrder]:
    """Return the orders that served these cases before a merge: parting gives back officer and place."""
    mine = ControlOrder.objects.of(person).filter(ending=Ending.SUPERSEDED, served__case__in=needs)
    return list(mine.select_related("officer__office", "office").order_by("-ended_at", "-pk")[:1])


def _keep(order: ControlOrder, until: datetime | None, plan: Plan, turn: Turn) -> None:
    order.until = until
    order.place = plan.place or order.place
    order.elsewhere = plan.elsewhere or order.elsewhere
    order.officer = plan.officer or order.officer
    order.office = plan.office or (plan.officer.office if plan.officer else order.office)
    order.save(update_fields=("until", "place", "elsewhere", "officer", "office"))
    turn.record("order.changed", order, measure=order.kind, until=until)


def community_of(person: Person) -> Office | None:
    """Return the community that answers for the person's present residence: nobody is left without an office."""
    return communities_of([person]).get(person.present_id)


def communities_of(persons: Iterable[Person]) -> dict[str, Office]:
    """Return for each division where one of the persons lives the nearest community that answers for it."""
    codes = {person.present_id for person in persons}
    nearest = {code: [code[:length] for length in (12, 9, 6) if len(code) >= length] for code in codes}
    wanted = {prefix for prefixes in nearest.values() for prefix in prefixes}
    offices = Office.objects.filter(kind="COMMUNITY", division__in=wanted).order_by("-pk")
    found = {office.division_id: office for office in offices}  # the first made, where there are several
    answering = {
        code: next((found[prefix] for prefix in prefixes if prefix in found), None)
        for code, prefixes in nearest.items()
    }
    return {code: office for code, office in answering.items() if office is not None}
