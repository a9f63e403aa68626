"""What a gate keeper learns: colour, whether the person passes, and where to send them. Never a ground."""

from dataclasses import dataclass

from cases.models import GateCheck
from cases.policy.colours import Colour
from cases.policy.passing import UNTOLD, Verdict
from cases.policy.words import Bilingual
from healthcode.core.offices import scope
from healthcode.core.offices.models import Office
from healthcode.core.offices.staff import OfficeKind

NEAREST = 3


@dataclass(frozen=True)
class GateAnswer:
    """Everything of a check that a door may display, on the page and over the API."""

    check: GateCheck
    colour: Colour
    masked_name: str
    verdict: Verdict
    admits: Bilingual | None
    send_to: tuple[Office, ...]
    untold: tuple[str, ...] = UNTOLD  # reasons for which no colour is told


def answer_to(check: GateCheck, verdict: Verdict) -> GateAnswer:
    """Return what the keeper learns of a check. A deceased person's number looks like one that nobody has."""
    colour = Colour(check.colour)
    known = check.person if colour != Colour.NONE else None
    venue = check.rule_book.policy.venues.get(check.venue.kind)
    return GateAnswer(
        check=check,
        colour=colour,
        masked_name=known.masked_name if known else "",
        verdict=verdict,
        admits=venue.admits if venue else None,
        send_to=_send_to(check, colour, fever=verdict.fever),
    )


def _send_to(check: GateCheck, colour: Colour, *, fever: bool) -> tuple[Office, ...]:
    """Name who takes over: for red the prevention office, for whoever may move and has a fever the clinics."""
    if colour == Colour.RED:
        return nearest(OfficeKind.PREVENTION, check.venue.division_id)
    return nearest(OfficeKind.FEVER_CLINIC, check.venue.division_id) if fever else ()


def nearest(kind: str, division: str) -> tuple[Office, ...]:
    """Return the offices of a kind that share the deepest level with a division of the same city."""
    city = division[: len("3306")]
    offices = Office.objects.filter(scope.within(city, "division"), kind=kind).order_by("division", "pk")
    shared = {office: scope.shared_level(office.division_id, division) for office in offices}
    best = max(shared.values(), default=0)
    return tuple(office for office, level in shared.items() if level == best)[:NEAREST]
