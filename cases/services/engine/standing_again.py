"""What stands again: the row that resumes an ended case, its order, and what rested on the ending.

Whether it does is decided in `falling`; here it is written, with as many statements for one case as for many.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.models import Case, ControlOrder, Fact, MassHold, OrderCase, Person
from cases.models.cases import BASIS_GONE, Channel, State
from cases.models.control import Ending
from cases.models.people import PersonQuerySet
from cases.policy.colours import Colour
from cases.policy.exits import Rest
from cases.policy.rulebook import Policy
from cases.selectors import chains, monitoring
from cases.services.engine import carrying, index_cases, orders
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import in_parts
from cases.services.engine.orders import Need
from cases.services.engine.plans import Plan
from healthcode.core.own_words import OwnText

# What the row that stands again takes over from the one that had ended.
COPIED = (
    *("person", "ground", "channel", "source_office", "entered_by", "addressed_to_id", "evidence_kind"),
    *("evidence_ref", "began_on", "stayed_from", "index_case_id", "risk_area", "follows_id", "batch"),
)
JOINED = ("person", "origin", "source_office", "entered_by")
REPEATED_STANDS = OwnText("case.repeated_stands", _("The case that it repeats stands again."))


def record_falls(gone: Sequence[Case], turn: Turn) -> None:
    """Write that endings fell, and end what rested on them."""
    for old in gone:
        turn.record("case.fell", old, ground=old.ground, exit=old.exit)
    end_what_it_opened(*gone, turn=turn)


def row_again(old: Case, turn: Turn) -> Case:
    """Return the row by which a case stands again, not yet stored."""
    case = Case(entered_at=turn.at, **{name: getattr(old, name) for name in COPIED})
    case.resumes, case.origin = old, old.origin or old
    return case


def wait(old: Case, turn: Turn, action: str, *, hold: MassHold | None = None) -> Case:
    """Keep the row by which a case would stand again until somebody decides: a duty lead, or of a late one CDC."""
    case = row_again(old, turn)
    case.hold, case.state = hold, State.HELD.value
    case.save()
    turn.hold(case, action, resumes=old.pk, hold=case.hold_id)
    return case


def fall_late(gone: Sequence[Case], turn: Turn) -> None:
    """Record falls so long after the ending that no code turns any more; CDC says what follows."""
    record_falls(gone, turn)
    for old in gone:
        wait(old, turn, "case.fell_late")


def turn_again(again: Sequence[Case], turn: Turn) -> None:
    """Let rows that resume ended cases count from now, each with the order that the ended one had."""
    record_falls([case.resumes for case in again if case.resumes is not None], turn)
    turn.resume(*again)
    resumed = {case.resumes_id: case for case in again if case.resumes_id is not None}
    _order_again(resumed, turn)
    for part in in_parts(sorted(resumed)):
        carrying.let_wait_again({key: resumed[key] for key in part}, turn)


def end_what_it_opened(*ended: Case, turn: Turn, by: Rest | None = None) -> None:
    """End what rests on endings themselves: convalescence, a follow-on ground, monitoring; `by` a fact of its own."""
    for part in in_parts(ended):
        opened_by = {old.pk for old in part}
        engine = Case.objects.open().filter(person__in=records_of(part), channel=Channel.ENGINE)
        engine = engine.select_related(*JOINED).order_by("pk")
        following = {
            case: opener
            for case in engine
            if (opener := chains.opener_of(case)) is not None and opener in opened_by
        }
        basis = {case.pk: [by or (Fact.CASE.value, key)] for case, key in following.items()}
        turn.end(*following, exit=BASIS_GONE, basis=basis)
        served = ControlOrder.objects.standing().filter(person__in=records_of(part), served=None)
        served = served.select_related("person", "follows__follows")
        orders.close_all(monitoring.unborne(served, turn.book.policy, without=part), Ending.LAPSED, turn=turn)


def give_way(again: Sequence[Case], turn: Turn) -> None:
    """Send back the cases that still wait on the same evidence as those that stand again: they say the same twice."""
    for part in in_parts(again):
        keys = {alike(old, turn.book.policy): old for old in part}
        waiting = Case.objects.filter(
            person__in=records_of(part), state__in=(State.REPORTED, State.HELD), resumes=None
        )
        waiting = waiting.select_related("person").order_by("person", "pk")
        repeated = [case for case in waiting if alike(case, turn.book.policy) in keys]
        turn.refuse(*repeated, reason=REPEATED_STANDS())
        for case in repeated:
            contacts = index_cases.contacts_of(case, *index_cases.MOVED)
            index_cases.move(contacts, to=keys[alike(case, turn.book.policy)], turn=turn)


def alike(case: Case, book: Policy) -> tuple[Any, ...]:
    """Return what makes two cases the same one: human, ground and evidence, and of an exposure its day as well."""
    ground = book.grounds.get(case.ground)
    day = case.began_on if ground is None or ground.is_exposure else None
    # What endings opened stands once for each of them.
    return (case.person.root_id, case.ground, case.evidence_kind, case.evidence_ref, day, case.follows_id)


def records_of(cases: Iterable[Case]) -> PersonQuerySet:
    """Return every record of the humans whom cases are about."""
    return Person.objects.group_of(*{case.person.root_id for case in cases})


def _order_again(again: Mapping[int, Case], turn: Turn) -> None:
    """Give cases back the orders of the ended ones, named by key: first day, end and officer, never new days.

    Whoever was handed to another province is so still, unless they are held here for something else by now. The book
    in force says which of them are under control at all: that can be another one than when they ended.
    """
    red = {key: case for key, case in again.items() if _is_red(case, turn)}
    for part in in_parts(sorted(red)):
        rows = OrderCase.objects.filter(case__in=part).order_by("pk")
        last = {
            row.case_id: row
            for row in rows.select_related("order__officer__office", "order__office", "order__site")
        }
        for key in part:
            if key not in last:
                orders.order_unplanned(red[key], turn)
                continue
            row = last[key]
            need, away = Need.of(row), row.order.ending == Ending.TRANSFERRED_OUT
            if away and not orders.needs_of(red[key].person):
                served = need.served(row.order, red[key], row.since or row.order.opened_at)
                served.save()
                turn.record(
                    "order.changed", row.order, measure=row.order.kind, until=row.order.until, also=[served]
                )
                continue
            plan = Plan() if away else orders.like(row.order, turn.book.policy)
            orders.arrange(red[key].person, turn=turn, new={red[key]: need}, plan=plan)


def _is_red(case: Case, turn: Turn) -> bool:
    ground = turn.book.policy.grounds.get(case.ground)
    return ground is not None and ground.colour == Colour.RED
