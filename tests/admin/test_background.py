"""Acts on many people: a worker does them, their page tells how far it is, and none is done by halves."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, RiskArea
from cases.services import areas
from healthcode.core import progress
from healthcode.core.acts import attempts, background, leases
from healthcode.core.acts.models import Attempt, BackgroundAct
from healthcode.core.offices.models import User
from tests.admin.conftest import texts
from tests.cases.scenes import fresh
from tests.many import PEOPLE

PAGE = "admin:do"


class Killed(BaseException):
    """Nobody catches it: the worker is gone."""


@pytest.fixture
def client(cast) -> Client:
    """Return the client of the second duty lead, who reads English and is led nowhere by itself."""
    User.objects.filter(pk=cast.duty_deputy.pk).update(language="en")
    client = Client()
    client.force_login(cast.duty_deputy, backend="healthcode.core.offices.backends.RoleBackend")
    return client


def page() -> str:
    return reverse(PAGE, args=("decide-area",))


def asked(client: Client, area: RiskArea, button: str = "_confirm", **typed: str) -> str:
    """Press a button of the decision; return where that led."""
    fields = {"area": str(area.pk), "decision": "approve", **typed}
    return client.post(page(), {**fields, button: "1"}).url


def work(**moved: int) -> str:
    at = timezone.now() + timedelta(**moved)
    return background.work(BackgroundAct.objects.get().pk, clock=lambda: at)


def body(client: Client, address: str) -> str:
    return texts(client.get(address)).body


def test_confirming_an_act_on_many_leads_to_a_page_that_tells_how_far_it_is(client, area):
    page_body = body(client, asked(client, area))
    assert "0 of about 3 people" in page_body and "You may close this page" in page_body
    assert not Case.objects.exists()


def test_what_came_of_it_stands_on_its_page_and_in_everybodys_code(client, area):
    leads_to = asked(client, area)
    assert work() == "DONE"
    assert "Tracks lead 3 people there; 3 codes turned" in body(client, leads_to)
    assert Case.objects.open().count() == PEOPLE


def test_an_act_on_few_is_done_on_its_page(client, area, monkeypatch):
    monkeypatch.setattr(background, "MANY", PEOPLE + 1)
    asked(client, area)
    assert Case.objects.open().count() == PEOPLE and not BackgroundAct.objects.exists()


def test_sending_back_reaches_nobody_and_waits_for_no_worker(client, area):
    asked(client, area, decision="refuse", reason="Not on the list.")
    assert fresh(area).decision == "REFUSED"


def test_the_effect_on_many_is_worked_out_in_the_background_and_stores_nothing(client, area):
    leads_to = asked(client, area, "_next")
    assert "The effect is being worked out" in body(client, leads_to)
    work()
    page_body = body(client, leads_to)
    assert (
        "This will happen" in page_body
        and "Tracks lead 3 people there" in page_body
        and "Worked out at" in page_body
    )
    assert not Case.objects.exists() and fresh(area).decision == "PENDING"


def test_what_was_worked_out_is_confirmed_on_its_page(client, area):
    leads_to = asked(client, area, "_next")
    work()
    client.post(leads_to, {"_confirm": "1"})
    assert BackgroundAct.objects.get().rehearses is False
    work()
    assert Case.objects.open().count() == PEOPLE


def test_a_button_pressed_twice_asks_for_one_act(client, area):
    leads_to = asked(client, area)
    again = client.post(leads_to, {"_confirm": "1"})
    work()
    once_more = client.post(leads_to, {"_confirm": "1"})
    assert (again.url, once_more.url) == (leads_to, leads_to)
    assert BackgroundAct.objects.count() == 1 and Case.objects.count() == PEOPLE


def test_what_another_decided_meanwhile_is_not_done_and_the_page_says_so(client, cast, area):
    leads_to = asked(client, area)
    areas.decide(fresh(area), approve=False, answer="No.", by=cast.duty_deputy, at=timezone.now())
    assert work() == "REFUSED"
    assert "No listing waits for your decision." in body(client, leads_to)
    assert not Case.objects.exists()


def test_whoever_lost_the_act_meanwhile_does_nothing_by_it(client, cast, area):
    asked(client, area)
    User.objects.filter(pk=cast.duty_deputy.pk).update(is_active=False)
    assert work() == "REFUSED"
    assert not Case.objects.exists()


@pytest.mark.parametrize("place", ["admit", "_write_transitions"])
def test_a_worker_that_is_gone_leaves_nothing_and_the_next_does_all(client, area, monkeypatch, place):
    from cases.services.engine import mass, mass_admission

    def dies(*_fields):
        raise Killed

    asked(client, area)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(mass_admission if place == "admit" else mass, place, dies)
        work()
    assert not Case.objects.exists() and fresh(area).decision == "PENDING"
    assert work(minutes=6) == "DONE"
    assert Case.objects.open().count() == PEOPLE


def test_what_a_worker_has_no_other_takes(client, area):
    asked(client, area)
    row = BackgroundAct.objects.get()
    assert background.ActLease.claim(BackgroundAct.objects.unfinished(), row.pk, clock=timezone.now)
    assert work() == "WAITING" and not Case.objects.exists()


def test_whoever_was_overtaken_stores_nothing(client, area, monkeypatch):
    from cases.services.areas import listing

    matched = listing.tracks.match

    def overtaken(*fields, **named):
        BackgroundAct.objects.update(claims=99)
        return matched(*fields, **named)

    asked(client, area)
    monkeypatch.setattr(listing.tracks, "match", overtaken)
    work()
    assert not Case.objects.exists() and fresh(area).decision == "PENDING"


def test_work_that_breaks_twice_is_given_up_and_what_was_typed_is_there(client, area, monkeypatch):
    from cases.services.areas import listing

    def breaks(*_fields, **_named):
        raise ZeroDivisionError

    leads_to = asked(client, area, reason="By the announcement.")
    monkeypatch.setattr(listing.tracks, "match", breaks)
    states = [work() for _try in range(leases.TRIES)]
    page_body = client.get(leads_to).content.decode()
    assert states == ["WAITING", "FAILED"]
    assert "error that nobody foresaw" in page_body and "By the announcement." in page_body


def test_the_timer_begins_again_what_lies_unfinished(client, cast, area, django_capture_on_commit_callbacks):
    asked(client, area)
    with django_capture_on_commit_callbacks(execute=True):
        assert background.begin_again(by=cast.duty_city, at=timezone.now()) == 1
    assert Case.objects.open().count() == PEOPLE


def test_home_leads_back_to_what_is_done_in_the_background(client, area):
    leads_to = asked(client, area)
    home = client.get(reverse("admin:index")).content.decode()
    assert "0 of about 3 people" in home and leads_to.replace("&", "&amp;") in home
    work()
    assert "Done in the background" in client.get(reverse("admin:index")).content.decode()


def test_nobody_else_reads_how_far_it_is(client, cast, area):
    leads_to, other = asked(client, area), Client()
    other.force_login(cast.duty_city, backend="healthcode.core.offices.backends.RoleBackend")
    assert "of about 3 people" not in other.get(leads_to).content.decode()


def test_an_unfinished_act_outlives_the_day_for_which_forms_are_kept(client, cast, area):
    asked(client, area)
    Attempt.objects.update(at=timezone.now() - attempts.KEPT)
    assert attempts.forget_old(by=cast.duty_city, at=timezone.now()) == 0


def test_a_page_reads_how_far_the_worker_has_come(client, area, monkeypatch):
    from cases.services.areas import listing

    seen: list[background.ActProgress] = []

    def looks(*_fields, **_named):
        progress.report(0.7)
        seen.append(background.progress_of(BackgroundAct.objects.get(), at=timezone.now()))
        return listing.Opened()

    asked(client, area)
    monkeypatch.setattr(listing.tracks, "match", looks)
    work()
    assert [(one.done, one.people) for one in seen] == [(2, 3)]


def test_before_there_is_a_pace_the_same_act_done_last_says_how_long_it_takes(area, client):
    at = timezone.now()
    asked(client, area)
    last = Attempt.objects.create(
        mark="last", user=Attempt.objects.get().user, page=page(), at=at, sealed=b""
    )
    BackgroundAct.objects.create(
        attempt=last, operation="decide-area", rehearses=False, language="en", state="DONE", people=10,
        asked_at=at, begun_at=at - timedelta(seconds=1000), finished_at=at,
    )  # fmt: skip
    row = BackgroundAct.objects.exclude(attempt=last).get()
    row.begun_at = at
    assert background.progress_of(row, at=at + timedelta(minutes=1)).minutes_left == 4


def test_a_part_of_the_work_reports_as_if_it_were_the_whole():
    watch, shares = progress.Watch(), []
    with progress.watched(watch):
        with progress.part(0.2, 0.6):
            progress.report(0.5)
            shares.append(watch.share)
        shares.append(watch.share)
        progress.report(0.1)
        shares.append(watch.share)
    progress.report(0.9)
    assert [round(one, 3) for one in [*shares, watch.share]] == [0.4, 0.6, 0.6, 0.6]
