"""What a person is told of their own code from outside: a list of what is shown, never of what is left out.

Nobody else, no name of staff, no evidence, nothing that was reported and does not count yet.
"""

from dataclasses import dataclass
from datetime import datetime

from cases.models import Person
from cases.policy.colours import Colour
from cases.policy.exits import Condition
from cases.policy.keys import CONDITIONS_TOLD, EXITS_TOLD, GONE_OUT_FOR
from cases.policy.parts import Meaning
from cases.policy.words import Bilingual
from cases.selectors.answers import nearest
from cases.selectors.explanation import Explanation, Standing, Way, explain
from healthcode.core.offices.models import Office
from healthcode.core.offices.staff import OfficeKind, Role

# Which office is rung about an act that is missing: the one where the person lives, never somebody by name.
OFFICES = {
    Role.CDC: OfficeKind.CDC,
    Role.GROUP: OfficeKind.GROUP,
    Role.HOSPITAL: OfficeKind.HOSPITAL,
    Role.COMMUNITY: OfficeKind.COMMUNITY,
    Role.OFFICER: OfficeKind.COMMUNITY,
    Role.SERVICE_POINT: OfficeKind.SERVICE_POINT,
    Role.CLINIC: OfficeKind.FEVER_CLINIC,
    Role.DUTY_LEAD: OfficeKind.PREVENTION,
}


@dataclass(frozen=True)
class Missing:
    """One condition of a way back: whether it is met, and if an act is missing, of which office."""

    words: Bilingual
    met: bool
    earliest: datetime | None
    by_oneself: bool  # the act that is missing is the person's own
    goes_out: bool  # for this the person goes to the office; who is red is called on
    office: Office | None


@dataclass(frozen=True)
class WayBack:
    """One way in which a ground ends."""

    words: Bilingual
    clause: str
    conditions: tuple[Missing, ...]

    @property
    def waits_for_staff(self) -> bool:
        """Tell whether nothing is left for the person to do: neither days nor an act of their own are missing."""
        return all(
            one.met or (one.office and not one.by_oneself and not one.goes_out) for one in self.conditions
        )


@dataclass(frozen=True)
class Reason:
    """One ground that stands: since when, under which clause, and what ends it."""

    words: Bilingual
    clause: str
    since: datetime | None
    again: bool  # what it had ended on was taken back
    advice: Bilingual
    ways: tuple[WayBack, ...]


@dataclass(frozen=True)
class Outside:
    """All that a person's own page says of their code."""

    colour: Colour
    meaning: Meaning | None
    since: datetime | None
    checked: bool  # whose death is being checked: no door answers until it is settled
    reasons: tuple[Reason, ...]
    rung: Office | None  # whose telephone somebody answers now


def outside(person: Person, at: datetime) -> Outside:
    """Return what a person is told of their code at an instant."""
    found = explain(person, at=at)
    points = nearest(OfficeKind.SERVICE_POINT, person.present_id)
    return Outside(
        colour=found.colour,
        meaning=found.meaning,
        since=found.since,
        checked=found.being_checked is not None,
        reasons=tuple(_reason(one, found) for one in found.standing),
        rung=points[0] if points else None,
    )


def _reason(standing: Standing, found: Explanation) -> Reason:
    return Reason(
        words=standing.ground.words,
        clause=standing.ground.clause,
        since=standing.case.opened_at,
        again=standing.case.resumes_id is not None,
        advice=standing.ground.advice,
        ways=tuple(_way(way, found) for way in standing.ways if way.exit.key in EXITS_TOLD),
    )


def _way(way: Way, found: Explanation) -> WayBack:
    conditions = tuple(_missing(one, found) for one in way.conditions if one.key in CONDITIONS_TOLD)
    return WayBack(way.exit.words, way.exit.clause, conditions)


def _missing(condition: Condition, found: Explanation) -> Missing:
    kinds = [OFFICES[Role(role)] for role in condition.roles if role in OFFICES]
    offices = nearest(kinds[0], found.person.present_id) if kinds and not condition.met else ()
    return Missing(
        words=condition.words,
        met=condition.met,
        earliest=condition.earliest if condition.earliest and condition.earliest > found.at else None,
        by_oneself=not condition.met and Role.CITIZEN.value in condition.roles,
        goes_out=not condition.met and found.colour == Colour.YELLOW and condition.key in GONE_OUT_FOR,
        office=offices[0] if offices else None,
    )
