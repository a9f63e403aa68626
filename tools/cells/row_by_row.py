"""Files whose rows are applied one by one, results and grounds, against the bare INSERTs of the rows they wrote."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from cases.feeds import deliveries
from cases.models import Batch, Case, LabResult, SourceRecord, Transition
from cases.services.deliveries import receiving
from healthcode.core.offices.models import User
from tools.cells import feed, mass
from tools.timing import Cell, in_turn

REJECTED = 66  # every so manieth row has a word that none of its column is
SENDERS = {"RESULTS": "hospital.city", "GROUNDS": "province"}
GOALS = {"RESULTS": 0.2, "GROUNDS": 0.05}
WRITTEN: dict[str, Sequence[Any]] = {
    "RESULTS": (LabResult, SourceRecord),
    "GROUNDS": (Case, Transition, SourceRecord),
}


def applying(scale: int) -> Iterator[Cell]:
    """Deliver `scale // 200` results and as many grounds of registered persons, each round rolled back."""
    users = mass.set_up()
    number = scale // 200
    with transaction.atomic():
        feed.persons(number, users["telecom"])
        for kind in WRITTEN:
            by, content = users[SENDERS[kind]], _file(kind, number)
            rows = _written(kind, content, by)
            took, bare = in_turn(
                mass.undone(lambda kind=kind, content=content, by=by: _deliver(kind, content, by)),  # type: ignore[misc]
                mass.undone(lambda rows=rows: _insert(rows)),  # type: ignore[misc]
                repetitions=3,
            )
            yield Cell("feed", kind.lower(), number, took, "bare_insert", bare, GOALS[kind])
        transaction.set_rollback(True)


def _file(kind: str, number: int) -> bytes:
    before = mass.NOW - timedelta(days=1)
    lines = ["证件号码,采样时间,结果,检测机构,报告编号"]
    if kind == "GROUNDS":
        lines = ["记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,证据类型,证据编号"]
    for n in range(number):
        wrong, document = n % REJECTED == 0, feed.document_of(n)
        if kind == "RESULTS":
            lines.append(f"{document},{before:%Y-%m-%d} 09:30,{'?' if wrong else '阴性'},检测中心,B{n}")
        else:
            ground = "?" if wrong else "近14天内有境外旅居史"
            lines.append(
                f"B{n},N{n},{document},330624001,赋码,{ground},{before:%Y-%m-%d},航班或入境记录,CA{n}"
            )
    return "\n".join(lines).encode() + b"\n"


def _deliver(kind: str, content: bytes, by: User) -> Batch:
    batch, _new = receiving.receive(
        receiving.store([content], at=mass.NOW),
        kind=kind,
        file_name="rows.csv",
        declared_rows=content.rstrip().count(b"\n"),
        declared_sha256=hashlib.sha256(content).hexdigest(),
        at_once=True,
        by=by,
        at=mass.NOW,
    )
    done = deliveries.work(batch, clock=lambda: mass.NOW)
    rejected = -(-done.row_count // REJECTED)
    assert (done.state, done.rejected) == ("APPLIED", rejected), (done.state, done.fault, done.rejected)
    return done


def _written(kind: str, content: bytes, by: User) -> list[list[Any]]:
    """Deliver once, and return the rows that were written; the database is as before."""
    with transaction.atomic():
        before = {model: set(model.objects.values_list("pk", flat=True)) for model in WRITTEN[kind]}
        _deliver(kind, content, by)
        rows = [list(model.objects.exclude(pk__in=before[model])) for model in WRITTEN[kind]]
        transaction.set_rollback(True)
    return rows


def _insert(rows: list[list[Any]]) -> None:
    for written in rows:
        type(written[0]).objects.bulk_create(written, batch_size=500)
