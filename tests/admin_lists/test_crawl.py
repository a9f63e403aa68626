"""Nothing of a person outside the reader's reach appears by a filter, a picker or a search of the admin."""

import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse

from cases.management.demo.cast import USERS
from healthcode.core.offices.staff import MACHINES

pytestmark = pytest.mark.django_db

OUTSIDERS = (
    *(
        "cdc.xinchang",
        "group.xinchang",
        "community.yulin",
        "officer.yulin",
        "service.xinchang",
        "clinic.xinchang",
    ),
    *("duty.xinchang", "policy.city", "admin.one", "gate.school"),
    # The same roles in another office.
    *(pytest.param(name, marks=pytest.mark.any_database) for name in ("community.nanming", "officer.deputy")),
)
ONE_PER_ROLE = tuple({role: name for name, role, *_rest in reversed(USERS) if role not in MACHINES}.values())
LEAKS = (
    *(
        "?phone_index__startswith=a",
        "?document_index__startswith=a",
        "?name__startswith=金",
        "?person__name=金丝雀",
    ),
    *(
        "?case__person__name__startswith=金",
        "?_to_field=document_index",
        "?present__code=330602001",
    ),
    # What only ever adds to a page is asked for in one.
    *("?q=金丝雀", "?id__gte=0", "?all=&o=2.1&_facets=True&_popup=1&e=1", "?p=2"),
)


class Links(HTMLParser):
    """The filter links of a list."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        link = dict(attributes).get("href") or ""
        if tag == "a" and link.startswith("?"):
            self.found.add(link)


def name_of(model, page):
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"


def list_urls() -> Iterator[str]:
    for model in admin.site._registry:
        yield reverse(name_of(model, "changelist"))


def autocomplete_urls() -> Iterator[str]:
    for model in admin.site._registry:
        for field in (one for one in model._meta.fields if one.remote_field):
            names = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field.name}"
            yield reverse("admin:autocomplete") + f"?{names}&term=金"


def filter_urls(client) -> Iterator[str]:
    """Yield each list under one choice of each of its filters, and under what is no filter at all.

    A list that is closed to somebody is closed whatever is asked of it: that is one page.
    """
    for url in list_urls():
        page = client.get(url)
        if page.status_code == 403:
            yield url + LEAKS[0]
            continue
        by_parameter = defaultdict(list)
        for link in sorted(Links(page.content.decode()).found):
            by_parameter[link.partition("=")[0]].append(link)
        yield from (url + links[-1] for links in by_parameter.values())
        yield from (url + leak for leak in LEAKS)


def one_of_each(rows):
    """Return one registered row of each model."""
    return {type(row): row for row in rows if type(row) in admin.site._registry}.values()


@pytest.fixture
def browse(client):
    """Return a function that reads a page and checks that none of the secrets are on it."""

    def read(url, secrets):
        response = client.get(url)
        text = response.content.decode()
        assert response.status_code < 500, url
        leaked = [secret for secret in secrets if secret in text]
        assert not leaked, f"{url} shows {leaked}"
        return text

    return read


@pytest.mark.any_database
@pytest.mark.parametrize("username", ("group.xinchang", "admin.one"))
def test_no_filter_look_up_or_picker_shows_the_canary(world, client, browse, username):
    client.force_login(world.cast[username])
    for url in (*filter_urls(client), *autocomplete_urls()):
        browse(url, world.there.secrets)


@pytest.mark.parametrize("username", OUTSIDERS)
def test_an_outsider_finds_nobody_by_searching(world, client, username):
    client.force_login(world.cast[username])
    for text in world.there.secrets[:3]:
        response = client.post(reverse("admin:cases_person_search"), {"text": text}, follow=True)
        text_of_page = response.content.decode()
        assert world.there.secrets[3] not in text_of_page
        assert str(world.there.person.public_id)[:8] not in text_of_page
        assert reverse("admin:cases_person_change", args=(world.there.person.pk,)) not in text_of_page


@pytest.mark.any_database
@pytest.mark.parametrize("username", ONE_PER_ROLE)
def test_nobody_has_leave_to_add_change_or_delete(world, rf, username):
    request = rf.get("/")
    request.user = world.cast[username]
    for page in admin.site._registry.values():
        asked = (page.has_add_permission, page.has_change_permission, page.has_delete_permission)
        assert not any(may(request) for may in asked), page


@pytest.mark.any_database
@pytest.mark.parametrize("username", ("supervisor.city", "admin.one"))
def test_nothing_is_added_changed_or_deleted_by_anybody(world, client, username):
    client.force_login(world.cast[username])
    gate = world.cast.gate_school
    for row in one_of_each((world.here.person, *world.here.rows, world.batch, gate, gate.office)):
        urls = {
            page: reverse(name_of(type(row), page), args=(quote(row.pk),)) for page in ("change", "delete")
        }
        urls["add"] = reverse(name_of(type(row), "add"))
        assert client.get(urls["delete"]).status_code == 403
        assert client.get(urls["add"]).status_code == 403
        for url in urls.values():
            assert client.post(url, {"post": "yes", "state": "ENDED", "_save": "1"}).status_code == 403, url


@pytest.mark.parametrize("username", ("supervisor.city", "group.city", "bureau.one", "admin.one"))
def test_no_page_of_a_row_has_a_field_to_type_in(world, client, username):
    client.force_login(world.cast[username])
    for row in one_of_each((*world.here.rows, world.batch, world.cast.gate_school)):
        page = client.get(reverse(name_of(type(row), "change"), args=(quote(row.pk),)), follow=True)
        form = re.search(r'<form[^>]*id="\w+_form".*?</form>', page.content.decode(), re.DOTALL)
        kept = r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*>'
        assert not form or not re.findall(kept, form[0]), row


@pytest.mark.parametrize(
    "lookup", ("phone_index__startswith", "document_index", "merged_into__name__startswith")
)
def test_a_look_up_that_is_no_filter_is_refused(world, client, lookup):
    client.force_login(world.cast.supervisor_city)
    assert client.get(reverse("admin:cases_person_changelist"), {lookup: "a"}).status_code == 400


def test_the_insider_does_see_the_same_rows(world, client):
    client.force_login(world.cast.supervisor_city)
    page = client.get(reverse("admin:cases_person_changelist")).content.decode()
    assert world.there.secrets[0] in page
    assert world.there.person.masked_document in page


def test_a_machine_does_not_log_in(cast, client):
    client.force_login(cast.province)
    assert client.get(reverse("admin:index")).status_code == 302
