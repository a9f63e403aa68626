"""Every action the ledger can hold: dotted, in the past tense, with its words and the sentence that tells it.

A key is stored for ever. An action that is written no more keeps its row: old ledgers hold it.
What happens to a person has its row in `persons.py`, all else in `others.py`.
"""

from django.utils.translation import gettext_lazy as _

from healthcode.core.audit.actions.others import OTHERS
from healthcode.core.audit.actions.persons import PERSONS
from healthcode.core.audit.actions.row import Action

ACTIONS: dict[str, Action] = {**PERSONS, **OTHERS}
READS = tuple(key for key, action in ACTIONS.items() if action.reads)
_ANY = _("%(who)s: %(words)s (%(thing)s).")


def require_written(action: str) -> None:
    """Refuse, with a KeyError, an action that has no row or is written no more."""
    if ACTIONS[action].dropped:
        raise KeyError(action)


def words_of(action: str) -> str:
    """Return an action's words; of one without a row its key."""
    row = ACTIONS.get(action)
    return str(row.words) if row else action


def sentence_of(action: str) -> str:
    """Return an action's sentence, to be filled in; of one without a row the sentence that fits any."""
    row = ACTIONS.get(action)
    return str(row.sentence if row else _ANY)
