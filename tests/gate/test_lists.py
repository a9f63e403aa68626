"""Lists of venues and checks in the admin: whose they are, and that nobody reads there whom a check concerned."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import GateCheck, Venue
from healthcode.core.audit.models import Event
from tests.factories import guarded
from tests.gate.conftest import NAME, Keeper

CHECKS, VENUES = reverse("admin:cases_gatecheck_changelist"), reverse("admin:cases_venue_changelist")


@pytest.fixture
def two_doors(cast, keeper, people_of):
    """A check at the school and one at the supermarket, of the same person."""
    person = people_of("RED")
    keeper.check(person)
    guarded("SUPERMARKET", office="supermarket")
    Keeper(cast.gate_market).check(person)
    return person


def listed(response):
    return {str(row.venue) for row in response.context["cl"].result_list}


def test_supervision_reads_all_checks_and_an_office_its_own(cast, two_doors):
    assert len(listed(Keeper(cast.supervisor_city).open(CHECKS))) == 2
    own = Keeper(cast.gate_market).open(CHECKS)
    assert listed(own) == {str(Venue.objects.get(office__code="supermarket"))}


@pytest.mark.parametrize("username", ["group.xinchang", "duty.city", "admin.one", "bureau.one"])
def test_nobody_else_reads_checks(cast, two_doors, username):
    reader = Keeper(cast[username])
    assert reader.open(CHECKS).status_code == 403
    page = reverse("admin:cases_gatecheck_change", args=(GateCheck.objects.first().pk,))
    assert reader.open(page, follow=True).status_code in (302, 403)


@pytest.mark.parametrize("username", ["supervisor.city", "gate.school"])
def test_no_list_and_no_page_says_whom_a_check_concerned(cast, two_doors, username):
    reader = Keeper(cast[username])
    check = GateCheck.objects.get(venue__office__code="school")
    pages = (CHECKS, *(reverse(f"admin:cases_gatecheck_{name}", args=(check.pk,)) for name in ("change",)))
    for url in pages:
        text = reader.open(url).content.decode()
        assert "red code" in text
        secrets = (NAME, NAME[:2], str(two_doors.public_id)[:8], two_doors.masked_document)
        assert not [secret for secret in secrets if secret in text]


def test_a_keepers_trail_of_a_check_does_not_name_the_person(cast, two_doors):
    check = GateCheck.objects.get(venue__office__code="school")
    url = reverse("admin:cases_gatecheck_history", args=(check.pk,))
    text = Keeper(cast.gate_school).open(url).content.decode()
    assert str(two_doors.public_id)[:8] not in text and NAME not in text


def test_a_colleague_does_not_read_where_somebody_went(cast, two_doors):
    url = reverse("admin:cases_person_history", args=(two_doors.pk,))
    assert "checked at a gate" not in Keeper(cast.community_yulin).open(url).content.decode()
    timeline = Keeper(cast.supervisor_city).open(url).headers["Location"]
    assert "checked at a gate" in Keeper(cast.supervisor_city).client.get(timeline).content.decode()


def test_reading_the_list_is_recorded(cast, two_doors):
    Keeper(cast.supervisor_city).open(CHECKS)
    event = Event.objects.filter(action="person.listed").latest("pk")
    assert (event.actor, event.target) == ("supervisor.city", "list:cases.gatecheck")


@pytest.mark.parametrize(
    ("query", "count"), [({"why__exact": "RED"}, 2), ({"passed__exact": 1}, 0), ({"why__exact": "FEVER"}, 0)]
)
def test_checks_are_filtered(cast, two_doors, query, count):
    assert len(listed(Keeper(cast.supervisor_city).open(CHECKS, **query))) == count


def test_checks_are_filtered_by_venue(cast, two_doors):
    school = Venue.objects.get(office__code="school")
    assert listed(Keeper(cast.supervisor_city).open(CHECKS, venue=school.pk)) == {str(school)}
    assert Keeper(cast.gate_market).open(CHECKS, venue=school.pk).context["cl"].result_list == []


def test_more_checks_cost_no_more_queries(cast, keeper, people_of):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            supervisor.open(CHECKS)
        return len(queries)

    supervisor = Keeper(cast.supervisor_city)
    keeper.check(people_of("GREEN"))
    few = cost()
    for _ in range(3):
        keeper.check(people_of("YELLOW"))
    assert cost() == few


# --- venues ------------------------------------------------------------------------------------------------------


def opening(cast, **typed):
    return {
        "venue_name": "新昌某图书馆",
        "name_en": "",
        "kind": "LIBRARY",
        "office": cast.office("school").pk,
        "division": "330624",
        **typed,
    }


def test_an_administrator_opens_corrects_and_closes_a_venue(cast, db):
    administrator = Keeper(cast.admin_one)
    administrator.press(f"{VENUES}do/open/", **opening(cast))
    venue = Venue.objects.get()
    assert "Library" in administrator.open(VENUES).content.decode()
    administrator.press(f"{VENUES}{venue.pk}/do/correct/", venue_name="县图书馆", name_en="County library")
    assert "County library" in administrator.open(VENUES).content.decode()
    administrator.press(f"{VENUES}{venue.pk}/do/close/")
    assert Venue.objects.get().closed_by == cast.admin_one
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({"division": "999999"}, "“999999” is no division"),
        ({"division": "3306"}, "outside the office"),
        ({"kind": "ICE_RINK"}, "errorlist"),
        ({"venue_name": ""}, "errorlist"),
    ],
)
def test_what_cannot_be_opened_is_told_and_kept(cast, typed, refusal):
    answer = Keeper(cast.admin_one).press(f"{VENUES}do/open/", **opening(cast, **typed))
    assert refusal in answer.content.decode()
    assert not Venue.objects.exists()


def test_an_office_sees_its_own_venues(cast, school):
    guarded("SUPERMARKET", office="supermarket")
    rows = Keeper(cast.gate_school).open(VENUES).context["cl"].result_list
    assert list(rows) == [school]


@pytest.mark.parametrize("username", ["gate.school", "supervisor.city"])
def test_nobody_but_an_administrator_is_offered_an_act_on_a_venue(cast, school, username):
    reader = Keeper(cast[username])
    assert "do/open/" not in reader.open(VENUES).content.decode()
    assert reader.press(f"{VENUES}do/open/", **opening(cast)).status_code == 403


def test_the_clinics_address_is_kept_with_its_office(cast):
    office = cast.office("clinic-xinchang")
    url = reverse("admin:offices_office_act", args=(office.pk, "correct"))
    typed = {"office_name": office.name, "name_en": "", "phone": office.phone, "address": "鼓山中路1号"}
    Keeper(cast.admin_one).press(url, **typed)
    office.refresh_from_db()
    assert office.address == "鼓山中路1号"
