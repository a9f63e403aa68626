"""Nobody reads past their reach: at every address of the resolver, for every role and machine, by page and API.

An address whose parameters nobody fills in fails the run. What is named after an act or a list is visited by two of the
strangers to whom the role table opens it and by one of those who may know, in turn, and by an eighth of the others;
`EVERYWHERE=all` (make soak) lets everybody visit all.
"""

import io
import os
import re
import zipfile
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from cases.management.demo.cast import USERS
from cases.models import Person
from healthcode.core.offices import staff
from healthcode.core.offices.models import User
from tests.admin_lists import canary as canaries
from tests.admin_lists.everywhere import Address, addresses, patterns
from tests.factories import Cast, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
OUTSIDERS = (
    *("cdc.xinchang", "group.xinchang", "community.yulin", "officer.yulin", "service.xinchang"),
    *("clinic.xinchang", "duty.xinchang", "policy.city", "admin.one", "gate.school"),
)
INSIDERS = ("hospital.city", "bureau.one", "lead.city", "supervisor.city")
MACHINES = ("province", "telecom", "citizen", "hotline")
STRANGERS = (*OUTSIDERS, *MACHINES)
EVERYBODY = (*STRANGERS, *INSIDERS)
ALL, PARTS = os.environ.get("EVERYWHERE") == "all", 8
# What whoever may open its list reads, wherever it is: no row of these is about anybody but staff.
NOBODYS_SECRET = (
    *("offices/division", "offices/office", "offices/user", "offices/token"),
    *(
        "cases/shift",
        "cases/riskarea",
        "cases/areachange",
        "cases/document",
        "cases/strike",
        "cases/rulebook",
        "api/v1/rule-books",
    ),
)
MAY_KNOW = {  # whose file or letter it is, who makes venues and reads what was prepared, who reads books and documents
    "province": ("/api/v1/deliveries/",),
    "hotline": ("/api/v1/letters/",),
    "admin.one": ("/cases/venue/", "/cases/setupfile/"),
    "policy.city": ("/api/v1/rule-books/", "/do/decide-strike/"),
    "duty.xinchang": ("/api/v1/rule-books/", "/complaints/textmodule/"),
}
ENDING = "logout/"
OF_THE_MOMENT = re.compile(r'name="(?:csrfmiddlewaretoken|typed_by|opened)" value="[^"]+"')


@pytest.fixture(scope="module")
def canary(kept: None) -> canaries.Canary:
    return canaries.make()


@pytest.fixture(scope="module")
def everywhere(canary: canaries.Canary) -> list[Address]:
    return addresses(canary.rows)


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(autouse=True)
def one_schema(schema, monkeypatch):
    """Make the schema once, not for each who asks for it: nothing in it depends on them."""
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda self, **_: schema)


@pytest.fixture(scope="module")
def visits(everywhere: list[Address]) -> dict[str, list[Address]]:
    """Return what everybody visits: what is everybody's, their turn of what is theirs, and their part of the rest."""
    cast, found = Cast(), {name: list[Address]() for name in EVERYBODY}
    for place, one in enumerate(address for address in everywhere if address.route != ENDING):
        for names, number in ((STRANGERS, 2), (INSIDERS, 1)):
            parts = min(PARTS, len(names))
            holders = [name for name in names if one.opens_to(cast[name])]
            others = [name for name in names if name not in holders]
            if one.acts:
                holders = [holders[(place + step) % len(holders)] for step in range(number) if holders]
            others = [name for name in others if (place + names.index(name)) % parts == 0]
            for name in names if ALL else {*holders, *others}:
                found[name].append(one)
    return found


class Visitor:
    """Somebody of the cast at the portal, with a session or a token."""

    def __init__(self, user: User) -> None:
        self.user, self.client, self.headers = user, Client(), {"Idempotency-Key": user.username}
        if user.is_staff:
            self.client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")
        else:
            now = timezone.now()
            secret = token_of(user, until=now + timedelta(hours=1), at=now)[1]
            self.headers["Authorization"] = f"Bearer {secret}"

    def visit(self, url: str, *, is_post: bool) -> HttpResponse:
        self.client.cookies.pop("messages", None)
        if is_post:
            return self.client.post(url, {}, content_type="application/json", headers=self.headers)
        return self.client.get(url, headers=self.headers)

    def may_know(self, address: Address, person: Person) -> bool:
        """Tell whether this visitor may learn that the row of an address is there."""
        if address.of in NOBODYS_SECRET or address.url.startswith(MAY_KNOW.get(self.user.username, ("-",))):
            return True
        return any(
            Person.objects.reachable_by(self.user, act, timezone.now()).filter(pk=person.pk).exists()
            for act in address.acts
            if "/persons/" in address.route and self.user.may(act)
        )

    @property
    def reaches_the_canary(self) -> bool:
        reach = Person.objects.reachable_by(self.user, "person.view", timezone.now())
        return reach.filter(name__startswith=canaries.NAME).exists()


def read(response: HttpResponse) -> str:
    """Return what is in an answer, of a workbook what its sheets say."""
    content = response.getvalue()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in book.namelist())
    return content.decode(errors="replace")


def answer(response: HttpResponse, address: Address) -> tuple[object, ...]:
    """Return all that a browser learns of an answer, but the keys that it asked with."""
    messages = response.cookies.get("messages")
    text = OF_THE_MOMENT.sub("", read(response))
    return (
        *(response.status_code, address.without_keys(response.get("Location", ""))),
        *(
            response.get("Content-Type"),
            address.without_keys(text),
            messages and messages.value.partition(":")[0],
        ),
    )


def test_every_role_has_its_place_in_the_crawl():
    roles = {role for username, role, *_rest in USERS if username in EVERYBODY}
    assert roles == set(staff.Role.values) - {staff.Role.SYSTEM}


def test_every_address_and_every_operation_of_the_schema_is_visited(everywhere, schema):
    routes = {address.route for address in everywhere}
    assert routes == {route for route, _pattern in patterns()}
    described = {re.sub(r"{\w+}", "*", path.strip("/")) for path in schema["paths"]}
    visited = {re.sub(r"<[^>]*>", "*", route.strip("/")) for route in routes}
    assert described and described <= visited
    posted = {one.route for one in everywhere if one.is_post}
    described = [
        path for path, methods in schema["paths"].items() if "/operations/" in path and "post" in methods
    ]
    assert len(posted) == len(described) > 100


def test_every_address_is_visited_by_strangers_and_by_insiders(everywhere, visits):
    everything = {address.url for address in everywhere if address.route != ENDING}
    for names in (STRANGERS, INSIDERS):
        assert {address.url for name in names for address in visits[name]} == everything


@pytest.mark.parametrize("username", STRANGERS)
def test_a_stranger_never_meets_the_canary_nor_learns_that_it_is_there(canary, visits, username):
    visitor = Visitor(Cast()[username])
    assert not visitor.reaches_the_canary
    leaks, oracles = [], []
    for address in visits[username]:
        there = visitor.visit(address.url, is_post=address.is_post)
        text = read(there)
        assert there.status_code < 500, address
        if any(secret in text for secret in canary.secrets):
            leaks.append(address.url)
        if address.missing and not visitor.may_know(address, canary.person):
            nowhere = visitor.visit(address.missing, is_post=address.is_post)
            if answer(there, address) != answer(nowhere, address):
                oracles.append(address.url)
    assert not leaks, "\n".join(leaks)
    assert not oracles, "\n".join(oracles)


@pytest.mark.parametrize("username", INSIDERS)
def test_nobody_reads_a_number_in_clear_at_any_address(canary, visits, username):
    visitor = Visitor(Cast()[username])
    assert visitor.reaches_the_canary
    visited = set()
    for address in visits[username]:
        there = visitor.visit(address.url, is_post=address.is_post)
        text = read(there)
        assert there.status_code < 500, address
        assert canary.person.document not in text and canary.person.phone not in text, address
        if canaries.NAME in text:
            visited.add(address.route)
    assert visited
