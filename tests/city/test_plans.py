"""No page of any role reads a large table whole: what a page costs follows the page, not the city."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Person
from cases.selectors import reach
from cases.services import area_index
from healthcode.core.audit import sealing
from healthcode.core.offices import accounts, divisions
from tests.city.plans import LARGE, Statements, read_whole, sizes
from tests.factories import Cast, DivisionFactory
from tools import city, city_pages

pytestmark = [pytest.mark.django_db, pytest.mark.every_row]
PERSONS = 40_000 if connection.vendor == "postgresql" else 10_000
TOWNSHIPS = 20  # of more of them none would have the hundred rows that a list counts
AT_MOST = 400  # keys that are asked for beforehand: in a city there are more than `reach.AT_MOST`
MEMORY = "400kB"  # a hundredth of a city's rows, and less of its memory: a join of everybody does not fit
BACKEND = "healthcode.core.offices.backends.RoleBackend"
LISTS = ("persons", "cases", "orders", "results", "transitions")
READERS = ("supervisor.city", "lead.city", "group.xinchang", "community.yulin", "officer.yulin")
AREA = "330624001"
# What is asked for by a button and is about everybody.
OF_EVERYBODY = {"list morning", "list complaints/ticket/figures", "list cases/rulebook/replay", "list signs"}


class Known(NamedTuple):
    """What is still read whole: on which pages (a pattern), of which rows, by whom."""

    pages: str
    rows: str
    users: str


KNOWN = (
    # Of a county's untested a walk meets enough soon; in a small city that is most of it.
    Known("home|waiting untested", "cases_case", "service.xinchang"),
    # A case, a result and a transition do not know where their person lives: they are walked from the newest.
    Known(
        "list case area=.*|(cases|results|transitions) of an area",
        "cases_case|cases_labresult|cases_transition",
        ".*",
    ),
    # The merged records within reach of a whole city's reader: their survivors are joined.
    Known("cases", "cases_person", "lead.city"),
    # The red of a small area are few: they are walked from the newest person, or all persons are.
    Known("list person colour=RED", "cases_person", "officer.yulin|community.yulin"),
)


@pytest.fixture(scope="module")
def swept(django_db_setup: None, django_db_blocker: Any) -> None:
    """Sweep out what the tests before have left in tables and indexes: plans are chosen by their size."""
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM FULL")


@pytest.fixture(scope="module")
def red(swept: None, kept: None) -> Iterator[Person]:
    """Somebody red in a city, of whose tables every row is counted: a sample would choose plans at random."""
    townships = [code for code, *_rest in divisions.rows() if code.startswith("3306") and len(code) == 9]
    for code in (*townships[:: len(townships) // TOWNSHIPS], city.STAYED_IN):
        DivisionFactory(code=code)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL default_statistics_target = 1000")
    cast = Cast()
    city.build(PERSONS, {name: cast[name] for name in cast.names})
    sealing.seal(at=timezone.now())
    area_index.gather(by=accounts.system(at=timezone.now()), at=timezone.now())
    city.settle()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
    yield city_pages.somebody_red({name: cast[name] for name in cast.names})
    cache.clear()  # its figures are kept for ten minutes, and the next tests live in another city


@pytest.fixture(autouse=True)
def more_than_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "AT_MOST", AT_MOST)


def logged_in(user):
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user, backend=BACKEND)
    return client


def unknown(statements, username):
    """Return what was read whole, but what is known to be."""
    found = []
    for page, table, sql in statements.whole():
        rows = re.search(r'"((?:cases|complaints|audit)_\w+)"', sql)
        seen = (page, rows[1] if rows else "", username)
        known = any(all(map(re.fullmatch, one, seen)) for one in KNOWN)
        if page not in OF_EVERYBODY and not known:
            found.append((page, table, sql))
    return found


@pytest.mark.parametrize("username", city_pages.ROLES)
def test_no_page_reads_a_large_table_whole(red, cast, username):
    client, statements = logged_in(cast[username]), Statements()
    for name, page in city_pages.pages(client, cast[username], red).items():
        with statements.of(name):
            page()
    assert unknown(statements, username) == []


@pytest.mark.parametrize("username", READERS)
def test_no_list_of_the_api_reads_a_large_table_whole(red, cast, username):
    client, statements = logged_in(cast[username]), Statements()
    for name in LISTS:
        for asked, of in (("", ""), (f"?township={AREA}", " of an area")):
            with statements.of(f"{name}{of}"):
                assert client.get(reverse(f"api:{name}") + asked).status_code == 200
    assert unknown(statements, username) == []


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("table", LARGE)
def test_a_table_that_is_read_whole_is_found(red, table):
    assert read_whole(f"SELECT sum(id) FROM {table}", (), sizes()) == {table}
    assert read_whole(f"SELECT id FROM {table} ORDER BY id DESC LIMIT 50", (), sizes()) == set()


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_statement_that_goes_through_everybody_time_and_again_is_found(red):
    pairs = "cases_person AS one JOIN cases_person AS other ON other.id BETWEEN one.id AND one.id + 9"
    ten = f"SELECT count(*) FROM {pairs}"
    assert read_whole(ten, (), sizes()) == {"cases_person"}
    assert read_whole(f"{ten} WHERE one.id < 50", (), sizes()) == set()
