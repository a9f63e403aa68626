"""Whatever somebody typed, every page shows it as text: markup, turned and unseen characters, the newest signs."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CharField, Model, TextField, Value
from django.db.models.functions import Concat

from cases.services.persons import erasable
from healthcode.core.audit import triggers
from healthcode.core.offices.models import User
from tests.admin_lists import canary as canaries
from tests.admin_lists.everywhere import Address, addresses
from tests.admin_lists.test_everywhere import ALL, ENDING, INSIDERS, Visitor, read
from tests.factories import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HOSTILE = "<i onclick=x>\"'&{{7*7}}\u202e\u0007\U0001faf7"
RAW, WRITTEN = re.compile(r"<i onclick|49\u202e"), "&lt;i onclick=x&gt;"
READERS = (*INSIDERS, "admin.one", "policy.city", "cdc.city", "duty.city")
# Words of the portal and keys, which nobody types; names by which rows are found again.
NO_TEXT = re.compile(
    r"(.*_)?(index|sha256|digest|hash|key|keys|secret|salt|leaf|clause|clauses|act|acts|task|vehicle|ground|exit|state|"
    r"password|language|username|code|browser|address|addresses|mark|page|kind|sign|subject|status|etag|origin|script|ref|upload)"
)


def typed_columns() -> Iterator[tuple[type[Model], list[str]]]:
    """Yield each table of the house with the columns that hold what somebody typed."""
    for app in ("cases", "complaints", "offices"):
        for model in apps.get_app_config(app).get_models():
            names = [
                field.name
                for field in model._meta.concrete_fields
                if isinstance(field, CharField | TextField)
                and not (field.choices or field.primary_key or field.unique)
                if field.name in erasable.TEXTS.get(model, ("", {}))[1] or not NO_TEXT.fullmatch(field.name)
            ]
            if names:
                yield model, names


@pytest.fixture(scope="module")
def everywhere(kept: None) -> list[Address]:
    """Return all addresses of a world in which every text that somebody typed is hostile."""
    rows = canaries.make().rows
    triggers.drop(connection)
    for model, names in typed_columns():
        for name in names:
            written = Concat(name, Value(HOSTILE))
            model._default_manager.exclude(**{name: ""}).exclude(**{name: None}).update(**{name: written})
    return addresses(rows)


def readers_of(address: Address) -> list[User]:
    cast = Cast()
    return [cast[name] for name in READERS if address.opens_to(cast[name])][: 9 if ALL else 1]


def test_no_page_takes_what_was_typed_for_markup(everywhere):
    visitors = {name: Visitor(Cast()[name]) for name in READERS}
    live, met = [], set()
    for address in everywhere:
        if address.route == ENDING or address.is_post:
            continue
        for user in readers_of(address):
            answer = visitors[user.username].visit(address.url, is_post=False)
            assert answer.status_code < 500, address
            text = read(answer)
            if answer.get("Content-Type", "").startswith("text/html") and RAW.search(text):
                live.append(address.url)
            if WRITTEN in text:
                met.add(address.route)
    assert live == []
    assert len(met) > 40, len(met)
