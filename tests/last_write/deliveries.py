"""The services of deliveries, each as an act that can be broken at its last write."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from cases.models import Batch, Case, MassHold, Presence, RejectedRow
from cases.models.cases import EvidenceKind
from cases.services.areas import presences
from cases.services.deliveries import batches, receiving
from cases.services.engine import holds
from cases.services.grounds import cases, releases
from cases.services.grounds.claims import Claim
from tests.cases.scenes import TODAY, Scene, T, later
from tests.deliveries.conftest import brought_in
from tests.factories import DivisionFactory, delivered, resident_number
from tests.last_write.scenario import NOW, Act, Scenarios

HEADING = "记录编号,姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"
_serial = count(1)


def sent(scene: Scene, *, letter: str = "函1", number: str = "", confirmed: bool = False) -> Batch:
    row = f"L1,张三,{number or resident_number()},330624001,密切接触者,2026-11-01,{letter}"
    content = f"{HEADING}\n{row}\n".encode()
    return delivered(content, by=scene.cast.cdc_xinchang, at=T, confirmed=confirmed)


def in_conflict(scene: Scene) -> RejectedRow:
    number = resident_number()
    sent(scene, number=number, confirmed=True)
    return sent(scene, number=number, letter="函2", confirmed=True).rejected_rows.get()


def received(scene: Scene) -> Act:
    values = {"kind": "LINE_LIST", "file_name": "x.csv", "by": scene.cast.cdc_xinchang, "at": NOW}
    upload = receiving.store([b"x"], at=NOW)
    return lambda: receiving.receive(upload, **values)


def bringing_in(scene: Scene) -> Act:
    values = {
        "kind": "CODES",
        "source": scene.cast.province,
        "letter": "浙数函〔2020〕7号",
        "declared_rows": 1,
    }
    values |= {"declared_sha256": "0" * 64, "file_name": "x.csv", "by": scene.cast.bureau_one, "at": NOW}
    upload = receiving.store([b"x"], at=NOW)
    return lambda: receiving.bring_in(upload, **values)


def of_sent(scene: Scene, act: Callable[..., Any], *, confirmed: bool = False, **values: Any) -> Act:
    batch = sent(scene, confirmed=confirmed)
    return lambda: act(batch, by=scene.cast.cdc_xinchang, at=NOW, **values)


def deciding_row(scene: Scene) -> Act:
    row, state = in_conflict(scene), RejectedRow.State.DISMISSED
    return lambda: batches.decide_row(row, state, by=scene.cast.cdc_xinchang, at=NOW)


def undoing(scene: Scene, **values: Any) -> Act:
    undo = of_sent(scene, batches.propose_undo, confirmed=True, reason="x")()
    return lambda: batches.decide_undo(undo, by=scene.cast.duty_city, at=NOW, **values)


def sending_down(scene: Scene, record: str = "") -> Callable[[], Case]:
    person, record = scene.person(), record or f"S{next(_serial)}"
    claim = Claim("AUTO_YELLOW", TODAY, EvidenceKind.DOCUMENT.value, "浙防指〔2020〕1号")
    return lambda: cases.send_down(person, claim, record=record, by=scene.cast.province, at=NOW)


def releasing(scene: Scene) -> Act:
    record = f"R{next(_serial)}"
    sending_down(scene, record)()
    return lambda: releases.receive(record, document="x", by=scene.cast.province, at=NOW)


def holding(scene: Scene) -> Act:
    person = scene.person()
    claim = Claim("AUTO_YELLOW", TODAY, EvidenceKind.DOCUMENT.value, "浙防指〔2020〕1号")
    fields = {"record": f"H{next(_serial)}", "together": {("AUTO_YELLOW", "?"): 21}}
    cases.send_down(person, claim, **fields, by=scene.cast.province, at=T)
    return lambda: holds.decide(
        MassHold.objects.get(decision="PENDING"), approve=True, by=scene.cast.duty_city, at=NOW
    )


def dropping(scene: Scene) -> Act:
    old_stay(scene).save()
    return lambda: presences.drop_old(by=scene.cast.telecom, at=later(days=99))


def old_stay(scene: Scene) -> Presence:
    by = scene.cast.telecom
    return Presence(
        person=scene.person(),
        kind="STAY",
        division=DivisionFactory(code="110106"),
        from_at=T - timedelta(days=2),
        until_at=T - timedelta(days=1),
        source=by.office,
        recorded_by=by,
    )


def brought(scene: Scene, *, act: Callable[..., Any], by: str, **values: Any) -> Act:
    batch = brought_in(scene, "CODES")
    return lambda: act(batch, by=scene.cast[by], at=NOW, **values)


SCENARIOS: Scenarios = {
    receiving.receive: received,
    receiving.bring_in: bringing_in,
    (batches.confirm, "brought"): lambda s: brought(s, act=batches.confirm, by="duty.city"),
    batches.send_back: lambda s: brought(s, act=batches.send_back, by="duty.city", reason="x"),
    batches.confirm: lambda s: of_sent(s, batches.confirm),
    batches.cancel: lambda s: of_sent(s, batches.cancel),
    batches.record_return: lambda s: of_sent(s, batches.record_return),
    batches.propose_undo: lambda s: of_sent(s, batches.propose_undo, confirmed=True, reason="x"),
    batches.decide_row: deciding_row,
    batches.decide_undo: lambda s: undoing(s, approve=True),
    (batches.decide_undo, "no"): lambda s: undoing(s, approve=False, answer="不"),
    cases.send_down: sending_down,
    releases.receive: releasing,
    holds.decide: holding,
    presences.drop_old: dropping,
}
