"""A fact is taken back, and what rested on it is asked again in the same act.

A service answers a fact (corrects it, gives it to somebody else, withdraws it) and says which one. The endings that
rest on it are found by their basis and asked again: at the instant of the ending, under the rule book of that instant,
by what is known now. Met still: nothing happens. Met at some instant since: the ending rests on other facts from
now. Else it falls, and the case stands again as a new row. A later fact alone never undoes an ending; it can only
save one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cases.models import (
    Basis,
    Case,
    ClinicVisit,
    Death,
    Declaration,
    Fact,
    LabResult,
    MassHold,
    Opinion,
    Person,
    RuleBook,
)
from cases.models.cases import CaseQuerySet, State
from cases.policy.exits import Rest
from cases.selectors import admission
from cases.selectors.covered import covers
from cases.selectors.past_facts import PastFacts
from cases.services.engine import asking_again, counting, fall_holds, no_ground, standing_again, tracks
from cases.services.engine.anew import begun_anew as begun_anew
from cases.services.engine.codes import Turn
from cases.services.engine.dialects import PART, in_parts
from cases.services.engine.refusals import Grown as Grown  # what an act that grew raises
from healthcode.core import progress
from healthcode.core.own_words import OwnText

# Facts by which a track opened nothing: a test, what answered a positive before it, a death.
ANSWER_TRACKS = {
    Fact.RESULT: LabResult.objects.all(),
    Fact.OPINION: Opinion.objects.all(),
    Fact.ANSWER: Case.objects.filter(risk_area=None),  # a stay answers no positive
    Fact.DEATH: Death.objects.all(),
}

KINDS: dict[type, Fact] = {LabResult: Fact.RESULT, ClinicVisit: Fact.VISIT, Declaration: Fact.FORM}
ENDED_MEANWHILE = OwnText("falling.ended_meanwhile", _("Ended meanwhile by another fact."))
NO_GROUND = OwnText("falling.no_ground", _("It is no ground any more."))
TOO_LONG_AGO = OwnText("falling.too_long_ago", _("Longer ago than the rule book lets a code turn again."))


@dataclass
class Fallen:
    """What an answer came to: the cases that stand again, those that wait to, and the endings that only fell."""

    resumed: list[Case] = field(default_factory=list)
    waiting: list[Case] = field(default_factory=list)
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
    # Who and what alone: once they are locked the act reads the cases themselves.
    cases = _in_parts_of(_last_ended().select_related("person"), _resting_keys(facts))
    book = RuleBook.objects.adopted_last()
    if book is not None and any(covers(case, book.policy) for case in cases):
        counting.count_alone()
    return [case.person for case in cases]


def roots_reached(facts: Iterable[Rest]) -> set[int]:
    """Return by key whose endings rest on these facts; of hundreds of thousands the keys alone."""
    cases = Case.objects.filter(state=State.ENDED).unresumed().annotate(root=admission.ROOT)
    return {
        root
        for part in in_parts(sorted(_resting_keys(facts)))
        for root in cases.filter(pk__in=part).values_list("root", flat=True)
    }


def answer(facts: Sequence[Rest], *, turn: Turn, approved: bool = False) -> Fallen:
    """Ask every ending again that rests on facts which the act has just answered, and the tracks of whose they are.

    `approved`: a duty lead has seen whom the act reaches and agreed to it; nothing is held again. Raises Grown where an
    ending came to rest on one of the facts since the persons were locked.
    """
    ask_tracks(_whose(facts), turn)
    # One set for all of them: of thousands, a set each would be as many times thousands.
    answered = frozenset(facts)
    return _ask(_to_ask(_resting_keys(facts)), lambda _case: answered, turn, approved=approved)


def answer_each(facts: Mapping[int, set[Rest]], *, turn: Turn) -> Fallen:
    """Ask endings again, by the case's key: each without the facts that are another person's now."""
    cases = _to_ask(facts)
    return _ask(cases, lambda case: frozenset(facts[case.pk]), turn, approved=False)


def ask_tracks(roots: Iterable[int], turn: Turn) -> None:
    """Let the tracks of people lead again once the act's codes have turned: one that opened nothing left no row."""
    asked = sorted(roots)
    turn.then.append(lambda: tracks.match_again(asked, at=turn.at))


def _whose(facts: Iterable[Rest]) -> set[int]:
    """Return the human whose tracks one of these facts may have answered."""
    found: set[int] = set()
    for kind, rows in ANSWER_TRACKS.items():
        for part in in_parts([key for fact, key in facts if fact == kind]):
            found |= set(
                rows.filter(pk__in=part).values_list(Coalesce("person__merged_into", "person"), flat=True)
            )
    return found


def _ask(
    cases: Sequence[Case], answered: Callable[[Case], frozenset[Rest]], turn: Turn, *, approved: bool
) -> Fallen:
    turn.require_locked(case.person for case in cases)
    book_at = RuleBook.objects.at_many()
    gone: list[Case] = []
    for number, part in enumerate(in_parts(cases), start=1):
        past = PastFacts(part)
        progress.report(min(1.0, number * PART / len(cases)))
        gone += [case for case in part if not asking_again.stands(case, answered(case), past, book_at, turn)]
    sets = {id(one): one for one in map(answered, gone)}
    facts, fallen = frozenset().union(*sets.values()), Fallen()
    # An index case before its contacts: they stand again by it.
    for is_contact in (False, True):
        falling = [case for case in gone if (case.index_case_id is not None) == is_contact]
        stopped = no_ground.stopped(falling, turn)
        may_turn = [case for case in falling if case.pk not in stopped and no_ground.in_time(case, turn)]
        holds = {} if approved else fall_holds.needed(may_turn, facts, turn)
        _fall(falling, stopped, holds, turn, fallen)
    return fallen


def stand_again(waiting: Sequence[Case], turn: Turn) -> list[Case]:
    """Let cases that were held stand again, as a duty lead approved; return those that do.

    Each is asked once more: met again meanwhile by another fact, its ending rests on that.
    """
    ended = [case.resumes for case in waiting if case.resumes is not None]
    past, book_at = PastFacts(ended), RuleBook.objects.at_many()
    stopped, again = no_ground.stopped(ended, turn, waiting=waiting), list[Case]()
    for case, old in zip(waiting, ended, strict=True):
        kinds = old.bases.values_list("fact", flat=True)
        final = any(asking_again.is_final(old, fact) for fact in kinds)
        if not final and asking_again.stands(old, frozenset(), past, book_at, turn):
            turn.refuse(case, reason=ENDED_MEANWHILE(), bears=())
        elif old.pk in stopped:
            turn.refuse(case, reason=NO_GROUND(), bears=())
            turn.record("case.fell", old, ground=old.ground, exit=old.exit)
            turn.rest_anew(old, stopped[old.pk])
        elif not no_ground.in_time(old, turn):
            reason = TOO_LONG_AGO()
            turn.refuse(case, reason=reason, bears=())
            standing_again.fall_late([old], turn)
        else:
            again.append(case)
    standing_again.turn_again(again, turn)
    return again


def _resting_keys(facts: Iterable[Rest]) -> set[int]:
    """Return the cases of which an ending rests on one of these facts."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for kind, key in facts:
        by_kind[kind].add(key)
    return {
        case
        for kind, keys in by_kind.items()
        for part in in_parts(sorted(keys))
        for case in Basis.objects.filter(fact=kind, key__in=part).values_list("case", flat=True)
    }


def _to_ask(keys: Iterable[int]) -> list[Case]:
    """Return those of these cases that ended last, with all that asking them again reads of them."""
    # Joined where each has its own; what thousands share is read once, and is one object in memory.
    ended = _last_ended().select_related("person", "origin")
    shared = ("risk_area", "batch", "source_office", "entered_by")
    return _in_parts_of(ended.prefetch_related("bases", *shared), keys)


def _last_ended() -> CaseQuerySet:
    """Find ended cases; one that was resumed is inert, its new row is asked."""
    return Case.objects.filter(state=State.ENDED).unresumed().order_by("person", "pk")


def _in_parts_of(cases: CaseQuerySet, keys: Iterable[int]) -> list[Case]:
    return [case for part in in_parts(sorted(keys)) for case in cases.filter(pk__in=part)]


def _fall(
    gone: Sequence[Case],
    stopped: Mapping[int, list[Rest]],
    holds: Mapping[int, MassHold],
    turn: Turn,
    fallen: Fallen,
) -> None:
    """Let ended cases stand again, with the orders they had, or wait to; or only record that their endings fell."""
    again: list[Case] = []
    never = [old for old in gone if old.pk in stopped]
    late = [old for old in gone if old.pk not in stopped and not no_ground.in_time(old, turn)]
    standing_again.record_falls(never, turn)
    for old in never:
        turn.rest_anew(old, stopped[old.pk])
    standing_again.fall_late(late, turn)
    fallen.recorded += [*never, *late]
    standing_again.give_way([old for old in gone if old.pk not in stopped and old not in late], turn)
    for old in gone:
        if old.pk in holds:
            fallen.waiting.append(standing_again.wait(old, turn, "case.fall_held", hold=holds[old.pk]))
        elif old.pk not in stopped and old not in late:
            again.append(standing_again.row_again(old, turn))
    standing_again.turn_again(again, turn)
    fallen.resumed += again
