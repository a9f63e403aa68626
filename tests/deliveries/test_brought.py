"""A machine's file that came on disc: the bureau brings it in, a duty lead confirms it, the rows are the source's."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.feeds import deliveries
from cases.models import Batch, Case, Declaration, Person, RejectedRow, RiskArea
from cases.policy import days
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.deliveries import batches, receiving
from cases.services.deliveries.batches import DeliveryNotWaiting
from cases.services.deliveries.receiving import HashNotDeclared, LetterMissing, NotDeclared, NotThisSource
from cases.services.engine.refusals import NotAllowed
from cases.services.engine.second_person import SentBackWithoutReason
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts
from healthcode.portal.signs import board
from tests.cases.scenes import Scene, colour, day, fresh, later, refused
from tests.factories import DivisionFactory, resident_number

from .conftest import HEADINGS, SENDERS, brought_in, ground

OVERSEAS = "近14天内有境外旅居史"


def confirmed(scene: Scene, batch: Batch, by: str = "duty.city") -> Batch:
    at = later(hours=1)
    return deliveries.work(batches.confirm(batch, by=scene.cast[by], at=at), clock=lambda: at)


def test_nothing_counts_before_a_duty_lead_confirms(scene: Scene):
    person = scene.person()
    batch = brought_in(scene, "GROUNDS", ground(person, "S1", OVERSEAS))
    assert (batch.state, colour(person, later(minutes=30))) == ("CHECKED", Colour.GREEN)
    assert confirmed(scene, batch).state == "APPLIED"
    assert colour(person, later(hours=2)) == Colour.RED


def test_the_rows_are_the_sources(scene: Scene):
    batch = confirmed(scene, brought_in(scene, "GROUNDS", ground(scene.person(), "S1", OVERSEAS)))
    case = Case.objects.get()
    assert (case.entered_by, case.source_office, case.channel) == (
        scene.cast.province,
        scene.cast.province.office,
        "PROVINCE",
    )
    assert (batch.brought_by, batch.confirmed_by) == (scene.cast.bureau_one, scene.cast.duty_city)


@pytest.mark.parametrize(
    ("kind", "row", "came"),
    [
        (
            "RESULTS",
            "{document},2026-11-01 08:00,,阴性,省疾控,R1",
            lambda: Batch.objects.get().results.count(),
        ),
        ("AREAS", "A1,某地,110106,高风险,2026-11-01 00:00,通报1号,否,,", RiskArea.objects.count),
        ("CODES", "赵六,{other},330624001,3301", Person.objects.exclude(code_city=None).count),
        ("DECLARATIONS", "D1,{document},是,咳嗽,38.1,2026-11-01", Declaration.objects.count),
    ],
)
def test_every_kind_that_machines_send_can_be_brought_in(scene: Scene, kind, row, came):
    for code in ("110106", "3301"):
        DivisionFactory(code=code)
    person = scene.person()
    source = "province" if kind == "RESULTS" else SENDERS[kind]
    row = row.format(document=person.document, other=resident_number())
    batch = confirmed(scene, brought_in(scene, kind, row, source=scene.cast[source]))
    assert (batch.accepted, batch.rejected) == (1, 0), batch.rejected_rows.values()
    assert came()


NOT_THEIRS = ("bureau.one", "bureau.two", "province", "cdc.xinchang", "supervisor.city", "duty.xinchang")


@pytest.mark.parametrize("by", NOT_THEIRS)
def test_nobody_but_a_duty_lead_confirms(scene: Scene, by):
    batch = brought_in(scene, "GROUNDS", ground(scene.person(), "S1", OVERSEAS))
    refused(NotAllowed, batches.confirm, batch, by=scene.cast[by], at=later(hours=1))


@pytest.mark.parametrize("by", ["province", "duty.city", "cdc.xinchang", "service.xinchang", "admin.one"])
def test_nobody_but_the_bureau_brings_in(scene: Scene, by):
    refused(NotAllowed, brought_in, scene, "CODES", by=by)


def test_the_letter_with_its_rows_and_its_hash_is_asked_for(scene: Scene):
    refused(LetterMissing, brought_in, scene, "CODES", letter=" ")
    refused(NotDeclared, brought_in, scene, "CODES", declared_rows=None)
    refused(HashNotDeclared, brought_in, scene, "CODES", declared_sha256="")


def test_a_source_sends_what_is_its_own_and_is_no_person(scene: Scene):
    refused(NotThisSource, brought_in, scene, "DECLARATIONS", source=scene.cast.province)
    refused(NotThisSource, brought_in, scene, "GROUNDS", source=scene.cast.group_xinchang)


def test_a_file_that_is_not_the_letters_is_returned_as_a_whole(scene: Scene):
    batch = brought_in(scene, "GROUNDS", ground(scene.person(), "S1", OVERSEAS), declared_rows=2)
    assert batch.state == "RETURNED"


def test_the_source_sending_the_same_file_later_changes_nothing(scene: Scene):
    row = ground(scene.person(), "S1", OVERSEAS)
    batch = confirmed(scene, brought_in(scene, "GROUNDS", row))
    content = "\n".join((HEADINGS["GROUNDS"], row)).encode()
    fields = {"kind": "GROUNDS", "file_name": "x.csv", "at": later(hours=3)}
    upload = receiving.store([content], at=later(hours=3))
    again, is_new = receiving.receive(upload, by=scene.cast.province, **fields)
    assert (again, is_new) == (batch, False)


def test_sent_back_it_waits_with_the_reason_at_whoever_brought_it_in(scene: Scene):
    person = scene.person()
    batch = brought_in(scene, "GROUNDS", ground(person, "S1", OVERSEAS))
    refused(
        SentBackWithoutReason,
        batches.send_back,
        batch,
        reason=" ",
        by=scene.cast.duty_city,
        at=later(hours=1),
    )
    batches.send_back(batch, reason="省平台未发此函", by=scene.cast.duty_city, at=later(hours=1))
    assert (fresh(batch).state, fresh(batch).fault) == ("CANCELLED", "省平台未发此函")
    assert colour(person, later(hours=2)) == Colour.GREEN
    waiting = worklists(scene.cast.bureau_one, later(hours=2))
    assert "sent_back_brought" in {one.key for one in waiting}


def test_the_bureau_withdraws_its_own_and_the_source_does_not(scene: Scene):
    batch = brought_in(scene, "GROUNDS", ground(scene.person(), "S1", OVERSEAS))
    refused(NotAllowed, batches.cancel, batch, by=scene.cast.province, at=later(hours=1))
    batches.cancel(batch, by=scene.cast.bureau_one, at=later(hours=1))
    refused(DeliveryNotWaiting, batches.confirm, batch, by=scene.cast.duty_city, at=later(hours=2))


def test_the_office_that_brought_it_in_answers_for_it_after_its_clerk_has_left(scene: Scene):
    batch = brought_in(scene, "GROUNDS", ground(scene.person(), "S1", OVERSEAS))
    post = {"role": "community", "office": scene.cast.community_yulin.office}
    accounts.reassign(scene.cast.bureau_one, **post, by=scene.cast.admin_one, at=later(minutes=30))
    assert list(Batch.objects.answered_for_by(scene.cast.bureau_two)) == [batch]
    assert not Batch.objects.answered_for_by(fresh(scene.cast.bureau_one)).exists()
    batches.cancel(batch, by=scene.cast.bureau_two, at=later(hours=1))
    assert fresh(batch).state == "CANCELLED"


def test_a_row_with_other_content_waits_for_the_source(scene: Scene):
    person = scene.person()
    first = confirmed(scene, brought_in(scene, "GROUNDS", ground(person, "S1", OVERSEAS)))
    assert first.accepted == 1
    other = ground(person, "S1", OVERSEAS, began=str(day(-2)))
    confirmed(scene, brought_in(scene, "GROUNDS", other, letter="浙数函〔2020〕8号", at=later(hours=2)))
    assert RejectedRow.objects.get().state == "HELD"
    waiting = worklists(scene.cast.bureau_one, later(hours=4))
    assert "other_content" not in {one.key for one in waiting}


def test_it_stands_in_the_ledger_and_on_the_board(scene: Scene):
    batch = confirmed(scene, brought_in(scene, "GROUNDS", ground(scene.person(), "S1", OVERSEAS)))
    fields = dict(Event.objects.filter(target=f"batch:{batch.pk}").values_list("action", "actor"))
    assert fields == {
        "batch.brought": "bureau.one",
        "batch.confirmed": "duty.city",
        "batch.delivered": "province",
    }
    (row,) = board.rows("brought", at=later(days=1))
    assert "浙数函〔2020〕7号" in row.text


def test_whoever_brought_it_in_asks_to_take_it_back_and_the_source_does_not(scene: Scene):
    batch = confirmed(scene, brought_in(scene, "GROUNDS", ground(scene.person(), "S1", OVERSEAS)))
    undo = batches.propose_undo(batch, reason="x", by=scene.cast.bureau_one, at=later(hours=2))
    assert undo.batch == batch
    refused(NotAllowed, batches.propose_undo, batch, reason="x", by=scene.cast.province, at=later(hours=3))


def test_by_page_from_the_file_to_red(scene: Scene, client):
    """Through the pages alone: the bureau brings in, the duty lead reads what it would do and confirms."""
    person, cast = scene.person(), scene.cast
    row = ground(person, "S1", OVERSEAS, began=str(days.local_day(timezone.now())))
    content = "\n".join((HEADINGS["GROUNDS"], row)).encode()
    client.force_login(cast.bureau_one)
    fields = {
        "source": cast.province.pk,
        "letter": "浙数函〔2020〕7号",
        "kind": "GROUNDS",
        "file": SimpleUploadedFile("省平台.csv", content),
        "encoding": "UTF-8",
        "declared_rows": "1",
        "declared_sha256": hashlib.sha256(content).hexdigest(),
    }
    client.post(reverse("admin:do", args=("bring-in",)), fields)
    batch = deliveries.work(Batch.objects.get(), clock=timezone.now)
    client.force_login(cast.duty_city)
    page = client.get(reverse("admin:cases_batch_change", args=(batch.pk,))).content.decode()
    assert "decide-brought" in page and "浙数函〔2020〕7号" in page
    client.post(
        reverse("admin:do", args=("decide-brought",)),
        {"batch": batch.pk, "decision": "approve", "reason": ""},
    )
    assert deliveries.work(batch, clock=timezone.now).state == "APPLIED"
    assert colour(person, timezone.now()) == Colour.RED
