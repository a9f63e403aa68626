"""A fact is taken back, and what rested on it is asked again in the same act.

A service answers a fact (corrects it, gives it to somebody else, withdraws it) and says which one. The endings that
rest on it are found by their basis and asked again: at the instant of the ending, under the rule book of that instant,
by what is known now. Met still: nothing happens. Met at some instant since: the ending rests on other facts from
now. Else it falls, and the case stands again as a new row. A later fact alone never undoes an ending; it can only
save one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from itertools import groupby
from typing import ParamSpec, TypeVar

from django.db import transaction

from cases.models import (
    Basis,
    Case,
    ClinicVisit,
    ControlOrder,
    Declaration,
    Fact,
    LabResult,
    OrderCase,
    Person,
    RuleBook,
)
from cases.models.cases import BASIS_GONE, LIVE, Channel, State
from cases.models.control import Ending
from cases.policy import exits
from cases.policy.exits import Rest
from cases.selectors import chains
from cases.selectors.past_facts import PastFacts, orders_served
from cases.services.engine import orders
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import in_parts
from cases.services.engine.orders import Need
from cases.services.engine.refusals import StalePage

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 3
# Facts that an exit's conditions look for. What rests on any other (a case, a death, a void) nothing else can bear.
ASKED_AGAIN = frozenset(
    {Fact.RESULT, Fact.VISIT, Fact.FORM, Fact.ORDER, Fact.REPORT, Fact.RELEASE, Fact.AREA, Fact.OPINION}
)


KINDS: dict[type, Fact] = {LabResult: Fact.RESULT, ClinicVisit: Fact.VISIT, Declaration: Fact.FORM}


class Grown(StalePage):
    """Somebody more is reached than was locked; an act that can begin anew does so before anybody is told."""

    code = "cases.reach_grew"


def begun_anew(service: Callable[P, R]) -> Callable[P, R]:
    """Let an act begin anew, three times at most, where its reach grew between the reading and the lock."""

    @wraps(service)
    def act(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS - 1):
            with suppress(Grown), transaction.atomic():
                return service(*args, **kwargs)
        return service(*args, **kwargs)

    return act


@dataclass
class Fallen:
    """What an answer came to: the cases that stand again, and the endings that fell without turning a code."""

    resumed: list[Case] = field(default_factory=list)
    recorded: list[Case] = field(default_factory=list)


def chain_of(row: LabResult | ClinicVisit | Declaration) -> list[Rest]:
    """Return a fact with the rows it corrects: an ending rests on the one that counted when it ended."""
    kind, rows = KINDS[type(row)], [row]
    while rows[-1].corrects is not None:
        rows.append(rows[-1].corrects)
    return [(kind.value, one.pk) for one in rows]


def reached(facts: Iterable[Rest]) -> list[Person]:
    """Return whose endings rest on these facts: they are locked with the act that answers one."""
    return [case.person for case in _resting_on(facts)]


def answer(facts: Sequence[Rest], *, turn: Turn) -> Fallen:
    """Ask every ending again that rests on these facts, which the act has just answered.

    Raises Grown where an ending came to rest on one of them since the persons were locked.
    """
    fallen, answered, cases = Fallen(), frozenset(facts), _resting_on(facts)
    if not {case.person.root_id for case in cases} <= turn.before.keys():
        raise Grown()
    book_at = RuleBook.objects.at_many()
    for asked in _once_each(cases):
        past = PastFacts(asked)
        for case in asked:
            if not _stands(case, answered, past, book_at, turn):
                _fall(case, turn, fallen)
    return fallen


def _once_each(cases: Iterable[Case]) -> Iterator[Sequence[Case]]:
    """Split cases so that nobody is twice in a set: what falls changes what is known of a person."""
    rounds: dict[int, list[Case]] = defaultdict(list)
    in_order = sorted(cases, key=lambda case: (case.person.root_id, case.pk))
    for _root, of_person in groupby(in_order, key=lambda case: case.person.root_id):
        for number, case in enumerate(of_person):
            rounds[number].append(case)
    for one in rounds.values():
        yield from in_parts(one)


def _resting_on(facts: Iterable[Rest]) -> list[Case]:
    """Return the ended cases that rest on one of these facts; one that was resumed is inert, its new row is asked."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for kind, key in facts:
        by_kind[kind].add(key)
    found = {
        case
        for kind, keys in by_kind.items()
        for part in in_parts(sorted(keys))
        for case in Basis.objects.filter(fact=kind, key__in=part).values_list("case", flat=True)
    }
    cases = Case.objects.filter(state=State.ENDED, resumed_by=None).prefetch_related("bases")
    cases = cases.select_related("person", "risk_area", "origin").order_by("person", "pk")
    return [case for part in in_parts(sorted(found)) for case in cases.filter(pk__in=part)]


def _stands(
    case: Case,
    answered: frozenset[Rest],
    past: PastFacts,
    book_at: Callable[[datetime], RuleBook],
    turn: Turn,
) -> bool:
    """Tell whether an ending holds without the answered facts: at its own instant, or by a later fact since."""
    assert case.closed_at is not None
    book = book_at(case.closed_at).policy
    bases = {(basis.fact, basis.key) for basis in case.bases.all()}
    if answered & {rest for rest in bases if rest[0] not in ASKED_AGAIN} or case.exit not in book.exits:
        return not answered & bases
    for instant in (case.closed_at, *past.instants_since(case, turn.at)):
        facts = past.then(case, book=book, until=instant)
        rests = exits.basis(book, case.exit, facts)
        if all(one.met for one in exits.conditions(book, case.exit, facts)) and not answered & set(rests):
            # At its own instant too: what bears it there from now can be taken back as well.
            _rest_anew(case, [rest for rest in rests if rest not in bases], turn)
            return True
    return False


def _rest_anew(case: Case, new: Sequence[Rest], turn: Turn) -> None:
    """Write down that an ending rests on other facts from now."""
    if new:
        named = Basis.objects.bulk_create(Basis(case=case, fact=fact, key=key) for fact, key in new)
        turn.record("case.rests_anew", case, also=named, basis=[f"{fact.lower()}:{key}" for fact, key in new])


def _fall(old: Case, turn: Turn, fallen: Fallen) -> None:
    """Let an ended case stand again, with the order it had; or only record it, where no code may turn any more."""
    turn.record("case.fell", old, ground=old.ground, exit=old.exit)
    end_what_it_opened(old, turn)
    if not _may_turn(old, turn):
        fallen.recorded.append(old)
        return
    copied = (
        *("person", "ground", "channel", "source_office", "entered_by", "addressed_to"),
        *(
            "evidence_kind",
            "evidence_ref",
            "began_on",
            "stayed_from",
            "index_case",
            "risk_area",
            "follows",
            "batch",
        ),
    )
    case = Case(entered_at=turn.at, **{name: getattr(old, name) for name in copied})
    turn.resume(case, old)
    fallen.resumed.append(case)
    _order_again(case, old, turn)


def _may_turn(old: Case, turn: Turn) -> bool:
    """Tell whether a fall may still turn the code: soon enough, somebody alive and known, a ground of today's book."""
    assert old.closed_at is not None
    book = turn.book.policy
    if old.ground not in book.grounds or old.person.deceased_on or old.person.erased_at:
        return False
    if turn.at - old.closed_at > timedelta(days=book.parameters.stands_again_days):
        return False
    if old.index_case is not None and chains.is_none(old.index_case):
        return False  # a contact of nobody: its index case was excluded or voided meanwhile
    if old.risk_area is not None and old.risk_area.withdrawn_at is not None:
        return False  # the listing of its area was withdrawn: nothing rests on it any more
    same = Case.objects.of(old.person).filter(
        ground=old.ground, evidence_kind=old.evidence_kind, evidence_ref=old.evidence_ref, state__in=LIVE
    )
    if old.risk_area is not None:
        same = same.filter(began_on=old.began_on)  # another stay there is no answer to this one
    return not same.exists()  # entered anew meanwhile, it stands already


def end_what_it_opened(old: Case, turn: Turn, *, by: Rest | None = None) -> None:
    """End what rests on the ending itself: convalescence, a follow-on ground, monitoring; `by` a fact of its own."""
    opened = Case.objects.of(old.person).open().filter(channel=Channel.ENGINE, opened_at=old.closed_at)
    following = list(opened.select_related("person"))
    turn.end(*following, exit=BASIS_GONE, basis=[by or (Fact.CASE.value, old.pk)])
    order = orders_served([old]).get(old.pk)
    if order is not None:
        monitoring = ControlOrder.objects.standing().filter(follows=order, served=None)
        orders.close_all(list(monitoring), Ending.LAPSED, turn=turn)


def _order_again(case: Case, old: Case, turn: Turn) -> None:
    """Give the case back the order it had, with its first day, its end and its officer: never new days."""
    row = OrderCase.objects.filter(case=old).select_related("order__officer__office", "order__office").last()
    if row is None:
        return
    need = Need(row.kind, row.until, row.order.day0)
    plan = orders.like(row.order, turn.book.policy)
    orders.arrange(case.person, turn=turn, new={case: need}, plan=plan)
