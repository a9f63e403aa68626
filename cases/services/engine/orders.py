"""Which control order a person's standing cases need (clauses 2.1a-2.1e).

One rule for every event (a case opened, closed, merged, reclassified): a person has at most one standing
order; its measure is the gravest that any case it serves needs, its end the latest. A graver measure
supersedes the order, a lighter one too once the graver need is gone. Convalescence takes the place of what was
needed for an exposure before it (2.1c).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ControlOrder, OrderCase, Person
from cases.models.control import Ending
from cases.policy import days
from cases.policy.rulebook import Policy
from cases.selectors.extensions import end_left
from cases.selectors.monitoring import unborne
from cases.services.engine import officers, places
from cases.services.engine.codes import Turn
from cases.services.engine.needs import Need as Need
from cases.services.engine.needs import serve
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from healthcode.core.own_words import OwnText

NAMED_ANEW = OwnText("officer.named_anew", _("Named with a new ground."))


class CountedWrongly(Refusal):
    code = "control.counting.day_out_of_range"
    message = _("Isolation counts from a day between the one the ground began and today.")
    field = "day0"


def like(before: ControlOrder, book: Policy) -> Plan:
    """Return the plan by which an order goes on as it was served: where, and with whoever can still answer for it."""
    measure = book.measures[before.kind]
    home = places.is_home(measure, before.site, at_home=before.at_home, elsewhere=before.elsewhere)
    officer = officers.carried(before, measure, before.person, home=home)
    office = officer.office if officer else before.office if before.officer is None else None
    return Plan(officer=officer, office=office, elsewhere=before.elsewhere, like=before)


def need_of(case: Case, plan: Plan, *, book: Policy, at: datetime) -> Need | None:
    """Return the measure and end that the rule book gives to a case; None where it has no measure."""
    kind = plan.measure_for(case, book)
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
    standing = list(
        ControlOrder.objects.of(person)
        .standing()
        .select_related("officer__office", "office", "site")
        .order_by("pk")
    )
    # Whoever was handed over and is found here again is held here for all that stands, not for the new ground alone.
    away = handed_over(person) if new else None
    needs = needs_of(person) | (needs_under(away) if away else {}) | new
    if not needs:
        _let_go(person, standing, turn)
        return
    kind, plan = _planned(plan, needs, new, turn.book.policy)
    ends = [need.until for need in needs.values()]
    endless = None in ends or turn.book.policy.measures[kind].days is None
    until = None if endless else max(end for end in ends if end)
    kept = next((order for order in standing if order.kind == kind), None)
    # Closed before the new one is issued: an index lets a person have one standing order only.
    for order in standing:
        if order is not kept:
            close(order, Ending.SUPERSEDED, turn=turn)
    before = standing or earlier(person, needs)
    like = plan.like if plan.like is not None and plan.like.kind == kind else None
    at_home = (like is not None and like.at_home) or _covers("at_home", before, needs, kind)
    plan = replace(plan, elsewhere=plan.elsewhere or _covers("elsewhere", before, needs, kind))
    if kept is None:
        day0 = _first_day(needs, kind, turn.book.policy)
        before = [like, *before] if like else before
        _issue(person, kind, until, day0, plan, before, turn, at_home=at_home, needs=needs)
    else:
        _keep(kept, until, plan, turn, at_home=at_home, needs=needs)


def order_unplanned(case: Case, turn: Turn) -> None:
    """Order what the book in force asks for a case that began to count and nobody planned for."""
    need = need_of(case, Plan(), book=turn.book.policy, at=turn.at)
    if need is not None:
        arrange(case.person, turn=turn, new={case: need})


def _planned(
    plan: Plan, needs: Mapping[Case, Need], new: Mapping[Case, Need], book: Policy
) -> tuple[str, Plan]:
    """Return the gravest measure that is needed, and what of a plan is for it; refuse what cannot serve it."""
    kind = _gravest(needs, book)
    if plan.officer:
        officers.require_able(plan.officer, book.measures[kind])
    asked = {need.kind for need in new.values()} or {kind}
    for one in asked:
        places.require_place(plan.site, plan.address, book.measures[one])
    if kind not in asked:  # a graver case keeps the person where they are
        plan = replace(plan, site=None, address="")
    return kind, plan


def _first_day(needs: Mapping[Case, Need], kind: str, book: Policy) -> date:
    """Return from which day an order counts; convalescence takes the place of what was needed before it (2.1c)."""
    own = [need.day0 for need in needs.values() if need.kind == kind]
    counted = own if kind == book.convalescence.measure else [need.day0 for need in needs.values()]
    return min(counted)


def _gravest(needs: Mapping[Case, Need], book: Policy) -> str:
    """Return the gravest measure needed; of somebody cured not what an exposure before asks for (2.1c)."""
    cured = max((case.began_on for case in needs if case.ground == book.convalescence.key), default=None)

    def is_past(case: Case) -> bool:
        ground = book.grounds[case.ground]
        exposed = ground.ends_with_control and ground.key != book.convalescence.key
        return cured is not None and exposed and case.began_on <= cured

    kinds = (need.kind for case, need in needs.items() if not is_past(case))
    return max(kinds, key=lambda key: book.measures[key].gravity)


def _covers(exception: str, before: Sequence[ControlOrder], needs: Mapping[Case, Need], kind: str) -> bool:
    """Tell whether serving it at home, or elsewhere, was agreed for every case that needs this measure.

    A later exposure is not covered: it is served here, until that is agreed anew.
    """
    excepted = [order for order in before if getattr(order, exception)]
    covered = set(OrderCase.objects.filter(order__in=excepted).values_list("case_id", flat=True))
    return bool(covered) and covered >= {case.pk for case, need in needs.items() if need.kind == kind}


def _let_go(person: Person, standing: Sequence[ControlOrder], turn: Turn) -> None:
    """End the orders that serve no case any more; monitoring, which never did, goes on."""
    lapsing = [order for order in standing if order.served.exists()]
    for order in lapsing:
        close(order, Ending.LAPSED, turn=turn)
    monitoring = [order for order in standing if order not in lapsing]
    # Two records that are one human now: the longer one goes on.
    for order in sorted(monitoring, key=lambda one: (one.until or turn.at, -one.pk))[:-1]:
        close(order, Ending.SUPERSEDED, turn=turn)
    resume_monitoring(person, turn)


def needs_of(person: Person) -> dict[Case, Need]:
    """Return what each standing case of the person's group needs, as the order that serves it says."""
    served = OrderCase.objects.filter(case__in=Case.objects.of(person).open(), order__ended_at=None)
    return {row.case: Need.of(row) for row in served.select_related("case", "order")}


def handed_over(person: Person) -> ControlOrder | None:
    """Return the order handed to another province last that serves what stands still, or was monitoring and the last.

    Whatever stands here again, and then ends, takes nobody back: only an order that serves their cases does.
    """
    of_person = ControlOrder.objects.of(person)
    served = OrderCase.objects.filter(order=OuterRef("pk"))
    still = still_served(person).filter(order=OuterRef("pk"))
    later = of_person.filter(opened_at__gt=OuterRef("opened_at"))
    away = of_person.filter(
        Q(Exists(still)) | Q(~Exists(served), ~Exists(later)), ending=Ending.TRANSFERRED_OUT
    )
    return away.order_by("-ended_at", "-pk").first()


def still_served(person: Person) -> QuerySet[OrderCase]:
    """Return by which row each of a human's standing cases was served last: not what was another human's with them."""
    since = OrderCase.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"))
    return OrderCase.objects.filter(case__in=Case.objects.of(person).open()).exclude(Exists(since))


def needs_under(order: ControlOrder) -> dict[Case, Need]:
    """Return what the cases of its human that an order served and that still stand need, as it says."""
    served = order.served.filter(case__in=Case.objects.of(order.person).open())
    return {row.case: Need.of(row) for row in served.select_related("case__person", "order")}


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


def issue_monitoring(person: Person, kind: str, *, after: ControlOrder, turn: Turn) -> None:
    """Open the order that follows without a ground (2.1e): it runs from the end of isolation, not the click."""
    length = turn.book.policy.measures[kind].days
    if after.until is None or length is None:
        return
    until = days.following(after.until, length)
    if until > turn.at:
        _issue(person, kind, until, days.local_day(after.until), Plan(), [after], turn)


def resume_monitoring(person: Person, turn: Turn, *, after: Ending = Ending.SUPERSEDED) -> None:
    """Let monitoring go on that was ended like this before its time: by a graver order that is gone (2.1e)."""
    of_person = ControlOrder.objects.of(person)
    if of_person.standing().exists():
        return
    interrupted = of_person.filter(ending=after, until__gt=turn.at, served=None)
    # One that went on before counts no more: the one that followed does.
    interrupted = interrupted.exclude(followed_by__kind=F("kind"))
    interrupted = interrupted.select_related("officer__office", "office", "follows")
    rows = list(interrupted.order_by("-until", "-pk"))
    gone = unborne(rows, turn.book.policy)
    last = next((order for order in rows if order not in gone), None)
    until = end_left(last) if last else None
    if last is not None and until is not None and until > turn.at:
        _issue(person, last.kind, until, last.day0, Plan(), [last], turn)


def _issue(
    person: Person,
    kind: str,
    until: datetime | None,
    day0: date,
    plan: Plan,
    before: list[ControlOrder],
    turn: Turn,
    *,
    at_home: bool = False,
    needs: Mapping[Case, Need] | None = None,
) -> None:
    last = before[0] if before else None
    same = last if last and last.kind == kind else None
    measure = turn.book.policy.measures[kind]
    site = plan.site or (same.site if same and not plan.address else None)
    home = places.is_home(measure, site, at_home=at_home, elsewhere=plan.elsewhere)
    officer = plan.officer or officers.carried(last, measure, person, home=home)
    moved_away = at_home and officer is None and last is not None and last.officer is not None
    # An office alone goes on answering; one whose officer cannot does not.
    alone = last.office if last and last.officer is None else None
    office = plan.office or (officer.office if officer else None) or alone
    order = ControlOrder.objects.create(
        person_id=person.root_id,
        kind=kind,
        site=site,
        place=_place(plan) or (same.place if same and not moved_away else ""),
        at_home=at_home,
        elsewhere=plan.elsewhere,
        day0=day0,
        until=until,
        officer=officer,
        office=office or places.community_of(person),
        opened_by=turn.by,
        opened_at=turn.at,
        follows=last,
    )
    record_issue(order, turn, *serve(order, needs or {}, turn.at))


def _place(plan: Plan) -> str:
    return plan.site.name if plan.site else plan.address


def record_issue(order: ControlOrder, turn: Turn, *served: OrderCase) -> None:
    """Write down that an order was issued, and whom it serves by which case."""
    officer = order.officer.username if order.officer else None
    turn.record("order.opened", order, measure=order.kind, until=order.until, officer=officer, also=served)


def earlier(person: Person, needs: Mapping[Case, Need]) -> list[ControlOrder]:
    """Return the orders that served these cases before a merge: parting gives back officer and place."""
    mine = ControlOrder.objects.of(person).filter(ending=Ending.SUPERSEDED, served__case__in=needs)
    return list(mine.select_related("officer__office", "office").order_by("-ended_at", "-pk")[:1])


def _keep(
    order: ControlOrder,
    until: datetime | None,
    plan: Plan,
    turn: Turn,
    *,
    at_home: bool,
    needs: Mapping[Case, Need],
) -> None:
    order.until = until
    home_ends = order.at_home and not at_home
    comes_back = order.elsewhere and not plan.elsewhere
    moves = bool(plan.site or plan.address or home_ends or comes_back)
    order.site, order.place = (plan.site, _place(plan)) if moves else (order.site, order.place)
    order.at_home = order.at_home and not home_ends
    order.elsewhere = plan.elsewhere
    order.save(update_fields=("until", "site", "place", "at_home", "elsewhere"))
    also, home = serve(order, needs, turn.at), home_ends or None
    turn.record("order.changed", order, also=also, measure=order.kind, until=until, home_ends=home)
    if plan.officer and plan.officer != order.officer:
        office = plan.office or plan.officer.office
        reason = NAMED_ANEW()
        officers.reassign(order, plan.officer, office, reason=reason, by=turn.by, at=turn.at)
