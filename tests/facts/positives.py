"""What the tests of positives share: somebody coded on each ground, their samples, and whose lists they are on."""

from datetime import timedelta

from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.control import ConditionMissing
from cases.services.samples import opinions, results
from tests.cases.scenes import DUE, Scene, fresh, later, order_of, sample
from tests.facts.coding import coded_on

END = DUE + timedelta(hours=9)
BY_CONTROL = ("CLOSE_CONTACT", "OVERSEAS", "ORDERED_ISOLATION", "SEVERE_AREA", "AUTO_RED", "CONVALESCENT")
BY_TEST = ("RISK_AREA", "AUTO_YELLOW")


def coded(scene: Scene, ground: str):
    """Return somebody coded on a ground that ends with control or by a test, and the instant its days end."""
    person, end = coded_on(scene, ground), END
    if ground in BY_CONTROL and order_of(person).officer_id is None:
        to, by = scene.cast.officer_yulin, scene.cast.group_xinchang
        control.hand_over(person, officer=to, reason="指定", by=by, at=later(hours=1))
    return person, end


def tried(scene: Scene, person, ground: str, *, at):
    """Enter a fresh negative and try to end the ground on it."""
    taken = sample(at - timedelta(minutes=30))
    if ground in BY_CONTROL:
        return control.end(fresh(person), sample=taken, by=scene.cast.officer_yulin, at=at)
    results.enter(fresh(person), taken, by=scene.cast.hospital_city, at=at)
    return results.apply(fresh(person), by=scene.cast.service_xinchang, at=at + timedelta(minutes=1))


def positive(scene: Scene, person, *, at=None):
    return results.enter(
        fresh(person), sample(at or DUE, "POSITIVE"), by=scene.cast.hospital_city, at=at or DUE
    )


def opinion(scene: Scene, result, *, by="cdc.xinchang", at=None, **fields):
    body = {"document": "复核意见2026-12号", "reason": "治愈后复阳，无传染性", **fields}
    return opinions.give(result, by=scene.cast[by], at=at or DUE + timedelta(hours=2), **body)


def lists(scene: Scene, at, username: str = "cdc.xinchang") -> set[str]:
    return {one.key for one in worklists(scene.cast[username], at)}


MISSING = {**dict.fromkeys(BY_CONTROL, ConditionMissing), **dict.fromkeys(BY_TEST, results.StillMissing)}
