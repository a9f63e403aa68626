"""The page of an operation: form, confirmation, one service call, message."""

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from cases.models import LabResult, Merge, Person, Transition
from cases.models.cases import Channel
from cases.policy.colours import Colour
from cases.selectors.colours import colour_at
from cases.services import areas, control, gates
from cases.services.areas import Listing
from cases.services.engine.plans import Plan
from cases.services.grounds import cases
from cases.services.grounds.claims import Claim
from healthcode.core.audit.models import Event
from tests.admin.conftest import texts
from tests.factories import guarded, register, reported, sampled


def do(person, name):
    return reverse("admin:cases_person_do", args=(person.pk, name))


def page(person):
    return reverse("admin:cases_person_change", args=(person.pk,))


def version(person):
    return Person.objects.get(pk=person.pk).version


def test_the_form_has_native_inputs_and_carries_the_version_seen(cast, red, at_desk):
    person = red()
    body = texts(at_desk(cast.officer_yulin).get(do(person, "enter-result"))).body
    assert 'type="datetime-local"' in body
    assert f'name="seen" value="{version(person)}"' in body


def test_the_confirmation_rehearses_and_stores_nothing(cast, due, at_desk, now):
    person = due()
    answer = at_desk(cast.officer_yulin).post(
        do(person, "end-control"), {"_next": "1", "seen": version(person)}
    )
    assert "This will happen" in texts(answer).body and "Nothing is stored yet" in texts(answer).body
    assert "code-red" in texts(answer).body and "code-green" in texts(answer).body
    assert colour_at(person, now + timedelta(hours=1)) == Colour.RED


def test_whoever_leaves_the_province_under_monitoring_stays_green(cast, red, at_desk, now):
    person = register(by=cast.service_xinchang)
    then = now - timedelta(days=16)
    cases.open_case(
        person,
        Claim(
            "OVERSEAS", timezone.localdate(then), "ENTRY_RECORD", "MU1", plan=Plan(officer=cast.officer_yulin)
        ),
        channel=Channel.COMMUNITY,
        by=cast.community_yulin,
        at=then,
    )
    sampled(person, by=cast.hospital_city, at=now - timedelta(hours=20))
    control.end(person, by=cast.officer_yulin, at=now - timedelta(hours=1))
    fields = {"_confirm": "1", "seen": version(person), "destination": "江苏", "letter": "移交函1"}
    answer = at_desk(cast.group_xinchang).post(do(person, "transfer-out"), fields, follow=True)
    assert "the code stays green" in texts(answer).body


def test_the_confirmation_writes_nothing_into_the_ledger(cast, due, at_desk):
    person, client = due(), at_desk(cast.officer_yulin)
    before = Event.objects.count()
    client.post(do(person, "end-control"), {"_next": "1", "seen": version(person)})
    assert Event.objects.count() == before


def test_confirming_acts_once_and_leads_back_to_the_person(cast, due, at_desk, now):
    person, client = due(), at_desk(cast.officer_yulin)
    answer = client.post(do(person, "end-control"), {"_confirm": "1", "seen": version(person)}, follow=True)
    assert answer.redirect_chain == [(page(person), 302)]
    assert "Control ended." in texts(answer).body
    assert colour_at(person, now + timedelta(hours=1)) == Colour.GREEN


def test_the_confirmation_says_why_a_code_keeps_its_colour(cast, due, at_desk, now):
    person = due()
    cases.open_case(
        person,
        Claim("OTHER_YELLOW", (now - timedelta(days=1)).date(), "DOCUMENT", "文件1"),
        channel=Channel.GROUP,
        by=cast.group_xinchang,
        at=now - timedelta(hours=3),
    )
    held = person.cases.get(ground="OTHER_YELLOW")
    cases.decide(held, approve=True, by=cast.duty_xinchang, at=now - timedelta(hours=2))
    answer = at_desk(cast.officer_yulin).post(
        do(person, "end-control"), {"_next": "1", "seen": version(person)}
    )
    assert "Other ground for yellow" in texts(answer).body
    assert "code-yellow" in texts(answer).body


def test_a_refusal_stands_on_the_form_and_what_was_typed_is_kept(cast, red, at_desk, now, typed):
    person = red()
    future = {**typed(now), "sampled_at": "2099-01-01T08:00", "_next": "1", "seen": version(person)}
    answer = at_desk(cast.officer_yulin).post(do(person, "enter-result"), future)
    body = texts(answer).body
    assert 'aria-invalid="true"' in body and "id_sampled_at_error" in body
    assert 'value="2099-01-01T08:00"' in body and 'value="County laboratory"' in body


def test_a_refused_end_says_which_condition_is_missing(cast, red, at_desk):
    person = red()
    answer = at_desk(cast.officer_yulin).post(
        do(person, "end-control"), {"_next": "1", "seen": version(person)}
    )
    assert "The measure runs until" in texts(answer).body


def test_a_missing_answer_is_told_on_its_field(cast, red, at_desk):
    person = red()
    answer = at_desk(cast.officer_yulin).post(
        do(person, "enter-result"), {"_next": "1", "seen": version(person)}
    )
    body = texts(answer).body
    assert (body.count("Choose one."), body.count("Fill this in.")) == (1, 3)


def test_back_shows_what_was_typed(cast, red, at_desk, now, typed):
    person, client = red(), at_desk(cast.officer_yulin)
    effect = client.post(do(person, "enter-result"), {**typed(now), "_next": "1", "seen": version(person)})
    assert 'value="County laboratory"' in texts(client.get(effect.context_data["edit"])).body
    assert not LabResult.objects.exists()


def test_the_confirmation_carries_what_was_typed_to_the_second_press(cast, red, at_desk, now, typed):
    person, client = red(), at_desk(cast.officer_yulin)
    preview = client.post(do(person, "enter-result"), {**typed(now), "_next": "1", "seen": version(person)})
    fields = preview.context_data["form"]
    carried = {field.html_name: field.value() or "" for field in fields}
    client.post(
        do(person, "enter-result"), {**carried, "_confirm": "1", "seen": preview.context_data["seen"]}
    )
    assert LabResult.objects.get().report_number == "N-1"


def test_a_stale_page_is_refused_and_then_shows_the_new_state(cast, due, at_desk):
    person, client = due(), at_desk(cast.officer_yulin)
    stale = client.post(do(person, "end-control"), {"_confirm": "1", "seen": version(person) - 1})
    assert "has changed since you opened the page" in texts(stale).body
    again = client.post(do(person, "end-control"), {"_confirm": "1", "seen": stale.context_data["seen"]})
    assert again.status_code == 302
    assert Transition.objects.filter(person=person).count() == 2


def test_what_was_typed_comes_back_when_the_person_has_moved_on(cast, due, at_desk, now, typed):
    person, client = due(), at_desk(cast.officer_yulin)
    control.hand_over(person, officer=cast.officer_deputy, reason="代管", by=cast.officer_yulin, at=now)
    answer = client.post(do(person, "enter-result"), {**typed(now), "_next": "1"})
    assert answer.status_code == 409
    assert "County laboratory" in texts(answer).body and "negative" in texts(answer).body


def test_what_the_rule_book_offers_comes_back_in_its_words(cast, red, at_desk):
    person, client = red(), at_desk(cast.officer_yulin)
    control.hand_over(
        person, officer=cast.officer_deputy, reason="代管", by=cast.officer_yulin, at=timezone.now()
    )
    ride = {"vehicle": "AMBULANCE", "plate": "浙D12345", "_next": "1"}
    answer = client.post(do(person, "transport"), ride)
    assert answer.status_code == 409
    assert "negative-pressure" in texts(answer).body.lower() and ">AMBULANCE<" not in texts(answer).body


def test_somebody_unseen_and_nobody_at_all_are_answered_alike(cast, red, at_desk, now, typed):
    far, client = red(), at_desk(cast.service_yuecheng)
    answers = [client.post(do(one, "enter-result"), typed(now)) for one in (far, Person(pk=10**9))]
    assert {answer.status_code for answer in answers} == {409}
    assert far.name not in texts(answers[0]).body


def test_another_refusal_keeps_the_version_that_was_seen(cast, red, at_desk):
    person = red()
    answer = at_desk(cast.officer_yulin).post(do(person, "enter-result"), {"_next": "1", "seen": "0"})
    assert answer.context_data["seen"] == 0


def test_an_act_that_the_role_does_not_have_is_forbidden(cast, red, at_desk):
    assert at_desk(cast.service_xinchang).get(do(red(), "end-control")).status_code == 403


def test_an_act_with_nothing_to_act_on_leads_back_to_the_person(cast, at_desk):
    green = register(by=cast.service_xinchang)
    answer = at_desk(cast.group_xinchang).get(do(green, "extend"), follow=True)
    assert answer.redirect_chain == [(page(green), 302)]
    assert "Nothing is left to do here" in texts(answer).body


def test_a_second_window_is_told_that_the_act_is_done(cast, due, at_desk):
    person, client = due(), at_desk(cast.officer_yulin)
    sure = {"_confirm": "1", "seen": version(person)}
    client.post(do(person, "end-control"), sure)
    again = client.post(do(person, "end-control"), sure, follow=True)
    assert again.redirect_chain == [(page(person), 302)]
    assert "the record has changed since" in texts(again).body
    assert Transition.objects.filter(person=person).count() == 2


def test_an_act_that_reaches_everybody_does_not_tell_who_exists(cast, at_desk):
    green = register(by=cast.service_xinchang)
    client = at_desk(cast.community_yuecheng)
    for key in (green.pk, 999999, "9" * 23):
        url = reverse("admin:cases_person_do", args=(key, "void"))
        assert client.get(url).status_code == client.post(url).status_code == 404


def test_a_person_of_another_county_does_not_exist_here(cast, red, at_desk):
    assert at_desk(cast.service_yuecheng).get(do(red(), "enter-result")).status_code == 404


def test_an_unknown_operation_does_not_exist(cast, red, at_desk):
    assert at_desk(cast.group_xinchang).get(do(red(), "set-colour")).status_code == 404


def test_nobody_acts_without_a_log_in(cast, red, client):
    assert client.get(do(red(), "end-control")).status_code == 302
    assert client.post(reverse("admin:do", args=("register",))).status_code == 302


def test_a_decider_without_the_persons_page_reads_what_was_proposed(cast, at_desk, now):
    person = register(by=cast.service_xinchang)
    claim = Claim("OTHER_YELLOW", now.date(), "DOCUMENT", "县防控办〔2026〕5号")
    cases.open_case(person, claim, channel=Channel.GROUP, by=cast.group_xinchang, at=now)
    client = at_desk(cast.duty_xinchang)
    body = texts(client.get(do(person, "decide-case"))).body
    assert "县防控办〔2026〕5号" in body
    assert person.masked_document not in body
    assert client.get(page(person)).status_code == 302


def test_after_deciding_a_decider_goes_home(cast, at_desk, now):
    person = register(by=cast.service_xinchang)
    claim = Claim("OTHER_YELLOW", now.date(), "DOCUMENT", "文件")
    case = cases.open_case(person, claim, channel=Channel.GROUP, by=cast.group_xinchang, at=now)
    answer = at_desk(cast.duty_xinchang).post(
        do(person, "decide-case"),
        {"case": case.pk, "decision": "approve", "reason": "", "_confirm": "1", "seen": version(person)},
    )
    assert answer.url == reverse("admin:index")


def test_full_numbers_are_shown_on_the_page_and_never_in_a_message(cast, red, at_desk):
    person, client = red(), at_desk(cast.group_xinchang)
    answer = client.post(do(person, "unmask"), {"reason": "核对", "_confirm": "1", "seen": version(person)})
    assert person.document in texts(answer).body
    assert not answer.cookies.get("messages")
    assert Event.objects.filter(action="person.unmasked").exists()


def test_full_numbers_are_never_rehearsed(cast, red, at_desk):
    person = red()
    at_desk(cast.group_xinchang).post(
        do(person, "unmask"), {"reason": "核对", "_next": "1", "seen": version(person)}
    )
    assert Event.objects.filter(action="person.unmasked").count() == 1


def test_looking_up_somebody_elsewhere_opens_their_page_for_a_purpose(cast, red, at_desk):
    person, client = red(), at_desk(cast.service_yuecheng)
    asked = {
        "document_type": "RESIDENT_ID",
        "document_number": person.document,
        "purpose": "解释红码",
        "_confirm": "1",
    }
    assert client.get(page(person)).status_code == 302
    assert client.post(reverse("admin:do", args=("look-up",)), asked).url == page(person)
    assert "解释红码" in texts(client.get(page(person))).body


def test_whoever_enters_a_report_reads_it_first(cast, at_desk, now):
    person, client = register(by=cast.service_xinchang), at_desk(cast.group_xinchang)
    reported(person, by=cast.cdc_xinchang, at=now)
    body = texts(client.get(do(person, "enter-report"))).body
    assert "Proposed, still to be decided: case" in body and "Close contact" in body


def test_a_correction_begins_with_the_row_it_corrects(cast, red, at_desk, now):
    person = red()
    old = sampled(person, by=cast.officer_yulin, at=now - timedelta(hours=2))
    sampled(person, by=cast.officer_yulin, at=now - timedelta(hours=1))
    form = (
        at_desk(cast.officer_yulin).get(do(person, "correct-result"), {"result": old.pk}).context_data["form"]
    )
    assert form["report_number"].value() == old.report_number and form["result"].value() == old.pk


def test_the_second_person_reads_all_that_a_listing_says(cast, at_desk, now):
    listing = Listing(
        *("丰台", "HIGH", "公告1号", now),
        severe=True,
        assessment_document="评估1号",
        consent_document="同意2号",
    )
    area = areas.propose(listing, by=cast.duty_city, at=now)
    page, client = reverse("admin:do", args=("decide-area",)), at_desk(cast.duty_deputy)
    answers = client.get(page), client.post(page, {"area": area.pk, "decision": "approve", "_next": "1"})
    for body in (texts(answer).body for answer in answers):
        assert "评估1号" in body and "同意2号" in body and "公告1号" in body


def test_with_nothing_to_decide_there_is_no_form(cast, at_desk):
    body = texts(at_desk(cast.duty_xinchang).get(reverse("admin:do", args=("decide-area",)))).body
    assert "No listing waits" in body and "_next" not in body


def test_the_form_offers_the_exits_of_the_grounds_that_stand(cast, red, at_desk):
    person = red()
    form = at_desk(cast.cdc_xinchang).get(do(person, "report-exit")).context_data["form"]
    offered = {value for value, _label in form.fields["exit"].choices}
    assert offered == {"INDEX_EXCLUDED", "RECLASSIFIED"}


def test_the_record_that_stays_is_named_by_its_document(cast, at_desk):
    duplicate, survivor = (register(by=cast.service_xinchang) for _time in range(2))
    fields = {"document_type": "RESIDENT_ID", "document_number": survivor.document, "reason": "同一人"}
    at_desk(cast.service_xinchang).post(do(duplicate, "merge"), {**fields, "_confirm": "1"})
    assert Merge.objects.get().survivor == survivor


def test_the_duty_lead_answers_a_red_scan_from_the_home_page(cast, at_desk, red, now):
    person = red()
    venue = guarded()
    temperature = {"temperature": Decimal("36.5"), "by": cast.gate_school, "at": now}
    gates.check(gates.PresentedCode(str(person.public_id)), venue=venue, **temperature)
    desk = at_desk(cast.duty_xinchang)
    assert do(person, "answer-red-scan") in texts(desk.get("/")).body
    fields = {"_confirm": "1", "seen": version(person), "words": "已用专车送回隔离点"}
    desk.post(do(person, "answer-red-scan"), fields)
    assert do(person, "answer-red-scan") not in texts(desk.get("/")).body
