"""People with an open case who are recorded as dead, and the proposal that they are not."""

from cases.services.persons import deaths
from tests.cases.scenes import Scene, fresh, later

GROUNDS = ("CLOSE_CONTACT", "CONFIRMED", "OVERSEAS", "SEVERE_AREA", "AUTO_RED", "RISK_AREA", "FEVER")


def coded(scene: Scene, ground: str):
    person = scene.person()
    match ground:
        case "CLOSE_CONTACT" | "CONFIRMED":
            case = scene.clinical(person, ground)
        case "OVERSEAS":
            case = scene.overseas(person)
        case "SEVERE_AREA":
            case = scene.opened(person, ground, risk_area=scene.severe())
        case "AUTO_RED":
            case = scene.automatic(person, ground)
        case "RISK_AREA":
            case = scene.risk(person)
        case "FEVER":
            case = scene.fever(person)
    return person, case


def asked_back(scene: Scene, person, *, by: str = "community.yulin", at=None):
    return deaths.propose_withdrawal(
        fresh(person), reason="本人在世", by=scene.cast[by], at=at or later(hours=3)
    )
