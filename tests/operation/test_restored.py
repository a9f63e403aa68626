"""A database that is older than what was sealed is noticed, closed, and opened by whoever answers for it."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from healthcode.core.audit import ledger, restorations, sealing, triggers
from healthcode.core.audit.findings import ANCHOR_LOST
from healthcode.core.audit.models import Event, Seal
from healthcode.core.audit.verifying import Verification
from healthcode.core.offices import accounts
from healthcode.portal.operation import readiness, restoring, status
from healthcode.portal.recurring import keeping
from healthcode.portal.signs import board
from tests.cases.scenes import Scene, later
from tests.factories import Cast, register


@pytest.fixture(autouse=True)
def not_waiting(monkeypatch: Any) -> None:
    for name in ("is_waiting", "is_restored"):
        monkeypatch.setattr(readiness._State, name, False)
    monkeypatch.setattr(readiness._State, "asked_at", -1e9)


@pytest.fixture
def kept_in(tmp_path: Path, settings: Any) -> Path:
    settings.KEPT_DIR = str(tmp_path / "kept")
    return tmp_path / "kept"


def write(cast: Cast, count: int = 1) -> None:
    entries = [ledger.Entry("person.viewed", f"person:{number}") for number in range(count)]
    ledger.record_all(entries, by=cast.cdc_xinchang, at=timezone.now())


def sealed(cast: Cast, count: int = 1) -> restorations.Checkpoint:
    write(cast, count)
    return sealing.checkpoint_of(sealing.seal(at=timezone.now()))


@pytest.fixture
def lost(cast: Cast, kept_in: Path) -> restorations.Checkpoint:
    """Keep a checkpoint that the database then does not have, as after yesterday's backup."""
    before = sealed(cast, 2)
    ahead = restorations.Checkpoint(
        before.origin, before.size + 5, "ab" * 32, before.digest, before.at_us + 1
    ).signed()
    restorations.keep(ahead)
    return ahead


def tick() -> None:
    with pytest.raises(CommandError, match="E015"):
        call_command("tick")


def restored(*arguments: str) -> str:
    out = io.StringIO()
    call_command("restored", *arguments, stdout=out)
    return out.getvalue()


def events(action: str) -> list[Event]:
    return list(Event.objects.filter(action=action).order_by("pk"))


def test_a_ledger_that_has_what_was_kept_is_open(cast: Cast, kept_in: Path):
    sealed(cast)
    call_command("tick")
    write(cast)
    call_command("tick")
    restorations.require_open()
    assert [path.read_text() for path in kept_in.iterdir()] == [sealing.latest().note]


def test_what_is_kept_is_private_and_an_anchor_as_it_stands(cast: Cast, kept_in: Path):
    last = sealed(cast)
    keeping.keep(by=accounts.system(at=timezone.now()), at=timezone.now())
    (file,) = kept_in.iterdir()
    assert file.stat().st_mode & 0o077 == kept_in.stat().st_mode & 0o077 == 0
    assert restorations.checkpoints.parse(file.read_text()) == [last]


def test_an_older_database_is_noticed_by_the_timer_which_does_nothing_on_it(
    cast: Cast, lost: restorations.Checkpoint
):
    write(cast)
    tick()
    (event,) = events("ledger.restored")
    assert event.target == f"seal:{lost.size - 5}" and f'"kept":{lost.size}' in event.body
    assert not events("retention.applied") and sealing.latest().size == lost.size - 5


def test_it_is_noticed_once(lost: restorations.Checkpoint):
    tick()
    tick()
    assert len(events("ledger.restored")) == 1


def test_a_ledger_that_grew_past_what_is_missing_does_not_hide_it(cast: Cast, lost: restorations.Checkpoint):
    sealed(cast, 9)
    with pytest.raises(restorations.Restored):
        restorations.require_open()


def test_what_anybody_could_have_written_there_closes_nothing(
    cast: Cast, lost: restorations.Checkpoint, kept_in: Path
):
    (file,) = kept_in.iterdir()
    file.write_text(lost.note.replace(f"\n{lost.size}\n", f"\n{lost.size + 1}\n"))
    restorations.require_open()
    file.write_text("nothing")
    restorations.require_open()


def test_what_was_kept_of_another_ledger_concerns_nobody(cast: Cast, kept_in: Path):
    last = sealed(cast)
    ahead = restorations.Checkpoint(last.origin, 99, "ab" * 32, last.digest, last.at_us + 1).signed()
    restorations.write(kept_in / f"{'0' * 16}.checkpoint", ahead.note)
    restorations.require_open()


def test_the_sign_stands_on_the_board_and_says_so_until_somebody_answers(lost: restorations.Checkpoint):
    tick()
    (row,) = board.rows("restored", at=timezone.now())
    assert "5" in row.text and "尚无人" in row.text
    restored("--reason", "磁盘损坏")
    (answered,) = board.rows("restored", at=timezone.now())
    assert "磁盘损坏" in answered.text and answered.identity != row.identity


def test_the_sign_goes_after_a_month_once_somebody_answered(lost: restorations.Checkpoint):
    restored("--reason", "磁盘损坏")
    assert board.rows("restored", at=timezone.now() + timedelta(days=31)) == []


def test_a_server_answers_503_until_somebody_answers_for_it(lost: restorations.Checkpoint, client: Client):
    readiness.start()
    page, api = client.get("/login/"), client.get("/api/v1/persons")
    assert page.status_code == 503 and "备份" in page.content.decode()
    assert (api.status_code, api.json()["code"]) == (503, "restored")
    assert client.get("/readyz").json()["faults"] == ["restored"]
    restored("--reason", "磁盘损坏")
    readiness._State.asked_at = -1e9
    assert client.get("/login/").status_code == 200


def test_the_page_that_says_so_is_drawn_as_all_others(lost: restorations.Checkpoint, client: Client):
    readiness.start()
    assert client.get("/login/").status_code == 503
    assert client.get("/static/admin/css/base.css").status_code == 200


def test_a_running_server_notices_it_at_its_next_connection(cast: Cast, kept_in: Path):
    sealed(cast)
    readiness.start()
    last = sealing.latest()
    restorations.keep(
        restorations.Checkpoint(last.origin, 99, "ab" * 32, last.digest, last.at_us + 1).signed()
    )
    with pytest.raises(restorations.Restored):
        readiness._look_whether_restored(connection=connection)
    assert readiness.is_restored() and not readiness.has_started()


def test_a_worker_does_not_begin_on_it(lost: restorations.Checkpoint, settings: Any):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    with pytest.raises(restorations.Restored):
        call_command("db_worker", batch=True, startup_delay=False)


def test_without_a_reason_the_command_only_says_what_is_lost(lost: restorations.Checkpoint):
    before = Event.objects.count()
    printed = restored()
    assert f"checkpoint of {lost.size} events" in printed and "Nothing was written" in printed
    assert Event.objects.count() == before


def test_a_reason_that_says_nothing_is_refused(lost: restorations.Checkpoint):
    with pytest.raises(CommandError, match="says nothing"):
        restored("--reason", " … ")
    assert not events("ledger.restored")


def test_answering_records_seals_and_opens(lost: restorations.Checkpoint):
    assert "5 sealed events" in restored("--reason", "磁盘损坏")
    (noticed,), (answered,) = events("ledger.restored"), events("ledger.restore_acknowledged")
    assert noticed.pk < answered.pk and "磁盘" not in answered.body
    assert Event.objects.count() == Seal.objects.order_by("-size").first().size
    restorations.require_open()


def test_an_anchor_that_somebody_kept_says_what_is_lost_where_nothing_else_was_kept(
    cast: Cast, kept_in: Path, tmp_path: Path
):
    last = sealed(cast)
    ahead = restorations.Checkpoint(
        last.origin, last.size + 7, "ab" * 32, last.digest, last.at_us + 1
    ).signed()
    (tmp_path / "mail").write_text(ahead.note)
    assert "7 sealed events" in restored("--anchor", str(tmp_path / "mail"), "--reason", "机房失火")


def test_a_text_without_a_checkpoint_is_no_anchor(cast: Cast, tmp_path: Path):
    (tmp_path / "mail").write_text("no checkpoint")
    with pytest.raises(CommandError, match="No checkpoint"):
        restored("--anchor", str(tmp_path / "mail"))


def found(*anchors: restorations.Checkpoint) -> tuple[list[str], list[str]]:
    verification = Verification(anchors)
    kinds = [one.kind for one in verification.findings()]
    return kinds, [one.kind for one in verification.declared]


def test_an_anchor_of_the_lost_end_is_a_declared_fork_once_somebody_answered(lost: restorations.Checkpoint):
    assert found(lost) == (["anchor_beyond"], [])
    restored("--reason", "磁盘损坏")
    assert found(lost) == ([], [ANCHOR_LOST.key])


def test_what_is_sealed_after_the_answer_and_cut_off_is_found_as_ever(
    cast: Cast, lost: restorations.Checkpoint
):
    restored("--reason", "磁盘损坏")
    last = sealing.latest()
    later_end = restorations.Checkpoint(
        last.origin,
        last.size + 1,
        "cd" * 32,
        last.digest,
        ledger.microseconds(timezone.now() + timedelta(hours=1)),
    ).signed()
    assert found(later_end) == (["anchor_beyond"], [])


def test_an_anchor_of_before_the_backup_is_compared_as_ever(cast: Cast, lost: restorations.Checkpoint):
    restored("--reason", "磁盘损坏")
    forged = restorations.Checkpoint(lost.origin, 1, "cd" * 32, lost.previous, lost.at_us - 1).signed()
    assert found(forged) == (["anchor_differs"], [])


def test_whom_the_backup_brought_back_is_erased_again(cast: Cast, kept_in: Path):
    person, other = register(by=cast.service_xinchang), register(by=cast.service_xinchang)
    sealed(cast)
    restorations.write(restorations.path_of("erased-2026-11"), f"{person.public_id}\n")
    restored("--reason", "磁盘损坏")
    person.refresh_from_db()
    other.refresh_from_db()
    assert person.erased_at and not person.name and not other.erased_at


def test_what_two_people_had_erased_lately_is_erased_again_from_rows_that_only_grow(
    scene: Scene, cast: Cast, kept_in: Path
):
    person, at = scene.person(), later(days=1)
    result = scene.tested(person, at=later(hours=1))
    sealed(cast)
    restorations.write(restorations.path_of("erased-2026-11"), f"{person.public_id}\n")
    restoring.erase_again(by=accounts.system(at=at), at=at)
    result.refresh_from_db()
    assert (result.laboratory, result.report_number) == ("", f"erased-{result.pk}")
    assert triggers.faults(connection) == []


def test_who_cannot_be_erased_yet_is_named_and_keeps_nobody_else(scene: Scene, cast: Cast, kept_in: Path):
    open_case, person = scene.person(), scene.person()
    scene.overseas(open_case)
    sealed(cast)
    restorations.write(restorations.path_of("erased-2026-11"), f"{open_case.public_id}\n{person.public_id}\n")
    erased = restoring.erase_again(by=accounts.system(at=later(days=1)), at=later(days=1))
    assert (erased.again, erased.not_yet) == ([str(person.public_id)], [str(open_case.public_id)])


def test_the_timer_keeps_the_ids_of_the_erased_once(cast: Cast, kept_in: Path):
    person = register(by=cast.service_xinchang)
    sealed(cast)
    by, now = accounts.system(at=timezone.now()), timezone.now()
    ledger.record("person.erased", about=person, by=by, at=now)
    assert (keeping.keep(by=by, at=now), keeping.keep(by=by, at=now)) == (1, 0)
    assert list(keeping.erased()) == [str(person.public_id)]


def test_the_monitor_is_told(lost: restorations.Checkpoint):
    assert "restored" in status.ages()["late"]
    restored("--reason", "磁盘损坏")
    assert "restored" not in status.ages()["late"]
