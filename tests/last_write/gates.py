"""The services at the doors, each as an act that breaks at its last write."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from cases.models import RuleBook
from cases.services import gates, passes
from cases.services.gates import late, red_scans, venues
from cases.services.persons import people
from cases.services.persons.identity import Identity
from tests.cases.scenes import Scene, T, later
from tests.factories import guarded
from tests.gate.test_passes import digits
from tests.last_write.scenario import NOW, Act, Scenarios, decided, on


def red_scan_answered(scene: Scene) -> Act:
    person = scene.person()
    scene.clinical(person)
    scene.checked(person, guarded(), at=NOW)
    values = {"words": "已送回隔离点", "by": scene.cast.duty_xinchang, "at": NOW}
    return lambda: red_scans.answer(person, **values)


def handed_off(scene: Scene) -> str:
    return passes.hand_off(scene.person(), by=scene.cast.citizen, at=NOW)[1]


def pass_revoked(scene: Scene) -> Act:
    person = scene.person()
    passes.print_paper(person, by=scene.cast.community_yulin, at=later(hours=1))
    return decided(passes.revoke, person, scene, "community.yulin", reason="遗失")


def sent_later(scene: Scene) -> Act:
    printed = passes.print_paper(scene.person(), by=scene.cast.community_yulin, at=T)
    taken = late.Taken(
        device_id=uuid4(),
        taken_at=later(hours=1),
        presented=gates.PresentedCode(digits(printed)),
        temperature=Decimal("36.5"),
        venue=guarded(),
        rule_book=RuleBook.objects.in_force(T).pk,
        by_telephone="GREEN",
    )
    return lambda: late.take(taken, by=scene.cast.gate_school, at=later(hours=2))


def ward_shown(scene: Scene) -> Act:
    guardian = scene.person()
    identity = Identity(name="王小宝", document_type="NONE", birth_date=date(2015, 3, 2))
    whose = {"guardian": guardian, "guardian_relation": "母子", "present": guardian.present}
    ward = people.register(identity, **whose, by=scene.cast.community_yulin, at=T).person
    session = passes.use_up(passes.hand_off(guardian, by=scene.cast.citizen, at=NOW)[1], at=NOW)
    return lambda: passes.open_ward(session, ward, at=NOW)


SCENARIOS: Scenarios = {
    passes.open_ward: ward_shown,
    late.take: sent_later,
    gates.check: lambda s: on((s.person(), guarded()), lambda pair: s.checked(*pair)),
    gates.again: lambda s: decided(gates.again, s.checked_yellow(), s, "gate.school", reason="x"),
    red_scans.answer: lambda s: red_scan_answered(s),
    passes.print_paper: lambda s: decided(passes.print_paper, s.person(), s, "community.yulin"),
    passes.hand_off: lambda s: decided(passes.hand_off, s.person(), s, "citizen"),
    passes.use_up: lambda s: on(handed_off(s), lambda secret: passes.use_up(secret, at=NOW)),
    passes.print_own: lambda s: on(
        passes.use_up(handed_off(s), at=NOW), lambda one: passes.print_own(one, at=NOW)
    ),
    passes.leave: lambda s: on(passes.use_up(handed_off(s), at=NOW), lambda one: passes.leave(one, at=NOW)),
    passes.revoke: pass_revoked,
    venues.open_venue: lambda s: guarded,
    venues.correct: lambda s: decided(venues.correct, guarded(), s, "admin.one", name="x", name_en=""),
    venues.close: lambda s: decided(venues.close, guarded(), s, "admin.one"),
}
