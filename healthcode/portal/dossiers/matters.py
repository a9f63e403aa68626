"""What a file is about: a person, a ticket or a conversion, by the number that stands on its page."""

import re
import uuid
from dataclasses import dataclass

from cases.models import Person, Transition
from cases.models.rulebooks import TEXT
from complaints.models import Ticket
from healthcode.core.audit.recorded import Recorded

KEY_DIGITS = 18
TICKET = re.compile(r"JK\d{8}-\d{5}", re.I | re.ASCII)


@dataclass(frozen=True)
class DossierMatter:
    """One matter: the person whose code it is about (None of an anonymous ticket), and what was named."""

    person: Person | None
    ticket: Ticket | None = None
    turn: Transition | None = None

    @property
    def about(self) -> Recorded:
        """Return the row that the ledger names."""
        row = self.ticket or self.person
        assert row is not None
        return row

    @property
    def number(self) -> str:
        """Return the number by which the matter was named."""
        if self.ticket is not None:
            return self.ticket.number
        return str(self.turn.pk) if self.turn is not None else str(self.person and self.person.public_id)


def find(number: str) -> DossierMatter | None:
    """Return the matter with this number: a person's opaque one, a ticket's, a conversion's; None if none has it."""
    number = number.strip()
    if TICKET.fullmatch(number):
        ticket = Ticket.objects.select_related("person").filter(number=number.upper()).first()
        return DossierMatter(_root(ticket.person), ticket=ticket) if ticket else None
    if number.isdecimal() and number.isascii() and len(number) <= KEY_DIGITS:
        related = ("person", "case", "rule_book", "actor", "office")
        turn = Transition.objects.select_related(*related).defer(TEXT).filter(pk=number).first()
        return DossierMatter(_root(turn.person), turn=turn) if turn else None
    try:
        public_id = uuid.UUID(number)
    except ValueError:
        return None
    person = Person.objects.filter(public_id=public_id).first()
    return DossierMatter(_root(person)) if person else None


def _root(person: Person | None) -> Person | None:
    """Return the record that a merged one is part of now: its code is that one's."""
    if person is None or person.merged_into_id is None:
        return person
    return Person.objects.get(pk=person.root_id)
