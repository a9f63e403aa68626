"""Erasing a person: nothing readable stays anywhere in the database, and the ledger verifies as before."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CharField, ForeignKey, TextField
from django.urls import reverse

from cases.models import Erasure, LabResult, Person
from cases.models.declarations import Mode
from cases.operations import PERSON_OPERATIONS, open_to
from cases.services import control
from cases.services.engine.refusals import NotAllowed
from cases.services.engine.second_person import SamePerson
from cases.services.grounds import voids
from cases.services.persons import erasable, erasure, lookups
from cases.services.persons.erasure import AlreadyErased, ErasureAlreadyProposed, StillOpen
from cases.services.samples import declarations
from cases.services.samples.declarations import Form
from healthcode.core.audit import sealing, triggers
from healthcode.core.audit.models import Event
from healthcode.core.audit.verifying import Verification
from healthcode.portal import reconciling
from tests.cases.scenes import DUE, Scene, T, later, nothing_stored, refused

SECRETS = ("欧阳晓月", "13812345678", "某小区九幢", "秘密理由", "秘密症状", "SECRETREPORT")
AFTER = DUE + timedelta(days=3)


@pytest.fixture
def scene(cast):
    return Scene(cast)


@pytest.fixture
def person(scene, cast):
    """Somebody about whom words stand everywhere, and whose every case is closed."""
    person = scene.person(name="欧阳晓月", phone="13812345678", address="某小区九幢")
    scene.clinical(person, evidence_ref="欧阳晓月的协查函1号")
    lookups.unmask(person, reason="秘密理由", by=cast.group_xinchang, at=T)
    control.hand_over(person, officer=cast.officer_deputy, reason="秘密理由", by=cast.group_xinchang,
                      at=later(hours=1))  # fmt: skip
    declarations.declare(person, Form(fever=False, proxy="欧阳晓月之母"), mode=Mode.PROXY,
                         by=cast.community_yulin, at=later(hours=2))  # fmt: skip
    control.log_health(person, control.HealthReading(T.date(), "EVENING", 36.5, symptoms="秘密症状"),
                    by=cast.officer_deputy, at=later(hours=3))  # fmt: skip
    scene.ended(person, at=DUE, by=cast.officer_deputy)
    case = scene.opened(person, "OVERSEAS", at=DUE + timedelta(hours=1), began_on=DUE.date())
    void = voids.propose(case, reason_class="ENTRY_ERROR", reason="秘密理由", by=cast.community_yulin,
                         at=DUE + timedelta(hours=2))  # fmt: skip
    voids.approve(void, by=cast.group_xinchang, at=DUE + timedelta(hours=3))
    return Person.objects.get(pk=person.pk)


def erase(person, cast):
    proposed = erasure.propose(person, reason="秘密理由", by=cast.bureau_one, at=AFTER)
    erasure.approve(proposed, by=cast.bureau_two, at=AFTER + timedelta(hours=1))


def readable(*secrets):
    """Return the tables and columns in which one of the words still stands."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            for row in model._default_manager.values_list(field.attname, flat=True):
                texts = (
                    bytes(row).decode("utf-8", "replace") if isinstance(row, bytes | memoryview) else str(row)
                )
                if any(secret in texts for secret in secrets):
                    found.add(f"{model._meta.label}.{field.name}")
    return found


def test_the_words_stood_there_before(person):
    assert {"cases.Person.name", "audit.Note.text", "cases.Handover.reason"} <= readable(*SECRETS)


def test_nothing_readable_stays(person, cast):
    number, index = person.document, person.document_index
    erase(person, cast)
    assert readable(*SECRETS, number, index) == set()
    assert Person.objects.get(pk=person.pk).document == Person.objects.get(pk=person.pk).phone == ""


def test_what_happened_stays_and_the_ledger_verifies(person, cast):
    sealing.seal(at=AFTER)
    before = Event.objects.count()
    erase(person, cast)
    sealing.seal(at=AFTER + timedelta(hours=2))
    assert [str(one) for one in (*Verification().findings(), *reconciling.findings())] == []
    assert Event.objects.count() > before and person.transitions.count() >= 2


def test_every_record_merged_with_the_person_is_erased(person, cast, scene):
    from cases.services.persons import merges

    other = scene.person(name="欧阳晓月", at=DUE)
    joined = merges.propose(other, person, reason="同一人", by=cast.bureau_one, at=DUE + timedelta(hours=5))
    merges.approve(joined, by=cast.bureau_two, at=DUE + timedelta(hours=6))
    erase(Person.objects.get(pk=person.pk), cast)
    assert not Person.objects.filter(name="欧阳晓月").exists()


def test_the_triggers_stand_again(person, cast):
    erase(person, cast)
    assert triggers.faults(connection) == []


def test_somebody_with_an_open_case_is_not_erased(scene, cast):
    person = scene.person()
    scene.clinical(person)
    refused(StillOpen, erasure.propose, person, reason="x", by=cast.bureau_one, at=later(hours=1))


def test_a_case_opened_after_the_proposal_stops_the_erasure(person, scene, cast):
    proposed = erasure.propose(person, reason="x", by=cast.bureau_one, at=AFTER)
    scene.opened(person, "OVERSEAS", at=AFTER + timedelta(hours=1), began_on=AFTER.date())
    refused(StillOpen, erasure.approve, proposed, by=cast.bureau_two, at=AFTER + timedelta(hours=2))


def test_nobody_erases_alone_or_without_the_right(person, cast):
    refused(NotAllowed, erasure.propose, person, reason="x", by=cast.supervisor_city, at=AFTER)
    proposed = erasure.propose(person, reason="x", by=cast.bureau_one, at=AFTER)
    refused(SamePerson, erasure.approve, proposed, by=cast.bureau_one, at=AFTER)
    refused(ErasureAlreadyProposed, erasure.propose, person, reason="x", by=cast.bureau_two, at=AFTER)


def test_what_is_sent_back_erases_nothing(person, cast):
    proposed = erasure.propose(person, reason="x", by=cast.bureau_one, at=AFTER)
    erasure.refuse(proposed, answer="仍需查阅", by=cast.bureau_two, at=AFTER)
    assert Person.objects.get(pk=person.pk).name == "欧阳晓月" and not Erasure.objects.pending().exists()


def test_nobody_is_erased_twice(person, cast):
    erase(person, cast)
    refused(
        AlreadyErased, erasure.propose, person, reason="x", by=cast.bureau_one, at=AFTER + timedelta(hours=2)
    )


def test_an_erasure_that_breaks_in_the_end_erases_nothing(person, cast, monkeypatch):
    proposed = erasure.propose(person, reason="x", by=cast.bureau_one, at=AFTER)
    monkeypatch.setattr(erasure.ledger, "record", lambda *args, **body: 1 / 0)
    with nothing_stored(ZeroDivisionError):
        erasure.approve(proposed, by=cast.bureau_two, at=AFTER)


def test_the_number_can_be_registered_anew(person, cast, scene):
    number = person.document
    erase(person, cast)
    again = scene.person(document_number=number, at=AFTER + timedelta(days=1))
    assert again.pk != person.pk


def test_every_text_about_a_person_is_either_written_over_or_said_to_be_kept():
    persons = {Person} | {model for model in apps.get_app_config("cases").get_models() if reaches(model)}
    undecided = {
        f"{model.__name__}.{field.name}"
        for model in persons - {Person}
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and not field.choices and model not in erasable.NOBODYS
        if field.name not in {*erasable.TEXTS.get(model, ("", {}))[1], *erasable.KEPT.get(model, ())}
    }
    assert undecided == set()


def reaches(model, depth=3):
    related = [field.related_model for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    return Person in related or (
        depth > 0 and any(reaches(one, depth - 1) for one in related if one is not model)
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite keeps deleted pages in its file")
def test_the_database_file_itself_holds_none_of_it(transactional_db, cast):
    scene = Scene(cast)
    person = scene.person(name="欧阳晓月", address="某小区九幢")
    erase(person, cast)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = connection.settings_dict["NAME"]
    for suffix in ("", "-wal"):
        try:
            with open(f"{path}{suffix}", "rb") as file:
                data = file.read()
        except FileNotFoundError:
            continue
        assert "欧阳晓月".encode() not in data and "某小区九幢".encode() not in data


def test_a_lab_result_keeps_its_outcome(person, cast):
    erase(person, cast)
    result = LabResult.objects.get()
    assert (result.outcome, result.report_number) == ("NEGATIVE", f"erased-{result.pk}")


def test_nothing_more_is_entered_about_somebody_erased(person, cast, scene):
    erase(person, cast)
    erased = Person.objects.get(pk=person.pk)
    refused(AlreadyErased, scene.overseas, erased, at=AFTER + timedelta(hours=2), began_on=AFTER.date())
    assert open_to(PERSON_OPERATIONS, erased, by=cast.bureau_one, at=AFTER + timedelta(hours=2)) == []


def test_the_page_of_somebody_erased_offers_no_number_and_nothing_to_print(person, cast, client):
    erase(person, cast)
    client.force_login(cast.supervisor_city)
    page = client.get(reverse("admin:cases_person_change", args=(person.pk,))).content.decode()
    assert "清除该人员的证件号码" in page
    assert f"<h1>{Person.objects.get(pk=person.pk)}</h1>" in page
    assert reverse("admin:cases_person_explanation", args=(person.pk,)) not in page
