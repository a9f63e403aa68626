"""How each thing that waits for a second person comes to wait."""

from typing import Any

from cases.models import Batch, MassHold
from cases.services import areas, control
from cases.services.areas import Listing
from cases.services.deliveries import batches
from cases.services.grounds import (
    exit_reversals,
    exits,
    release_reversals,
    self_checks,
    voids,
)
from cases.services.persons import deaths, erasure, merges, numbers, people, transfers
from cases.services.persons.identity import Identity
from tests.alone.situations import own_delivery
from tests.cases.books import proposed as book_proposed
from tests.cases.scenes import Scene, fresh, later
from tests.deliveries.conftest import HEADINGS, brought_in, ground
from tests.factories import DivisionFactory, delivered, one_off, sealed
from tests.new_city.tables import STAFF, prepared, table

AT, MOVED, THEN = later(hours=3), later(hours=4), later(hours=5)


def number(scene: Scene) -> Any:
    person = scene.person()
    scene.clinical(person)
    typed = Identity(name=person.name, document_number=one_off(person.document), phone=person.phone)
    fields = {"address": "", "reason": "录错", "document": numbers.TYPED, "by": scene.cast.service_xinchang}
    return people.correct(fresh(person), typed, **fields, at=AT).change


def transfer(scene: Scene) -> Any:
    to = DivisionFactory(code="330624002")
    return transfers.propose(scene.person(), to=to, reason="搬家", by=scene.cast.community_yulin, at=AT)


def withdrawal(scene: Scene) -> Any:
    person = scene.person()
    scene.died(person)
    by = scene.cast.community_yulin
    return deaths.propose_withdrawal(fresh(person), reason="本人在世", by=by, at=AT)


def mass_hold(scene: Scene) -> Any:
    sent = [ground(scene.person(), f"S{n}", "系统自动赋黄码", "浙防指〔2020〕12号") for n in range(21)]
    content = sealed("\n".join((HEADINGS["GROUNDS"], *sent)))
    delivered(content, kind="GROUNDS", by=scene.cast.province, at=AT)
    return MassHold.objects.get()


def release(scene: Scene) -> Any:
    case = scene.other_yellow(scene.person())
    fields = {"document_number": "文件2026-9号", "reason": "解除", "by": scene.cast.group_xinchang}
    return voids.propose_release(case, **fields, at=AT)


def void_proposed(scene: Scene) -> Any:
    fields = {"reason_class": "WRONG_PERSON", "reason": "同名", "by": scene.cast.cdc_xinchang}
    return voids.propose(scene.clinical(scene.person()), **fields, at=AT)


def finding(scene: Scene) -> Any:
    fields = {"source": "比对批次2026-1", "failed": "证件号码不符", "by": scene.cast.bureau_one}
    return self_checks.record(scene.clinical(scene.person()), **fields, at=AT)


def home(scene: Scene) -> Any:
    person = scene.person()
    scene.clinical(person)
    fields = {"address": "羽林街道1号", "reason": "行动不便", "by": scene.cast.group_xinchang}
    return control.propose_home(fresh(person), **fields, at=AT)


def elsewhere(scene: Scene) -> Any:
    person = scene.person()
    scene.overseas(person)
    fields = {"place": "杭州市某隔离点", "letter": "杭隔接收函2026-8号", "by": scene.cast.group_xinchang}
    return control.propose_elsewhere(fresh(person), **fields, at=AT)


def certificate(scene: Scene) -> Any:
    person = scene.person()
    scene.overseas(person)
    scene.relocated(person, at=later(hours=1))
    return scene.certificate(person, at=AT, sample=None)


def area_proposed(scene: Scene) -> Any:
    listing = Listing(name="某区某街道", level="HIGH", source_document="公告1号", from_at=AT)
    return areas.propose(listing, by=scene.cast.duty_city, at=AT)


def strike(scene: Scene) -> Any:
    return scene.strike_proposed(scene.documented(), at=AT)


def setup_prepared(scene: Scene) -> Any:
    row = ("new.one", "新人", "13900000001", "社区管控人员", "community-yulin")
    return prepared("STAFF", table(STAFF, row), at=AT)


def undo(scene: Scene) -> Any:
    own_delivery(scene)
    batch = Batch.objects.get(kind="RESULTS")
    return batches.propose_undo(batch, reason="发错", by=scene.cast.service_xinchang, at=later(days=2))


def brought(scene: Scene) -> Any:
    row = ground(scene.person(), "S1", "系统自动赋黄码")
    return brought_in(scene, "GROUNDS", row)


def merge(scene: Scene) -> Any:
    return scene.merge_proposed(scene.person(), scene.person(), at=AT)


def erasure_proposed(scene: Scene) -> Any:
    return erasure.propose(scene.person(), reason="申请", by=scene.cast.bureau_one, at=AT)


def death(scene: Scene) -> Any:
    return scene.death_recorded(scene.person(), at=AT)


def report(scene: Scene) -> Any:
    return scene.reported(scene.person(), at=AT)


def held(scene: Scene) -> Any:
    return scene.held(scene.person(), at=AT)


def exit(scene: Scene) -> Any:
    return scene.exit_reported(scene.clinical(scene.person(), "SUSPECTED"), "EXCLUDED", at=AT)


def proposed_book(scene: Scene) -> Any:
    return book_proposed(scene, at=AT)


def exit_reversal(scene: Scene) -> Any:
    report = scene.exit_reported(scene.clinical(scene.person(), "SUSPECTED"), "EXCLUDED", at=AT)
    exits.enter(report, by=scene.cast.group_xinchang, at=AT)
    return exit_reversals.propose(fresh(report), reason="排除有误", by=scene.cast.group_xinchang, at=THEN)


def release_reversal(scene: Scene) -> Any:
    row = release(scene)
    voids.decide_release(row, approve=True, by=scene.cast.duty_xinchang, at=AT)
    by = scene.cast.group_xinchang
    return release_reversals.propose(fresh(row), reason="解除有误", by=by, at=THEN)


def shorter(scene: Scene) -> Any:
    person = scene.clinical(scene.person()).person
    scene.extended(person, 25, at=AT)
    return control.propose_shorter(fresh(person), reason="期限算错", by=scene.cast.group_xinchang, at=THEN)


def transfer_back(scene: Scene) -> Any:
    person = scene.clinical(scene.person()).person
    fields = {"letter": "移交函2026-3号", "destination": "江苏省", "by": scene.cast.group_xinchang}
    control.transfer_out(fresh(person), **fields, at=AT)
    return control.propose_transfer_back(
        fresh(person), reason="未接收", by=scene.cast.group_xinchang, at=THEN
    )


def unmerge(scene: Scene) -> Any:
    merge = scene.merged(scene.person(), scene.person(), at=AT)
    return merges.propose_undo(fresh(merge), reason="两个人", by=scene.cast.bureau_one, at=THEN)
