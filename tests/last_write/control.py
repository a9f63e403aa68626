"""The services on control orders, each as an act that breaks at its last write."""

from decimal import Decimal

from cases.services import control
from tests.cases.scenes import DUE, TODAY, Scene, T, day, later, sample
from tests.last_write.scenario import NOW, YES, Act, Scenarios, decided, on, red


def staying(scene: Scene):
    values = {"address": "家中", "reason": "孕妇", "by": scene.cast.group_xinchang, "at": T}
    return control.propose_home(red(scene), **values)


def serving_elsewhere(scene: Scene, person) -> Act:
    values = {"place": "某地", "letter": "函", "by": scene.cast.group_xinchang, "at": later(hours=1)}
    return lambda: control.serve_elsewhere(person, **values)


def by_certificate(scene: Scene, person) -> Act:
    moved = {"place": "某地", "letter": "函", "by": scene.cast.group_xinchang, "at": later(hours=1)}
    control.serve_elsewhere(person, **moved)
    values = {"certificate": "7号", "sample": sample(DUE), "by": scene.cast.group_xinchang, "at": DUE}
    return lambda: control.release_elsewhere(person, **values)


def ride(scene: Scene, person) -> Act:
    values = {
        "from_place": "家",
        "to_place": "隔离点",
        "vehicle": "AMBULANCE",
        "plate": "浙D12345",
        "escort": "甲",
        "handed_to": "乙",
    }
    when = {"left_at": T, "arrived_at": later(hours=1), "at": NOW, "by": scene.cast.officer_yulin}
    return lambda: control.transport(person, sealed=True, **values, **when)


def extending(scene: Scene, person) -> Act:
    values = {
        "until_day": day(30),
        "document": "2号",
        "reason": "x",
        "by": scene.cast.group_xinchang,
        "at": NOW,
    }
    return lambda: control.extend(person, **values)


def sending_out(scene: Scene, person) -> Act:
    values = {"letter": "3号", "destination": "江苏", "by": scene.cast.group_xinchang, "at": NOW}
    return lambda: control.transfer_out(person, **values)


def logging(scene: Scene, person) -> Act:
    values = {"on": TODAY, "half": "MORNING", "temperature": Decimal("36.5"), "at": NOW}
    return lambda: control.log_health(person, by=scene.cast.officer_yulin, **values)


def handing_over(scene: Scene, person) -> Act:
    values = {
        "officer": scene.cast.officer_deputy,
        "by": scene.cast.officer_yulin,
        "reason": "病假",
        "at": NOW,
    }
    return lambda: control.hand_over(person, **values)


def proposing_home(scene: Scene, person) -> Act:
    values = {"address": "家中", "reason": "孕妇", "by": scene.cast.group_xinchang, "at": NOW}
    return lambda: control.propose_home(person, **values)


SCENARIOS: Scenarios = {
    control.log_health: lambda s: logging(s, red(s)),
    control.transport: lambda s: ride(s, red(s)),
    control.end: lambda s: on(red(s), lambda p: s.ended(p, at=DUE)),
    control.release_elsewhere: lambda s: by_certificate(s, red(s)),
    control.serve_elsewhere: lambda s: serving_elsewhere(s, red(s)),
    control.hand_over: lambda s: handing_over(s, red(s)),
    control.extend: lambda s: extending(s, red(s)),
    control.transfer_out: lambda s: sending_out(s, red(s)),
    control.propose_home: lambda s: proposing_home(s, red(s)),
    control.decide_home: lambda s: decided(control.decide_home, staying(s), s, "duty.xinchang", **YES),
}
