"""Does an ending hold without some facts: at its own instant, under the book of that instant, by what is known now?"""

from collections.abc import Callable
from datetime import datetime

from cases.models import Case, Fact, RuleBook
from cases.models.cases import BASIS_GONE
from cases.policy import exits
from cases.policy.exits import Rest
from cases.selectors.past_facts import PastFacts
from cases.services.engine.codes import Turn

# Facts that an exit's conditions look for. What rests on any other (a case, a death, a void) nothing else can bear.
ASKED_AGAIN = frozenset(
    {
        *(Fact.RESULT, Fact.VISIT, Fact.FORM, Fact.ORDER, Fact.REPORT, Fact.RELEASE, Fact.AREA),
        *(Fact.OPINION, Fact.ANSWER),
    }
)
# Ways in which a ground ends that can bear the ending of another: nobody has to act for them besides the fact itself.
CARRYING = frozenset({"TESTED_NEGATIVE", "AREA_LIFTED"})


def stands(
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
    if any(fact == Fact.DECISION for fact, _key in bases):
        return True  # a second person decided that it does not stand again
    # It rests on a case's ending that fell: what becomes of that case brings back nothing that its end had opened.
    spared = Fact.CASE if case.exit == BASIS_GONE else None
    # Each of its own few is looked up among the answered: those are all of the act's, and can be tens of thousands.
    lost: set[tuple[str, int | None]] = {rest for rest in bases if rest in answered and rest[0] != spared}
    if repeated := past.repeated_besides(lost, bases):
        lost -= repeated
        if not lost:
            return True
    if any(is_final(case, fact) for fact, _key in lost) or case.exit not in book.exits:
        return not lost
    ways = [case.exit, *sorted(CARRYING & set(book.grounds[case.ground].exits) - {case.exit})]
    for instant in (case.closed_at, *past.instants_since(case, turn.at)):
        facts = past.then(case, book=book, until=instant)
        for way in ways:
            rests = exits.basis(book, way, facts)
            gone = {rest for rest in rests if rest in answered and rest[0] != spared} - repeated
            if not gone and all(one.met for one in exits.conditions(book, way, facts)):
                # At its own instant too: what bears it there from now can be taken back as well.
                turn.rest_anew(case, [rest for rest in rests if rest not in bases])
                return True
    return False


def is_final(case: Case, fact: str) -> bool:
    """Tell whether nothing else can bear an ending once a fact of this kind, on which it rests, is taken back.

    A death is that only of what ended by it; what fell meanwhile waits for it, and is asked by its own conditions.
    """
    return fact not in ASKED_AGAIN and not (fact == Fact.DEATH and case.exit != "DEATH")
