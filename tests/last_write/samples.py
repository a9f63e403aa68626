"""The services on declarations and results, each as an act that breaks at its last write."""

from cases.models.declarations import Mode
from cases.services.samples import amendments, corrections, declarations, negatives, opinions, results
from tests.cases.scenes import Scene, T, later, sample
from tests.last_write.scenario import NOW, Act, Scenarios, decided, on


def visiting(scene: Scene, person) -> Act:
    values = {
        "visited_at": T,
        "ruled_out": True,
        "record_number": "1",
        "by": scene.cast.clinic_xinchang,
        "at": NOW,
    }
    return lambda: declarations.record_visit(person, **values)


def applying(scene: Scene, person) -> Act:
    scene.risk(person)
    scene.tested(person, at=later(hours=1))
    return lambda: results.apply(person, by=scene.cast.service_xinchang, at=NOW)


def entering_together(scene: Scene) -> Act:
    reports = {number: (scene.person(), sample(T)) for number in range(3)}
    return lambda: negatives.enter(reports, by=scene.cast.hospital_city, at=NOW)


def fever_clearing(scene: Scene, person) -> Act:
    scene.fever(person)
    scene.visit(person, at=later(hours=1))
    scene.tested(person, at=later(hours=2))
    form = declarations.Form(False)
    return lambda: declarations.declare(person, form, mode=Mode.ALONE, by=scene.cast.citizen, at=NOW)


def given(scene: Scene):
    result = scene.tested(scene.person(), at=T, outcome="POSITIVE")
    values = {
        "document": "复核意见2026-1号",
        "reason": "复阳",
        "by": scene.cast.cdc_xinchang,
        "at": later(hours=1),
    }
    return opinions.give(result, **values)


def giving(scene: Scene) -> Act:
    result = scene.tested(scene.person(), at=T, outcome="POSITIVE")
    values = {"document": "复核意见2026-1号", "reason": "复阳", "by": scene.cast.cdc_xinchang, "at": NOW}
    return lambda: opinions.give(result, **values)


def cleared(scene: Scene):
    person = scene.person()
    fever_clearing(scene, person)()
    return person


def amending(scene: Scene, service, kind: str, **values) -> Act:
    person = cleared(scene)
    row = (person.visits if kind == "visit" else person.declarations).order_by("pk").last()
    by = scene.cast.clinic_xinchang if kind == "visit" else scene.cast.citizen
    return lambda: service(row, reason="录错", by=by, at=later(hours=7), **values)


VISIT = {"visited_at": later(hours=1), "ruled_out": False, "record_number": "V-1"}
SCENARIOS: Scenarios = {
    amendments.correct_visit: lambda s: amending(s, amendments.correct_visit, "visit", **VISIT),
    amendments.withdraw_visit: lambda s: amending(s, amendments.withdraw_visit, "visit"),
    amendments.correct_form: lambda s: amending(
        s, amendments.correct_form, "form", form=declarations.Form(False, symptoms="咳嗽", onset_on=T.date())
    ),
    amendments.withdraw_form: lambda s: amending(s, amendments.withdraw_form, "form"),
    opinions.give: giving,
    opinions.withdraw: lambda s: decided(opinions.withdraw, given(s), s, "cdc.xinchang", reason="x"),
    declarations.declare: lambda s: on(s.person(), lambda p: s.fever(p)),
    (declarations.declare, "well"): lambda s: fever_clearing(s, s.person()),
    declarations.record_visit: lambda s: visiting(s, s.person()),
    results.enter: lambda s: on(s.person(), lambda p: s.tested(p, at=NOW)),
    results.apply: lambda s: applying(s, s.person()),
    negatives.enter: entering_together,
    corrections.correct: lambda s: decided(
        corrections.correct,
        s.tested(s.person(), at=T),
        s,
        "hospital.city",
        sample=sample(T, "POSITIVE"),
        reason="x",
    ),
    corrections.move: lambda s: decided(
        corrections.move,
        s.tested(s.person(), at=T),
        s,
        "hospital.city",
        to=s.person(),
        reason="x",
    ),
}
