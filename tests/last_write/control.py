"""The services on control orders, each as an act that breaks at its last write."""

from decimal import Decimal

from cases.services import control
from tests.cases.scenes import DUE, TODAY, Scene, T, day, fresh, later, sample
from tests.last_write.scenario import NOW, YES, Act, Scenarios, decided, on, red


def staying(scene: Scene):
    values = {"address": "家中", "reason": "孕妇", "by": scene.cast.group_xinchang, "at": T}
    return control.propose_home(red(scene), **values)


RECORDED = later(hours=2)


def proposing_elsewhere(scene: Scene, person) -> Act:
    values = {"place": "某地", "letter": "接收函2026-1号", "by": scene.cast.group_xinchang, "at": NOW}
    return lambda: control.propose_elsewhere(person, **values)


def moving_elsewhere(scene: Scene):
    values = {"place": "某地", "letter": "接收函2026-1号", "by": scene.cast.group_xinchang, "at": T}
    return control.propose_elsewhere(red(scene), **values)


def elsewhere(scene: Scene):
    person = red(scene)
    scene.relocated(person, at=later(hours=1))
    return person


def by_certificate(scene: Scene, person) -> Act:
    scene.certified(person, at=DUE)
    return lambda: control.release_elsewhere(person, by=scene.cast.group_xinchang, at=DUE)


def recorded(scene: Scene):
    return scene.certificate(elsewhere(scene), at=RECORDED, sample=sample(RECORDED))


def confirmed(scene: Scene):
    return scene.certified(elsewhere(scene), at=RECORDED, sample=sample(RECORDED))


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
        "until_day": day(25),
        "document": scene.registered("2号").number,
        "reason": "x",
        "by": scene.cast.group_xinchang,
        "at": NOW,
    }
    return lambda: control.extend(person, **values)


def sending_out(scene: Scene, person) -> Act:
    values = {"letter": "3号", "destination": "江苏", "by": scene.cast.group_xinchang, "at": NOW}
    return lambda: control.transfer_out(person, **values)


def sent_out(scene: Scene):
    person, by = red(scene), scene.cast.group_xinchang
    control.transfer_out(person, letter="3号", destination="江苏", by=by, at=T)
    return person


def reversal(scene: Scene, person, *, at=T):
    by = scene.cast.group_xinchang
    return control.propose_transfer_back(fresh(person), reason="未成行", by=by, at=at)


def shortening(scene: Scene, *, at=T):
    person = red(scene)
    scene.extended(person, 25, at=T)
    by = scene.cast.group_xinchang
    return lambda: control.propose_shorter(fresh(person), reason="x", by=by, at=at)


def logging(scene: Scene, person) -> Act:
    reading = control.HealthReading(TODAY, "MORNING", Decimal("36.5"))
    return lambda: control.log_health(person, reading, by=scene.cast.officer_yulin, at=NOW)


def making_a_round(scene: Scene, person) -> Act:
    reading = control.HealthReading(TODAY, "EVENING", missed="NOT_REACHED")
    return lambda: control.log_round([(person, reading)], by=scene.cast.officer_yulin, at=NOW)


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
    control.log_round: lambda s: making_a_round(s, red(s)),
    control.transport: lambda s: ride(s, red(s)),
    control.end: lambda s: on(red(s), lambda p: s.ended(p, at=DUE)),
    control.release_elsewhere: lambda s: by_certificate(s, elsewhere(s)),
    control.propose_elsewhere: lambda s: proposing_elsewhere(s, red(s)),
    control.decide_elsewhere: lambda s: decided(
        control.decide_elsewhere, moving_elsewhere(s), s, "group.city", **YES
    ),
    control.record_certificate: lambda s: on(elsewhere(s), lambda p: s.certificate(p, at=DUE)),
    control.decide_certificate: lambda s: decided(
        control.decide_certificate, recorded(s), s, "cdc.xinchang", **YES
    ),
    control.withdraw_certificate: lambda s: decided(
        control.withdraw_certificate, confirmed(s), s, "cdc.xinchang", reason="x"
    ),
    control.hand_over: lambda s: handing_over(s, red(s)),
    control.extend: lambda s: extending(s, red(s)),
    control.choose_place: lambda s: on(
        red(s),
        lambda p: control.choose_place(
            p, site=s.cast.office("isolation-xinchang"), by=s.cast.officer_yulin, at=NOW
        ),
    ),
    control.transfer_out: lambda s: sending_out(s, red(s)),
    control.propose_transfer_back: lambda s: on(sent_out(s), lambda p: reversal(s, p, at=NOW)),
    control.decide_transfer_back: lambda s: decided(
        control.decide_transfer_back, reversal(s, sent_out(s)), s, "cdc.xinchang", **YES
    ),
    control.propose_shorter: lambda s: shortening(s, at=NOW),
    control.decide_shorter: lambda s: decided(
        control.decide_shorter, shortening(s)(), s, "duty.xinchang", **YES
    ),
    control.propose_home: lambda s: proposing_home(s, red(s)),
    control.decide_home: lambda s: decided(control.decide_home, staying(s), s, "duty.xinchang", **YES),
}
