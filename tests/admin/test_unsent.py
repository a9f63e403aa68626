"""A form that reached no page is kept for whoever typed it, and for nobody else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import HealthLog, LabResult, Person
from cases.services import control
from complaints.services import drafts
from healthcode.core.acts import attempts, interrupted
from healthcode.core.acts.base import Operation
from healthcode.core.acts.models import Attempt
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from tests.admin.conftest import texts
from tests.factories import PASSWORD, guarded

HIDDEN = re.compile(r'name="(typed_by|csrfmiddlewaretoken)" value="([^"]+)"')
ENTER = "enter-result"
LIST = reverse("admin:cases_person_changelist")


class StrictClient(Client):
    """A client that checks the form's token as a browser's server does, and reads it from the pages it opens."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def opened(self, path: str) -> dict[str, str]:
        """Open a page; return the hidden fields of its forms."""
        return dict(HIDDEN.findall(self.get(path).content.decode()))

    def log_in(self, user: User, *, then: str = "") -> Any:
        User.objects.filter(pk=user.pk).update(language="en")
        self.cookies.pop("sessionid", None)
        page = f"{reverse('admin:login')}?next={then}" if then else reverse("admin:login")
        hidden = self.opened(page)
        posted = {**hidden, "username": user.username, "password": PASSWORD, "next": then}
        return self.post(page, {key: value for key, value in posted.items() if value})


@pytest.fixture
def strict() -> Callable[[User], StrictClient]:
    def log_in(user: User) -> StrictClient:
        client = StrictClient()
        assert client.log_in(user).status_code == 302
        return client

    return log_in


def do(person: Person, name: str = ENTER) -> str:
    return reverse("admin:cases_person_do", args=(person.pk, name))


def next_of(response: Any) -> str:
    return parse_qs(urlsplit(response.url).query)["next"][0]


def test_what_was_typed_stands_in_the_form_after_the_log_in(cast, red, strict, now, typed):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    Session.objects.all().delete()
    sent = client.post(do(person), {**hidden, **typed(now), "_next": "1"})
    assert urlsplit(sent.url).path == reverse("admin:login")
    back = client.log_in(cast.officer_yulin, then=next_of(sent))
    body = texts(client.get(back.url)).body
    assert 'value="County laboratory"' in body and "no longer logged in when you sent this form" in body
    assert not LabResult.objects.exists()


def test_it_is_done_once_it_is_sent_again_and_is_then_forgotten(cast, red, strict, now, typed):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    Session.objects.all().delete()
    sent = client.post(do(person), {**hidden, **typed(now), "_next": "1"})
    back = client.log_in(cast.officer_yulin, then=next_of(sent)).url
    hidden = client.opened(back)
    effect = client.post(back, {**hidden, **typed(now), "_next": "1"}).url
    client.post(effect, {**client.opened(effect), "_confirm": "1"})
    assert LabResult.objects.get().laboratory == "County laboratory"
    assert attempts.interrupted(by=cast.officer_yulin, at=timezone.now()) == []


def test_the_effect_that_was_confirmed_too_late_is_shown_again_and_nothing_is_done(
    cast, red, strict, now, typed
):
    person, client = red(), strict(cast.officer_yulin)
    effect = client.post(do(person), {**client.opened(do(person)), **typed(now), "_next": "1"}).url
    hidden = client.opened(effect)
    Session.objects.all().delete()
    sent = client.post(effect, {**hidden, "_confirm": "1"})
    back = client.log_in(cast.officer_yulin, then=next_of(sent)).url
    body = texts(client.get(back)).body
    assert "This will happen" in body and "Not sent yet" in body
    assert not LabResult.objects.exists()


def test_a_page_that_was_open_too_long_leads_back_to_the_form_as_it_was_typed(cast, red, strict, now, typed):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    client.log_in(cast.officer_yulin)  # in another window: the form's token is over
    sent = client.post(do(person), {**hidden, **typed(now), "_next": "1"})
    body = texts(client.get(sent.url)).body
    assert 'value="County laboratory"' in body and "The page was open too long" in body


def test_a_form_of_one_account_does_nothing_in_the_name_of_another(cast, red, strict, now, typed):
    person, client = red(), strict(cast.officer_yulin)
    mark = client.opened(do(person))["typed_by"]
    client.log_in(cast.group_xinchang)
    token = client.opened(reverse("admin:index"))["csrfmiddlewaretoken"]
    answer = client.post(
        do(person), {"typed_by": mark, "csrfmiddlewaretoken": token, **typed(now), "_confirm": "1"}
    )
    assert answer.status_code == 409 and "opened by another account" in texts(answer).body
    assert "County laboratory" not in texts(answer).body and not LabResult.objects.exists()


def test_the_other_account_is_led_home_and_reads_nothing_of_it(cast, red, strict, now, typed):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    Session.objects.all().delete()
    sent = client.post(do(person), {**hidden, **typed(now), "_next": "1"})
    there = client.log_in(cast.group_xinchang, then=next_of(sent))
    assert there.url == reverse("admin:index")
    assert "County laboratory" not in texts(client.get(next_of(sent))).body
    assert "Forms that were not sent" not in texts(client.get(there.url)).body


def test_the_home_page_of_whoever_typed_it_leads_to_it(cast, red, strict, now, typed):
    person, client = red(), strict(cast.officer_yulin)
    mark = client.opened(do(person))["typed_by"]
    client.log_in(cast.group_xinchang)
    client.post(do(person), {"typed_by": mark, **typed(now), "_next": "1"})
    client.log_in(cast.officer_yulin)
    home = texts(client.get(reverse("admin:index"))).body
    (link,) = re.findall(rf'href="({re.escape(do(person))}\?[^"]+)"', home)
    assert 'value="County laboratory"' in texts(client.get(link)).body


def test_what_changed_meanwhile_is_told_and_the_next_press_rests_on_it(cast, red, strict, now, typed):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    opened = {
        "seen": str(Person.objects.get(pk=person.pk).version),
        "opened": (now - timedelta(minutes=1)).isoformat(),
    }
    control.log_health(
        person, control.HealthReading(timezone.localdate(now), "MORNING", 36.5),
        by=cast.officer_yulin, at=timezone.now(),
    )  # fmt: skip
    Session.objects.all().delete()
    sent = client.post(do(person), {**hidden, **typed(now), **opened, "_next": "1"})
    page = client.get(client.log_in(cast.officer_yulin, then=next_of(sent)).url)
    assert "What has changed meanwhile" in texts(page).body
    assert page.context_data["seen"] == Person.objects.get(pk=person.pk).version


def test_a_file_is_asked_for_again_by_its_name(cast, strict):
    client = strict(cast.cdc_xinchang)
    page = reverse("admin:do", args=("deliver",))
    hidden = client.opened(page)
    Session.objects.all().delete()
    chosen = SimpleUploadedFile("samples-of-monday.csv", b"x")
    sent = client.post(page, {**hidden, "file": chosen, "_confirm": "1"})
    body = texts(client.get(client.log_in(cast.cdc_xinchang, then=next_of(sent)).url)).body
    assert "choose it again: samples-of-monday.csv" in body


def test_the_round_stands_as_it_was_typed_and_nothing_is_logged(cast, red, strict):
    person, client = red(), strict(cast.officer_yulin)
    page = reverse("admin:cases_round")
    hidden = client.opened(page)
    order = person.orders.get()
    Session.objects.all().delete()
    sent = client.post(page, {**hidden, f"t{order.pk}_MORNING": "36.7"})
    body = texts(client.get(client.log_in(cast.officer_yulin, then=next_of(sent)).url)).body
    assert 'value="36.7"' in body and not HealthLog.objects.exists()


def test_the_intake_stands_as_it_was_typed_without_its_tick(cast, red, strict, now):
    person, client = red(), strict(cast.community_yulin)
    draft = drafts.begin(by=cast.community_yulin, at=now)
    drafts.look(draft, person, by=cast.community_yulin, at=now)
    page = reverse("admin:complaints_intake_draft", args=(draft.pk,))
    hidden = client.opened(page)
    Session.objects.all().delete()
    sent = client.post(page, {**hidden, "explained": "on", "contact_name": "王芳", "category": "C07"})
    body = texts(client.get(client.log_in(cast.community_yulin, then=next_of(sent)).url)).body
    assert 'value="王芳"' in body
    assert not re.search(r'name="explained"[^>]*checked', body)


def test_a_keepers_number_and_temperature_stand_at_the_door_again(cast, strict):
    guarded()
    client, page = strict(cast.gate_school), reverse("gate:check")
    hidden = client.opened(page)
    Session.objects.all().delete()
    sent = client.post(page, {**hidden, "number": "330624199001011233", "temperature": "36.4"})
    body = texts(client.get(client.log_in(cast.gate_school, then=next_of(sent)).url)).body
    assert 'value="36.4"' in body and "Not sent yet" in body


def ticked(client, *people, action="do_enter_result"):
    hidden = client.opened(LIST)
    Session.objects.all().delete()
    return client.post(LIST, {**hidden, "action": action, "_selected_action": [one.pk for one in people]})


def test_rows_ticked_in_a_list_stand_in_the_form_of_the_act_after_the_log_in(cast, red, strict):
    people, client = [red(), red()], strict(cast.officer_yulin)
    sent = ticked(client, *people)
    page = client.log_in(cast.officer_yulin, then=next_of(sent)).url
    body = texts(client.get(page)).body
    assert page.startswith(f"{LIST}do-many/enter-result/") and "Not sent yet" in body
    assert not [one for one in ("This field is required", "Fill this in", "Choose one") if one in body]
    assert all(one.name in body for one in people) and not LabResult.objects.exists()


def test_that_the_form_shows_ticked_rows_is_written_down_when_it_does(cast, red, strict):
    person, client = red(), strict(cast.officer_yulin)
    sent = ticked(client, person)
    reads = Event.objects.filter(action="person.viewed", person=str(person.public_id))
    before = reads.count()
    client.get(client.log_in(cast.officer_yulin, then=next_of(sent)).url)
    assert reads.count() == before + 1


def test_of_ticked_rows_nobody_else_sees_one_they_may_not(cast, red, strict):
    person, client = red(), strict(cast.officer_yulin)
    sent = ticked(client, person)
    stranger = client.log_in(cast.community_yuecheng, then=next_of(sent)).url
    assert person.name not in texts(client.get(stranger, follow=True)).body


@pytest.mark.parametrize("action", ["", "delete_selected", "do_nothing_known/x"])
def test_rows_ticked_for_no_act_are_asked_for_again(cast, red, strict, action):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(LIST)
    client.log_in(cast.officer_yulin)
    sent = client.post(LIST, {**hidden, "action": action, "_selected_action": [person.pk]})
    assert sent.url == LIST and not Attempt.objects.exists()
    assert "Do the last step again" in texts(client.get(sent.url)).body


def test_no_password_and_no_code_is_ever_kept(cast, red, strict):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    Session.objects.all().delete()
    secrets = {"password": "geheim-1", "new_password1": "geheim-2", "code": "123456", "api_token": "geheim-3"}
    client.post(do(person), {**hidden, **secrets, "laboratory": "County laboratory"})
    ((_mark, _since, typed),) = attempts.interrupted(by=cast.officer_yulin, at=timezone.now())
    assert typed.data == {"laboratory": ["County laboratory"]}


def test_no_act_asks_for_anything_under_a_name_that_is_not_kept():
    every, left = [], [Operation]
    while left:
        every.append(left.pop())
        left += every[-1].__subclasses__()
    lost = {name for one in every for name in one.base_fields if interrupted.SECRET.fullmatch(name)}
    assert len(every) > 100 and not lost


@pytest.mark.parametrize("name", interrupted.ENTRY)
def test_what_lets_somebody_in_is_never_kept(cast, strict, name):
    client = strict(cast.officer_yulin)
    mark = client.opened(reverse("admin:index"))["typed_by"]
    Session.objects.all().delete()
    client.post(reverse(f"admin:{name}"), {"typed_by": mark, "reason": "x"})
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("mark", ["", "x", "MQ:1abc:def"])
def test_without_a_mark_of_ours_nothing_is_kept(cast, red, mark):
    client = StrictClient()
    answer = client.post(do(red()), {"typed_by": mark, "laboratory": "x"})
    assert answer.status_code == 403 and not Attempt.objects.exists()


def test_what_a_script_sends_by_itself_is_not_kept(cast, red, strict):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    Session.objects.all().delete()
    client.post(do(person), {**hidden, "laboratory": "x"}, headers={"X-Fragment": "1"})
    assert not Attempt.objects.exists()


def test_an_old_page_sent_again_and_again_keeps_the_last_ten(cast, red, strict):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    Session.objects.all().delete()
    for number in range(12):
        client.post(do(person), {**hidden, "laboratory": f"No. {number}"})
    kept = attempts.interrupted(by=cast.officer_yulin, at=timezone.now())
    assert [typed.data["laboratory"] for _mark, _since, typed in kept] == [
        [f"No. {number}"] for number in reversed(range(2, 12))
    ]


def test_a_day_later_it_is_gone(cast, red, strict):
    person, client = red(), strict(cast.officer_yulin)
    hidden = client.opened(do(person))
    Session.objects.all().delete()
    client.post(do(person), {**hidden, "laboratory": "x"})
    later = timezone.now() + attempts.KEPT + timedelta(minutes=1)
    assert attempts.interrupted(by=cast.officer_yulin, at=later) == []
    attempts.forget_old(by=cast.officer_yulin, at=later)
    assert not Attempt.objects.exists()


def test_what_is_kept_names_nobody_in_the_database_or_the_address(cast, strict):
    client, page = strict(cast.service_xinchang), reverse("admin:do", args=("register",))
    hidden = client.opened(page)
    Session.objects.all().delete()
    sent = client.post(page, {**hidden, "name": "王小明", "_next": "1"})
    assert "王小明" not in sent.url and "%E7%8E%8B" not in sent.url
    assert "王小明".encode() not in bytes(Attempt.objects.get().sealed)
