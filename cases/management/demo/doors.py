"""Demo venues of three kinds, and a morning's checks at their doors."""

from datetime import timedelta
from decimal import Decimal

from cases.management.demo.story import DemoStory
from cases.models import Person, Venue
from cases.policy.colours import Colour
from cases.selectors.colours import colours_of
from cases.services import gates
from cases.services.gates import venues
from healthcode.core.offices.models import Division, Office

VENUES = (
    # office, kind, division, Chinese name, English name
    ("school", "SCHOOL", "330624001", "新昌某学校", "A school in Xinchang"),
    ("supermarket", "SUPERMARKET", "330624001", "新昌某超市", "A supermarket in Xinchang"),
    ("taxis", "TAXI", "330624", "出租车（新昌）", "A taxi (Xinchang)"),
)
# keeper, colour of the person, temperature, mask, reason
CHECKS = (
    ("gate.school", Colour.GREEN, "36.4", False, ""),
    ("gate.school", Colour.GREEN, "37.8", False, ""),
    ("gate.school", Colour.YELLOW, "36.6", False, "住校学生"),
    ("gate.school", Colour.RED, "36.5", False, ""),
    ("gate.market", Colour.GREEN, "36.7", False, ""),
    ("gate.market", Colour.YELLOW, "36.5", False, ""),
    ("gate.taxi", Colour.YELLOW, "36.8", True, ""),
    ("gate.taxi", Colour.YELLOW, "36.3", False, ""),
)


def make(story: DemoStory) -> None:
    """Open the venues and let each keeper check some of the demo persons."""
    venue_of = {office: _opened(story, office, *row) for office, *row in VENUES}
    by_colour = _by_colour(story)
    for number, (keeper, colour, temperature, mask, reason) in enumerate(CHECKS):
        by = story.cast[keeper]
        person = by_colour[colour][number]
        gates.check(
            gates.PresentedCode(str(person.public_id)),
            venue=venue_of[by.office.code],
            temperature=Decimal(temperature),
            mask=mask,
            reason=reason,
            by=by,
            at=story.now - timedelta(minutes=len(CHECKS) - number),
        )
    school = story.cast["gate.school"]
    looked_at = gates.PresentedCode(issuer=Division.objects.get(code="3301"), colour=Colour.GREEN)
    gates.check(looked_at, venue=venue_of["school"], temperature=Decimal("36.5"), by=school, at=story.now)


def _opened(story: DemoStory, office: str, kind: str, division: str, name: str, name_en: str) -> Venue:
    return venues.open_venue(
        name=name,
        name_en=name_en,
        kind=kind,
        division=Division.objects.get(code=division),
        office=Office.objects.get(code=office),
        by=story.cast["admin.one"],
        at=story.days_ago(30),
    )


def _by_colour(story: DemoStory) -> dict[Colour, list[Person]]:
    persons = {person.pk: person for person in Person.objects.survivors().order_by("pk")}
    found: dict[Colour, list[Person]] = {colour: [] for colour in Colour}
    for key, colour in colours_of(persons, at=story.now).items():
        found[colour].append(persons[key])
    return found
