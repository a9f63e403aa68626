"""The duty roster and its calls, each as an act that breaks at its last write."""

from datetime import timedelta

from cases.models import Call
from cases.services.roster import calls, shifts
from tests.cases.scenes import Scene, later
from tests.last_write.scenario import NOW, Act, Scenarios, decided


def shift_entered(scene: Scene) -> Act:
    user = scene.cast.cdc_xinchang
    fields = {"office": user.office, "user": user, "phone": "13900000001", "by": user, "at": NOW}
    return lambda: shifts.enter(**fields, from_at=NOW, until=NOW + timedelta(days=1))


def called(scene: Scene) -> Act:
    person = scene.person()
    scene.clinical(person)
    scene.died(person, at=later(hours=2))
    scene.death_taken_back(person, at=later(hours=3))
    fields = {"called_at": later(hours=4), "reached": Call.Reached.PERSON, "tries": 1}
    return decided(calls.record, person, scene, "community.yulin", **fields)


SCENARIOS: Scenarios = {
    calls.record: called,
    shifts.enter: shift_entered,
    shifts.withdraw: lambda s: decided(shifts.withdraw, shift_entered(s)(), s, "cdc.xinchang", reason="换班"),
}
