"""A citizen's own page: a link that opens once, the code of now and why, and nothing that staff alone may know."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.citizen import views
from cases.models import GateCheck, Pass, Person
from cases.models.declarations import Mode
from cases.passes import keys
from cases.policy import days
from cases.policy.colours import Colour
from cases.selectors.phones import phone_of
from cases.services import passes
from cases.services.engine.refusals import NotAllowed
from cases.services.persons import lookups, people
from cases.services.persons.identity import Identity
from cases.services.samples import declarations
from healthcode.core.audit.models import Event
from healthcode.core.offices.api.pace import Pace
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import StalePage
from tests.admin.test_languages import Visible, english
from tests.cases.scenes import Scene, refused
from tests.databases import run_together
from tests.factories import contact, guarded, register, reported, token_of
from tests.gate.conftest import Keeper

NAME = "欧阳金丝雀"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def known(cast, now):
    """Return a function: somebody of this colour whom the citizen's channel has identified."""

    def make(colour="GREEN"):
        then = now - timedelta(hours=1)
        person = register(by=cast.service_xinchang, at=then, name=NAME)
        if colour == "RED":
            contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=then + timedelta(minutes=1))
        if colour == "YELLOW":
            form = declarations.Form(fever=True, onset_on=days.local_day(then))
            declarations.declare(
                person, form, mode=Mode.ALONE, by=cast.citizen, at=then + timedelta(minutes=1)
            )
        identified(cast, person, at=now - timedelta(minutes=30))
        return Person.objects.get(pk=person.pk)

    return make


@pytest.fixture(autouse=True)
def nobody_asked_before(monkeypatch):
    monkeypatch.setattr(views, "PACE", Pace())


def identified(cast, person, *, at):
    asked = {"document_type": person.document_type, "document_number": person.document}
    lookups.look_up(**asked, purpose="本人申领健康码", by=cast.citizen, at=at)


@pytest.fixture
def link(cast, now):
    """Return a function: the address of a link that the channel made."""

    def make(person):
        _made, secret = passes.hand_off(person, by=cast.citizen, at=timezone.now())
        return f"/p/{secret}/"

    return make


@pytest.fixture
def phone(known, link):
    """Return a function: the phone of somebody of this colour, with the page open."""

    def make(colour="GREEN", language="en"):
        person = known(colour)
        client = Client()
        client.cookies["django_language"] = language
        client.post(link(person))
        client.person = person
        return client

    return make


def body(client):
    return client.get("/p/").content.decode()


# --- the link ----------------------------------------------------------------------------------------------------
def test_the_channel_that_looked_somebody_up_gets_a_link_that_says_nothing_of_them(cast, known):
    person = known()
    made, secret = passes.hand_off(person, by=cast.citizen, at=timezone.now())
    assert len(secret) >= 32 and made.link != secret
    assert made.link_ends_at - made.issued_at == timedelta(minutes=2)
    assert Event.objects.filter(action="pass.handed_off", person=str(person.public_id)).count() == 1


@pytest.mark.parametrize("username", ["service.xinchang", "cdc.xinchang", "bureau.one"])
def test_nobody_else_makes_one(cast, known, now, username):
    refused(NotAllowed, passes.hand_off, known(), by=cast[username], at=now)


def test_the_eleventh_within_the_hour_is_refused_and_says_when_to_come_again(cast, known, settings):
    person = known()
    for _ in range(settings.PASS_LINKS_PER_HOUR):
        passes.hand_off(person, by=cast.citizen, at=timezone.now())
    refusal = refused(passes.TooManyLinks, passes.hand_off, person, by=cast.citizen, at=timezone.now())
    assert refusal.retry_after == 3600


def test_over_the_api_the_answer_is_the_address(cast, known):
    person = known()
    secret = token_of(cast.citizen, until=timezone.now() + timedelta(hours=1), at=timezone.now())[1]
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": "one"}
    url = f"/api/v1/persons/{person.public_id}/operations/hand-off-pass"
    answer = Client().post(url, {}, content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
    assert re.fullmatch(r"/p/[\w-]{32}/", answer.json()["made"])


def test_to_look_at_a_link_changes_nothing(link, known):
    address = link(known("RED"))
    for _ in range(3):
        page = Client().get(address)
        assert page.status_code == 200 and b"<form" in page.content
        assert NAME not in page.content.decode() and NAME[0] + "*" not in page.content.decode()
    assert Pass.objects.get().opened_at is None


def test_to_press_its_button_uses_it_up_and_leads_to_the_page(link, known):
    address, client = link(known()), Client()
    answer = client.post(address)
    assert (answer.status_code, answer.url) == (302, "/p/")
    cookie = answer.cookies["pass"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == 12 * 3600
    assert cookie.value not in str(Pass.objects.values())
    assert Client().post(address).status_code == Client().get(address).status_code == 410


def test_it_does_not_open_after_its_two_minutes(cast, known):
    person = known()
    _made, secret = passes.hand_off(person, by=cast.citizen, at=timezone.now() - timedelta(seconds=125))
    assert Client().get(f"/p/{secret}/").status_code == Client().post(f"/p/{secret}/").status_code == 410
    assert Pass.objects.get().opened_at is None


def test_a_link_that_nobody_made_answers_as_one_that_is_over(link, known):
    used = link(known())
    Client().post(used)
    over, invented = Client().get(used), Client().get(f"/p/{'x' * 32}/")
    assert over.status_code == invented.status_code == 410
    token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|value="/p/[^"]*"')
    assert token.sub(b"", over.content) == token.sub(b"", invented.content)


def test_a_record_that_is_merged_meanwhile_opens_nothing(link, known, monkeypatch):
    address = link(known())

    def overtaken(secret, *, at):
        raise StalePage()

    monkeypatch.setattr(passes, "use_up", overtaken)
    assert Client().post(address).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_many_presses_at_once_one_opens_it(cast, known, now):
    _made, secret = passes.hand_off(known(), by=cast.citizen, at=timezone.now())
    outcomes = run_together(*[lambda: passes.use_up(secret, at=timezone.now())] * 6)
    assert sorted(type(one).__name__ for one in outcomes) == ["LinkOver"] * 5 + ["str"]


def test_opening_it_on_another_phone_ends_the_first(phone, link):
    first, second = phone(), Client()
    second.post(link(first.person))
    assert (first.get("/p/").status_code, second.get("/p/").status_code) == (401, 200)


def test_a_link_that_is_made_and_not_opened_ends_nothing(phone, link):
    first = phone()
    link(first.person)
    assert first.get("/p/").status_code == 200


# --- the page ----------------------------------------------------------------------------------------------------
def test_without_a_session_the_page_says_where_to_begin():
    page = Client().get("/p/")
    assert page.status_code == 401 and "<svg" not in page.content.decode()


@pytest.mark.parametrize(
    ("colour", "word"), [("GREEN", "Green code"), ("YELLOW", "Yellow code"), ("RED", "Red code")]
)
def test_it_shows_the_code_of_now_with_word_and_shape(phone, colour, word):
    page = body(phone(colour))
    assert word in page and f"shape-{colour.lower()}" in page and "<svg" in page
    assert f"{NAME[0]}***" in page and NAME not in page


def test_it_says_why_and_what_ends_it_and_whom_to_ring(cast, phone):
    page = body(phone("RED"))
    assert "Close contact" in page and "What ends it" in page and "missing" in page
    assert "ndex case" not in page and "eclassif" not in page
    assert "tel:0575" in page and "tel:12345" in page
    assert "Please stay where you are" in page


def test_whoever_may_move_about_is_sent_to_clinic_and_test_and_not_told_to_wait(phone):
    page = body(phone("YELLOW"))
    assert "Please go there: Xinchang fever clinic" in page and "nothing for you to do" not in page


def test_whoever_is_red_is_sent_nowhere(phone):
    assert "Please go there" not in body(phone("RED"))


def test_an_instant_that_is_past_is_not_named_as_the_earliest(phone):
    assert "not before" not in body(phone("YELLOW"))


def test_it_tells_nothing_that_staff_alone_may_know(cast, phone):
    client = phone("RED", "zh-hans")
    page = body(client)
    case = client.person.cases.get()
    inside = [case.evidence_ref, cast.group_xinchang.name, cast.cdc_xinchang.name, client.person.document]
    inside += [
        client.person.masked_document,
        client.person.phone,
        str(client.person.public_id),
        client.person.address,
    ]
    assert [text for text in inside if text and text in page] == []


def test_what_waits_and_does_not_count_is_not_on_it(cast, phone, now):
    client = phone()

    reported(client.person, by=cast.cdc_xinchang, at=now)
    page = body(client)
    assert "Close contact" not in page and "report" not in page.lower()


def test_a_report_that_waits_beside_a_ground_is_not_on_it_either(cast, phone, now):
    client = phone("YELLOW")
    before = re.sub(r"<svg.*?</svg>|<time.*?</time>|value=\"\w+\"", "", body(client))
    reported(client.person, by=cast.cdc_xinchang, at=now)
    after = re.sub(r"<svg.*?</svg>|<time.*?</time>|value=\"\w+\"", "", body(client))
    assert before == after


def test_a_code_that_turns_is_seen_at_the_next_look(cast, phone, now):
    client = phone()
    contact(client.person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(minutes=1))
    assert client.get("/p/now/").json()["colour"] == "RED"
    assert "Red code" in body(client)


def test_each_minute_three_passes_are_signed_and_nothing_is_written(phone):
    client = phone("YELLOW")
    events, rows = Event.objects.count(), list(Pass.objects.values())
    answer = client.get("/p/now/").json()
    bodies = [keys.opened(digits) for digits in answer["codes"]]
    assert [one.colour for one in bodies] == [Colour.YELLOW] * 3
    assert [one.lifetime for one in bodies] == [90] * 3
    assert [(one.valid_from - bodies[0].valid_from).total_seconds() for one in bodies] == [0, 60, 120]
    assert [one.age for one in bodies] == [0, 60, 120]
    assert (events, rows) == (Event.objects.count(), list(Pass.objects.values()))


def test_a_phone_is_left_by_one_press_and_every_door_refuses_its_code(cast, phone):
    client = phone()
    (digits, *_ahead) = client.get("/p/now/").json()["codes"]
    client.post("/p/leave/")
    assert client.get("/p/now/").status_code == 401
    assert check(cast, digits).why == "REVOKED"


def test_the_service_point_revokes_a_phone_that_was_lost(cast, phone, now):
    client = phone()
    passes.revoke(client.person, reason="手机遗失", by=cast.service_xinchang, at=timezone.now())
    assert client.get("/p/").status_code == 401


def test_a_dead_persons_phone_shows_no_code(cast, phone, now):
    client = phone()
    Scene(cast).died(client.person, at=now - timedelta(minutes=1))
    assert client.get("/p/now/").json() == {"colour": "NONE", "codes": []}
    assert "data-drawn" not in body(client)


def test_an_erased_persons_phone_and_paper_show_nothing(cast, phone, now):
    client = phone()
    (digits, *_ahead) = client.get("/p/now/").json()["codes"]
    Person.objects.filter(pk=client.person.pk).update(erased_at=now)
    assert client.get("/p/").status_code == client.get("/p/now/").status_code == 401
    made = check(cast, digits)
    assert (made.why, made.colour, made.person) == ("NOT_OURS", "NONE", None)


def test_both_languages_are_complete(phone):

    page = body(phone("RED", "zh-hans"))
    assert [text for text in Visible(page).words if english(text)] == []


# --- the door ----------------------------------------------------------------------------------------------------
def check(cast, digits, temperature="36.5"):
    guarded("SCHOOL", at=timezone.now() - timedelta(days=2))
    Keeper(cast.gate_school).press(number=digits, temperature=temperature)
    return GateCheck.objects.latest("pk")


@pytest.mark.parametrize("colour", ["GREEN", "YELLOW", "RED"])
def test_a_door_reads_what_the_phone_shows(cast, phone, colour):
    client = phone(colour)
    (digits, *_ahead) = client.get("/p/now/").json()["codes"]
    made = check(cast, digits)
    assert (made.colour, made.person_id) == (colour, client.person.pk)


def test_a_screenshot_two_minutes_old_is_out_of_date(cast, phone):
    client = phone()
    before = phone_of(client.cookies["pass"].value, timezone.now() - timedelta(seconds=125))
    assert check(cast, before.passes[0]).why == "STALE"
    assert client.get("/p/").status_code == 200


def test_the_colour_of_now_counts_and_not_the_one_on_the_phone(cast, phone, now):
    client = phone()
    (digits, *_ahead) = client.get("/p/now/").json()["codes"]
    contact(client.person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(minutes=1))
    assert check(cast, digits).colour == "RED"


# --- the form, filled in by oneself (3.2a, 3.4a) -------------------------------------------------------------------
def test_before_the_form_stands_what_a_fever_leads_to_and_where_to_go(phone):
    page = phone().get("/p/form/").content.decode()
    assert "yellow code at once" in page and "Xinchang fever clinic" in page
    assert "answers for it by law" in page


def test_a_fever_that_is_declared_turns_the_code_yellow_at_once(cast, phone, now):
    client = phone()
    answer = client.post(
        "/p/form/", {"fever": "on", "onset_on": f"{days.local_day(now)}", "temperature": "38,2"}
    )
    assert answer.status_code == 302
    assert "Yellow code" in body(client)
    (event,) = Event.objects.filter(action="declaration.filed")
    made = Pass.objects.get(kind="PHONE", revoked_at=None)
    assert event.actor == cast.citizen.username and f'"phone":"pass:{made.pk}"' in event.body


def test_a_clean_form_is_filed_and_the_page_says_what_is_missing_still(phone):
    client = phone("YELLOW")
    answer = client.post("/p/form/", {"fever": ""}, follow=True)
    page = answer.content.decode()
    assert "Your form was filed" in page and "Yellow code" in page and "missing" in page


def test_it_is_the_last_step_of_the_way_back(cast, phone, now):
    client = phone("YELLOW")
    scene = Scene(cast)
    then = now - timedelta(minutes=20)
    scene.visit(client.person, at=then)
    scene.tested(client.person, at=then)
    client.post("/p/form/", {"fever": ""})
    assert "Green code" in body(client)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Say whether there is a fever"),
        ({"fever": "", "temperature": "38.5"}, "is a fever: tick it"),
        ({"fever": "on"}, "Say since which day"),
        ({"fever": "", "temperature": "365"}, "is it 36.5"),
        ({"fever": "", "symptoms": "cough"}, "Say since which day"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_filed(phone, typed, words):
    client = phone()
    page = client.post("/p/form/", typed).content.decode()
    assert words in page
    assert all(f'value="{value}"' in page for value in typed.values())
    assert not Event.objects.filter(action="declaration.filed").exists()


def test_without_a_phone_there_is_no_form(cast):
    assert [Client().get("/p/form/").status_code, Client().post("/p/form/", {"fever": ""}).status_code] == [
        401,
        401,
    ]


def test_a_phone_that_was_left_files_nothing(phone):
    client = phone()
    cookie = client.cookies["pass"].value
    client.post("/p/leave/")
    client.cookies["pass"] = cookie
    assert client.post("/p/form/", {"fever": ""}).status_code == 401


# --- paper from the phone ------------------------------------------------------------------------------------------
def test_a_phone_prints_a_paper_for_whoever_it_is_about(cast, phone):
    client = phone()
    page = client.post("/p/paper/").content.decode()
    made = Pass.objects.get(kind="PAPER")
    assert "Pass of the health code" in page and NAME[0] in page and NAME not in page
    assert (made.issued_by, made.person) == (cast.citizen, client.person)
    assert client.get("/p/").status_code == 200


def test_a_paper_that_was_printed_before_is_revoked_by_it(cast, phone, now):
    client = phone()
    first = passes.print_paper(client.person, by=cast.service_xinchang, at=now)
    client.post("/p/paper/")
    first.refresh_from_db()
    assert first.revoked_by == cast.citizen


def test_to_look_prints_nothing(phone):
    assert phone().get("/p/paper/").status_code == 405


# --- how often -----------------------------------------------------------------------------------------------------
def test_a_phone_that_asks_more_than_six_times_a_minute_is_slowed_down(phone):
    client = phone()
    answers = [client.get("/p/now/") for _ in range(7)]
    assert [one.status_code for one in answers] == [200] * 6 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_another_phone_is_not(phone):
    client, other = phone(), phone()
    for _ in range(7):
        client.get("/p/now/")
    assert other.get("/p/now/").status_code == 200


def test_whoever_tries_links_is_slowed_down_and_a_real_one_opens_all_the_same(link, known):
    address, client = link(known()), Client()
    answers = [client.get(f"/p/{'x' * 30}{number}/").status_code for number in range(31)]
    assert answers == [410] * 30 + [429]
    assert client.post(address).status_code == 302


# --- family --------------------------------------------------------------------------------------------------------
@pytest.fixture
def child(cast, now):
    """Return a function: somebody's child of eight without a document."""

    def make(guardian):
        born = days.local_day(now) - timedelta(days=8 * 365)
        identity = Identity(name="欧阳小宝", document_type="NONE", birth_date=born)
        whose = {"guardian": guardian, "guardian_relation": "母子", "present": guardian.present}
        return people.register(
            identity, **whose, by=cast.community_yulin, at=now - timedelta(minutes=40)
        ).person

    return make


def test_a_guardian_shows_a_childs_code_beside_their_own(cast, phone, child, now):
    client = phone()
    ward = child(client.person)
    contact(ward, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(minutes=20))
    assert "Show the code of 欧***" in body(client)
    answer = client.post("/p/ward/", {"ward": "0"})
    assert answer.headers["Location"] == "/p/?who=1"
    assert "Red code" in client.get("/p/?who=1").content.decode()
    assert "Green code" in body(client)
    made = Pass.objects.get(person=ward)
    assert made.issued_by == cast.citizen
    (event,) = Event.objects.filter(action="pass.opened", person=str(ward.public_id))
    assert '"phone":"pass:' in event.body


def test_a_door_takes_the_childs_code_as_the_childs(cast, phone, child):
    client = phone()
    ward = child(client.person)
    client.post("/p/ward/", {"ward": "0"})
    (digits, *_later) = client.get("/p/now/?who=1").json()["codes"]
    guarded("SCHOOL")
    Keeper(cast.gate_school).press(number=digits, temperature="36.5")
    assert GateCheck.objects.get().person == ward


def test_form_and_paper_are_those_of_whose_page_it_is(cast, phone, child):
    client = phone()
    ward = child(client.person)
    client.post("/p/ward/", {"ward": "0"})
    client.post("/p/form/?who=1", {"fever": ""})
    client.post("/p/paper/?who=1")
    assert [one.person for one in Pass.objects.filter(kind="PAPER")] == [ward]
    (event,) = Event.objects.filter(action="declaration.filed")
    assert event.person == str(ward.public_id)


def test_nobody_elses_child_is_shown(phone, child, known):
    client, other = phone(), known()
    child(other)
    assert "Show the code of" not in body(client)
    assert client.post("/p/ward/", {"ward": "0"}).headers["Location"] == "/p/"
    assert not Pass.objects.filter(person__guardian=other).exists()


@pytest.mark.parametrize("asked", ["1", "-1", "x", "", "00"])
def test_a_place_where_no_child_stands_opens_nothing(phone, child, asked):
    client = phone()
    child(client.person)
    client.post("/p/ward/", {"ward": asked})
    assert not Pass.objects.filter(person__guardian=client.person).exists()


@pytest.mark.parametrize("who", ["1", "99", "-1", "x", "100"])
def test_a_page_of_nobody_is_not_shown(phone, who):
    answer = phone().get(f"/p/?who={who}")
    assert answer.status_code == (401 if who in ("1", "99") else 200)


def test_leaving_ends_the_whole_family(phone, child):
    client = phone()
    child(client.person)
    client.post("/p/ward/", {"ward": "0"})
    client.post("/p/leave/")
    assert not Pass.objects.filter(kind="PHONE", revoked_at=None).exists()


def test_a_ward_who_is_none_any_more_is_not_opened(phone, child):
    client = phone()
    ward = child(client.person)
    Person.objects.filter(pk=ward.pk).update(deceased_on=timezone.localdate())
    client.post("/p/ward/", {"ward": "0"})
    assert not Pass.objects.filter(person=ward).exists()


def test_the_trail_says_in_words_by_which_phone_a_form_was_filed(cast, phone):
    client, supervisor = phone(), Client()
    client.post("/p/form/", {"fever": ""})
    User.objects.filter(pk=cast.supervisor_city.pk).update(language="en")
    supervisor.force_login(cast.supervisor_city, backend="healthcode.core.offices.backends.RoleBackend")
    trail = supervisor.get("/audit/event/", {"person": str(client.person.public_id)}).content.decode()
    made = Pass.objects.get(kind="PHONE")
    assert "by the phone" in trail and f"pass {made.pk}" in trail
