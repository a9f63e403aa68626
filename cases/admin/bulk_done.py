"""What a bulk act came to, kept for the page after it: loading that page again repeats nothing."""

import base64
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from cases.models import Person
from cases.operations.base import Outcome
from cases.policy.colours import Colour
from cases.selectors.explanation import explain
from healthcode.core import vault

PARAMETER = "done"
SESSION = "bulk_acts"
KEPT = 3  # acts a session remembers


@dataclass(frozen=True)
class Line:
    """One person of the selection, and what became or would become of them."""

    person: Person
    before: Colour
    outcome: Outcome | None
    reasons: tuple[str, ...] = ()


def keep(request: HttpRequest, lines: Iterable[Line]) -> str:
    """Keep what happened to each, sealed in the session, and return its mark."""
    mark = secrets.token_urlsafe(6)
    said = [
        (line.person.pk, line.before.value, line.outcome.message if line.outcome else "", line.reasons)
        for line in lines
    ]
    sealed = base64.b64encode(vault.encrypt(json.dumps(said), owner=_owner(request))).decode()
    kept = {**request.session.get(SESSION, {}), mark: sealed}
    request.session[SESSION] = dict(list(kept.items())[-KEPT:])
    return mark


def recall(request: HttpRequest, mark: str) -> list[Line]:
    """Return what an act of this session came to, each code explained as it stands now; of another, nothing."""
    try:
        sealed = base64.b64decode(request.session.get(SESSION, {})[mark])
        said = json.loads(vault.decrypt(sealed, owner=_owner(request)))
    except (KeyError, vault.Unreadable):
        return []
    persons = Person.objects.select_related("present").in_bulk([pk for pk, *_rest in said])
    return [_line(persons[pk], *rest) for pk, *rest in said if pk in persons]


def _line(person: Person, before: str, message: str, reasons: list[str]) -> Line:
    outcome = Outcome(message, explain(person, at=timezone.now()), person) if message else None
    return Line(person, Colour(before), outcome, tuple(reasons))


def _owner(request: HttpRequest) -> str:
    return f"bulk:{request.user.pk}"
