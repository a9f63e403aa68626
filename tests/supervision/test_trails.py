"""A trail: one timeline, whatever is asked for, newest first, page by page without a count."""

import csv
import io
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.urls import reverse, reverse_lazy
from django.utils import timezone, translation
from openpyxl import load_workbook

from cases.services.persons import lookups, merges, reads
from healthcode.core import spreadsheets
from healthcode.core.audit import ledger
from healthcode.core.audit.actions import ACTIONS
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from healthcode.portal.trails.forms import TrailForm
from healthcode.portal.trails.query import KINDS, Trail
from tests.cases.scenes import T, later
from tests.factories import delivered

TRAIL = reverse("admin:audit_event_changelist")


def events(page):
    return [one.event for one in page.context["events"]]


def write(cast, number, **fields):
    entries = [ledger.Entry("person.viewed", f"person:{place}", **fields) for place in range(number)]
    ledger.record_all(entries, by=cast.cdc_xinchang, at=T)


def all_pages(trail, size):
    place, found = None, []
    while True:
        rows, place = trail.page(place, size)
        found += rows
        if place is None:
            return found


def test_a_persons_trail_tells_what_was_done_and_who_looked(scene, supervisor, cast):
    person = scene.person()
    scene.clinical(person)
    reads.record(person, by=cast.group_xinchang, at=later(hours=1), page="person")
    found = events(supervisor.get(TRAIL, {"person": str(person.public_id)}))
    assert found[0].action == "person.viewed"
    assert {"person.registered", "case.opened", "code.turned"} <= {event.action for event in found}
    assert {event.person for event in found} == {str(person.public_id)}


def test_a_persons_trail_is_that_of_all_merged_records(scene, cast):
    one, other = scene.person(), scene.person()
    merges.approve(
        merges.propose(one, other, reason="同一人", by=cast.bureau_one, at=T),
        by=cast.bureau_two,
        at=later(hours=1),
    )
    found = Trail(person=str(one.public_id)).page()[0]
    assert {event.person for event in found} == {str(one.public_id), str(other.public_id)}


@pytest.mark.parametrize("asked", [{"actor": "group.xinchang"}, {"office": "group-xinchang"}])
def test_a_trail_of_an_officer_or_an_office(scene, asked):
    scene.clinical(scene.person())
    found = Trail(**asked).page()[0]
    assert found and {(event.actor, event.office) for event in found} == {
        ("group.xinchang", "group-xinchang")
    }


def test_a_trail_of_a_ground(scene):
    scene.clinical(scene.person())
    scene.overseas(scene.person())
    found = Trail(ground="OVERSEAS").page()[0]
    assert found and all('"ground":"OVERSEAS"' in event.body for event in found)


def test_a_trail_of_a_delivery(scene, cast):
    person = scene.person(name="名单人")
    heading = "姓名,证件号码,现居住地区划,赋码原因,起算日期,协查函号"
    text = f"{heading}\n名单人,{person.document},330624001,密切接触者,2026-11-02,协查函1号\n"
    batch = delivered(text.encode(), by=cast.cdc_xinchang, at=T)
    found = Trail(batch=str(batch.pk)).page()[0]
    assert {"batch.received", "batch.delivered", "case.reported"} <= {event.action for event in found}


def test_looks_come_with_their_purpose_in_words(scene, supervisor, cast):
    person = scene.person()
    lookups.look_up(document_type="RESIDENT_ID", document_number=person.document, purpose="信访件17号",
                   by=cast.community_yuecheng, at=later(hours=1))  # fmt: skip
    page = supervisor.get(TRAIL, {"what": "looks", "person": str(person.public_id)})
    assert {event.action for event in events(page)} <= {"person.looked_up", "audit.listed"}
    assert "信访件17号" in page.content.decode()


def test_acts_of_a_kind_leave_the_looks_out(scene, cast):
    person = scene.person()
    reads.record(person, by=cast.group_xinchang, at=T, page="person")
    assert {event.action for event in Trail(what="persons").page()[0]} == {"person.registered"}


def test_days_are_days_of_shanghai_and_the_last_one_is_shown(cast):
    write(cast, 1)
    day = T.date()
    assert Trail(since=day, until=day, what="person.viewed").page()[0]
    assert not Trail(until=day - timedelta(days=1), what="person.viewed").page()[0]
    assert not Trail(since=day + timedelta(days=1), what="person.viewed").page()[0]


@pytest.mark.parametrize(
    "asked", [{}, {"what": "looks"}, {"actor": "cdc.xinchang"}, {"office": "cdc-xinchang"}]
)
def test_pages_of_one_instant_show_each_event_once(cast, asked):
    write(cast, 23)
    found = all_pages(Trail(**asked), 5)
    everything = sorted(
        Event.objects.filter(action="person.viewed").values_list("pk", flat=True), reverse=True
    )
    assert [event.pk for event in found if event.action == "person.viewed"] == everything


def test_the_page_leads_on_to_older_events(scene, supervisor, cast):
    write(cast, 60)
    first = supervisor.get(TRAIL)
    second = supervisor.get(TRAIL + first.context["older"])
    oldest = min((event.at_us, event.pk) for event in events(first))
    assert oldest > max((event.at_us, event.pk) for event in events(second))
    assert second.context["newest"]


@pytest.mark.parametrize("before", ["x", "1", "-", "1-", "9" * 30 + "-1"])
def test_a_place_that_somebody_made_up_begins_at_the_newest(supervisor, cast, before):
    write(cast, 1)
    assert events(supervisor.get(TRAIL, {"before": before}))


def test_a_wrong_filter_is_told_on_its_field_and_narrows_nothing(supervisor, cast):
    page = supervisor.get(TRAIL, {"since": "someday", "until": "2020-01-01", "what": "nothing.known"})
    assert page.status_code == 200 and set(page.context["form"].errors) == {"since", "what"}


def test_every_page_of_the_trail_is_an_event(supervisor, cast):
    supervisor.get(TRAIL, {"actor": "cdc.xinchang"})
    event = Event.objects.latest("pk")
    assert (event.action, event.actor, event.body) == (
        "audit.listed",
        "supervisor.city",
        '{"asked":["actor=cdc.xinchang"]}',
    )


def test_every_event_is_a_sentence_in_both_languages_with_its_raw_form(scene, cast, at_desk):
    scene.clinical(scene.person(name="欧阳晓月"))
    asked = {"what": "case.opened"}
    english = at_desk(cast.supervisor_city).get(TRAIL, asked)
    assert "entered a ground for 欧阳晓月" in english.content.decode()
    chinese = at_desk(cast.supervisor_city, "zh-hans").get(TRAIL, asked).content.decode()
    text = re.sub(
        r"<details.*?</details>|<form.*?</form>|<[^>]*>",
        " ",
        chinese.partition('class="timeline')[2],
        flags=re.S,
    )
    assert "欧阳晓月" in text and not re.search(r"case:|person:|[A-Z]+_[A-Z]+|\.xinchang", text)
    assert "&quot;ground&quot;: &quot;CLOSE_CONTACT&quot;" in chinese


def test_every_action_has_a_sentence_that_names_only_what_is_known():
    known = {"who": "", "person": "", "thing": "", "words": ""}
    assert all(str(action.sentence) % known for action in ACTIONS.values())


def test_every_action_belongs_to_a_kind():
    begins = tuple(begin for _words, begins in KINDS.values() for begin in begins)
    assert [action for action in ACTIONS if not action.startswith(begins)] == []


def test_an_event_has_a_page_with_its_seal_and_a_proof(scene, supervisor):
    from healthcode.core.audit import sealing

    scene.person()
    sealing.seal(at=T)
    event = Event.objects.earliest("pk")
    page = supervisor.get(reverse("admin:audit_event_change", args=(event.pk,)))
    assert "Leaf 0 of the ledger" in page.content.decode()
    proof = supervisor.get(reverse("admin:audit_event_proof", args=(event.pk,)))
    assert proof.json()["index"] == 0


def test_nobody_but_supervision_reads_the_trail(at_desk, cast, scene):
    person = scene.person()
    pages = [TRAIL, reverse("admin:audit_event_moment", args=(person.public_id,)), reverse("admin:signs"),
             reverse("admin:seals"), reverse("admin:sheet"), reverse("admin:checkpoint"),
             reverse("admin:audit_event_proof", args=(1,))]  # fmt: skip
    for user in (cast.admin_one, cast.duty_city, cast.bureau_one, cast.group_xinchang):
        client = at_desk(user)
        assert {client.get(page).status_code for page in pages} == {403}
        assert client.post(reverse("admin:audit_event_export")).status_code == 403


# --- the export ---------------------------------------------------------------------------------------------
def exported(client, **asked):
    response = client.post(
        reverse("admin:audit_event_export") + "?" + "&".join(f"{k}={v}" for k, v in asked.items())
    )
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_an_export_has_the_rows_of_the_trail_and_is_itself_an_event(scene, supervisor):
    scene.clinical(scene.person())
    rows = exported(supervisor, what="case.opened")
    assert len(rows) == 5 and "entered a ground" in rows[4][2]
    event = Event.objects.filter(action="audit.exported").get()
    assert event.actor == "supervisor.city" and "what=case.opened" in event.body


def test_above_an_export_stands_who_took_it_out_when_and_what_was_asked(scene, supervisor):
    title, taken, narrowed, heading = exported(supervisor, what="case.opened", since="2026-11-01")
    assert title == ["Audit trail"]
    assert "supervisor.city" in taken[0] and f"{timezone.localtime():%Y-%m-%d}" in taken[0]
    assert narrowed == ["Only: what: case opened; from day: 2026-11-01."]
    assert heading[0] == "number"


def test_a_trail_is_taken_out_as_a_workbook_of_texts(scene, supervisor):
    scene.clinical(scene.person())
    answer = supervisor.post(reverse("admin:audit_event_export") + "?what=case.opened", {"file": "xlsx"})
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows())
    assert len(rows) == 5 and {cell.data_type for cell in rows[4] if cell.value} == {"s"}
    assert answer["Content-Disposition"].endswith('.xlsx"')


def test_no_cell_of_an_export_is_a_formula(scene, supervisor, cast):
    person = scene.person()
    lookups.unmask(person, reason='=HYPERLINK("http://x";"y")', by=cast.group_xinchang, at=T)
    rows = exported(supervisor, person=person.public_id)
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if spreadsheets.FORMULA.match(cell)]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1"])
def test_a_formula_is_made_text(cell):
    assert spreadsheets.inert(cell) == f"'{cell}"


def test_an_export_is_nothing_a_link_can_start(supervisor):
    answer = supervisor.get(reverse("admin:audit_event_export"))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("asked", [{"person": "0"}, {"actor": "a"}, {"actor": "a", "what": "looks"}, {"office": "o"},
                                   {"office": "o", "what": "case.opened"}, {"what": "looks"}, {"ground": "g"},
                                   {"batch": "1"}, {}])  # fmt: skip
def test_every_stream_of_a_trail_is_a_stretch_of_an_index(cast, asked):
    asked = {"person": "11111111-1111-1111-1111-111111111111"} if "person" in asked else asked
    for rows in Trail(**asked).streams():
        plan = explained(rows[:51])
        assert "event_" in plan.text and "SCAN audit_event\n" not in plan.text, plan.text
    for rows in Trail(**asked).check_streams():
        plan = explained(rows[:51])
        assert "gatecheck_" in plan.text and "SCAN cases_gatecheck\n" not in plan.text, plan.text


def explained(rows):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # on an empty table it would read the table itself
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    return SimpleNamespace(text=rows.explain())


def test_the_trail_of_a_persons_page_leads_supervision_to_the_timeline(scene, supervisor):
    person = scene.person()
    answer = supervisor.get(reverse("admin:cases_person_history", args=(person.pk,)))
    assert answer.url == f"{TRAIL}?person={person.public_id}"


def test_a_person_is_found_by_the_beginning_of_the_number_that_the_trail_shows(scene, supervisor):
    person = scene.person()
    page = supervisor.get(TRAIL, {"person": str(person.public_id)[:8]})
    assert page.context["person"] == person


@pytest.mark.parametrize("text", ["00000000", "zz"])
def test_a_number_that_names_nobody_is_told_on_its_field(supervisor, text):
    assert "person" in supervisor.get(TRAIL, {"person": text}).context["form"].errors


TRAIL = reverse_lazy("admin:audit_event_changelist")


def test_a_trail_is_asked_for_by_the_name_that_it_shows(cast, supervisor):
    form = TrailForm({"actor": cast.cdc_xinchang.name})
    assert form.is_valid() and form.cleaned_data["actor"] == "cdc.xinchang"
    assert TrailForm({"actor": "cdc.xinchang"}).is_valid()


def test_of_a_name_that_several_have_the_usernames_are_said_and_of_none_so(cast):
    User.objects.filter(username__in=("cdc.city", "cdc.xinchang")).update(name="王芳")
    with translation.override("en"):
        several, nobody = TrailForm({"actor": "王芳"}), TrailForm({"actor": "查无此人"})
        assert "cdc.city, cdc.xinchang" in str(several.errors["actor"])
        assert "No account has this username or name" in str(nobody.errors["actor"])


def test_the_page_takes_the_name_and_shows_the_accounts_events(cast, supervisor):
    ledger.record("person.viewed", about="person:1", by=cast.cdc_xinchang, at=T)
    body = supervisor.get(TRAIL, {"actor": cast.cdc_xinchang.name}).content.decode()
    assert "read the page" in body and "No account has this" not in body
