"""Finding people of one's own reach by their name and how a number of theirs ends, or when they were born."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.models.people import readable
from cases.policy import spellings
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from cases.services.persons import asking
from healthcode.core.audit import lasting, ledger
from healthcode.core.offices.models import User

NAME_AND_END = re.compile(r"(?P<name>\D{2,40}?)[\s+,]*(?P<end>[0-9]{3}[0-9Xx])")
NAME_AND_BIRTH = re.compile(r"(?P<name>\D{2,40}?)[\s+,]*(?P<end>(19|20)[0-9]{2}-?[0-9]{2}-?[0-9]{2})")
WHOLE_DAY = len("20160305")
ALSO = 100  # persons of whom another writing of the name begins so
NAMESAKES = 1000  # whose numbers are opened to see how they end
MAX_FOUND = 10


class NobodyNamed(Refusal):
    code = "persons.name.nobody_in_area"
    message = _(
        "Nobody in your area has this name and number. A name finds people of your own area alone: "
        "anybody else is found by the whole document number or the telephone number, a child without one on the "
        "page of its guardian."
    )
    field = "text"


class TooManyNamesakes(Refusal):
    code = "persons.name.too_many"
    message = _(
        "More than %(number)s people of your area have this name: type the whole document number or "
        "telephone number, or the date of birth in place of the four characters."
    )
    field = "text"


@dataclass(frozen=True)
class NameAndEnd:
    """A name, and the last four characters of a document or telephone number, or a date of birth as eight digits."""

    name: str
    end: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what a text names so, None where it is something else."""
        text = spellings.one_spelling(text)
        found = NAME_AND_END.fullmatch(text) or NAME_AND_BIRTH.fullmatch(text)
        return cls(found["name"].strip(), found["end"].upper().replace("-", "")) if found else None

    @property
    def born(self) -> date | None:
        """Return the date of birth, where the end is one."""
        return spellings.day(self.end) if len(self.end) == WHOLE_DAY else None

    def fits(self, person: Person) -> bool:
        """Tell whether a person's document or telephone number ends so, or they were born on this day."""
        if len(self.end) == WHOLE_DAY:
            return self.born is not None and person.birth_date == self.born
        numbers = (lambda: person.document, lambda: person.phone)
        return any(readable(number, otherwise="").endswith(self.end) for number in numbers)


def within_reach(asked: NameAndEnd, *, by: User, at: datetime) -> list[Person]:
    """Return the people of the user's reach who are named so; ten at most. Nobody else is asked for."""
    reached = Person.objects.reachable_by(by, "person.view", at).survivors()
    writings = spellings.beginnings(asked.name)
    also = list(Person.objects.also_written(writings).values_list("pk", flat=True)[:ALSO])
    named = reached.filter(Q(name__in=writings) | Q(pk__in=also)).select_related("present")
    if asked.born is not None:
        named = named.filter(birth_date=asked.born)
    namesakes = list(named.order_by("pk")[: NAMESAKES + 1])
    if len(namesakes) > NAMESAKES:
        raise TooManyNamesakes(number=NAMESAKES)
    return [one for one in namesakes if asked.fits(one)][:MAX_FOUND]


@lasting.lasting(Refusal)
@transaction.atomic
def find(asked: NameAndEnd, *, act: str = "person.view", by: User, at: datetime) -> list[Person]:
    """Find people so, as often within an hour as by a number; each found, and each question in vain, leaves a line.

    Without the hour's limit a few hundred questions would tell the digits that a masked number hides. Raises
    NobodyNamed, TooManyNamesakes and TooManyLookUps.
    """
    require(by, act, at=at)
    asking.require_within_limit(by=by, at=at)
    found = within_reach(asked, by=by, at=at)
    if not found:
        asking.record_refused((), why=asking.InVain.NAME, by=by, at=at)
        raise NobodyNamed()
    for person in found:
        lasting.record(
            ledger.entry(asking.ASKED, person, outside=False, way=asking.FoundBy.NAME.value), by=by, at=at
        )
    return found
