"""How each thing that waits for a second person comes to wait, who proposes it and who of the cast could decide it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from cases.models import Batch, Case, MassHold
from cases.services import areas, control
from cases.services.areas import Listing
from cases.services.book import rulebooks
from cases.services.deliveries import batches
from cases.services.engine import holds
from cases.services.grounds import (
    cases,
    exit_reversals,
    exits,
    release_reversals,
    self_checks,
    strikes,
    voids,
)
from cases.services.persons import deaths, erasure, merges, numbers, people, transfers
from cases.services.persons.identity import Identity
from cases.services.setup import files
from healthcode.core.offices.models import User
from tests.alone.situations import own_delivery
from tests.cases.books import proposed as book_proposed
from tests.cases.scenes import Scene, fresh, later
from tests.deliveries.conftest import HEADINGS, brought_in, ground
from tests.factories import DivisionFactory, delivered, one_off, sealed
from tests.new_city.tables import STAFF, prepared, table

AT, MOVED, THEN = later(hours=3), later(hours=4), later(hours=5)
Decide = Callable[..., Any]


class Pair(NamedTuple):
    """How something comes to wait for a second person, who proposes it, and who of the cast could decide it."""

    first: str
    act: str
    proposer: str
    decider: str
    propose: Callable[[Scene], Any]
    decide: Decide


def _number(scene: Scene) -> Any:
    person = scene.person()
    scene.clinical(person)
    typed = Identity(name=person.name, document_number=one_off(person.document), phone=person.phone)
    fields = {"address": "", "reason": "录错", "document": numbers.TYPED, "by": scene.cast.service_xinchang}
    return people.correct(fresh(person), typed, **fields, at=AT).change


def _transfer(scene: Scene) -> Any:
    to = DivisionFactory(code="330624002")
    return transfers.propose(scene.person(), to=to, reason="搬家", by=scene.cast.community_yulin, at=AT)


def _withdrawal(scene: Scene) -> Any:
    person = scene.person()
    scene.died(person)
    by = scene.cast.community_yulin
    return deaths.propose_withdrawal(fresh(person), reason="本人在世", by=by, at=AT)


def _mass_hold(scene: Scene) -> Any:
    sent = [ground(scene.person(), f"S{n}", "系统自动赋黄码", "浙防指〔2020〕12号") for n in range(21)]
    content = sealed("\n".join((HEADINGS["GROUNDS"], *sent)))
    delivered(content, kind="GROUNDS", by=scene.cast.province, at=AT)
    return MassHold.objects.get()


def _release(scene: Scene) -> Any:
    case = scene.other_yellow(scene.person())
    fields = {"document_number": "文件2026-9号", "reason": "解除", "by": scene.cast.group_xinchang}
    return voids.propose_release(case, **fields, at=AT)


def void_proposed(scene: Scene) -> Any:
    fields = {"reason_class": "WRONG_PERSON", "reason": "同名", "by": scene.cast.cdc_xinchang}
    return voids.propose(scene.clinical(scene.person()), **fields, at=AT)


def _finding(scene: Scene) -> Any:
    fields = {"source": "比对批次2026-1", "failed": "证件号码不符", "by": scene.cast.bureau_one}
    return self_checks.record(scene.clinical(scene.person()), **fields, at=AT)


def _home(scene: Scene) -> Any:
    person = scene.person()
    scene.clinical(person)
    fields = {"address": "羽林街道1号", "reason": "行动不便", "by": scene.cast.group_xinchang}
    return control.propose_home(fresh(person), **fields, at=AT)


def _elsewhere(scene: Scene) -> Any:
    person = scene.person()
    scene.overseas(person)
    fields = {"place": "杭州市某隔离点", "letter": "杭隔接收函2026-8号", "by": scene.cast.group_xinchang}
    return control.propose_elsewhere(fresh(person), **fields, at=AT)


def _certificate(scene: Scene) -> Any:
    person = scene.person()
    scene.overseas(person)
    scene.relocated(person, at=later(hours=1))
    return scene.certificate(person, at=AT, sample=None)


def area_proposed(scene: Scene) -> Any:
    listing = Listing(name="某区某街道", level="HIGH", source_document="公告1号", from_at=AT)
    return areas.propose(listing, by=scene.cast.duty_city, at=AT)


def _strike(scene: Scene) -> Any:
    return scene.strike_proposed(scene.documented(), at=AT)


def setup_prepared(scene: Scene) -> Any:
    row = ("new.one", "新人", "13900000001", "社区管控人员", "community-yulin")
    return prepared("STAFF", table(STAFF, row), at=AT)


def _undo(scene: Scene) -> Any:
    own_delivery(scene)
    batch = Batch.objects.get(kind="RESULTS")
    return batches.propose_undo(batch, reason="发错", by=scene.cast.service_xinchang, at=later(days=2))


def _brought(scene: Scene) -> Any:
    row = ground(scene.person(), "S1", "系统自动赋黄码")
    return brought_in(scene, "GROUNDS", row)


def _merge(scene: Scene) -> Any:
    return scene.merge_proposed(scene.person(), scene.person(), at=AT)


def _erasure(scene: Scene) -> Any:
    return erasure.propose(scene.person(), reason="申请", by=scene.cast.bureau_one, at=AT)


def _death(scene: Scene) -> Any:
    return scene.death_recorded(scene.person(), at=AT)


def _report(scene: Scene) -> Any:
    return scene.reported(scene.person(), at=AT)


def _held(scene: Scene) -> Any:
    return scene.held(scene.person(), at=AT)


def _exit(scene: Scene) -> Any:
    return scene.exit_reported(scene.clinical(scene.person(), "SUSPECTED"), "EXCLUDED", at=AT)


def _proposed_book(scene: Scene) -> Any:
    return book_proposed(scene, at=AT)


def _exit_reversal(scene: Scene) -> Any:
    report = scene.exit_reported(scene.clinical(scene.person(), "SUSPECTED"), "EXCLUDED", at=AT)
    exits.enter(report, by=scene.cast.group_xinchang, at=AT)
    return exit_reversals.propose(fresh(report), reason="排除有误", by=scene.cast.group_xinchang, at=THEN)


def _release_reversal(scene: Scene) -> Any:
    release = _release(scene)
    voids.decide_release(release, approve=True, by=scene.cast.duty_xinchang, at=AT)
    by = scene.cast.group_xinchang
    return release_reversals.propose(fresh(release), reason="解除有误", by=by, at=THEN)


def _shorter(scene: Scene) -> Any:
    person = scene.clinical(scene.person()).person
    scene.extended(person, 25, at=AT)
    return control.propose_shorter(fresh(person), reason="期限算错", by=scene.cast.group_xinchang, at=THEN)


def _transfer_back(scene: Scene) -> Any:
    person = scene.clinical(scene.person()).person
    fields = {"letter": "移交函2026-3号", "destination": "江苏省", "by": scene.cast.group_xinchang}
    control.transfer_out(fresh(person), **fields, at=AT)
    return control.propose_transfer_back(
        fresh(person), reason="未接收", by=scene.cast.group_xinchang, at=THEN
    )


def _unmerge(scene: Scene) -> Any:
    merge = scene.merged(scene.person(), scene.person(), at=AT)
    return merges.propose_undo(fresh(merge), reason="两个人", by=scene.cast.bureau_one, at=THEN)


def _confirm_brought(batch: Any, *, approve: bool, by: User, at: datetime) -> Any:
    return batches.confirm(batch, by=by, at=at)


def _enter(case: Case, *, approve: bool, by: User, at: datetime) -> Any:
    return cases.enter(case, by=by, at=at)


def _enter_exit(report: Any, *, approve: bool, by: User, at: datetime) -> Any:
    return exits.enter(report, by=by, at=at)


def _yes(decide: Decide) -> Decide:
    return lambda row, *, approve, by, at: decide(row, by=by, at=at)


def _book(book: Any, *, approve: bool, by: User, at: datetime) -> Any:
    return rulebooks.decide(book, approve=True, effective_from=at, by=by, at=at)


PAIRS = (
    Pair("person.correct", "person.decide_number", "service.xinchang", "bureau.one", _number, numbers.decide),
    Pair(
        "person.transfer",
        "person.accept_transfer",
        "community.yulin",
        "community.nanming",
        _transfer,
        _yes(transfers.accept),
    ),
    Pair(
        "person.propose_merge",
        "person.approve_merge",
        "bureau.one",
        "bureau.two",
        _merge,
        _yes(merges.approve),
    ),
    Pair(
        "person.propose_erasure",
        "person.decide_erasure",
        "bureau.one",
        "bureau.two",
        _erasure,
        _yes(erasure.approve),
    ),
    Pair(
        "person.record_death",
        "person.confirm_death",
        "hospital.city",
        "group.xinchang",
        _death,
        _yes(deaths.confirm),
    ),
    Pair(
        "person.withdraw_death",
        "person.decide_death_withdrawal",
        "community.yulin",
        "group.xinchang",
        _withdrawal,
        _yes(deaths.withdraw),
    ),
    Pair("case.report", "case.enter_report", "cdc.xinchang", "group.xinchang", _report, _enter),
    Pair("case.open", "case.decide", "group.xinchang", "duty.xinchang", _held, cases.decide),
    Pair("case.open", "hold.decide", "province", "duty.city", _mass_hold, holds.decide),
    Pair("case.report_exit", "case.enter_exit", "cdc.xinchang", "group.xinchang", _exit, _enter_exit),
    Pair(
        "case.propose_void",
        "case.decide_void",
        "cdc.xinchang",
        "group.xinchang",
        void_proposed,
        _yes(voids.approve),
    ),
    Pair(
        "case.record_self_check",
        "case.decide_self_check",
        "bureau.one",
        "duty.city",
        _finding,
        self_checks.decide,
    ),
    Pair(
        "case.propose_release",
        "case.decide_release",
        "group.xinchang",
        "duty.xinchang",
        _release,
        voids.decide_release,
    ),
    Pair(
        "order.propose_home",
        "order.decide_home",
        "group.xinchang",
        "duty.xinchang",
        _home,
        control.decide_home,
    ),
    Pair(
        "order.propose_elsewhere",
        "order.decide_elsewhere",
        "group.xinchang",
        "group.city",
        _elsewhere,
        control.decide_elsewhere,
    ),
    Pair(
        "order.record_certificate",
        "order.decide_certificate",
        "group.xinchang",
        "cdc.xinchang",
        _certificate,
        control.decide_certificate,
    ),
    Pair("area.propose", "area.decide", "duty.city", "duty.deputy", area_proposed, areas.decide),
    Pair("batch.deliver", "batch.decide_undo", "service.xinchang", "duty.city", _undo, batches.decide_undo),
    Pair("batch.bring", "batch.confirm_brought", "bureau.one", "duty.city", _brought, _confirm_brought),
    Pair(
        "case.propose_exit_reversal",
        "case.decide_exit_reversal",
        "group.xinchang",
        "cdc.xinchang",
        _exit_reversal,
        exit_reversals.decide,
    ),
    Pair(
        "case.propose_release_reversal",
        "case.decide_release_reversal",
        "group.xinchang",
        "duty.xinchang",
        _release_reversal,
        release_reversals.decide,
    ),
    Pair(
        "order.propose_shorter",
        "order.decide_shorter",
        "group.xinchang",
        "duty.xinchang",
        _shorter,
        control.decide_shorter,
    ),
    Pair(
        "order.propose_transfer_back",
        "order.decide_transfer_back",
        "group.xinchang",
        "group.city",
        _transfer_back,
        control.decide_transfer_back,
    ),
    Pair(
        "person.propose_unmerge",
        "person.decide_unmerge",
        "bureau.one",
        "bureau.two",
        _unmerge,
        merges.decide_undo,
    ),
    Pair(
        "document.propose_strike",
        "document.decide_strike",
        "duty.city",
        "duty.deputy",
        _strike,
        strikes.decide,
    ),
    Pair("setup.prepare", "setup.decide", "admin.one", "admin.two", setup_prepared, files.decide),
    Pair("rulebook.propose", "rulebook.decide", "policy.city", "duty.city", _proposed_book, _book),
)
