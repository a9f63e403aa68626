"""The services on cases, exits and voids, each as an act that breaks at its last write."""

from cases.services.grounds import cases, document_register, exits, voids
from tests.cases.scenes import Scene, T
from tests.last_write.scenario import NO, YES, Scenarios, decided, on


def release(scene: Scene, case):
    values = {"document_number": "1", "reason": "期满", "by": scene.cast.group_xinchang, "at": T}
    return voids.propose_release(case, **values)


def releasing(scene: Scene):
    return release(scene, scene.other_yellow(scene.person()))


def excluding(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    scene.clinical(scene.person(), index_case=index)
    return scene.exit_reported(index, "EXCLUDED")


SCENARIOS: Scenarios = {
    document_register.enter: lambda s: s.documented,
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
    exits.refuse: lambda s: decided(exits.refuse, excluding(s), s, "group.xinchang", answer="x"),
    voids.propose: lambda s: on(s.overseas(s.person()), s.void_proposed),
    voids.approve: lambda s: decided(
        voids.approve, s.void_proposed(s.overseas(s.person())), s, "group.xinchang"
    ),
    voids.refuse: lambda s: decided(
        voids.refuse, s.void_proposed(s.overseas(s.person())), s, "group.xinchang", answer="x"
    ),
    voids.propose_release: lambda s: on(s.other_yellow(s.person()), lambda case: release(s, case)),
    voids.decide_release: lambda s: decided(voids.decide_release, releasing(s), s, "duty.xinchang", **YES),
}
