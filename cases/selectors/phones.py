"""What a phone shows now: asked by each once a minute, so in one statement, and nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection

from cases.models import Case, Death, Pass, RuleBook
from cases.models.rulebooks import LAST
from cases.passes import keys, signed
from cases.policy.colours import Colour
from cases.selectors import undecided
from cases.selectors.colours import gravest_in
from cases.selectors.door import ALL_OF, column, stored
from cases.selectors.passes import digest
from healthcode.core.statements.fragments import Given, Outer, fragment
from healthcode.core.statements.prepared import prepared

EVERY = timedelta(seconds=60)  # a phone shows the next one
LASTS = 90  # seconds for which each counts
AHEAD = 3  # as many are fetched at once: a lift or a tunnel does no harm
LOOK = """
WITH opened AS (
    SELECT pass.handle, pass.ends_at, coalesce(person.merged_into_id, person.id) AS root
      FROM cases_pass AS pass JOIN cases_person AS person ON person.id = pass.person_id
     WHERE pass.session = %(session)s AND pass.revoked_at IS NULL AND pass.ends_at > %(at)s
), one AS (
    SELECT root AS id FROM opened
     UNION ALL SELECT merged.id FROM cases_person AS merged JOIN opened ON merged.merged_into_id = opened.root
)
SELECT opened.handle, opened.ends_at, opened.root, person.deceased_on, EXISTS ({dying}),
       (SELECT {all_of} FROM ({standing}) AS standing), book.id, book.sha256
  FROM opened JOIN cases_person AS person ON person.id = opened.root AND person.erased_at IS NULL
  LEFT JOIN (SELECT id, sha256 FROM cases_rulebook {in_force}) AS book ON 1 = 1
"""


@dataclass(frozen=True)
class Phone:
    """What one phone shows: whose code, its colour of now, until when. No colour: the code ended, or is checked."""

    person: int  # the key of the surviving record
    handle: bytes
    colour: Colour
    at: datetime
    ends_at: datetime

    @property
    def passes(self) -> list[str]:
        """Return the digits of the passes of now and the next minutes; none without a colour."""
        return [] if self.colour == Colour.NONE else list(self._signed())

    def _signed(self) -> Iterator[str]:
        key = keys.signing(signed.PassKind.PHONE)
        assert key.private is not None
        for age in range(0, int(EVERY.total_seconds()) * AHEAD, int(EVERY.total_seconds())):
            begins = self.at + timedelta(seconds=age)
            body = signed.PassBody(
                signed.PassKind.PHONE, key.number, begins, LASTS, self.handle, self.colour, age
            )
            yield signed.sign(body, key.private)


def phone_of(session: str, at: datetime) -> Phone | None:
    """Return what a phone shows by its session; None where it shows nothing any more."""
    with prepared() as cursor:
        cursor.execute(_statement(), {"session": digest(session), "at": stored(at)})
        found = cursor.fetchone()
    if found is None:
        return None
    handle, ends_at, person, died, dying, grounds, book, sha256 = found
    return Phone(
        person=person,
        handle=bytes.fromhex(handle),
        colour=_colour(died, dying, grounds, RuleBook.objects.kept(book, sha256)),
        at=at,
        ends_at=column(Pass, "ends_at", ends_at),
    )


def _colour(died: date | None, dying: Any, grounds: str | None, book: RuleBook) -> Colour:
    if died is not None or dying:
        return Colour.NONE
    return gravest_in(book.policy, grounds.split(",") if grounds else ())


@cache
def _statement() -> str:
    one = Outer("SELECT id FROM one")
    return LOOK.format(
        dying=fragment(undecided.waiting(Death).filter(person__in=one).values("pk")),
        standing=fragment(Case.objects.standing_at(Given("at")).filter(person__in=one).values("ground")),
        in_force=LAST.format(adopted="adopted_at <= %(at)s"),
        all_of=ALL_OF[connection.vendor],
    )
