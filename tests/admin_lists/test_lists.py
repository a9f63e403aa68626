"""What the lists say, what their filters keep, and how many queries a page costs."""

from datetime import datetime, timedelta
from datetime import time as clock

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Person, RuleBook
from cases.policy.days import ZONE
from cases.selectors import due
from cases.services.persons import people
from cases.services.persons.identity import Identity
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from healthcode.core.offices.pages import CAP, CappedPaginator
from tests.factories import contact, register, sampled

pytestmark = pytest.mark.django_db

PERSONS = "admin:cases_person_changelist"


@pytest.fixture
def listed(client, cast):
    """Return a function that reads the persons' list as a user and gives the names on it."""

    def read(user, **filters):
        client.force_login(user)
        response = client.get(reverse(PERSONS), filters)
        return {person.name for person in response.context["cl"].result_list}

    return read


@pytest.fixture
def xinchang(cast):
    """A red, a yellow, and a green person of Yulin."""
    now = timezone.now()
    by = {"by": cast.service_xinchang, "present": "330624001"}
    red, green = register(name="红某", phone="13911112222", **by), register(name="绿某", **by)
    contact(red, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(days=1))
    sampled(green, by=cast.service_xinchang, at=now)
    return {"red": red, "green": green}


def test_a_colour_filter_keeps_that_colour(listed, cast, xinchang):
    assert listed(cast.service_xinchang, colour="RED") == {"红某"}
    assert listed(cast.service_xinchang, colour="GREEN") == {"绿某"}
    assert listed(cast.service_xinchang, colour="YELLOW") == set()
    assert listed(cast.service_xinchang, colour="NONE") == set()


def test_a_ground_filter_keeps_that_ground(listed, cast, xinchang):
    assert listed(cast.service_xinchang, ground="CLOSE_CONTACT") == {"红某"}


def test_an_area_filter_never_reaches_above_the_own_area(listed, cast, xinchang):
    register(name="越某", by=cast.service_yuecheng, present="330602001")
    assert listed(cast.service_xinchang, area="330624001") == {"红某", "绿某"}
    assert listed(cast.service_xinchang, area="330624002") == set()
    assert listed(cast.service_xinchang, area="33") == set()
    assert listed(cast.supervisor_city, area="330602") == {"越某"}


@pytest.mark.parametrize(
    ("days", "time", "state"),
    [
        (1, "09:00", "LATER"),
        (14, "23:59", "LATER"),
        (15, "00:00", "TODAY"),
        (15, "11:59", "TODAY"),
        (15, "12:00", "OVERDUE"),
        (16, "00:00", "OVERDUE"),
    ],
)
def test_a_due_filter_counts_days_of_shanghai_and_is_overdue_from_noon_on(cast, days, time, state):
    now = timezone.now()
    person = register(by=cast.service_xinchang)
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(minutes=1))
    order = person.orders.get()
    at = datetime.combine(order.day0 + timedelta(days=days), clock.fromisoformat(time), ZONE)
    assert due.state_of(order, at) == state
    kept = [one for one in due.Due if person.orders.filter(due.where(one.value, at)).exists()]
    assert kept == [state]


def test_the_list_leaves_out_merged_records(listed, cast, xinchang):
    twin = register(name="孪某", by=cast.service_xinchang)
    Person.objects.filter(pk=twin.pk).update(merged_into=xinchang["green"])
    assert listed(cast.service_xinchang) == {"红某", "绿某"}


def test_nobody_without_an_office_of_a_known_area_sees_anybody(listed, cast, xinchang):
    assert listed(cast.community_yuecheng) == set()


def search(client, user, text):
    client.force_login(user)
    response = client.post(reverse("admin:cases_person_search"), {"text": text}, follow=True)
    return response, {person.name for person in response.context["cl"].result_list}


@pytest.mark.parametrize("what", ["document", "phone", "name"])
def test_a_search_finds_by_number_or_name_and_keeps_both_out_of_the_url(client, cast, xinchang, what):
    text = getattr(xinchang["red"], what)
    response, names = search(client, cast.service_xinchang, text)
    assert names == {"红某"}
    assert text not in response.redirect_chain[-1][0]
    assert text not in str(dict(client.session))


@pytest.mark.parametrize("text", ["M12345678", "ｍ１２３４５６７８", "KOR M12345678"])
def test_a_passport_is_found_with_or_without_its_country(client, cast, xinchang, text):
    by, fields = cast.service_xinchang, {"present": xinchang["red"].present, "at": timezone.now()}
    for number, country in (("M12345678", "KOR"), ("M12345679", "USA")):
        people.register(Identity(f"P {number}", "PASSPORT", number, country), by=by, **fields)
    assert search(client, by, text)[1] == {"P M12345678"}


@pytest.mark.parametrize("phone", ["１３９９９９９００００", "+86 139 9999 0000", "139-9999-0000"])
def test_a_telephone_is_found_however_it_is_typed(client, cast, xinchang, phone):
    register(name="话某", by=cast.service_xinchang, phone="13999990000")
    assert search(client, cast.service_xinchang, phone)[1] == {"话某"}


def test_a_search_that_finds_nobody_says_where_to_go_on(client, cast, xinchang):
    body = search(client, cast.service_xinchang, "没有此人")[0].content.decode()
    assert reverse("admin:do", args=("look-up",)) in body and reverse("admin:do", args=("register",)) in body
    assert 'name="action"' not in body


def test_part_of_a_number_finds_nobody(client, cast, xinchang):
    assert search(client, cast.service_xinchang, xinchang["red"].document[:-1])[1] == set()


def test_a_search_reaches_no_further_than_the_list(client, cast, xinchang):
    assert search(client, cast.community_yuecheng, xinchang["red"].document)[1] == set()


def test_a_merged_record_number_finds_the_survivor(client, cast, xinchang):
    twin = register(name="孪某", by=cast.service_xinchang)
    Person.objects.filter(pk=twin.pk).update(merged_into=xinchang["green"])
    assert search(client, cast.service_xinchang, twin.document)[1] == {"绿某"}


def test_a_mark_of_another_session_opens_nothing(client, cast, xinchang):
    response, _names = search(client, cast.service_xinchang, "红")
    client.force_login(cast.service_yuecheng)
    again = client.get(response.redirect_chain[-1][0])
    assert again.status_code == 302
    assert "found" not in again.url


def test_text_in_the_url_is_dropped(client, cast, xinchang):
    client.force_login(cast.service_xinchang)
    assert client.get(reverse(PERSONS), {"q": "330624198503070019", "colour": "RED"}).url.endswith(
        "?colour=RED"
    )


def test_each_reading_of_a_list_is_one_event(client, cast, xinchang):
    client.force_login(cast.service_xinchang)
    client.get(reverse(PERSONS), {"colour": "RED"})
    event = Event.objects.get(action="person.listed")
    assert (event.actor, event.target) == ("service.xinchang", "list:cases.person")
    assert event.body == '{"filters":["colour"],"model":"cases.person"}'


def test_reading_a_case_is_an_event_of_its_person(client, cast, xinchang):
    client.force_login(cast.service_xinchang)
    case = xinchang["red"].cases.get()
    client.get(reverse("admin:cases_case_change", args=(case.pk,)))
    event = Event.objects.get(action="person.viewed")
    assert (event.target, event.person) == (f"case:{case.pk}", str(xinchang["red"].public_id))


def test_the_history_page_is_the_audit_trail(client, cast, xinchang):
    client.force_login(cast.service_xinchang)
    page = client.get(reverse("admin:cases_case_history", args=(xinchang["red"].cases.get().pk,)))
    assert [line.event.action for line in page.context["lines"]] == [
        "code.turned",
        "case.opened",
        "case.reported",
    ]


def test_who_looked_is_shown_to_supervision_alone(client, cast, xinchang):
    case = xinchang["red"].cases.get()
    url = reverse("admin:cases_case_history", args=(case.pk,))
    for user, is_recorded in ((cast.service_xinchang, False), (cast.supervisor_city, True)):
        client.force_login(user)
        client.get(reverse("admin:cases_case_change", args=(case.pk,)))
        actions = {line.event.action for line in client.get(url).context["lines"]}
        assert ("person.viewed" in actions) is is_recorded


def test_a_count_stops_at_the_cap(cast, monkeypatch):
    monkeypatch.setattr("healthcode.core.offices.pages.CAP", 2)
    for _number in range(4):
        register(by=cast.service_xinchang)
    assert CappedPaginator(Person.objects.order_by("pk"), 1).count == 3
    assert CAP == 1_000


@pytest.fixture
def short(monkeypatch, cast):
    """Four persons on pages of two, of which no more than three are counted."""
    monkeypatch.setattr("healthcode.core.offices.pages.COUNTED", 3)
    monkeypatch.setattr("cases.admin.persons.PersonAdmin.list_per_page", 2)
    User.objects.update(language="en")
    return [register(by=cast.service_xinchang).pk for _number in range(4)]


def test_a_list_beyond_what_is_counted_says_so(client, cast, short):
    client.force_login(cast.service_xinchang)
    assert "3+ in all" in client.get(reverse(PERSONS)).content.decode()


def test_a_list_goes_on_where_its_page_ended(client, cast, short):
    client.force_login(cast.service_xinchang)
    first = client.get(reverse(PERSONS)).context["cl"]
    older = client.get(reverse(PERSONS) + first.older).context["cl"]
    assert [row.pk for row in (*first.result_list, *older.result_list)] == short[::-1]
    assert not older.older


def test_the_rule_book_is_a_page_to_read(client, cast):
    client.force_login(cast.community_yulin)
    page = client.get(
        reverse("admin:cases_rulebook_change", args=(RuleBook.objects.get().pk,))
    ).content.decode()
    assert "密切接触者" in page
    assert "1.1d" in page
