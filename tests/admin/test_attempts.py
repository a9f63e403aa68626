"""What was typed outlives the press: every page of an act is a GET, and nothing typed is lost."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import LabResult, Person
from cases.services import control
from complaints.services import handling
from healthcode.core.acts import attempts
from healthcode.core.acts.models import Attempt
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts, heads
from healthcode.core.offices.models import User
from tests.admin.conftest import texts
from tests.cases.scenes import Scene
from tests.complaints.desk import Desk


def do(person, name):
    return reverse("admin:cases_person_do", args=(person.pk, name))


def version(person):
    return Person.objects.get(pk=person.pk).version


@pytest.fixture
def desk(cast):
    return Desk(Scene(cast))


@pytest.fixture
def plain():
    """Return a client that follows nothing, logged in, in English."""

    def log_in(user):
        User.objects.filter(pk=user.pk).update(language="en")
        client = Client()
        client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
        return client

    return log_in


def test_the_effect_is_a_page_of_its_own_that_can_be_loaded_again(cast, due, plain):
    person, client = due(), plain(cast.officer_yulin)
    leads_to = client.post(do(person, "end-control"), {"_next": "1", "seen": version(person)})
    assert leads_to.status_code == 302
    first, again = (texts(client.get(leads_to.url)).body for _time in range(2))
    assert "This will happen" in first and "This will happen" in again


def test_going_back_after_a_confirmed_act_leads_on_and_repeats_nothing(cast, due, plain):
    person, client = due(), plain(cast.officer_yulin)
    effect = client.post(do(person, "end-control"), {"_next": "1", "seen": version(person)}).url
    client.post(effect, {"_confirm": "1", "seen": version(person)})
    back = client.get(effect, follow=True)
    assert back.redirect_chain == [(reverse("admin:cases_person_change", args=(person.pk,)), 302)]
    assert "done already" in texts(back).body


def test_a_button_pressed_twice_acts_once(cast, red, plain, now, typed):
    person, client = red(), plain(cast.officer_yulin)
    effect = client.post(
        do(person, "enter-result"), {**typed(now), "_next": "1", "seen": version(person)}
    ).url
    for _time in range(2):
        client.post(effect, {"_confirm": "1", "seen": version(person)})
    assert LabResult.objects.count() == 1


def test_the_confirmation_posts_nothing_that_was_typed(cast, red, plain, now, typed):
    person, client = red(), plain(cast.officer_yulin)
    effect = client.post(
        do(person, "enter-result"), {**typed(now), "_next": "1", "seen": version(person)}
    ).url
    client.post(effect, {"_confirm": "1", "seen": version(person)})
    assert LabResult.objects.get().report_number == "N-1"


def test_a_stale_page_keeps_what_was_typed_and_says_what_changed(cast, red, at_desk, now, typed):
    person, client = red(), at_desk(cast.officer_yulin)
    opened = {"seen": version(person), "opened": (now - timedelta(minutes=1)).isoformat()}
    control.log_health(
        person, control.HealthReading(timezone.localdate(now), "MORNING", 36.5),
        by=cast.officer_yulin, at=timezone.now(),
    )  # fmt: skip
    body = texts(client.post(do(person, "enter-result"), {**typed(now), **opened, "_next": "1"})).body
    assert "has changed since you opened the page" in body and 'value="County laboratory"' in body
    assert "What has changed meanwhile" in body and "health log" in body


def test_the_press_after_a_stale_page_rests_on_the_new_state(cast, red, at_desk, now, typed):
    person, client = red(), at_desk(cast.officer_yulin)
    stale = client.post(do(person, "enter-result"), {**typed(now), "seen": 0, "_next": "1"})
    assert stale.context_data["seen"] == version(person)


@pytest.fixture
def after_the_hand_over(cast, desk, red, at_desk):
    """Send a form of an act on a ticket that was handed to somebody else since it was opened."""

    def send(act, **typed):
        ticket, client = desk.routed(red(), at=timezone.now()), at_desk(cast.bureau_one)
        handling.take(ticket, by=cast.bureau_one, at=timezone.now())
        page = reverse("admin:complaints_ticket_do", args=(ticket.pk, act))
        client.get(page)
        handling.hand_over(ticket, to=cast.bureau_two, reason="换班", by=cast.bureau_one, at=timezone.now())
        answer = client.post(page, {**typed, "_confirm": "1"})
        assert answer.status_code == 409
        return answer

    return send


def test_what_was_typed_comes_back_when_the_ticket_was_handed_over(after_the_hand_over):
    answer = after_the_hand_over("decide", finding="UPHELD", reason="轨迹属实，已核实完毕")
    assert "轨迹属实，已核实完毕" in texts(answer).body
    assert "right: say what ends it and when" in texts(answer).body and ">UPHELD<" not in texts(answer).body


def test_a_tick_comes_back_as_a_word(after_the_hand_over):
    answer = after_the_hand_over("void", frees="on", reason="检测有误")
    assert "yes" in [words for _label, words in answer.context_data["values"]]


def test_an_account_that_changed_meanwhile_is_not_acted_on(cast, at_desk):
    user, client = cast.community_yulin, at_desk(cast.admin_one)
    page = reverse("admin:offices_user_act", args=(user.pk, "deactivate"))
    seen = client.get(page).context_data["seen"]
    heads.release(user, by=cast.admin_two, at=timezone.now())
    answer = client.post(page, {"reason": "离职", "seen": seen, "_confirm": "1"})
    assert "has changed since you opened the page" in texts(answer).body and "离职" in texts(answer).body
    assert User.objects.get(pk=user.pk).is_active


def test_an_act_on_an_account_shows_its_effect_before_it_is_done(cast, at_desk):
    user, client = cast.community_yulin, at_desk(cast.admin_one)
    page = reverse("admin:offices_user_act", args=(user.pk, "deactivate"))
    body = texts(client.post(page, {"reason": "离职", "_next": "1"})).body
    assert "Nothing is stored yet" in body and "is closed." in body
    assert User.objects.get(pk=user.pk).is_active


def test_a_secret_is_shown_once_and_not_again_by_going_back(cast, plain):
    accounts.reset_password(cast.community_yulin, by=cast.admin_two, at=timezone.now())
    client = plain(cast.admin_one)
    page = reverse("admin:offices_user_act", args=(cast.community_yulin.pk, "grant"))
    result = client.post(page, {"_confirm": "1"}).url
    secret = client.get(result).context_data["secret"]
    assert secret
    assert secret not in texts(client.get(result, follow=True)).body


def test_full_numbers_are_shown_once_and_recorded_once(cast, red, plain):
    person, client = red(), plain(cast.group_xinchang)
    result = client.post(do(person, "unmask"), {"reason": "核对", "_confirm": "1"}).url
    assert person.document in texts(client.get(result)).body
    assert person.document not in texts(client.get(result, follow=True)).body
    assert Event.objects.filter(action="person.unmasked").count() == 1


def test_an_attempt_opens_to_its_own_user_alone(cast, red, plain, now, typed):
    person = red()
    effect = plain(cast.officer_yulin).post(
        do(person, "enter-result"), {**typed(now), "_next": "1", "seen": version(person)}
    ).url  # fmt: skip
    assert "County laboratory" not in texts(plain(cast.service_xinchang).get(effect)).body


def test_an_attempt_is_sealed_and_forgotten_after_a_day(cast, red, plain, now, typed):
    person = red()
    plain(cast.officer_yulin).post(do(person, "enter-result"), {**typed(now), "_next": "1"})
    assert b"County laboratory" not in bytes(Attempt.objects.get().sealed)
    assert attempts.forget_old(by=cast.officer_yulin, at=timezone.now() + timedelta(hours=25)) == 1


def test_an_answer_of_a_file_that_was_refused_keeps_the_other_fields(cast, at_desk):
    client = at_desk(cast.hospital_city)
    answer = client.post(
        reverse("admin:do", args=("deliver",)),
        {
            "kind": "RESULTS",
            "encoding": "UTF8",
            "declared_rows": "7",
            "file": SimpleUploadedFile("x.pdf", b"x"),
        },
    )
    body = texts(answer).body
    assert "has to end in .csv" in body and 'value="7"' in body
