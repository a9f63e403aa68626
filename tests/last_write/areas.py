"""The services on risk areas, each as an act that breaks at its last write."""

from cases.models import RiskArea
from cases.services import areas
from tests.cases.scenes import Scene, T, fresh, later
from tests.last_write.scenario import NO, NOW, YES, Scenarios, decided, on


def proposed_area(scene: Scene):
    listing = areas.Listing(f"某街道{RiskArea.objects.count()}", "HIGH", "公告1号", T)
    return areas.propose(listing, by=scene.cast.duty_city, at=T)


def lifting(scene: Scene):
    area = scene.listed()
    scene.risk(scene.person(), area)
    return area


def beginning(scene: Scene):
    area = scene.listed(from_at=later(hours=3), at=T)
    assert area.begun_at is None
    return lambda: areas.begin_due(by=scene.cast.duty_city, at=NOW)


def changing(scene: Scene, kind: str, *, decision=YES, **fields):
    change = scene.change_proposed(lifting(scene), kind, at=later(hours=1), **fields)
    return decided(areas.decide_change, change, scene, "duty.deputy", **decision)


def unlifting(scene: Scene):
    area = lifting(scene)
    scene.changed(area, "LIFT", test_still_due=False, at=later(hours=1))
    change = scene.change_proposed(fresh(area), "UNLIFT", at=later(hours=2))
    return decided(areas.decide_change, change, scene, "duty.deputy", **YES)


SCENARIOS: Scenarios = {
    areas.propose: lambda s: lambda: proposed_area(s),
    areas.decide: lambda s: decided(areas.decide, proposed_area(s), s, "duty.deputy", **YES),
    areas.begin_due: lambda s: beginning(s),
    areas.propose_change: lambda s: on(lifting(s), lambda area: s.change_proposed(area, "LIFT", at=NOW)),
    areas.decide_change: lambda s: changing(s, "LIFT", test_still_due=False),
    (areas.decide_change, "sent back"): lambda s: changing(s, "LIFT", decision=NO),
    (areas.decide_change, "withdrawn"): lambda s: changing(s, "WITHDRAW"),
    (areas.decide_change, "taken back"): lambda s: unlifting(s),
}
