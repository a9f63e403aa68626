"""A city: the colours of one person and of fifty, and each page of each role, against an empty page of that stack."""

import os
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from cases.models import Person
from cases.selectors.colours import colours_of
from healthcode.core.offices.models import User
from tools import city, city_pages
from tools.cells import mass
from tools.timing import Cell, Timed, in_turn

SMALL = 20_000
REPETITIONS = 1  # of some five hundred pages
GOAL, GROWTH = 25.0, 1.3
AT_ONCE = 50  # colours asked in one measurement
KINDS = ("home", "list", "waiting", "search", "person", "ticket")


def in_a_city(scale: int) -> Iterator[Cell]:
    """Measure everything in a small city, let it grow to `scale`, and measure again; `VERBOSE=1` prints each page."""
    users = mass.set_up()
    with transaction.atomic():
        city.build(SMALL, users)
        person = city_pages.somebody_red(users)
        small = _measured(users, person)
        yield from _colours(SMALL)
        city.build(scale - SMALL, users)
        yield from _colours(scale)
        for role, timed in _measured(users, person).items():
            yield from _cells(scale, role, timed, small[role])
        transaction.set_rollback(True)


def _colours(scale: int) -> Iterator[Cell]:
    """Ask fifty colours one by one, and at once; the baseline counts the open cases of nobody."""
    keys = list(Person.objects.order_by("-pk").values_list("pk", flat=True)[:AT_ONCE])
    at = timezone.now()

    def one_by_one() -> None:
        for key in keys:
            colours_of([key], at=at)

    def bare() -> None:
        with connection.cursor() as cursor:
            for key in keys:
                cursor.execute("SELECT ground FROM cases_case WHERE person_id = %s AND state = 'OPEN'", [key])
                cursor.fetchall()

    one, together, base = in_turn(one_by_one, partial(colours_of, keys, at=at), bare)
    yield Cell("colour", f"one_of_{scale}", AT_ONCE, one, "bare_select", base, 12.0, at_most=True)
    yield Cell("colour", f"fifty_of_{scale}", AT_ONCE, together, "bare_select", base, 1.0, at_most=True)


def _measured(users: dict[str, User], person: Person) -> dict[str, dict[str, Timed]]:
    found = {}
    for name in city_pages.ROLES:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(users[name])
        pages = {"empty": city_pages.empty(client), **city_pages.pages(client, users[name], person)}
        timed = in_turn(*pages.values(), repetitions=REPETITIONS)
        found[users[name].role] = dict(zip(pages, timed, strict=True))
    return found


def _cells(scale: int, role: str, timed: dict[str, Timed], small: dict[str, Timed]) -> Iterator[Cell]:
    """Give of each kind of page the slowest, and the one that grew most."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for page, took in timed.items():
        by_kind[page.partition(" ")[0]].append(page)
        if os.environ.get("VERBOSE"):
            before = f"{small[page].median:.4f}" if page in small else "-"
            print(f"# {role} {page}: {before} -> {took.median:.4f}", flush=True)
    for kind in KINDS:
        if not by_kind[kind]:
            continue
        slowest = max(by_kind[kind], key=lambda page: timed[page].median)
        name = f"{role}:{slowest.replace(' ', '_')}"
        yield Cell("page", name, 1, timed[slowest], "empty_page", timed["empty"], GOAL, at_most=True)
        grown = [page for page in by_kind[kind] if page in small]
        most = max(grown, key=lambda page: timed[page].median / small[page].median, default=None)
        if most is not None:
            name = f"{role}:{most.replace(' ', '_')}"
            yield Cell("growth", name, 1, timed[most], f"of_{SMALL}", small[most], GROWTH, at_most=True)
