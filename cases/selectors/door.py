"""What a door asks before it decides, in one statement: who asks, where, whose code, and what stands against it."""

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

from cases.models import Case, Death, GateCheck, Pass, Person, RuleBook, Venue
from cases.models.rulebooks import LAST
from cases.passes.signed import PassBody
from cases.policy.colours import Colour
from cases.selectors import undecided
from cases.selectors.colours import gravest_in
from healthcode.core.offices import tokens
from healthcode.core.offices.models import Office, Token, User
from healthcode.core.statements.fragments import Given, Outer, fragment
from healthcode.core.statements.prepared import prepared

PACE = timedelta(minutes=1)
# What the two engines say differently: a list, a set of keys, and the key that the check will have.
ALL_OF = {"postgresql": "string_agg(ground, ',')", "sqlite": "group_concat(ground, ',')"}
ANY_OF = {
    "postgresql": "= ANY(%(indices)s::varchar[])",
    "sqlite": "IN (SELECT value FROM json_each(%(indices)s))",
}
NEXT = {
    "postgresql": "nextval('cases_gatecheck_id_seq'::regclass)",
    "sqlite": "NULL",
}
LOOK = """
WITH keeper AS (
    SELECT keeper.id, keeper.username, keeper.role, keeper.is_active, keeper.language, keeper.office_id, office.code
      FROM offices_user AS keeper JOIN offices_office AS office ON office.id = keeper.office_id
     WHERE keeper.is_active AND keeper.id = coalesce(CAST(%(user)s AS bigint), ({holder}))
), venue AS (
    SELECT id, kind, name, name_en, division_id, office_id FROM cases_venue
     WHERE id IN ({guarded}) AND (CAST(%(venue)s AS bigint) IS NULL OR id = CAST(%(venue)s AS bigint)) LIMIT 2
), found AS (
    SELECT coalesce(merged_into_id, id) AS root FROM (
        SELECT id, merged_into_id FROM cases_person WHERE document_index {any_of}
         UNION ALL SELECT id, merged_into_id FROM cases_person WHERE public_id = %(opaque)s
         UNION ALL SELECT id, merged_into_id FROM cases_person WHERE id = CAST(%(person)s AS bigint)
         UNION ALL SELECT id, merged_into_id FROM cases_person
          WHERE id = (SELECT person_id FROM cases_pass WHERE handle = %(handle)s) AND erased_at IS NULL) AS shown
     ORDER BY id LIMIT 1
), one AS (
    SELECT root AS id FROM found
     UNION ALL SELECT merged.id FROM cases_person AS merged JOIN found ON merged.merged_into_id = found.root
)
SELECT keeper.id, keeper.username, keeper.role, keeper.is_active, keeper.language, keeper.office_id, keeper.code,
       venue.id, venue.kind, venue.name, venue.name_en, venue.division_id, venue.office_id,
       person.id, person.public_id, person.name, person.deceased_on, EXISTS ({dying}),
       (SELECT {all_of} FROM ({standing}) AS standing), book.id, book.sha256,
       (SELECT at FROM cases_gatecheck
         WHERE by_id = keeper.id AND venue_id = venue.id AND at > %(since)s ORDER BY at DESC LIMIT 1 OFFSET %(pace)s),
       paper.id, paper.revoked_at, kept.request_hash, kept.answer, {next},
       bearer.id, bearer.acts, bearer.addresses, bearer.last_used_at
  FROM keeper
  LEFT JOIN offices_token AS bearer ON bearer.digest = %(token)s
  LEFT JOIN venue ON venue.office_id = keeper.office_id
  LEFT JOIN found ON 1 = 1
  LEFT JOIN cases_person AS person ON person.id = found.root
  LEFT JOIN cases_pass AS paper ON paper.handle = %(handle)s
  LEFT JOIN offices_idempotencykey AS kept ON kept.user_id = keeper.id AND kept.key = %(key)s
  LEFT JOIN (SELECT id, sha256 FROM cases_rulebook {in_force}) AS book ON 1 = 1
"""
KEEPER = ("id", "username", "role", "is_active", "language", "office_id")
VENUE = ("id", "kind", "name", "name_en", "division_id", "office_id")
BEARER = ("id", "acts", "addresses", "last_used_at")
PERSON = ("id", "public_id", "name", "deceased_on")
PASS = ("id", "revoked_at")


@dataclass(frozen=True)
class Scanned:
    """A pass that was scanned: what is in it, None where no key of this house signed it."""

    body: PassBody | None


@dataclass(frozen=True)
class Asked:
    """What a door asks about: a number as it can be read, or a person; by a user's key, or the digest of a token."""

    at: datetime
    user: int | None = None
    token: str = ""
    venue: int | None = None
    number: Iterable[str] | uuid.UUID | Scanned = ()
    person: int | None = None
    key: str = ""


@dataclass(frozen=True)
class Look:
    """What a door found, at one instant. No venue: none that this keeper guards, or more than one and none named."""

    by: User
    venue: Venue | None
    book: RuleBook
    person: Person | None  # the surviving record
    colour: Colour
    checking: bool  # a death of this person waits to be confirmed
    handed_out: Pass | None  # the pass that was scanned, where it was handed out
    full_since: datetime | None  # the oldest of as many checks as one keeper makes at one door in a minute
    answered: tuple[str, Any] | None  # what was asked under the same key, and the answer
    next_check: int | None  # the key that a check will have, where it is known beforehand


def look(asked: Asked) -> Look | None:
    """Ask everything that a check needs; None where nobody is known under this user or token any more."""
    opaque = asked.number if isinstance(asked.number, uuid.UUID) else None
    body = asked.number.body if isinstance(asked.number, Scanned) else None
    indices = () if isinstance(asked.number, uuid.UUID | Scanned) else asked.number
    values = {
        "at": stored(asked.at),
        "since": stored(asked.at - PACE),
        "pace": max(settings.GATE_CHECKS_PER_MINUTE - 1, 0),
        "user": asked.user,
        "token": asked.token,
        "venue": asked.venue,
        "indices": _listed(indices),
        "opaque": opaque and (opaque if connection.vendor == "postgresql" else opaque.hex),
        "person": asked.person,
        "handle": body and body.handle.hex(),
        "key": asked.key,
    }
    with prepared() as cursor:
        cursor.execute(_statement(), values)
        rows = cursor.fetchall()
    return _read(rows) if rows else None


@cache
def _statement() -> str:
    """Put the statement together out of what is asked elsewhere too."""
    one, vendor = Outer("SELECT id FROM one"), connection.vendor
    guarded = Venue.objects.of_office(Outer("SELECT office_id FROM keeper"))
    return LOOK.format(
        holder=fragment(tokens.valid(Given("token"), Given("at")).values("user")),
        guarded=fragment(guarded.values("pk")),
        dying=fragment(undecided.waiting(Death).filter(person__in=one).values("pk")),
        standing=fragment(Case.objects.standing_at(Given("at")).filter(person__in=one).values("ground")),
        in_force=LAST.format(adopted="adopted_at <= %(at)s"),
        all_of=ALL_OF[vendor],
        any_of=ANY_OF[vendor],
        next=NEXT[vendor],
    )


def _read(rows: list[Any]) -> Look:
    values = iter(rows[0])
    by = _row(User, KEEPER, values)
    by.office = _row(Office, ("id", "code"), iter((by.office_id, next(values))))
    venue = _row(Venue, VENUE, values)
    person = _row(Person, PERSON, values)
    checking, grounds, book, sha256, since = islice(values, 5)
    handed_out = _row(Pass, PASS, values)
    hashed, answer, check, *bearer = values
    by.bearer = _row(Token, BEARER, iter(bearer))
    in_force = RuleBook.objects.kept(book, sha256)
    dead = person is not None and (checking or person.deceased_on is not None)
    colour = gravest_in(in_force.policy, grounds.split(",") if grounds else ())
    return Look(
        by=by,
        venue=venue if len(rows) == 1 else None,
        book=in_force,
        person=person,
        colour=Colour.NONE if dead or person is None else colour,
        checking=bool(checking),
        handed_out=handed_out,
        full_since=column(GateCheck, "at", since),
        answered=None
        if hashed is None
        else (hashed, json.loads(answer) if isinstance(answer, str) else answer),
        next_check=check,
    )


def _row(model: type[Model], names: tuple[str, ...], values: Any) -> Any:
    """Return a row of which only these columns were read; what else somebody asks of it is read then."""
    given = list(islice(values, len(names)))
    if given[names.index("id")] is None:
        return None
    in_order, places, converters = _columns(model, names)
    for place, convert in converters:
        given[place] = convert(given[place])
    return model.from_db(DEFAULT_DB_ALIAS, in_order, [given[place] for place in places])


@cache
def _columns(
    model: type[Model], names: tuple[str, ...]
) -> tuple[list[str], list[int], list[tuple[int, Callable[[Any], Any]]]]:
    """Return the columns in the model's order, their places among `names`, and what converts the value at a place."""
    in_order = [one.attname for one in model._meta.concrete_fields if one.attname in names]
    converters = [
        (place, convert) for place, name in enumerate(names) for convert in _converters(model, name)
    ]
    return in_order, [names.index(name) for name in in_order], converters


def column(model: type[Model], name: str, value: Any) -> Any:
    """Return the model's value of what this engine stores in one of its columns."""
    for convert in _converters(model, name):
        value = convert(value)
    return value


@cache
def _converters(model: type[Model], name: str) -> list[Callable[[Any], Any]]:
    """Return what makes the model's value of what this engine stores."""
    column = next(one.cached_col for one in model._meta.concrete_fields if one.attname == name)
    converters = connection.ops.get_db_converters(column) + column.get_db_converters(connection)
    return [partial(_convert, one, column) for one in converters]


def _convert(converter: Any, column: Any, value: Any) -> Any:
    return converter(value, column, connection)


def stored(at: datetime) -> Any:
    """Return an instant as this engine stores it."""
    return connection.ops.adapt_datetimefield_value(at)


def _listed(indices: Iterable[str]) -> Any:
    return list(indices) if connection.vendor == "postgresql" else json.dumps(list(indices))
