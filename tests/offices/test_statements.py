"""Who asks for a page is read by statements that are put together once, and says what a queryset says."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection
from django.db.models import Max
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthcode.core.offices.backends import IN_USE
from healthcode.core.offices.models import User
from healthcode.core.offices.session_store import OPEN
from healthcode.core.statements import compiled
from healthcode.core.statements.compiled import Compiled
from healthcode.core.statements.fragments import Given
from tests.factories import Cast

BACKEND = "healthcode.core.offices.backends.RoleBackend"


@pytest.fixture
def client_of(cast: Cast):
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.community_yulin, backend=BACKEND)
    return client


def all_fields(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_compiled_statement_makes_the_row_that_its_queryset_makes(cast: Cast, django_assert_num_queries):
    user = User.objects.select_related("office__division").get(pk=cast.community_yulin.pk)
    for _time in range(2):
        with django_assert_num_queries(1):
            read = IN_USE.first(key=user.pk)
            assert read.office.division.name == user.office.division.name
        assert (read, all_fields(read)) == (user, all_fields(user))
        assert all_fields(read.office) == all_fields(user.office)
        assert all_fields(read.office.division) == all_fields(user.office.division)


def test_a_compiled_statement_of_values_returns_what_its_queryset_returns(cast: Cast):
    users = User.objects.order_by()
    first = users.filter(created_at__lte=Given("at")).values("role").annotate(newest=Max("created_at"))
    other = users.filter(role="supervisor").values("role").annotate(newest=Max("created_at"))
    both = Compiled(
        lambda: first.values_list("role", "newest").union(other.values_list("role", "newest"), all=True)
    )
    for at in (cast.community_yulin.created_at, timezone.now()):
        asked = users.filter(created_at__lte=at).values_list("role").annotate(newest=Max("created_at"))
        alone = users.filter(role="supervisor").values_list("role").annotate(newest=Max("created_at"))
        assert sorted(both.values(at=at)) == sorted([*asked, *alone]) != []


def test_an_account_that_was_closed_is_nobody_at_the_next_page(cast: Cast, client_of):
    assert client_of.get(reverse("admin:index")).status_code == 200
    User.objects.filter(pk=cast.community_yulin.pk).update(is_active=False)
    assert IN_USE.first(key=cast.community_yulin.pk) is None
    assert client_of.get(reverse("admin:index")).status_code == 302


def test_a_session_whose_time_is_over_is_not_read(client_of):
    key = client_of.session.session_key
    kept = Session.objects.get(pk=key)
    assert all_fields(OPEN.first(key=key, at=timezone.now())) == all_fields(kept)
    assert OPEN.first(key=key, at=kept.expire_date) is None
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client_of.get(reverse("admin:index")).status_code == 302


class Breaks:
    """What cannot be asked so many times, on a connection that is gone or stands."""

    def __init__(self, times: int) -> None:
        self.times, self.asked = times, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.times:
            raise OperationalError("the connection is closed")
        return "answer"


@pytest.fixture
def here(monkeypatch):
    """Return a connection that can be made to stand or to be gone, inside of a transaction or not."""
    here = SimpleNamespace(in_atomic_block=False, is_usable=lambda: False, closed=0)
    here.close = lambda: vars(here).update(closed=here.closed + 1)
    monkeypatch.setattr(compiled, "connections", {DEFAULT_DB_ALIAS: here})
    monkeypatch.setattr(compiled.outages, "cannot_write", lambda error: True)
    return here


def test_on_a_connection_that_broke_a_question_is_asked_once_more(here):
    once, twice = Breaks(1), Breaks(2)
    assert (compiled.asked_again(once), once.asked, here.closed) == ("answer", 2, 1)
    with pytest.raises(OperationalError):
        compiled.asked_again(twice)
    assert twice.asked == 2


@pytest.mark.parametrize("stands", [{"in_atomic_block": True}, {"is_usable": lambda: True}])
def test_on_a_connection_that_stands_or_inside_an_act_nothing_is_asked_twice(here, stands):
    vars(here).update(stands)
    question = Breaks(1)
    with pytest.raises(OperationalError):
        compiled.asked_again(question)
    assert (question.asked, here.closed) == (1, 0)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_page_is_answered_after_the_database_dropped_the_connection(transactional_db, client_of):
    assert client_of.get(reverse("admin:index")).status_code == 200
    connection.connection.close()
    assert client_of.get(reverse("admin:index")).status_code == 200
