"""A colleague's open ticket is seen for some minutes, locks nothing, and costs one write."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints.models import TicketViewer
from complaints.services import handling, viewers
from tests.admin.conftest import at_desk as at_desk
from tests.admin.conftest import texts
from tests.complaints.desk import NOON


@pytest.fixture
def ticket(desk):
    return desk.routed()


def names(found):
    return [one.user.username for one in found]


def test_a_colleague_who_has_it_open_is_named_with_since_when(desk, ticket):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
    later = NOON + timedelta(minutes=3)
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=later)
    (seen,) = viewers.arrive(ticket, by=desk.cast.bureau_two, at=later)
    assert (seen.user, seen.since) == (desk.cast.bureau_one, NOON)


def test_ones_own_page_is_no_sign(desk, ticket):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
    assert viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON) == []


@pytest.mark.parametrize(("short", "seen"), [(timedelta(seconds=1), ["bureau.one"]), (timedelta(0), [])])
def test_it_is_over_some_minutes_after_the_last_page(desk, ticket, short, seen):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
    at = NOON + viewers.LASTS - short
    assert names(viewers.arrive(ticket, by=desk.cast.bureau_two, at=at)) == seen


def test_whoever_comes_back_later_has_it_open_since_then(desk, ticket):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
    again = NOON + timedelta(hours=1)
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=again)
    (seen,) = viewers.arrive(ticket, by=desk.cast.bureau_two, at=again)
    assert seen.since == again and TicketViewer.objects.count() == 2


def test_whoever_supervises_leaves_no_sign_and_sees_them(desk, ticket):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
    assert names(viewers.arrive(ticket, by=desk.cast.supervisor_city, at=NOON)) == ["bureau.one"]
    assert names(viewers.arrive(ticket, by=desk.cast.bureau_two, at=NOON)) == ["bureau.one"]


def test_it_locks_nothing(desk, ticket):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
    assert handling.take(ticket, by=desk.cast.bureau_two, at=NOON).owner == desk.cast.bureau_two


def test_a_view_costs_one_read_and_one_write(desk, ticket):
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
        sent = [query["sql"].split()[0] for query in queries if "ticketviewer" in query["sql"]]
        assert sent == ["SELECT", "INSERT"]


def test_what_is_over_is_forgotten(desk, ticket):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=NOON)
    assert viewers.forget_old(by=desk.cast.bureau_one, at=NOON + viewers.LASTS) == 1
    assert not TicketViewer.objects.exists()


@pytest.mark.parametrize("page", ["change", "take"])
def test_the_ticket_and_its_acts_say_so(desk, ticket, at_desk, page):
    viewers.arrive(ticket, by=desk.cast.bureau_one, at=timezone.now())
    url = (
        reverse("admin:complaints_ticket_change", args=(ticket.pk,))
        if page == "change"
        else reverse("admin:complaints_ticket_do", args=(ticket.pk, "take"))
    )
    body = texts(at_desk(desk.cast.bureau_two).get(url)).body
    assert "A colleague has this ticket open:" in body and desk.cast.bureau_one.name in body
