"""A clean form ends a fever when it comes from other hands than the examination and the test (3.4a)."""

from datetime import timedelta

import pytest

from cases.models import Case
from cases.models.declarations import Mode
from cases.policy import rulebook, shipped
from cases.policy.colours import Colour
from cases.services.persons import lookups
from cases.services.samples import corrections, declarations, results
from cases.services.samples.declarations import Form
from healthcode.core.offices.models import User
from healthcode.core.offices.staff import ROLE_KEYS
from tests.api.conftest import Caller, secret_of
from tests.cases.scenes import Scene, colour, fresh, later, sample
from tests.factories import OfficeFactory, UserFactory, delivered, sealed

EXAMINED, TESTED, FILED, AFTER = later(hours=1), later(hours=2), later(hours=3), later(hours=4)


def clinician(username: str, office: str) -> User:
    made = OfficeFactory(code=office, kind="FEVER_CLINIC", division_id="330624", name=office)
    return UserFactory(username=username, role="clinic", office=made)


def ready(scene: Scene, *, tested_by: str = "hospital.city"):
    """Return somebody with a fever whom the clinic of Xinchang has examined, and who is negative."""
    person = scene.person()
    scene.fever(person)
    scene.visit(person, at=EXAMINED)
    results.enter(person, sample(TESTED), by=scene.cast[tested_by], at=TESTED)
    return person


def filed(scene: Scene, person, by: str, mode: Mode, *, at=FILED) -> None:
    form = Form(False, proxy="女儿" if mode == Mode.PROXY else "")
    user = scene.cast[by] if isinstance(by, str) else by
    declarations.declare(person, form, mode=mode, by=user, at=at)


@pytest.mark.parametrize(
    ("by", "mode"),
    [
        ("citizen", Mode.ALONE),
        ("citizen", Mode.PROXY),
        ("community.yulin", Mode.PROXY),
        ("service.xinchang", Mode.PROXY),
    ],
)
def test_the_person_the_family_the_community_and_the_service_point_file_it(scene: Scene, by, mode):
    filed(scene, person := ready(scene), by, mode)
    assert colour(person, AFTER) == Colour.GREEN


def test_another_clinic_files_it(scene: Scene):
    filed(scene, person := ready(scene), clinician("clinic.other", "clinic-other"), Mode.GUIDED)
    assert colour(person, AFTER) == Colour.GREEN


@pytest.mark.parametrize("who", ["the account", "a colleague"])
def test_the_clinic_that_examined_does_not(scene: Scene, who):
    colleague = clinician("clinic.colleague", "clinic-xinchang") if who == "a colleague" else None
    filed(scene, person := ready(scene), colleague or "clinic.xinchang", Mode.GUIDED)
    assert colour(person, AFTER) == Colour.YELLOW


def test_the_service_point_account_that_entered_the_test_does_not(scene: Scene):
    filed(scene, person := ready(scene, tested_by="service.xinchang"), "service.xinchang", Mode.PROXY)
    assert colour(person, AFTER) == Colour.YELLOW


def test_nor_does_it_after_a_colleague_corrected_what_it_typed(scene: Scene):
    person = ready(scene, tested_by="service.xinchang")
    office = scene.cast.service_xinchang.office
    colleague = UserFactory(username="service.colleague", role="service_point", office=office)
    typed = person.results.get()
    right = sample(typed.sampled_at, report_number=f"{typed.report_number}9", origin=typed.origin)
    at = TESTED + timedelta(minutes=5)
    corrections.correct(typed, right, reason="编号少一位", by=colleague, at=at)
    filed(scene, fresh(person), "service.xinchang", Mode.PROXY)
    assert colour(person, AFTER) == Colour.YELLOW
    filed(scene, fresh(person), "citizen", Mode.ALONE, at=AFTER)
    assert colour(person, AFTER + timedelta(minutes=1)) == Colour.GREEN


def test_why_it_does_not_count_is_said_with_who_may_file_it(scene: Scene):
    filed(scene, person := ready(scene), "clinic.xinchang", Mode.GUIDED)
    missing = declarations.still_missing(person, at=AFTER)
    assert "不予采信" in missing and "社区" in missing and "本人" in missing


def test_the_persons_own_form_counts_whatever_the_clinic_filed_before_or_after(scene: Scene):
    filed(scene, person := ready(scene), "clinic.xinchang", Mode.GUIDED)
    filed(scene, person, "citizen", Mode.ALONE, at=AFTER)
    assert colour(person, later(hours=5)) == Colour.GREEN


def test_a_fever_that_the_clinic_sees_again_counts_all_the_same(scene: Scene):
    person = ready(scene)
    form = Form(False, symptoms="咳嗽", onset_on=later(days=-1).date())
    declarations.declare(person, form, mode=Mode.GUIDED, by=scene.cast.clinic_xinchang, at=FILED)
    assert colour(person, AFTER) == Colour.YELLOW


def test_the_place_where_somebody_is_files_for_whom_it_found(scene: Scene):
    person = ready(scene)
    for by in ("community.yuecheng", "service.yuecheng"):
        fields = {"document_number": person.document, "purpose": "住店客人，协助填报"}
        lookups.look_up(document_type="RESIDENT_ID", **fields, by=scene.cast[by], at=FILED)
    filed(scene, person, "community.yuecheng", Mode.PROXY)
    assert colour(person, AFTER) == Colour.GREEN


# --- every way in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proxy", ["", "女儿"])
def test_the_file_of_the_citizen_channel_ends_it_alone_or_by_the_family(scene: Scene, proxy):
    person = ready(scene)
    rows = sealed(f"记录编号,证件号码,发热,代填人\nD1,{person.document},否,{proxy}")
    delivered(rows, kind="DECLARATIONS", by=scene.cast.citizen, at=FILED)
    assert colour(person, AFTER) == Colour.GREEN
    assert person.declarations.latest("pk").proxy == proxy


@pytest.mark.parametrize(
    ("by", "operation", "ends"),
    [("clinic.xinchang", "declare-guided", False), ("community.yulin", "declare-proxy", True)],
)
def test_the_api_asks_the_same(scene: Scene, by, operation, ends):
    person = ready(scene)
    caller = Caller(scene.cast[by])
    missing = {"proxy": "女儿"} if ends else {}
    answer = caller.do(operation, person, fever=False, **missing)
    assert answer.status_code == 200
    assert (Case.objects.get().state == "ENDED") is ends
    assert ("不予采信" in answer.content.decode()) is not ends


def test_the_citizen_channel_files_for_the_family_over_the_api(scene: Scene):
    person, citizen = ready(scene), scene.cast.citizen
    answer = Caller(citizen, secret_of(scene.cast, citizen)).do(
        "declare-proxy", person, fever=False, proxy="女儿"
    )
    assert answer.status_code == 200 and fresh(Case.objects.get()).state == "ENDED"


@pytest.mark.parametrize("name", [shipped.IN_FORCE, "zhejiang-notice"])
def test_a_book_of_before_says_it_in_our_words(name):
    lines = shipped.text(name).splitlines(keepends=True)
    before = rulebook.parse("".join(line for line in lines if "says.same_hands" not in line), roles=ROLE_KEYS)
    now = rulebook.parse("".join(lines), roles=ROLE_KEYS)
    assert before.conditions["DECLARED_WELL"].says == now.conditions["DECLARED_WELL"].says


@pytest.mark.parametrize("file", ["examined", "tested"])
def test_one_human_with_two_accounts_has_the_same_hands(scene: Scene, file):
    person, examiner = scene.person(), scene.cast.clinic_xinchang
    tester = scene.cast.hospital_city
    twin = examiner if file == "examined" else tester
    User.objects.filter(pk=twin.pk).update(phone="13900000001")
    office = scene.cast.service_xinchang.office
    other = UserFactory(
        username="service.twin", role="service_point", office=office, name=twin.name, phone="13900000001"
    )
    scene.fever(person)
    scene.visit(person, at=EXAMINED)
    results.enter(person, sample(TESTED), by=tester, at=TESTED)
    filed(scene, person, other, Mode.PROXY)
    assert colour(person, AFTER) == Colour.YELLOW


def test_colleagues_who_share_a_telephone_are_two_humans(scene: Scene):
    person, examiner = scene.person(), scene.cast.clinic_xinchang
    User.objects.filter(pk__in=[examiner.pk, scene.cast.service_xinchang.pk]).update(phone="0575-86000001")
    scene.fever(person)
    scene.visit(person, at=EXAMINED)
    results.enter(person, sample(TESTED), by=scene.cast.hospital_city, at=TESTED)
    filed(scene, person, "service.xinchang", Mode.PROXY)
    assert colour(person, AFTER) == Colour.GREEN
