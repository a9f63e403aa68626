"""The services on persons, each as an act that breaks at its last write."""

from cases.services.persons import (
    deaths,
    erasure,
    identity,
    lookups,
    merges,
    named,
    numbers,
    people,
    reads,
    respelling,
    transfers,
)
from healthcode.core import vault
from tests.cases.scenes import TODAY, Scene, T, fresh, later
from tests.factories import DivisionFactory, one_off, resident_number
from tests.last_write.scenario import NO, NOW, YES, Act, Scenarios, decided, on, red


def moving(scene: Scene, person=None):
    values = {
        "to": DivisionFactory(code="330624002"),
        "reason": "搬家",
        "by": scene.cast.community_yulin,
        "at": T,
    }
    return transfers.propose(person or scene.person(), **values)


def misspelled(scene: Scene):
    """Give somebody a telephone number as it was stored before, and the index of another document number."""
    person = scene.person()
    phone = vault.encrypt("57586012345", owner=person.vault_owner("phone_sealed"))
    type(person).objects.filter(pk=person.pk).update(document_index="0" * 64, phone_sealed=phone)
    return person


def correcting(scene: Scene, person) -> Act:
    corrected = identity.Identity("王五", document_number=person.document)
    values = {"address": "x", "reason": "笔误", "by": scene.cast.service_xinchang, "at": NOW}
    return lambda: people.correct(fresh(person), corrected, **values)


def renumbered(scene: Scene, person, *, at):
    values = {"address": "", "reason": "笔误", "by": scene.cast.service_xinchang, "at": at}
    document = numbers.Sighting("READER", "读卡记录1")
    corrected = identity.Identity(person.name, document_number=one_off(person.document))
    return people.correct(fresh(person), corrected, document=document, **values).change


def renumbering(scene: Scene):
    return renumbered(scene, red(scene), at=later(hours=1))


def looking_up(scene: Scene, person) -> Act:
    values = {"document_type": "RESIDENT_ID", "document_number": person.document, "purpose": "核对密接"}
    return lambda: lookups.look_up(by=scene.cast.community_yuecheng, at=NOW, **values)


def naming(scene: Scene) -> Act:
    person = scene.person(name="陈小明")
    asked = named.NameAndEnd("陈小明", person.document[-4:])
    return lambda: named.find(asked, by=scene.cast.community_yulin, at=NOW)


def registering(scene: Scene) -> Act:
    newcomer = identity.Identity("张三", document_number=resident_number())
    present = DivisionFactory(code="330602001")
    return lambda: people.register(newcomer, present=present, by=scene.cast.cdc_xinchang, at=NOW)


def recording(scene: Scene, person) -> Act:
    values = {"on": TODAY, "certificate": "2026-0117", "by": scene.cast.hospital_city, "at": NOW}
    return lambda: deaths.record(fresh(person), **values)


def dying(scene: Scene):
    person = red(scene)
    return scene.death_recorded(person, at=T)


def back_to_life(scene: Scene):
    person = red(scene)
    scene.died(person, at=T)
    values = {"reason": "在世", "by": scene.cast.community_yulin, "at": later(hours=1)}
    return deaths.propose_withdrawal(fresh(person), **values)


def asking_back(scene: Scene, person) -> Act:
    scene.died(person, at=T)
    values = {"reason": "在世", "by": scene.cast.community_yulin, "at": NOW}
    return lambda: deaths.propose_withdrawal(fresh(person), **values)


def erasing(scene: Scene, person):
    return erasure.propose(person, reason="本人申请", by=scene.cast.bureau_one, at=T)


def parting(scene: Scene, merge, *, at=T):
    return merges.propose_undo(fresh(merge), reason="x", by=scene.cast.bureau_one, at=at)


def reading(scene: Scene, person) -> Act:
    return lambda: reads.record(person, page="person", by=scene.cast.group_xinchang, at=NOW)


SCENARIOS: Scenarios = {
    merges.propose: lambda s: on((s.person(), s.person()), lambda pair: s.merge_proposed(*pair)),
    merges.approve: lambda s: decided(merges.approve, s.merge_proposed(red(s), red(s)), s, "bureau.two"),
    merges.refuse: lambda s: decided(
        merges.refuse, s.merge_proposed(red(s), red(s)), s, "bureau.two", answer="x"
    ),
    merges.propose_undo: lambda s: on(s.merged(red(s), red(s)), lambda one: parting(s, one, at=NOW)),
    merges.decide_undo: lambda s: decided(
        merges.decide_undo, parting(s, s.merged(red(s), red(s))), s, "bureau.two", **YES
    ),
    people.register: registering,
    respelling.respell: lambda s: on(
        misspelled(s), lambda _: respelling.respell(by=s.cast.bureau_one, at=NOW)
    ),
    numbers.decide: lambda s: decided(numbers.decide, renumbering(s), s, "bureau.one", **YES),
    (numbers.decide, "sent back"): lambda s: decided(numbers.decide, renumbering(s), s, "bureau.one", **NO),
    numbers.restore_overdue: lambda s: on(
        renumbering(s), lambda _: numbers.restore_overdue(by=s.cast.duty_city, at=later(days=3))
    ),
    (people.correct, "a number under a case"): lambda s: on(red(s), lambda one: renumbered(s, one, at=NOW)),
    people.correct: lambda s: correcting(s, s.person()),
    lookups.look_up: lambda s: looking_up(s, s.person()),
    named.find: naming,
    lookups.unmask: lambda s: on(
        s.person(), lambda p: lookups.unmask(p, reason="x", by=s.cast.group_xinchang, at=NOW)
    ),
    erasure.propose: lambda s: on(s.person(), lambda p: erasing(s, p)),
    erasure.approve: lambda s: decided(erasure.approve, erasing(s, s.person()), s, "bureau.two"),
    erasure.refuse: lambda s: decided(erasure.refuse, erasing(s, s.person()), s, "bureau.two", answer="x"),
    reads.record: lambda s: reading(s, s.person()),
    reads.record_list: lambda s: lambda: reads.record_list("cases.person", by=s.cast.group_xinchang, at=NOW),
    deaths.record: lambda s: recording(s, red(s)),
    deaths.confirm: lambda s: decided(deaths.confirm, dying(s), s, "group.xinchang"),
    deaths.refuse: lambda s: decided(deaths.refuse, dying(s), s, "group.xinchang", answer="x"),
    deaths.propose_withdrawal: lambda s: asking_back(s, red(s)),
    deaths.withdraw: lambda s: decided(deaths.withdraw, back_to_life(s), s, "group.xinchang"),
    deaths.refuse_withdrawal: lambda s: decided(
        deaths.refuse_withdrawal, back_to_life(s), s, "group.xinchang", answer="x"
    ),
    transfers.propose: lambda s: on(s.person(), lambda p: moving(s, p)),
    transfers.accept: lambda s: decided(transfers.accept, moving(s), s, "community.nanming"),
    transfers.refuse: lambda s: decided(transfers.refuse, moving(s), s, "community.nanming", answer="x"),
}
