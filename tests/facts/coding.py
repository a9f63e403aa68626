"""Somebody coded on a ground, by the way its ground comes in."""

from cases.models import Person
from tests.cases.scenes import Scene, later


def coded_on(scene: Scene, ground: str) -> Person:
    """Return somebody coded on a ground that ends with control or by a test."""
    person = scene.person()
    match ground:
        case "CLOSE_CONTACT":
            scene.clinical(person)
        case "OVERSEAS":
            scene.overseas(person)
        case "ORDERED_ISOLATION":
            scene.ordered(person)
        case "SEVERE_AREA":
            scene.opened(person, ground, risk_area=scene.severe())
        case "AUTO_RED" | "AUTO_YELLOW":
            scene.automatic(person, ground)
        case "RISK_AREA":
            scene.risk(person)
        case "CONVALESCENT":
            scene.exited(scene.clinical(person, "CONFIRMED"), "DISCHARGED", at=later(hours=1))
        case _:
            raise ValueError(ground)
    return person
