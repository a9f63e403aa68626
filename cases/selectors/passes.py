"""The passes that somebody can show at a door: the paper, and what a phone shows now."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from cases.models import Pass, Person
from cases.passes import keys, signed
from cases.policy.colours import Colour
from cases.selectors.colours import colour_at

EVERY = timedelta(seconds=60)  # a phone shows the next one
LASTS = 90  # seconds for which each counts
AHEAD = 3  # as many are fetched at once: a lift or a tunnel does no harm
OLDEST = 255  # seconds of age that fit


def standing(person: Person, at: datetime) -> Pass | None:
    """Return the pass on paper that a door takes for a person at an instant."""
    found = Pass.objects.standing(at).filter(kind=Pass.Kind.PAPER, person__among=person.group)
    return found.select_related("person", "issued_by").order_by("-issued_at").first()


def are_shown(person: Person, at: datetime) -> bool:
    """Tell whether a door would take a pass of a person, from paper or a phone."""
    return Pass.objects.standing(at).filter(person__among=person.group).exists()


def digest(secret: str) -> str:
    """Return what is kept of the secret part of a link or a session."""
    return hashlib.sha256(secret.encode()).hexdigest()


def unopened(secret: str, at: datetime) -> Pass | None:
    """Return the pass whose link this is, while it can be used up."""
    waiting = Pass.objects.filter(link=digest(secret), opened_at=None, revoked_at=None, link_ends_at__gte=at)
    return waiting.select_related("person", "issued_by").first()


def of_session(session: str, at: datetime) -> Pass | None:
    """Return the pass that a phone shows by this session."""
    found = Pass.objects.standing(at).filter(session=digest(session))
    return found.select_related("person__merged_into", "issued_by").first()


def on_phone(opened: Pass, at: datetime) -> tuple[Colour, list[str]]:
    """Return the colour of now, and the digits of the passes of now and the next minutes; none without a colour."""
    colour = colour_at(opened.person.merged_into or opened.person, at)
    return colour, [] if colour == Colour.NONE else list(_passes(opened, colour, at))


def _passes(opened: Pass, colour: Colour, at: datetime) -> Iterator[str]:
    key = keys.signing(signed.PassKind.PHONE)
    assert key.private is not None
    for place in range(AHEAD):
        begins = at + place * EVERY
        yield signed.sign(
            signed.PassBody(
                kind=signed.PassKind.PHONE,
                key=key.number,
                valid_from=begins,
                lifetime=LASTS,
                handle=bytes.fromhex(opened.handle),
                colour=colour,
                age=min(int((begins - at).total_seconds()), OLDEST),
            ),
            key.private,
        )
