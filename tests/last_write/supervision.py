"""The services of supervision's questions, each as an act that breaks at its last write."""

from cases.models import Inquiry
from cases.policy import days
from cases.services import inquiries
from tests.cases.scenes import Scene, T
from tests.last_write.scenario import NOW, Act, Scenarios


def asked(scene: Scene, at=T) -> Inquiry:
    by, office = scene.cast.supervisor_city, scene.cast.community_yulin.office
    return inquiries.ask(office, question="请说明", answer_by=days.local_day(NOW), by=by, at=at)


def answering(scene: Scene) -> Act:
    inquiry = asked(scene)
    return lambda: inquiries.answer(inquiry, answer="已补录", by=scene.cast.community_yulin, at=NOW)


def closing(scene: Scene) -> Act:
    inquiry, by = asked(scene), scene.cast.supervisor_city
    return lambda: inquiries.close(inquiry, finding="WITHDRAWN", reason="重复", by=by, at=NOW)


SCENARIOS: Scenarios = {
    inquiries.ask: lambda s: lambda: asked(s, NOW),
    inquiries.answer: answering,
    inquiries.close: closing,
}
