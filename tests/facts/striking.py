"""Documents of the register that are struck: what counts on one, and who strikes it."""

from typing import Any

from cases.models import Case, Document, Strike
from cases.services.engine.plans import Plan
from cases.services.grounds import cases, strikes
from tests.cases.scenes import TODAY, Scene, T, fresh, later

DOCUMENT, OTHER = "浙防指〔2020〕12号", "浙防指〔2020〕13号"
SPELLED = ["浙防指[2020]12号", "浙防指 （2020）12号", "浙防指〔2020〕第012號文"]
INSTEAD = {"number": OTHER, "issuer": "省疫情防控领导小组", "issued_on": TODAY}
HOUR, TWO = later(hours=1), later(hours=2)
GROUNDS = ["AUTO_RED", "AUTO_YELLOW", "OTHER_RED", "OTHER_YELLOW"]


def coded(scene: Scene, ground: str, reference: str = DOCUMENT, *, at=T) -> Case:
    """Let a case count on a document: linked data at once, discretion by a second person."""
    person = scene.person()
    if ground.startswith("AUTO"):
        return scene.automatic(person, ground, evidence_ref=reference, at=at)
    held = scene.held(person, ground, evidence_ref=reference, at=at, plan=plan(scene, ground))
    return cases.decide(held, approve=True, by=scene.cast.duty_xinchang, at=at)


def plan(scene: Scene, ground: str) -> Plan:
    """Return what a red of discretion is entered with: its document says which measure."""
    return (
        Plan(kind="HOME_OBSERVATION", officer=scene.cast.officer_yulin) if ground == "OTHER_RED" else Plan()
    )


def proposed(scene: Scene, document: Document, *, by: str = "duty.city", at=HOUR, **fields: Any):
    return scene.strike_proposed(document, by=scene.cast[by], at=at, **fields)


def decided(scene: Scene, strike: Strike, *, by: str = "duty.deputy", at=TWO, **fields: Any) -> int:
    return strikes.decide(fresh(strike), by=scene.cast[by], at=at, **{"approve": True, **fields})


def struck(scene: Scene, document: Document, **fields: Any) -> int:
    return decided(scene, proposed(scene, document, **fields))
