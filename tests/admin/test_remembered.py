"""Forms that remember: the laboratory, the vehicle, one's own place; and who is near comes first."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Handover
from cases.operations.control import FIRST_OFFICER, LogHealth
from cases.operations.people import ProposeTransfer, Register
from cases.policy import days, half_days
from tests.cases.scenes import Plan, Scene
from tests.complaints.desk import Desk
from tests.factories import Cast, OfficeFactory, UserFactory, register

LABORATORY = 'name="laboratory" value="County laboratory"'


@pytest.fixture
def page(cast: Cast):
    """Return a function: the text of an operation's form on somebody."""

    def text(client, person, name="enter-result") -> str:
        return client.get(reverse("admin:cases_person_do", args=(person.pk, name))).content.decode()

    return text


def entered(client, person, typed, now, **fields):
    address = reverse("admin:cases_person_do", args=(person.pk, "enter-result"))
    effect = client.post(address, {**typed(now, **fields), "_next": "1"})
    client.post(effect.request["PATH_INFO"] + "?" + effect.request["QUERY_STRING"], {"_confirm": "1"})


def test_the_next_result_begins_with_the_laboratory_of_the_last(cast: Cast, at_desk, page, typed, now):
    one, other = (register(by=cast.service_xinchang, at=now - timedelta(days=1)) for _ in range(2))
    client = at_desk(cast.service_xinchang)
    assert LABORATORY not in page(client, other)
    entered(client, one, typed, now)
    assert LABORATORY in page(client, other)
    assert 'value="N-1"' not in page(client, other)


def test_it_begins_with_the_day_of_the_last_sample_and_its_time_is_still_asked_for(
    cast: Cast, at_desk, page, typed, now
):
    one, other = (register(by=cast.service_xinchang, at=now - timedelta(days=1)) for _ in range(2))
    client = at_desk(cast.service_xinchang, "en")
    entered(client, one, typed, now)
    day = timezone.localtime(one.results.get().sampled_at).strftime("%Y-%m-%d")
    assert f'value="{day} "' in page(client, other)
    address = reverse("admin:cases_person_do", args=(other.pk, "enter-result"))
    answer = client.post(address, {**typed(now), "sampled_at": f"{day} ", "_next": "1"}).content.decode()
    assert "Write the time as well" in answer and f'value="{day} "' in answer
    assert not other.results.exists()


@pytest.mark.parametrize("written", ["{:%Y%m%d}", "{:%m/%d/%Y}", "{:%G-W%V-%u}"])
def test_a_day_alone_is_asked_for_its_time_however_it_is_written(cast: Cast, at_desk, typed, now, written):
    person = register(by=cast.service_xinchang, at=now - timedelta(days=3))
    client = at_desk(cast.service_xinchang, "en")
    address = reverse("admin:cases_person_do", args=(person.pk, "enter-result"))
    sampled_at = written.format(now - timedelta(days=1))
    answer = client.post(address, {**typed(now), "sampled_at": sampled_at, "_next": "1"}).content.decode()
    assert "Write the time as well" in answer and f'value="{sampled_at}"' in answer
    assert not person.results.exists()


def test_what_was_not_done_is_not_remembered(cast: Cast, at_desk, page, typed, now):
    one, other = (register(by=cast.service_xinchang, at=now - timedelta(days=1)) for _ in range(2))
    client = at_desk(cast.service_xinchang)
    address = reverse("admin:cases_person_do", args=(one.pk, "enter-result"))
    client.post(address, {**typed(now), "_next": "1"})
    assert LABORATORY not in page(client, other)


def test_nobody_else_is_given_it(cast: Cast, at_desk, page, typed, now):
    one, other = (register(by=cast.service_xinchang, at=now - timedelta(days=1)) for _ in range(2))
    entered(at_desk(cast.service_xinchang), one, typed, now)
    assert LABORATORY not in page(at_desk(cast.service_xinchang), other)


def test_a_correction_begins_with_its_own_laboratory(cast: Cast, at_desk, page, typed, now):
    one, other = (register(by=cast.service_xinchang, at=now - timedelta(days=1)) for _ in range(2))
    client = at_desk(cast.service_xinchang)
    entered(client, one, typed, now, laboratory="First laboratory")
    entered(client, other, typed, now)
    assert 'value="First laboratory"' in page(client, one, "correct-result")


def test_a_health_log_begins_with_today_and_this_half_of_it(cast: Cast, red, now):
    form = LogHealth(subject=red(), by=cast.officer_yulin, at=now)
    assert (form.initial["on"], form.initial["half"]) == (days.local_day(now), half_days.current(now))


def test_a_community_registers_people_of_its_own_place_first(cast: Cast, at_desk):
    form = at_desk(cast.community_yulin).get(reverse("admin:do", args=("register",))).context["form"]
    assert form.initial["present"] == "330624001"
    form = at_desk(cast.service_xinchang).get(reverse("admin:do", args=("register",))).context["form"]
    assert "present" not in form.initial
    assert all(one.code.startswith("330624") for one in form.fields["present"].queryset[:2])


def test_where_somebody_is_registered_ones_own_county_city_and_province_come_first(cast: Cast, now):
    form = Register(by=cast.service_xinchang, at=now)
    codes = [row.code for row in form.fields["registered"].queryset]
    assert codes == [
        "330624",
        "3306",
        "330602",
        "33",
        *sorted(set(codes) - {"330624", "3306", "330602", "33"}),
    ]
    assert form.fields["code_city"].queryset[0].code == "3306"


@pytest.mark.parametrize(
    ("number", "fault"),
    [("33062419900101251X", True), ("３３０６２４１９９００１０１２５１５", False), ("E12345678", True)],
)
def test_a_scanned_identity_number_tells_its_kind_and_no_other_does(cast: Cast, now, number, fault):
    typed = {"name": "田强", "document_number": number, "sex": "UNKNOWN", "present": "330624001"}
    form = Register(typed, by=cast.service_xinchang, at=now)
    assert ("document_type" in form.errors) is fault
    assert form.cleaned_data.get("document_type") == (None if fault else "RESIDENT_ID")


def test_a_transfer_begins_with_the_townships_of_ones_own_county(cast: Cast, now):
    person = register(by=cast.service_yuecheng, present="330602001", at=now - timedelta(days=1))
    form = ProposeTransfer(subject=person, by=cast.community_yuecheng, at=now)
    assert form.fields["to"].queryset[0].code[:6] == "330602"


def test_officers_of_the_persons_place_come_first(cast: Cast, at_desk, red):
    for place in ("330602001", "330624002", "330624001"):
        office = OfficeFactory(code=f"a{place}", division_id=place)
        UserFactory(username=f"near.{place}", role="officer", office=office)
    form = (
        at_desk(cast.group_xinchang)
        .get(reverse("admin:cases_person_do", args=(red().pk, "hand-over")))
        .context["form"]
    )
    places = [one.office.division_id for one in form.fields["officer"].queryset]
    assert places == sorted(places, key=lambda code: (code != "330624001", not code.startswith("330624")))
    assert {"330624001", "330624002", "330602001"} <= set(places)


def test_the_first_officer_needs_no_reason_and_the_next_one_does(cast: Cast, at_desk, now):
    scene = Scene(cast)
    person = scene.person(at=now - timedelta(days=2))
    day = days.local_day(now - timedelta(days=1))
    plan = Plan(site=cast.office("isolation-xinchang"))
    scene.clinical(person, at=now - timedelta(hours=20), began_on=day, plan=plan)
    client = at_desk(cast.group_xinchang)
    address = reverse("admin:cases_person_do", args=(person.pk, "hand-over"))
    effect = client.post(address, {"officer": "officer.yulin", "reason": "", "_next": "1"})
    client.post(effect.request["PATH_INFO"] + "?" + effect.request["QUERY_STRING"], {"_confirm": "1"})
    assert Handover.objects.get().reason == FIRST_OFFICER()
    again = client.post(address, {"officer": "officer.deputy", "reason": "", "_next": "1"}, follow=True)
    assert again.context["form"].errors["reason"]


def test_a_persons_page_names_their_tickets_to_whoever_may_read_them(cast: Cast, at_desk):
    ticket = Desk(Scene(cast)).routed()
    address = reverse("admin:cases_person_change", args=(ticket.person_id,))
    assert ticket.number in at_desk(cast.community_yulin).get(address).content.decode()
    assert ticket.number not in at_desk(cast.service_xinchang).get(address).content.decode()


def test_no_breadcrumb_names_a_part_of_the_program(cast: Cast, at_desk):
    for name in ("cases_setupfile", "offices_user", "cases_venue"):
        body = at_desk(cast.admin_one).get(reverse(f"admin:{name}_changelist")).content.decode()
        way = body[body.index('class="breadcrumbs"') :]
        assert "Persons and codes" not in way[: way.index("</div>")]


def test_what_is_done_all_day_stands_above_the_records(cast: Cast, at_desk):
    groups = at_desk(cast.community_yulin).get(reverse("admin:index")).context["available_apps"]
    assert groups[0]["app_label"] == "daily" and all(item["act"] for item in groups[0]["models"])
    assert not any(item.get("act") for group in groups[1:] for item in group["models"])
