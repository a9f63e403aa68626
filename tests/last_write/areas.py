"""The services on risk areas, each as an act that breaks at its last write."""

from cases.models import RiskArea
from cases.services import areas
from tests.cases.scenes import Scene, T
from tests.last_write.scenario import YES, Scenarios, decided


def proposed_area(scene: Scene):
    listing = areas.Listing(f"某街道{RiskArea.objects.count()}", "HIGH", "公告1号", T)
    return areas.propose(listing, by=scene.cast.duty_city, at=T)


def lifting(scene: Scene):
    area = scene.listed()
    scene.risk(scene.person(), area)
    return area


SCENARIOS: Scenarios = {
    areas.propose: lambda s: lambda: proposed_area(s),
    areas.decide: lambda s: decided(areas.decide, proposed_area(s), s, "duty.xinchang", **YES),
    areas.lift: lambda s: decided(areas.lift, lifting(s), s, "duty.city", test_still_due=False, reason="x"),
}
