"""A fact is taken back, and what rested on it is asked again in the same act.

A service answers a fact (corrects it, gives it to somebody else, withdraws it) and says which one. The endings that
rest on it are found by their basis and asked again: at the instant of the ending, under the rule book of that instant,
by what is known now. Met still: nothing happens. Met at some instant since: the ending rests on other facts from
now. Else it falls, and the case stands again as a new row. A later fact alone never undoes an ending; it can only
save one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction
from django.utils.translation import gettext

from cases.models import (
    Basis,
    Batch,
    Case,
    ClinicVisit,
    ControlOrder,
    Declaration,
    Fact,
    LabResult,
    MassHold,
    OrderCase,
    Person,
    RuleBook,
)
from cases.models.cases import BASIS_GONE, LIVE, Channel, State
from cases.models.control import Ending
from cases.policy import exits
from cases.policy.exits import Rest
from cases.selectors import chains, deaths
from cases.selectors import facts as known
from cases.services.engine import counting, fall_holds, orders
from cases.services.engine.codes import Turn
from cases.services.engine.orders import Need
from cases.services.engine.refusals import StalePage

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 3
# Facts that an exit's conditions look for. What rests on any other (a case, a death, a void) nothing else can bear.
ASKED_AGAIN = frozenset(
    {
        *(Fact.RESULT, Fact.VISIT, Fact.FORM, Fact.ORDER, Fact.REPORT, Fact.RELEASE, Fact.AREA),
        *(Fact.OPINION, Fact.ANSWER),
    }
)

# What a row that stands again has of the one before.
COPIED = (
    *("person", "ground", "channel", "source_office", "entered_by", "addressed_to", "evidence_kind"),
    *("evidence_ref", "began_on", "stayed_from", "index_case", "risk_area", "follows", "batch"),
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
        with transaction.atomic():
            return service(*args, **kwargs)

    return act


@dataclass
class Fallen:
    """What an answer came to: the cases that stand again, those that wait to, and the endings that only fell."""

    resumed: list[Case] = field(default_factory=list)
    held: list[Case] = field(default_factory=list)
    recorded: list[Case] = field(default_factory=list)


def chain_of(row: LabResult | ClinicVisit | Declaration) -> list[Rest]:
    """Return a fact with the rows it corrects: an ending rests on the one that counted when it ended."""
    kind, rows = KINDS[type(row)], [row]
    while rows[-1].corrects is not None:
        rows.append(rows[-1].corrects)
    return [(kind.value, one.pk) for one in rows]


def reached(facts: Iterable[Rest]) -> list[Person]:
    """Return whose endings rest on these facts: they are locked with the act that answers one.

    Where the hold of falls may cover one, the falls are counted alone: before anybody is locked.
    """
    cases = _resting_on(facts)
    book = RuleBook.objects.adopted_last()
    if book is not None and any(counting.covers(case, book.policy) for case in cases):
        counting.count_alone()
    return [case.person for case in cases]


def answer(facts: Sequence[Rest], *, turn: Turn, approved: bool = False) -> Fallen:
    """Ask every ending again that rests on these facts, which the act has just answered.

    `approved`: a duty lead has seen whom the act reaches and agreed to it; nothing is held again. Raises Grown where an
    ending came to rest on one of the facts since the persons were locked.
    """
    return _ask(_resting_on(facts), lambda _case: frozenset(facts), turn, approved=approved)


def answer_each(facts: Mapping[int, set[Rest]], *, turn: Turn) -> Fallen:
    """Ask endings again, by the case's key: each without the facts that are another person's now."""
    cases = _last_ended(facts)
    return _ask(cases, lambda case: frozenset(facts[case.pk]), turn, approved=False)


def _ask(
    cases: Sequence[Case], answered: Callable[[Case], frozenset[Rest]], turn: Turn, *, approved: bool
) -> Fallen:
    fallen, gone = Fallen(), list[Case]()
    for case in cases:
        if case.person.root_id not in turn.before:
            raise Grown()
        if not _stands(case, answered(case), turn):
            gone.append(case)
    may_turn = [case for case in gone if _may_stand(case, turn) and _in_time(case, turn)]
    facts = {rest for case in gone for rest in answered(case)}
    held = {} if approved else fall_holds.needed(may_turn, facts, turn)
    for case in gone:
        _fall(case, turn, fallen, hold=held.get(case.pk))
    return fallen


def stand_again(waiting: Sequence[Case], turn: Turn) -> list[Case]:
    """Let cases that were held stand again, as a duty lead approved; return those that do.

    Each is asked once more: met again meanwhile by another fact, its ending rests on that.
    """
    fallen = Fallen()
    for case in waiting:
        old = case.resumes
        assert old is not None
        kinds = old.bases.values_list("fact", flat=True)
        if not any(_is_final(old, fact) for fact in kinds) and _stands(old, frozenset(), turn):
            turn.refuse(case, reason=gettext("Ended meanwhile by another fact."), bears=())
        elif not _may_stand(old, turn, waiting=case):
            turn.refuse(case, reason=gettext("It is no ground any more."), bears=())
            turn.record("case.fell", old, ground=old.ground, exit=old.exit)
        elif not _in_time(old, turn):
            reason = gettext("Longer ago than the rule book lets a code turn again.")
            turn.refuse(case, reason=reason, bears=())
            _fall_late(old, turn)
        else:
            _turn_again(case, old, turn)
            fallen.resumed.append(case)
    return fallen.resumed


def _resting_on(facts: Iterable[Rest]) -> list[Case]:
    """Return the ended cases that rest on one of these facts; one that was resumed is inert, its new row is asked."""
    by_kind: dict[str, set[int]] = {}
    for kind, key in facts:
        by_kind.setdefault(kind, set()).add(key)
    found: set[int] = set()
    for kind, keys in by_kind.items():
        found |= set(Basis.objects.filter(fact=kind, key__in=keys).values_list("case", flat=True))
    return _last_ended(found)


def _last_ended(keys: Iterable[int]) -> list[Case]:
    cases = Case.objects.filter(pk__in=list(keys), state=State.ENDED).unresumed()
    return list(cases.select_related("person", "risk_area", "origin", "batch").order_by("person", "pk"))


def _stands(case: Case, answered: frozenset[Rest], turn: Turn) -> bool:
    """Tell whether an ending holds without the answered facts: at its own instant, or by a later fact since."""
    assert case.closed_at is not None
    book = RuleBook.objects.in_force(case.closed_at).policy
    bases = set(case.bases.values_list("fact", "key"))
    if any(fact == Fact.DECISION for fact, _key in bases):
        return True  # a second person decided that it does not stand again
    if answered & {rest for rest in bases if _is_final(case, rest[0])} or case.exit not in book.exits:
        return not answered & bases
    for instant in (case.closed_at, *_instants_since(case, turn.at)):
        facts = known.facts_then(case, book=book, until=instant)
        rests = exits.basis(book, case.exit, facts)
        if all(one.met for one in exits.conditions(book, case.exit, facts)) and not answered & set(rests):
            # At its own instant too: what bears it there from now can be taken back as well.
            turn.rest_anew(case, [rest for rest in rests if rest not in bases])
            return True
    return False


def _is_final(case: Case, fact: str) -> bool:
    """Tell whether nothing else can bear an ending once a fact of this kind, on which it rests, is taken back.

    A death is that only of what ended by it; what fell meanwhile waits for it, and is asked by its own conditions.
    """
    return fact not in ASKED_AGAIN and not (fact == Fact.DEATH and case.exit != "DEATH")


def _instants_since(case: Case, now: datetime) -> list[datetime]:
    """Return the instants after an ending at which something more was known of the person."""
    known: set[datetime] = {now}
    for table, column in ((LabResult, "entered_at"), (ClinicVisit, "at"), (Declaration, "at")):
        rows = table._default_manager.filter(person__in=case.person.group)
        since = rows.filter(**{f"{column}__gt": case.closed_at, f"{column}__lte": now})
        known |= set(since.values_list(column, flat=True))
    return sorted(known)


def _fall(old: Case, turn: Turn, fallen: Fallen, *, hold: MassHold | None) -> None:
    """Let an ended case stand again, with the order it had, or wait to; or only record that its ending fell."""
    if not _may_stand(old, turn):
        turn.record("case.fell", old, ground=old.ground, exit=old.exit)
        end_what_it_opened(old, turn)
        _sleep_with_the_dead(old, turn)
        fallen.recorded.append(old)
    elif not _in_time(old, turn):
        _fall_late(old, turn)
        fallen.recorded.append(old)
    elif hold is None:
        case = _again(old, turn)
        _turn_again(case, old, turn)
        fallen.resumed.append(case)
    else:
        fallen.held.append(_wait(old, turn, "case.fall_held", hold=hold))


def _again(old: Case, turn: Turn) -> Case:
    return Case(entered_at=turn.at, **{name: getattr(old, name) for name in COPIED})


def _wait(old: Case, turn: Turn, action: str, *, hold: MassHold | None = None) -> Case:
    """Keep the row by which a case would stand again until somebody decides: a duty lead, or of a late one CDC."""
    case = _again(old, turn)
    case.resumes, case.origin, case.hold, case.state = old, old.origin or old, hold, State.HELD.value
    case.save()
    turn.hold(case, action, resumes=old.pk, hold=case.hold_id)
    return case


def _fall_late(old: Case, turn: Turn) -> None:
    """Record a fall so long after the ending that no code turns any more; CDC says what follows."""
    turn.record("case.fell", old, ground=old.ground, exit=old.exit)
    end_what_it_opened(old, turn)
    _wait(old, turn, "case.fell_late")


def _turn_again(case: Case, old: Case, turn: Turn) -> None:
    turn.record("case.fell", old, ground=old.ground, exit=old.exit)
    end_what_it_opened(old, turn)
    turn.resume(case, old)
    _order_again(case, old, turn)


def _sleep_with_the_dead(old: Case, turn: Turn) -> None:
    """Let the ending of somebody dead rest on the death: where that is taken back, the case stands again."""
    if old.person.deceased_on:
        turn.rest_anew(old, [(Fact.DEATH.value, deaths.standing(old.person.root_id).latest("pk").pk)])


def _in_time(old: Case, turn: Turn) -> bool:
    assert old.closed_at is not None
    return turn.at - old.closed_at <= timedelta(days=turn.book.policy.parameters.stands_again_days)


def _may_stand(old: Case, turn: Turn, *, waiting: Case | None = None) -> bool:
    """Tell whether what fell is still a ground: of somebody alive and known, of today's book, resting on something.

    `waiting`: the row that was held for it, which is not another case that stands already.
    """
    if old.ground not in turn.book.policy.grounds or old.person.deceased_on or old.person.erased_at:
        return False
    if old.index_case is not None and chains.is_none(old.index_case):
        return False  # a contact of nobody: its index case was excluded or voided meanwhile
    if old.risk_area is not None and old.risk_area.withdrawn_at is not None:
        return False  # the listing of its area was withdrawn: nothing rests on it any more
    if old.batch is not None and old.batch.state == Batch.State.UNDONE:
        return False  # the delivery that brought it in was taken back
    same = Case.objects.of(old.person).filter(
        ground=old.ground, evidence_kind=old.evidence_kind, evidence_ref=old.evidence_ref, state__in=LIVE
    )
    same = same if waiting is None else same.exclude(pk=waiting.pk)
    return not same.exists()  # entered anew meanwhile, it stands already


def end_what_it_opened(old: Case, turn: Turn, *, by: Rest | None = None) -> None:
    """End what rests on the ending itself: convalescence, a follow-on ground, monitoring; `by` a fact of its own."""
    opened = Case.objects.of(old.person).open().filter(channel=Channel.ENGINE, opened_at=old.closed_at)
    following = list(opened.select_related("person"))
    turn.end(*following, exit=BASIS_GONE, basis=[by or (Fact.CASE.value, old.pk)])
    order = known.order_served(old)
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
