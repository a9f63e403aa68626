"""Every address that the portal answers to, once for a row of the canary and once for a row that is not there."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from cases.admin.bulk import BULK
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from cases.selectors.worklists import KINDS
from complaints.admin.bulk import BULK as OF_TICKETS
from complaints.operations import TICKET_OPERATIONS
from complaints.selectors.worklists import KINDS as DESK_KINDS
from healthcode.core.acts.base import Operation
from healthcode.core.offices.models import User

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
ANYTHING = {r"(?P<path>.*)$": "nothing/here", r"(?P<url>.*)$": "nothing/here/"}
APP_LIST = r"^(?P<app_label>"
NOBODY = {"int": "987654321", "str": "987654321", "path": "987654321", "uuid": str(uuid.UUID(int=7))}
NOBODYS = "nobody's"
CHOSEN = ("kind", "form")  # one of a few words, no row
OPERATIONS: tuple[tuple[str, Sequence[type[Operation]]], ...] = (
    ("do/", DESK_OPERATIONS),
    ("cases/person/do-many/", BULK),
    ("complaints/ticket/do-many/", OF_TICKETS),
    ("cases/person/<str:object_id>/do/", PERSON_OPERATIONS),
    ("complaints/ticket/<int:pk>/do/", TICKET_OPERATIONS),
)
Named = Sequence[tuple[str, tuple[str, ...]]]  # what an address takes for a name, each with its acts


class Unfilled(AssertionError):
    """An address whose parameters nobody has filled in: the crawl does not know how to visit it."""


@dataclass(frozen=True)
class Address:
    """An address: its pattern, and where it names a row, the same one for a row that is not there."""

    route: str
    url: str
    missing: str = ""
    keys: tuple[str, ...] = ()  # in which the two differ
    of: str = ""  # the model whose row it names
    acts: tuple[str, ...] = ()  # the rows of the role table that open it, where the address is one of many

    @property
    def is_post(self) -> bool:
        return "/operations/" in self.route

    def opens_to(self, user: User) -> bool:
        """Tell whether the role table has what the address is named after; any other address is everybody's."""
        return not self.acts or any(act != NOBODYS and user.may(act) for act in self.acts)

    def without_keys(self, text: str) -> str:
        """Return what is answered without the keys that its addresses name."""
        keys = "|".join(re.escape(key) for key in self.keys)
        return re.sub(rf"(/|%2F|=|%3D|\")(?:{keys})\b", r"\1KEY", text) if keys else text


def patterns(of: Sequence[Any] | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern of the resolver with its whole route."""
    for one in get_resolver().url_patterns if of is None else of:
        route = before + (str(one.pattern).removeprefix("^") if before else str(one.pattern))
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, route)
        else:
            yield route, one


def addresses(rows: Mapping[str, Any]) -> list[Address]:
    """Return every address of the resolver, with each name that it takes. `rows` has a key for each parameter."""
    found = [address for route, pattern in patterns() for address in _filled(route, pattern, rows)]
    for address in found:
        answering = resolve(address.url.partition("?")[0]).route
        assert answering == address.route, f"{address.url} is answered by {answering}"
    return found


def _filled(route: str, pattern: URLPattern, rows: Mapping[str, Any]) -> Iterator[Address]:
    text = (
        "cases/"
        if APP_LIST in route
        else next((ANYTHING[end] for end in ANYTHING if route.endswith(end)), "")
    )
    if text:
        yield Address(route, f"/{re.split(r'[(^]', route)[0]}{text}")
        return
    url, missing, keys, of = route, route, list[str](), "/".join(route.split("/")[:2])
    for converter, name in PARAMETER.findall(route):
        if converter == "slug":
            continue
        key, place = str(_key(route, name, rows)), f"<{converter}:{name}>"
        nobody = key if name in CHOSEN else NOBODY[converter]
        url, missing = url.replace(place, key), missing.replace(place, nobody)
        keys += [] if nobody == key else [key, nobody]
    for name, acts in _named(route, pattern):
        named, unnamed = (f"/{PARAMETER.sub(name, one)}" for one in (url, missing))
        yield Address(route, named, unnamed if keys else "", tuple(keys), of, acts)
        if route == "do/<slug:name>/":
            yield from _about_rows(route, named, acts, rows)


def _about_rows(route: str, url: str, acts: tuple[str, ...], rows: Mapping[str, Any]) -> Iterator[Address]:
    """Yield the address of a form of the desk with each of its rows chosen, as the page of the row links to it."""
    operation = next(one for one in DESK_OPERATIONS if url == f"/do/{one.name}/")
    for name, field in operation.base_fields.items():
        if isinstance(field, forms.ModelChoiceField):
            options = field.queryset.model._meta
            of = f"{options.app_label}/{options.model_name}"
            keys = (str(rows[of].pk), NOBODY["int"])
            yield Address(route, *(f"{url}?{name}={one}" for one in keys), keys, of, acts)


def _key(route: str, name: str, rows: Mapping[str, Any]) -> Any:
    """Return the canary's key for a parameter: by route and name, by its model and name, by name, or by model."""
    model = "/".join(route.split("/")[:2])
    for place in (f"{route} {name}", f"{model} {name}", name, model):
        if place in rows:
            row = rows[place]
            return quote(row.pk) if hasattr(row, "pk") else row
    raise Unfilled(f"{route}: nobody says what {name} is.")


def _named(route: str, pattern: URLPattern) -> Named:
    if "<slug:" not in route:
        operation = getattr(pattern.callback, "view_initkwargs", {}).get("operation")
        return [("", (operation.act,) if operation else _of_page(pattern))]
    if route.startswith("work/"):
        return [(kind.key, kind.acts) for kind in (*KINDS, *DESK_KINDS)]
    operations: Sequence[Any] = [one for start, of in OPERATIONS if route.startswith(start) for one in of]
    if not operations:
        (page,) = [one for one in admin.site._registry.values() if route.startswith(_prefix(one))]
        operations = [one for one in page.operations if one.alone is ("<int:key>" not in route)]
    return [(one.name, (one.act,)) for one in operations] or [("nothing", ())]


def _of_page(pattern: URLPattern) -> tuple[str, ...]:
    """Return what opens a page of the admin; what adds and deletes, and what leads elsewhere, opens to nobody."""
    page = getattr(pattern.callback, "model_admin", None)
    if page is None:
        return ()
    closed = pattern.name is None or pattern.name.endswith(("_add", "_delete"))
    return (NOBODYS,) if closed else (page.view_act,)


def _prefix(page: Any) -> str:
    return f"{page.opts.app_label}/{page.opts.model_name}/"
