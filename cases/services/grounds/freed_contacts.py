"""Contacts whom the void of an index case had freed come back with the index case that is entered again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from cases.models import Basis, Case, Fact
from cases.models.cases import State
from cases.policy.exits import Rest
from cases.services.engine import falling
from cases.services.engine.codes import Turn
from cases.services.engine.index_cases import MOVED, contacts_of, move


def freed_by_void(voided: Iterable[Case]) -> dict[int, set[Rest]]:
    """Return by the contact's key the voids of these index cases by which contacts went free."""
    contacts = {contact.pk for index in voided for contact in contacts_of(index, State.ENDED)}
    freed: dict[int, set[Rest]] = defaultdict(set)
    for basis in Basis.objects.filter(case__in=contacts, fact=Fact.VOID, key__isnull=False):
        assert basis.key is not None
        freed[basis.case_id].add((Fact.VOID.value, basis.key))
    return freed


def come_back(voided: Sequence[Case], *, to: Case, turn: Turn) -> None:
    """Let contacts rest on the index case that two people entered again; whom its void had freed stand again."""
    freed = freed_by_void(voided)
    contacts = [contact for index in voided for contact in contacts_of(index, *MOVED)]
    turn.require_locked(contact.person for contact in contacts)
    move(contacts, to=to, turn=turn)
    falling.answer_each(freed, turn=turn)
