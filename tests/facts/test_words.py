"""What somebody goes by says something: a number or a reason has a letter or a digit, on every way in and below."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cases.models import ClinicVisit, Document, ExitReport, LabResult, Release
from cases.policy.days import local_day
from cases.services import control
from cases.services.engine import second_person
from cases.services.grounds import claims, document_register, exits, voids
from cases.services.samples import declarations, results
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.audit import guards
from healthcode.core.audit.models import Event
from healthcode.core.offices.words import SaysNothing
from tests.api.conftest import Caller
from tests.cases.scenes import Scene, T, colour, fresh, later, refused, sample
from tests.factories import Cast
from tests.tampering.test_refused import new_in_bulk, new_in_sql

NOTHING = (
    " ",
    "\u2800",
    "\u00ad",
    "\u115f",
    "\u1160",
    "\u3164",
    "\uffa0",
    "\u180e",
    "\u2061",
    "\ufe0f",
    "-",
    "。",
    "…",
)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


def test_both_engines_and_the_services_have_one_definition(db: Any):
    """At the ends of each script, and around them."""
    edges = {ord(sign) + step for sign in guards.SIGNS for step in (-1, 0, 1)}
    asked = sorted(
        {chr(code) for code in edges if code > 0 and not 0xD800 <= code < 0xE000} | set("".join(NOTHING))
    )
    silent = guards.SILENT_IN[connection.vendor]
    with connection.cursor() as cursor:
        fields = {}
        for begin in range(0, len(asked), 300):
            some = asked[begin : begin + 300]
            values = ", ".join(["(%s)"] * len(some))
            cursor.execute(f"SELECT column1, NOT column1 {silent} FROM (VALUES {values}) AS asked", some)
            fields |= {sign: bool(says) for sign, says in cursor.fetchall()}
    assert fields == {sign: guards.says(sign) for sign in asked}
    assert not any(fields[sign] for sign in NOTHING) and fields["9"] and fields["Z"]
    assert all(guards.says(sign) for sign in "第号Ж一๙𪚥𰻞Ⅳ")


@pytest.mark.parametrize("nothing", NOTHING)
def test_no_case_is_entered_on_evidence_that_says_nothing(scene: Scene, nothing: str):
    person = scene.person()
    refused(claims.EvidenceMissing, scene.overseas, person, evidence_ref=nothing)
    assert colour(person, later(hours=1)) == "GREEN"


@pytest.mark.parametrize("nothing", ["", *NOTHING])
def test_nobody_goes_free_on_a_number_that_says_nothing(scene: Scene, nothing: str):
    suspected = scene.clinical(scene.person(), "SUSPECTED", evidence_kind="LAB_REPORT")
    refused(exits.EvidenceMissing, scene.exit_reported, suspected, "EXCLUDED", evidence_ref=nothing)
    yellow, by = scene.other_yellow(scene.person()), scene.cast.group_xinchang
    fields = {"document_number": nothing, "reason": "查明", "by": by, "at": later(hours=1)}
    assert refused(SaysNothing, voids.propose_release, yellow, **fields).field == "document_number"


Way = Callable[[str], Any]


def _visit(scene: Scene) -> Way:
    person, extra = scene.person(), {"visited_at": T, "ruled_out": True, "at": later(hours=1)}
    by = scene.cast.clinic_xinchang
    return lambda nothing: declarations.record_visit(person, record_number=nothing, by=by, **extra)


def _laboratory(scene: Scene) -> Way:
    person, extra = scene.person(), {"by": scene.cast.hospital_city, "at": later(hours=1)}
    return lambda nothing: results.enter(person, LaboratoryReport(T, "NEGATIVE", nothing, "1号"), **extra)


def _report(scene: Scene) -> Way:
    person, extra = scene.person(), {"by": scene.cast.hospital_city, "at": later(hours=1)}
    return lambda nothing: results.enter(
        person, LaboratoryReport(T, "NEGATIVE", "市疾控中心", nothing), **extra
    )


def _issuer(scene: Scene) -> Way:
    fields = {"number": "浙防指〔2020〕31号", "issued_on": local_day(T), "by": scene.cast.duty_city, "at": T}
    return lambda nothing: document_register.enter(issuer=nothing, **fields)


def _handed_out(scene: Scene) -> Way:
    person = scene.clinical(scene.person()).person
    fields = {"destination": "江苏", "by": scene.cast.group_xinchang, "at": later(hours=1)}
    return lambda nothing: control.transfer_out(person, letter=nothing, **fields)


def _home(scene: Scene) -> Way:
    person = scene.clinical(scene.person()).person
    fields = {"reason": "年幼", "by": scene.cast.group_xinchang, "at": later(hours=1)}
    return lambda nothing: control.propose_home(person, address=nothing, **fields)


def _listing(scene: Scene) -> Way:
    return lambda nothing: scene.listed(source_document=nothing)


WAYS: list[Callable[[Scene], Way]] = [_visit, _laboratory, _report, _issuer, _handed_out, _home, _listing]


@pytest.mark.parametrize("nothing", ["\u2800", "-"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_others_go_by_says_something(scene: Scene, way: Callable[[Scene], Way], nothing: str):
    refused(SaysNothing, way(scene), nothing)


def test_nobody_sends_back_for_a_reason_that_says_nothing(scene: Scene):
    void = scene.void_proposed(scene.overseas(scene.person()), at=later(hours=1))
    fields = {"by": scene.cast.cdc_xinchang, "at": later(hours=2)}
    refused(second_person.SentBackWithoutReason, voids.refuse, void, answer="…", **fields)


@pytest.mark.parametrize("write", [new_in_bulk, new_in_sql])
@pytest.mark.parametrize(
    ("model", "column"),
    [
        (ExitReport, "evidence_ref"),
        (Release, "document_number"),
        (LabResult, "report_number"),
        (ClinicVisit, "record_number"),
        (Document, "number"),
    ],
)
def test_the_database_takes_no_row_that_says_nothing(scene: Scene, write: Any, model: Any, column: str):
    _rows(scene)
    row = model.objects.get()
    row.pk = None
    with (
        pytest.raises((DatabaseError, SaysNothing), match=r"says nothing|letters or digits|字母"),
        transaction.atomic(),
    ):
        write(row, **{column: "\u2800"})


def _rows(scene: Scene) -> None:
    scene.documented()
    person = scene.person()
    scene.tested(person, at=T)
    scene.visit(person, at=T)
    scene.exit_reported(
        scene.clinical(person, "SUSPECTED", evidence_kind="LAB_REPORT"), "EXCLUDED", at=later(hours=1)
    )
    fields = {
        "document_number": "文1号",
        "reason": "查明",
        "by": scene.cast.group_xinchang,
        "at": later(hours=1),
    }
    voids.propose_release(scene.other_yellow(scene.person()), **fields)


def test_a_case_on_evidence_from_before_stands_again_as_it_was(scene: Scene):
    """It was taken once: what it says is nobody's to ask again."""
    person = scene.person()
    case = scene.clinical(person)
    with connection.cursor() as cursor:  # as an earlier version stored it
        from healthcode.core.audit import triggers

        triggers.drop(connection, "cases_case")
        cursor.execute("UPDATE cases_case SET evidence_ref = '-' WHERE id = %s", [case.pk])
        triggers.install(connection)
    end = later(days=15)
    negative = results.enter(person, sample(end - timedelta(hours=2)), by=scene.cast.hospital_city, at=end)
    control.end(fresh(person), sample=None, by=scene.cast.officer_yulin, at=end + timedelta(hours=1))
    assert colour(person, end + timedelta(hours=2)) == "GREEN"
    from cases.services.samples import corrections

    moved = {"to": scene.person(), "reason": "张冠李戴", "by": scene.cast.hospital_city}
    corrections.move(fresh(negative), at=end + timedelta(hours=3), **moved)
    assert colour(person, end + timedelta(hours=4)) == "RED"


def test_the_api_takes_none_either(scene: Scene):
    now = timezone.now()
    person = scene.person()
    fields = {"ground": "OVERSEAS", "began_on": str(local_day(now)), "evidence_kind": "ENTRY_RECORD"}
    answer = Caller(scene.cast.community_yulin).do("open-case", person, evidence_ref="\u2800", **fields)
    assert answer.status_code == 400 and "evidence_ref" in answer.content.decode()
    assert colour(person, now) == "GREEN"


def test_the_ledger_says_who_sent_a_void_back(scene: Scene):
    void = scene.void_proposed(scene.clinical(scene.person()))
    voids.refuse(void, answer="检测结果无误", by=scene.cast.cdc_xinchang, at=later(hours=1))
    event = Event.objects.get(action="case.void_refused")
    assert (event.actor, event.target) == ("cdc.xinchang", void.case.audit_key)
