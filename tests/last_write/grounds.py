"""The services on cases, exits and voids, each as an act that breaks at its last write."""

from typing import Any

from cases.models import Case
from cases.services.grounds import (
    cases,
    document_register,
    exit_reversals,
    exits,
    late_falls,
    release_reversals,
    self_checks,
    strikes,
    voids,
)
from cases.services.samples import corrections, results
from tests.cases.scenes import TODAY, Scene, T, fresh, later, sample
from tests.last_write.scenario import NO, NOW, YES, Scenarios, decided, on


def release(scene: Scene, case):
    values = {"document_number": "1", "reason": "期满", "by": scene.cast.group_xinchang, "at": T}
    return voids.propose_release(case, **values)


def releasing(scene: Scene):
    return release(scene, scene.other_yellow(scene.person()))


def released(scene: Scene) -> Any:
    row = releasing(scene)
    voids.decide_release(row, approve=True, by=scene.cast.duty_xinchang, at=T)
    return fresh(row)


def reversal(scene: Scene, row: Any) -> Any:
    return release_reversals.propose(row, reason="解除有误", by=scene.cast.group_xinchang, at=T)


def excluding(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    scene.clinical(scene.person(), index_case=index)
    return scene.exit_reported(index, "EXCLUDED")


def exited(scene: Scene) -> Any:
    case = scene.clinical(scene.person(), "CONFIRMED")
    scene.exited(case, "DISCHARGED", at=later(hours=1))
    return case


def voiding(scene: Scene, case) -> Any:
    fields = {"reason_class": "ENTRY_ERROR", "reason": "录错", "by": scene.cast.community_yulin, "at": T}
    return voids.propose(case, **fields)


def checking(scene: Scene, case) -> Any:
    fields = {"source": "比对批次2026-9", "failed": "同名，证件号码不符"}
    return self_checks.record(case, **fields, by=scene.cast.bureau_one, at=T)


def ended(scene: Scene):
    """Propose the void of a case that has ended, whose convalescence stands."""
    case = scene.clinical(scene.person(), "CONFIRMED")
    scene.exited(case, "DISCHARGED", at=later(hours=1))
    return scene.void_proposed(case, at=later(hours=2))


def fallen_late(scene: Scene) -> Any:
    """Return the row that waits for CDC: the negative of a yellow is doubted three weeks after its end."""
    person, at = scene.person(), later(hours=2)
    scene.automatic(person, "AUTO_YELLOW")
    row = results.enter(person, sample(at), by=scene.cast.hospital_city, at=at)
    results.apply(person, by=scene.cast.service_xinchang, at=at)
    right = sample(row.sampled_at, "INCONCLUSIVE", report_number=row.report_number)
    corrections.correct(row, right, reason="更正", by=scene.cast.hospital_city, at=later(days=22))
    return Case.objects.get(state="HELD")


def struck(scene: Scene, decision=YES, **fields: Any) -> Any:
    """Propose to strike a document on which a case stands; return the decision."""
    strike = scene.strike_proposed(borne(scene), at=later(hours=1), **fields)
    return decided(strikes.decide, strike, scene, "duty.deputy", **decision)


def borne(scene: Scene) -> Any:
    document = scene.documented()
    scene.automatic(scene.person(), "AUTO_RED", evidence_ref=document.number)
    return document


SCENARIOS: Scenarios = {
    strikes.propose: lambda s: on(borne(s), lambda document: s.strike_proposed(document, at=NOW)),
    strikes.decide: lambda s: struck(s),
    (strikes.decide, "sent back"): lambda s: struck(s, NO),
    (strikes.decide, "corrected"): lambda s: struck(
        s, number="浙防指〔2020〕13号", issuer="省卫生健康委", issued_on=TODAY
    ),
    late_falls.answer: lambda s: decided(late_falls.answer, fallen_late(s), s, "cdc.xinchang", reason="x"),
    document_register.enter: lambda s: s.documented,
    self_checks.record: lambda s: on(s.overseas(s.person()), lambda case: checking(s, case)),
    self_checks.decide: lambda s: decided(
        self_checks.decide, checking(s, s.overseas(s.person())), s, "duty.city", **YES
    ),
    (voids.approve, "ended"): lambda s: decided(voids.approve, ended(s), s, "group.xinchang"),
    cases.report: lambda s: on(s.person(), lambda p: s.reported(p)),
    cases.enter: lambda s: decided(cases.enter, s.reported(s.person()), s, "group.xinchang"),
    cases.send_back: lambda s: decided(
        cases.send_back, s.reported(s.person()), s, "group.xinchang", reason="x"
    ),
    cases.open_case: lambda s: on(s.person(), lambda p: s.overseas(p)),
    (cases.open_case, "held"): lambda s: on(s.person(), lambda p: s.held(p)),
    cases.decide: lambda s: decided(cases.decide, s.held(s.person()), s, "duty.xinchang", **YES),
    (cases.decide, "no"): lambda s: decided(cases.decide, s.held(s.person()), s, "duty.xinchang", **NO),
    exits.report: lambda s: on(
        s.clinical(s.person(), "CONFIRMED"), lambda case: s.exit_reported(case, "DISCHARGED")
    ),
    exits.enter: lambda s: decided(exits.enter, excluding(s), s, "group.xinchang"),
    exit_reversals.propose: lambda s: on(exited(s), lambda case: s.exit_asked_back(case, at=later(hours=5))),
    exit_reversals.decide: lambda s: decided(
        exit_reversals.decide, s.exit_asked_back(exited(s), at=later(hours=2)), s, "cdc.xinchang", **YES
    ),
    exits.refuse: lambda s: decided(exits.refuse, excluding(s), s, "group.xinchang", answer="x"),
    voids.propose: lambda s: on(s.overseas(s.person()), lambda case: voiding(s, case)),
    voids.approve: lambda s: decided(
        voids.approve, s.void_proposed(s.overseas(s.person())), s, "group.xinchang"
    ),
    voids.refuse: lambda s: decided(
        voids.refuse, s.void_proposed(s.overseas(s.person())), s, "group.xinchang", answer="x"
    ),
    voids.propose_release: lambda s: on(s.other_yellow(s.person()), lambda case: release(s, case)),
    release_reversals.propose: lambda s: on(released(s), lambda row: reversal(s, row)),
    release_reversals.decide: lambda s: decided(
        release_reversals.decide, reversal(s, released(s)), s, "duty.xinchang", **YES
    ),
    voids.decide_release: lambda s: decided(voids.decide_release, releasing(s), s, "duty.xinchang", **YES),
}
