"""What has to be met beside the word by which a case ends: an exclusion, a release."""

from cases.models import Case
from cases.policy import exits
from cases.selectors import facts
from cases.services.engine.codes import Turn
from cases.services.engine.refusals import Refusal


class ExitConditionMissing(Refusal):
    """A condition of an exit that somebody reported or approved is not met; the message is the rule book's own."""

    code = "cases.exit.condition_missing"


def require_met(case: Case, exit: str, turn: Turn) -> tuple[exits.Rest, ...]:
    """Refuse an ending beside an unanswered positive or a report that waits; return what the answers rest on."""
    book = turn.book.policy
    known = facts.facts_of(case, book=book, at=turn.at)
    for one in exits.besides_the_word(book, exit, known):
        if not one.met:
            raise ExitConditionMissing(one.words, field="")
    word = known.notices.get(exit)
    return tuple(rest for rest in exits.basis(book, exit, known) if rest != word)
