"""A delivery of movement tracks, checked, parsed and stored, against the bare INSERT … SELECTs of the same rows."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from stdnum.cn import ric

from cases.feeds import deliveries
from cases.models import Batch, Person, Presence, SourceRecord, WaitingTrack
from cases.services.deliveries import receiving
from cases.services.persons import documents
from healthcode.core.offices.models import User
from tools.cells import mass
from tools.timing import Cell, in_turn

WAITING = 66  # every so manieth row names nobody who is registered yet: its track waits for them
WRITTEN = (Presence, WaitingTrack, SourceRecord)


def delivering(scale: int) -> Iterator[Cell]:
    """Deliver `scale // 10` tracks of as many registered persons, each round rolled back."""
    users = mass.set_up()
    number = scale // 10
    with transaction.atomic():
        persons(number, users["telecom"])
        content = file_of(number)
        deliver = mass.undone(lambda: _deliver(content, users["telecom"]))
        prepared = _prepare(content, users["telecom"])
        took, bare = in_turn(deliver, mass.undone(lambda: mass.written_bare(prepared)), repetitions=3)
        transaction.set_rollback(True)
    yield Cell("feed", "tracks", number, took, "bare_insert_select", bare, 0.0)


def persons(number: int, by: User) -> None:
    """Register so many people."""
    Person.objects.bulk_create(
        (
            Person(
                document_type="RESIDENT_ID",
                document_country="CHN",
                document_index=documents.index_of("RESIDENT_ID", document_of(n), "CHN"),
                name=f"N{n}",
                present_id="330624001",
                registered_by=by,
                registered_at=mass.NOW,
            )
            for n in range(number)
        ),
        batch_size=2000,
    )


def document_of(number: int) -> str:
    """Return a resident number with its check digit."""
    day = mass.NOW.date() - timedelta(days=10_000 + number // 999)
    head = f"330624{day:%Y%m%d}{number % 999 + 1:03}"
    return head + str(ric.calc_check_digit(head + "0"))


def file_of(number: int) -> bytes:
    """Return a file of so many tracks, of whom some are of nobody registered yet."""
    lines = ["证件号码,类型,区划代码,场所,起始时间,截止时间"]
    for n in range(number):
        document = document_of(n) if n % WAITING else document_of(n + 5_000_000)
        lines.append(f"{document},旅居,330624001,,2026-11-01 08:00,2026-11-01 18:{n % 60:02}")
    return "\n".join(lines).encode() + b"\n"


def _deliver(content: bytes, by: User) -> Batch:
    batch, _new = receiving.receive(
        receiving.store([content], at=mass.NOW),
        kind="PRESENCES",
        file_name="tracks.csv",
        declared_rows=content.rstrip().count(b"\n"),
        declared_sha256=hashlib.sha256(content).hexdigest(),
        at_once=True,
        by=by,
        at=mass.NOW,
    )
    done = deliveries.work(batch, clock=lambda: mass.NOW)
    assert (done.state, done.rejected) == ("APPLIED", 0), (done.state, done.fault, done.rejected)
    return done


def _prepare(content: bytes, by: User) -> list[tuple[str, str]]:
    """Deliver the same rows once, keep copies of what was written, and take it away; return tables with copies."""
    _deliver(content + b"\n", by)
    kept = []
    with connection.cursor() as cursor:
        for model in WRITTEN:
            table, copy = model._meta.db_table, f"bare_{model._meta.model_name}"
            cursor.execute(f"CREATE TEMPORARY TABLE {copy} AS SELECT * FROM {table}")
            cursor.execute(f"DELETE FROM {table}")
            kept.append((table, copy))
    return kept
