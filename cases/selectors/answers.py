"""What a gate keeper learns: colour, whether the person passes, and where to send them. Never a ground."""

from dataclasses import dataclass
from datetime import timedelta

from cases.models import GateCheck
from cases.policy.colours import Colour
from cases.policy.passing import UNTOLD, Verdict
from cases.policy.words import Bilingual
from healthcode.core.offices import scope
from healthcode.core.offices.models import Office
from healthcode.core.offices.staff import OfficeKind

NEAREST = 3
MOMENTS = timedelta(minutes=2)  # for about as long a code that was fetched counts


@dataclass(frozen=True)
class GateAnswer:
    """Everything of a check that a door may display, on the page and over the API."""

    check: GateCheck
    colour: Colour
    masked_name: str
    verdict: Verdict
    admits: Bilingual | None
    send_to: tuple[Office, ...]
    elsewhere_ago: int | None = None  # seconds since the code of this phone was scanned at another door
    untold: tuple[str, ...] = UNTOLD  # reasons for which no colour is told

    @property
    def turned_from(self) -> str:
        """Return what the phone showed, where the code is another by now; else nothing."""
        on_phone = self.check.on_pass if on_a_phone(self.check) else ""
        return on_phone if self.colour not in (Colour.NONE, on_phone) else ""


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
        elsewhere_ago=_elsewhere_ago(check) if known and on_a_phone(check) else None,
    )


def on_a_phone(check: GateCheck) -> bool:
    """Tell whether the code was scanned off a telephone: paper is copied, and nothing follows from it."""
    return check.on_pass not in ("", GateCheck.Shown.PAPER)


def _elsewhere_ago(check: GateCheck) -> int | None:
    """Return for how many seconds another door has known this phone's code; nobody is at two doors in two minutes."""
    earlier = GateCheck.objects.filter(person=check.person_id, at__gt=check.at - MOMENTS, at__lt=check.at)
    of_phones = earlier.exclude(venue=check.venue_id).exclude(on_pass__in=("", GateCheck.Shown.PAPER))
    last = of_phones.order_by("-at").values_list("at", flat=True).first()
    return None if last is None else int((check.at - last).total_seconds())


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
