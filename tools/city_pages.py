"""Every page that each role opens in a day's work: home, lists, the usual filters, searches, one person, one ticket."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from cases.management.demo.cast import USERS
from cases.models import Case, Person
from cases.services.grounds import cases
from cases.services.grounds.claims import Claim
from cases.services.persons import people
from cases.services.persons.identity import Identity
from complaints.models import Ticket
from healthcode.core.offices.models import Division, User
from healthcode.core.offices.staff import MACHINES
from healthcode.portal import menu

NUMBER, PHONE = "33062419850307018X", "13900001111"
ROLES = tuple({role: name for name, role, *_rest in reversed(USERS) if role not in MACHINES}.values())
FILTERS = (
    *("colour=RED", "colour=YELLOW", "colour=GREEN", "due=OVERDUE", "due=NONE", "ground=RISK_AREA"),
    *("area=330624001", "p=2"),
)
SEARCHES = {"number": NUMBER, "telephone": PHONE, "name": "张"}
Page = Callable[[], Any]


def somebody_red(users: dict[str, User]) -> Person:
    """Return the one red person of a real number, whom CDC reported and the control group entered."""
    if found := Person.objects.filter(name="张三").first():
        return found
    now, by = timezone.now(), users["service.xinchang"]
    yulin = Division.objects.get(pk="330624001")
    identity = Identity("张三", document_number=NUMBER, phone=PHONE)
    person = people.register(identity, present=yulin, by=by, at=now - timedelta(days=2)).person
    claim = Claim(
        "CLOSE_CONTACT",
        began_on=(now - timedelta(days=1)).date(),
        evidence_kind="LETTER",
        evidence_ref="协查函1号",
    )
    reported = cases.report(person, claim, by=users["cdc.xinchang"], at=now - timedelta(hours=2))
    cases.enter(reported, by=users["group.xinchang"], at=now - timedelta(hours=1))
    return person


def empty(client: Client) -> Page:
    """Return the page that shows nothing: the frame, the menu, and a form of three fields."""
    return partial(_get, client, reverse("admin:password_change"))


def pages(client: Client, user: User, person: Person) -> dict[str, Page]:
    """Return by name every page of one user, who is logged in."""
    found: dict[str, Page] = {"home": partial(_get, client, reverse("admin:index"))}
    found |= {f"list {name}": partial(_get, client, url) for name, url in _menu(user).items()}
    found |= {
        f"waiting {key}": partial(_get, client, reverse("admin:work", args=(key,)))
        for key in _waiting(client)
    }
    if user.may("person.view"):
        found |= _of_persons(client, person)
        if Person.objects.reachable_by(user, "person.view", timezone.now()).filter(pk=person.pk).exists():
            for page in ("change", "explanation", "history"):
                url = reverse(f"admin:cases_person_{page}", args=(person.pk,))
                found[f"person {page}"] = partial(_get, client, url)
        case = Case.objects.filter(person=person).latest("pk")
        found["person case"] = partial(_get, client, reverse("admin:cases_case_change", args=(case.pk,)))
    if user.may("ticket.view") and (ticket := Ticket.objects.visible_to(user).order_by("pk").first()):
        url = reverse("admin:complaints_ticket_change", args=(ticket.pk,))
        found["ticket"] = partial(_get, client, url)
        listed = reverse("admin:complaints_ticket_changelist")
        for queue in ("mine", "unsigned", "overdue", "all"):
            found[f"list ticket queue={queue}"] = partial(_get, client, f"{listed}?queue={queue}")
    if user.may("ticket.register"):
        found["search intake"] = partial(_look_up, client, shows=user.may("person.view"))
    return found


def _of_persons(client: Client, person: Person) -> dict[str, Page]:
    persons, cases = (reverse(f"admin:cases_{one}_changelist") for one in ("person", "case"))
    found: dict[str, Page] = {
        f"list person {one}": partial(_get, client, f"{persons}?{one}") for one in FILTERS
    }
    for one in ("state__exact=OPEN", "ground=CLOSE_CONTACT", "area=330624001"):
        found[f"list case {one}"] = partial(_get, client, f"{cases}?{one}")
    for name, text in SEARCHES.items():
        found[f"search {name}"] = partial(_search, client, text)
    return found


def _menu(user: User) -> dict[str, str]:
    request = RequestFactory().get("/")
    request.user = user
    items = [item for group in menu.groups(request, admin.site._registry) for item in group["models"]]
    return {
        item["object_name"].lower() or item["admin_url"].strip("/"): item["admin_url"]
        for item in items
        if not item.get("act")
    }


def _waiting(client: Client) -> list[str]:
    page = client.get(reverse("admin:index"))
    home = page.context and page.context.get("home")
    return [card.key for card in home.cards] if home else []


def _get(client: Client, url: str) -> Any:
    answer = client.get(url)
    assert answer.status_code in (200, 302), (url, answer.status_code)
    return answer


def _search(client: Client, text: str) -> Any:
    answer = client.post(reverse("admin:cases_person_search"), {"text": text}, follow=True)
    assert answer.status_code == 200
    return answer


def _look_up(client: Client, *, shows: bool) -> Any:
    answer = client.post(reverse("admin:complaints_intake"), {"text": NUMBER}, headers={"X-Fragment": "1"})
    assert answer.status_code == 200
    assert "code-red" in answer.content.decode() or not shows
    return answer
