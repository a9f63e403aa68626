"""Checks at a door: what is found, what is decided, what is kept (clauses 2.0, 2.2, 2.3, 4.1, 4.2)."""

from decimal import Decimal

import pytest

from cases.models import GateCheck, Person
from cases.models.gates import PASSING, WhyLabel
from cases.policy import passing
from cases.selectors import answers
from cases.services import gates
from cases.services.engine.refusals import NotAllowed
from cases.services.engine.temperatures import ImpossibleTemperature
from cases.services.gates import PresentedCode
from cases.services.persons import documents, people
from healthcode.core.audit import batched
from healthcode.core.audit.models import AppendOnlyError, Event, Note
from tests.factories import DivisionFactory, OfficeFactory, UserFactory, guarded, resident_number

from .scenes import Scene, T, colour, later, refused

NOW = later(hours=5)
NORMAL = Decimal("36.5")


@pytest.fixture
def school(cast):
    return guarded("SCHOOL")


@pytest.fixture
def at_gate(scene: Scene, school):
    """Return a function: gate.school checks what is shown, now."""

    def check(presented, temperature="36.5", *, venue=school, by=None, at=NOW, **fields):
        presented = PresentedCode(presented) if isinstance(presented, str) else presented
        by = by or scene.cast.gate_school
        return gates.check(presented, venue=venue, temperature=Decimal(temperature), by=by, at=at, **fields)

    return check


def outcome(check):
    return check.colour, check.passed, check.why


@pytest.mark.parametrize("code", ["green", "yellow"])
@pytest.mark.parametrize("temperature", ["37.3", "38.5"])
def test_a_fever_passes_at_the_fever_clinic_s_own_door(scene, at_gate, code, temperature):
    person = scene.person()
    if code == "yellow":
        scene.fever(person)
    office = OfficeFactory(kind="VENUE")
    clinic = guarded("FEVER_CLINIC", office=office.code)
    keeper = UserFactory(role="gate", office=office)
    check = at_gate(str(person.public_id), temperature, venue=clinic, by=keeper)
    assert outcome(check) == (code.upper(), True, "EXAMINED")


def test_a_red_person_is_not_let_through_at_the_fever_clinic_either(scene, at_gate):
    person = scene.person()
    scene.clinical(person)
    office = OfficeFactory(kind="VENUE")
    clinic = guarded("FEVER_CLINIC", office=office.code)
    check = at_gate(str(person.public_id), "38.5", venue=clinic, by=UserFactory(role="gate", office=office))
    assert outcome(check) == ("RED", False, "RED")


def test_a_person_is_found_by_the_document_number_however_it_is_typed(scene, at_gate):
    person = scene.person(document_number="33062419850307018X")
    for typed in ("33062419850307018X", "３３０６２４ 198503 07018x", f" {person.document} "):
        assert at_gate(typed).person == person


@pytest.mark.parametrize("spelled", ["{0}", "{0.hex}", " {0} ", "{{{0}}}"])
def test_a_person_is_found_by_the_opaque_number(scene, at_gate, spelled):
    person = scene.person()
    assert at_gate(spelled.format(person.public_id)).person == person


@pytest.mark.parametrize(
    ("country", "number", "typed"),
    [
        ("KOR", "M12345678", "kor M12345678"),
        ("CHN", "E12345678", "E12345678"),
        ("CHN", "EA1234567", "CHN EA1234567"),
    ],
)
def test_a_person_is_found_by_a_passport(scene, at_gate, country, number, typed):
    fields = {"document_type": "PASSPORT", "document_number": number, "document_country": country}
    identity = people.Identity("PARK MINJUN", **fields)
    present = DivisionFactory(code="330624001")
    made = people.register(identity, present=present, by=scene.cast.cdc_xinchang, at=T)
    assert at_gate(typed).person == made.person


def test_green_passes(scene, at_gate):
    assert outcome(at_gate(scene.person().document)) == ("GREEN", True, "GREEN")


def test_red_is_refused(scene, at_gate):
    person = scene.person()
    scene.clinical(person)
    assert outcome(at_gate(person.document)) == ("RED", False, "RED")


def test_yellow_is_refused_at_a_school_unless_a_boarder_is_admitted_with_a_reason(scene, at_gate):
    person = scene.person()
    scene.fever(person)
    assert outcome(at_gate(person.document)) == ("YELLOW", False, "RESTRICTED")
    admitted = at_gate(person.document, reason=" 住校学生 ")
    assert outcome(admitted) == ("YELLOW", True, "ADMITTED")
    assert admitted.reason == "住校学生"


def test_yellow_takes_a_taxi_with_a_mask_worn_correctly(scene, at_gate):
    taxi = guarded("TAXI", office="taxis")
    person = scene.person()
    scene.fever(person)
    fields = {"venue": taxi, "by": scene.cast.gate_taxi}
    assert outcome(at_gate(person.document, **fields)) == ("YELLOW", False, "UNMASKED")
    assert outcome(at_gate(person.document, mask=True, **fields)) == ("YELLOW", True, "MASKED")


def test_a_fever_keeps_out_and_changes_no_colour(scene, at_gate):
    person = scene.person()
    assert outcome(at_gate(person.document, "37.3")) == ("GREEN", False, "FEVER")
    assert colour(person, NOW) == "GREEN"
    assert not person.transitions.exists()


def test_a_code_of_another_city_is_taken_as_it_is_shown_and_nobody_is_registered(scene, at_gate):
    before = Person.objects.count()
    hangzhou = DivisionFactory(code="3301")
    check = at_gate(PresentedCode(issuer=hangzhou, colour="GREEN"))
    assert outcome(check) == ("GREEN", True, "GREEN")
    assert (check.issuer, check.person) == (hangzhou, None)
    assert Person.objects.count() == before


@pytest.mark.parametrize(("presented", "passes"), [("GREEN", True), ("YELLOW", False), ("RED", False)])
def test_a_code_from_outside_the_province_is_looked_at_and_never_converted(scene, at_gate, presented, passes):
    check = at_gate(PresentedCode(issuer=DivisionFactory(code="31"), colour=presented))
    assert (check.colour, check.passed) == (presented, passes)
    assert not Person.objects.exists()


def test_another_citys_holder_can_be_registered_here_and_red(scene, at_gate):
    person = scene.person(code_city=DivisionFactory(code="3301"))
    scene.clinical(person)
    assert at_gate(person.document).colour == "RED"


def test_an_unknown_number_has_no_code_and_is_recorded_without_the_number(scene, at_gate):
    number = resident_number()
    check = at_gate(number)
    assert (outcome(check), check.person) == (("NONE", False, "NO_CODE"), None)
    kept = [
        str(row) for row in (*GateCheck.objects.values(), *Event.objects.values(), *Note.objects.values())
    ]
    digest = documents.index_of("RESIDENT_ID", number, "CHN")
    assert not [row for row in kept if number in row or digest in row]


def test_a_deceased_persons_code_answers_like_an_unknown_one(scene, at_gate):
    person = scene.person()
    scene.died(person, at=T)
    check = at_gate(person.document)
    known, unknown = answer(check), answer(at_gate(resident_number()))
    assert check.person == person  # supervision sees that somebody came with it
    assert (known.colour, known.masked_name, known.verdict) == (unknown.colour, "", unknown.verdict)


def test_a_merged_record_answers_with_its_survivors_colour(scene, at_gate):
    duplicate, survivor = scene.person(), scene.person()
    scene.clinical(survivor)
    scene.merged(duplicate, survivor)
    check = at_gate(duplicate.document)
    assert (check.person, check.colour) == (survivor, "RED")


@pytest.mark.parametrize(
    ("presented", "refusal", "field"),
    [
        (PresentedCode(), gates.NumberNotGiven, "number"),
        (PresentedCode("   "), gates.NumberNotGiven, "number"),
        (PresentedCode("张三"), gates.UnreadableNumber, "number"),
        (PresentedCode("330624198503070011"), documents.WrongCheckDigit, "document_number"),
        (PresentedCode("33062419850307001"), documents.WrongDocument, "document_number"),
        (PresentedCode("330624198513070011"), documents.WrongBirthDate, "document_number"),
    ],
)
def test_a_mistyped_number_is_told_from_its_digits_alone(at_gate, presented, refusal, field):
    assert refused(refusal, at_gate, presented).field == field


@pytest.mark.parametrize(
    ("code", "presented", "refusal"),
    [
        ("3306", "GREEN", gates.LookedUpHere),
        ("33", "GREEN", gates.NotAnIssuer),
        ("330624", "GREEN", gates.NotAnIssuer),
        ("3301", "", gates.ColourMissing),
        ("3301", "NONE", gates.ColourMissing),
        ("31", "BLUE", gates.ColourMissing),
    ],
)
def test_a_code_that_nobody_issues_is_refused(at_gate, code, presented, refusal):
    issuer = DivisionFactory(code=code)
    refused(refusal, at_gate, PresentedCode(issuer=issuer, colour=presented))


def test_a_number_and_a_code_from_elsewhere_are_two_checks(scene, at_gate):
    person, issuer = scene.person(), DivisionFactory(code="3301")
    refused(gates.NumberAndIssuer, at_gate, PresentedCode(person.document, issuer, "GREEN"))
    refused(gates.NumberAndIssuer, at_gate, PresentedCode(person.document, colour="GREEN"))


def test_a_mask_that_nobody_looked_at_is_not_said_to_be_missing(scene, at_gate):
    number = scene.person().document
    assert [at_gate(number).mask, at_gate(number, mask=False).mask] == [None, False]


@pytest.mark.parametrize("temperature", ["33.9", "43.1", "365"])
def test_without_a_possible_temperature_nothing_is_looked_up(scene, at_gate, temperature):
    refused(ImpossibleTemperature, at_gate, scene.person().document, temperature)


def test_every_check_is_written_with_its_hash_and_listed_by_trails(scene, at_gate):
    person = scene.person()
    check = at_gate(person.document)
    assert bytes(check.hash) == batched.hash_of(batched.fields_of(check))
    event = check.as_event()
    assert (event.action, event.target) == ("gate.checked", f"gatecheck:{check.pk}")
    assert (event.actor, event.office, event.person) == ("gate.school", "school", str(person.public_id))
    assert '"colour":"GREEN"' in event.body and '"passed":true' in event.body


def test_a_check_is_never_changed(scene, at_gate):
    check = at_gate(scene.person().document)
    with pytest.raises(AppendOnlyError):
        check.save()


def test_a_gate_keeper_checks_only_at_the_own_offices_open_doors(scene, at_gate):
    other = guarded("SUPERMARKET", office="supermarket")
    number = scene.person().document
    refused(NotAllowed, at_gate, number, venue=other)
    refused(NotAllowed, at_gate, number, by=scene.cast.service_xinchang)


def test_a_door_that_checks_too_fast_is_no_door(scene, at_gate, settings):
    settings.GATE_CHECKS_PER_MINUTE = 2
    number = scene.person().document
    at_gate(number)
    at_gate(resident_number(), at=later(hours=5, seconds=1))
    refused(gates.TooFast, at_gate, number, at=later(hours=5, seconds=59))
    assert at_gate(number, at=later(hours=5, seconds=60)).passed


# --- going on with a check ---------------------------------------------------------------------------------------


@pytest.fixture
def refused_yellow(scene, at_gate):
    person = scene.person()
    scene.fever(person)
    return at_gate(person.document)


def test_a_check_goes_on_with_a_reason(scene, refused_yellow):
    by = scene.cast.gate_school
    check = gates.again(refused_yellow, reason="住校学生", by=by, at=later(hours=5, minutes=1))
    assert outcome(check) == ("YELLOW", True, "ADMITTED")
    assert (check.follows, check.person) == (refused_yellow, refused_yellow.person)


def test_a_check_goes_on_with_the_colour_of_the_moment(scene, refused_yellow):
    scene.clinical(refused_yellow.person, at=later(hours=5, seconds=5))
    by = scene.cast.gate_school
    check = gates.again(refused_yellow, reason="住校学生", by=by, at=later(hours=5, minutes=1))
    assert outcome(check) == ("RED", False, "RED")


def test_admitting_needs_a_reason(scene, refused_yellow):
    refused(
        gates.AdmittedWithoutReason,
        gates.again,
        refused_yellow,
        reason=" ",
        by=scene.cast.gate_school,
        at=NOW,
    )


def test_a_check_goes_on_only_where_that_would_help(scene, at_gate):
    check = at_gate(scene.person().document)
    refused(gates.NothingAsked, gates.again, check, reason="x", by=scene.cast.gate_school, at=NOW)


def test_a_check_goes_on_for_minutes_and_for_its_own_keeper(scene, refused_yellow):
    late = later(hours=5, minutes=11)
    refused(gates.CheckIsOver, gates.again, refused_yellow, reason="x", by=scene.cast.gate_school, at=late)
    colleague = UserFactory(username="gate.two", role="gate", office=scene.cast.office("school"))
    refused(gates.CheckIsOver, gates.again, refused_yellow, reason="x", by=colleague, at=NOW)


# --- what the keeper is told -------------------------------------------------------------------------------------


def answer(check):
    return answers.answer_to(check, gates.verdict(check))


def test_the_name_is_masked(scene, at_gate):
    assert answer(at_gate(scene.person(name="欧阳小明").document)).masked_name == "欧***"
    assert answer(at_gate(scene.person(name="PARK MIN").document)).masked_name == "P*** M**"


def test_a_fever_is_sent_to_the_nearest_clinic(scene, at_gate):
    here = scene.cast.office("clinic-xinchang")
    OfficeFactory(kind="FEVER_CLINIC", division=DivisionFactory(code="330602"))
    assert answer(at_gate(scene.person().document, "38.0")).send_to == (here,)


def test_a_clinic_of_the_township_is_nearer_than_the_countys(scene, at_gate):
    township = OfficeFactory(kind="FEVER_CLINIC", division=DivisionFactory(code="330624001"))
    assert answer(at_gate(scene.person().document, "38.0")).send_to == (township,)


def test_red_is_not_sent_anywhere_alone_even_with_a_fever(scene, at_gate):
    person = scene.person()
    scene.clinical(person)
    kinds = {office.kind for office in answer(at_gate(person.document, "38.0")).send_to}
    assert kinds == {"PREVENTION"}


def test_nobody_is_sent_anywhere_without_need(scene, at_gate):
    assert answer(at_gate(scene.person().document)).send_to == ()


def test_the_stored_answers_are_the_policys():
    assert set(WhyLabel.values) == {why.value for why in passing.Why}
    assert set(PASSING) == {why.value for why in passing.PASSING}
