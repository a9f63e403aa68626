"""The printed pass: who prints it, what revokes it, and what a door answers (clause 4.1)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import GateCheck, Pass, Person
from cases.passes import keys, signed
from cases.selectors.phones import phone_of
from cases.services import passes
from cases.services.engine.refusals import NotAllowed
from cases.services.persons import merges
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import StalePage
from tests.cases.scenes import nothing_stored, refused
from tests.factories import contact, guarded, token_of
from tests.gate.conftest import NAME, Keeper

BACKEND = "healthcode.core.offices.backends.RoleBackend"
SOON = timedelta(minutes=5)


def digits(printed, **changes):
    """Return what a scanner reads off the paper; with changes, of one that somebody else made."""
    key = keys.signing(signed.PassKind.PAPER)
    body = printed.body(key.number)
    return signed.sign(type(body)(**{**vars(body), **changes}), key.private)


def logged_in(user):
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def printed(cast, people_of, now):
    """Return a function: the pass that the service point printed for somebody of this colour."""

    def make(colour="GREEN"):
        return passes.print_paper(people_of(colour), by=cast.service_xinchang, at=now - SOON)

    return make


def check(keeper, scanned, temperature="36.5"):
    return keeper.press(number=scanned, temperature=temperature).content.decode()


# --- printing ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("username", ["service.xinchang", "community.yulin"])
def test_service_point_and_community_print_it_for_their_own(cast, people_of, now, username):
    person = people_of("RED")
    made = passes.print_paper(person, by=cast[username], at=now)
    assert (made.person, made.issued_by, made.revoked_at) == (person, cast[username], None)
    assert made.ends_at == made.issued_at + timedelta(days=14)
    (event,) = Event.objects.filter(action="pass.printed")
    assert (event.actor, event.person) == (username, str(person.public_id))


@pytest.mark.parametrize(
    "username", ["group.xinchang", "gate.school", "supervisor.city", "community.yuecheng"]
)
def test_nobody_else_does(cast, people_of, now, username):
    refused(NotAllowed, passes.print_paper, people_of("GREEN"), by=cast[username], at=now)


def test_the_paper_says_nothing_about_whose_it_is(printed, now):
    made = printed("RED")
    body = keys.opened(digits(made))
    assert body.colour is None
    assert body.handle.hex() == made.handle
    assert str(made.person.public_id).replace("-", "")[:16] != made.handle


def test_two_prints_have_nothing_in_common(cast, printed, now):
    first = printed()
    second = passes.print_paper(first.person, by=cast.service_xinchang, at=now)
    assert first.handle != second.handle


def test_a_new_print_revokes_the_one_before(cast, printed, now):
    first = printed()
    second = passes.print_paper(first.person, by=cast.community_yulin, at=now)
    first.refresh_from_db()
    assert (first.revoked_by, second.revoked_at) == (cast.community_yulin, None)
    assert Event.objects.filter(action="pass.revoked").count() == 1


def test_nobody_prints_it_for_the_dead(cast, people_of, now):
    person = people_of("GREEN")
    person.deceased_on = now.date()
    Person.objects.filter(pk=person.pk).update(deceased_on=now.date())
    refused(passes.NoPass, passes.print_paper, person, by=cast.service_xinchang, at=now)


def test_a_page_that_is_too_old_prints_nothing(cast, people_of, now):
    person = people_of("GREEN")
    refused(StalePage, passes.print_paper, person, by=cast.service_xinchang, at=now, seen=person.version + 1)


# --- revoking ----------------------------------------------------------------------------------------------------
def test_a_lost_one_is_revoked_with_a_reason(cast, printed, now):
    made = printed()
    passes.revoke(made.person, reason="lost on the bus", by=cast.community_yulin, at=now)
    made.refresh_from_db()
    assert (made.revoked_by, made.why) == (cast.community_yulin, "lost on the bus")
    refused(
        passes.NothingToRevoke, passes.revoke, made.person, reason="again", by=cast.community_yulin, at=now
    )


def test_nobody_revokes_one_out_of_their_reach(cast, printed, now):
    made = printed()
    refused(NotAllowed, passes.revoke, made.person, reason="lost", by=cast.community_yuecheng, at=now)


def test_one_that_is_over_is_not_revoked(cast, printed, now):
    made = printed()
    later = made.ends_at + timedelta(seconds=1)
    refused(
        passes.NothingToRevoke, passes.revoke, made.person, reason="lost", by=cast.community_yulin, at=later
    )


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": None, "revoked_by": None, "why": ""}, {"handle": "0" * 16}],
    ids=["revoked", "handle"],
)
def test_the_database_keeps_what_a_pass_was(cast, printed, now, change):
    made = printed()
    passes.revoke(made.person, reason="lost", by=cast.community_yulin, at=now)
    with nothing_stored(DatabaseError), transaction.atomic():
        Pass.objects.filter(pk=made.pk).update(**change)


# --- the door ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("colour", "words"), [("GREEN", "Green code"), ("YELLOW", "Yellow code"), ("RED", "Red code")]
)
def test_a_door_answers_with_the_colour_of_now(keeper, printed, colour, words):
    page = check(keeper, digits(printed(colour)))
    assert words in page and (NAME[0] in page)
    assert (colour == "GREEN") is ("Do not let through" not in page)


def test_a_code_that_turned_since_the_print_is_told_as_it_is(cast, keeper, printed, people_of, now):
    made = printed("GREEN")
    contact(made.person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(minutes=1))
    assert "Red code" in check(keeper, digits(made))


def test_without_a_temperature_nothing_is_told_and_nothing_is_lost(keeper, printed):
    scanned = digits(printed("RED"))
    page = check(keeper, scanned, temperature="")
    assert f'value="{scanned}"' in page
    assert "red code" not in page.lower() and not GateCheck.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("revoked", "This paper was revoked"),
        ("over", "This code is out of date"),
        ("forged", "Nobody in this city made"),
        ("never handed out", "Nobody in this city made"),
    ],
)
def test_one_that_does_not_count_tells_no_colour_and_is_on_record(cast, keeper, printed, now, wrong, words):
    made = printed("GREEN")
    scanned = digits(made)
    if wrong == "revoked":
        passes.revoke(made.person, reason="lost", by=cast.community_yulin, at=now)
    if wrong == "over":
        scanned = digits(made, lifetime=0, valid_from=now - timedelta(days=1))
    if wrong == "forged":
        scanned = scanned[:-1] + str((int(scanned[-1]) + 1) % 10)
    if wrong == "never handed out":
        scanned = digits(made, handle=bytes(8))
    page = check(keeper, scanned)
    assert words in page and "Do not let through" in page
    assert "Green" not in page and NAME[0] not in page and "shape-green" not in page
    made_check = GateCheck.objects.get()
    assert (made_check.passed, made_check.colour) == (False, "NONE")
    assert made_check.why == {"revoked": "REVOKED", "over": "STALE"}.get(wrong, "NOT_OURS")


def test_a_merged_records_pass_answers_for_the_surviving_one(cast, keeper, printed, people_of, now):
    made = printed("GREEN")
    survivor = people_of("RED")
    asked = merges.propose(made.person, survivor, reason="同一人", by=cast.bureau_one, at=now)
    merges.approve(asked, by=cast.bureau_two, at=now)
    assert "Red code" in check(keeper, digits(made))


def test_a_dead_persons_pass_says_what_their_number_says(keeper, printed, now):
    made = printed("GREEN")
    Person.objects.filter(pk=made.person_id).update(deceased_on=now.date())
    page = check(keeper, digits(made))
    assert "No code under this number" in page and "Green" not in page


def test_a_device_scans_it_like_a_number(cast, school, printed):
    made = printed("RED")
    secret = token_of(cast.gate_school, until=timezone.now() + timedelta(hours=1), at=timezone.now())[1]
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": "one"}
    body = {"number": digits(made), "temperature": "36.5"}
    answer = Client().post("/api/v1/gate/checks", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["colour"], answer.json()["why"]) == ("RED", "RED")


def test_with_blanks_between_its_digits_it_is_the_same(keeper, printed):
    scanned = digits(printed("YELLOW"))
    grouped = " ".join(scanned[start : start + 4] for start in range(0, 196, 4))
    assert "Yellow code" in check(keeper, grouped)


# --- the page ----------------------------------------------------------------------------------------------------
def test_printing_leads_to_the_paper(cast, people_of):
    person, client = people_of("GREEN"), logged_in(cast.service_xinchang)
    url = reverse("admin:cases_person_do", args=(person.pk, "print-pass"))
    effect = client.post(url, {}, follow=True)
    asked = f"{effect.request['PATH_INFO']}?{effect.request['QUERY_STRING']}"
    page = client.post(asked, {"_confirm": "1"}, follow=True)
    assert page.request["PATH_INFO"] == reverse("admin:cases_person_pass", args=(person.pk,))
    body = page.content.decode()
    assert "<svg" in body and person.masked_name in body and person.name not in body.partition("<article")[2]
    assert Event.objects.filter(action="person.viewed", person=str(person.public_id)).exists()


def test_the_paper_is_for_whoever_may_print_it_and_only_while_it_counts(cast, printed, now):
    made = printed()
    url = reverse("admin:cases_person_pass", args=(made.person_id,))
    assert logged_in(cast.community_yulin).get(url).status_code == 200
    assert logged_in(cast.group_xinchang).get(url).status_code == 404
    assert logged_in(cast.community_yuecheng).get(url).status_code in (302, 404)
    passes.revoke(made.person, reason="lost", by=cast.community_yulin, at=now)
    assert logged_in(cast.community_yulin).get(url).status_code == 404


def test_the_persons_page_leads_to_the_paper_that_counts(cast, printed, now):
    made = printed()
    page = logged_in(cast.service_xinchang).get(reverse("admin:cases_person_change", args=(made.person_id,)))
    assert reverse("admin:cases_person_pass", args=(made.person_id,)) in page.content.decode()
    assert "Revoke paper and phone" in page.content.decode()


# --- a phone, with a network ---------------------------------------------------------------------------------------
@pytest.fixture
def on_phone(cast, people_of, now):
    """Return a function: somebody of this colour, and what their phone shows now."""

    def make(colour="GREEN"):
        person = people_of(colour)
        _made, secret = passes.hand_off(person, by=cast.citizen, at=now)
        return person, phone_of(passes.use_up(secret, at=now), now).passes[0]

    return make


def test_a_code_that_turned_since_the_phone_fetched_it_is_that_of_now(cast, keeper, on_phone, now):
    person, scanned = on_phone("GREEN")
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=now - timedelta(minutes=1))
    page = check(keeper, scanned)
    assert "Red code" in page and "The code has turned meanwhile (green on a phone)" in page
    assert "turned meanwhile" not in keeper.check(person)


def test_a_code_that_is_what_the_phone_shows_says_nothing_of_it(keeper, on_phone):
    _person, scanned = on_phone("YELLOW")
    assert "turned meanwhile" not in check(keeper, scanned)


def test_a_phone_that_was_at_another_door_a_moment_ago_is_compared(cast, keeper, on_phone):
    _person, scanned = on_phone()
    guarded("SUPERMARKET", office="supermarket")
    check(Keeper(cast.gate_market), scanned)
    assert "was shown at another door" in check(keeper, scanned)
    assert "was shown at another door" in check(keeper, scanned)
    assert GateCheck.objects.filter(passed=True).count() == 3


def test_a_paper_that_was_at_another_door_is_not(cast, keeper, printed):
    scanned = digits(printed())
    guarded("SUPERMARKET", office="supermarket")
    check(Keeper(cast.gate_market), scanned)
    assert "was shown at another door" not in check(keeper, scanned)


def test_the_same_door_again_is_no_other(keeper, on_phone):
    _person, scanned = on_phone()
    check(keeper, scanned)
    assert "was shown at another door" not in check(keeper, scanned)
