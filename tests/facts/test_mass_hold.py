"""The hold counts by what the evidence is: however it is spelled, split or brought in, and by whomever at once."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.db import connection

from cases.feeds import deliveries
from cases.models import Case, MassHold, RejectedRow, RuleBook
from cases.policy.colours import Colour
from cases.policy.parts import Parameters
from cases.services.engine import admission, holds
from cases.services.engine.evidence import resolves
from cases.services.engine.plans import Plan
from cases.services.grounds import document_register
from cases.services.samples import corrections, results
from healthcode.core.audit import triggers
from tests.cases.scenes import TODAY, Scene, T, colour, fresh, later, refused, sample
from tests.databases import run_together
from tests.factories import delivered, sealed
from tests.facts.ways import by_api

HEADING = "记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,证据类型,证据编号"
DOCUMENT = "浙防指〔2020〕12号"


@pytest.fixture(autouse=True)
def few(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hold be needed above five: what is counted as one does not depend on how many are too many.

    Above twenty, the book's own number, it is needed in tests/deliveries/test_holds.py.
    """
    assert RuleBook.objects.in_force(
        T
    ).policy  # read before, for nothing sets a field of a class that is so changed
    monkeypatch.setattr(Parameters, "mass_hold_threshold", 5)


def file_of(
    scene: Scene, references: Iterable[str], key: str = "系统自动赋红码", start: int = 0, persons=None
) -> bytes:
    rows = [HEADING]
    for number, reference in enumerate(references, start=start):
        person = persons[number] if persons else scene.person()
        identity = (person.name, person.document, person.present_id)
        rows.append(",".join((f"S{number}", *identity, "赋码", key, f"{TODAY}", "DOCUMENT", reference)))
    return sealed("\n".join(rows))


def send(scene: Scene, references: Iterable[str], *, at=T, **fields):
    content = file_of(scene, references, **fields)
    return delivered(content, kind="GROUNDS", by=scene.cast.province, at=at, at_once=True)


def states() -> tuple[int, int]:
    return tuple(Case.objects.filter(state=state).count() for state in ("OPEN", "HELD"))


def test_one_reference_for_each_row_is_one_evidence_where_none_leads_anywhere(scene: Scene):
    send(scene, [f"场所{number}" for number in range(6)])
    assert states() == (0, 6)


@pytest.mark.parametrize("invented", ["浙防指〔2020〕{}号", "CA12{}/2020-10-31", "case:99{}", "某区某街道{}"])
def test_invented_references_of_any_shape_count_together(scene: Scene, invented):
    for delivery in range(5):
        references = [invented.format(delivery)] * 2
        send(scene, references, start=delivery * 2, at=later(minutes=delivery))
    # The first two deliveries are four rows: the third would be more than five.
    assert states() == (4, 6)


def test_two_spellings_of_one_document_are_one_evidence(scene: Scene):
    scene.documented(DOCUMENT)
    send(scene, [DOCUMENT] * 3)
    send(scene, ["浙防指[2020] 12 号"] * 3, start=50, at=later(minutes=5))
    assert states() == (3, 3)
    assert MassHold.objects.get().evidence_ref == DOCUMENT


def test_two_documents_of_the_register_are_two(scene: Scene):
    scene.documented(DOCUMENT)
    scene.documented("浙防指〔2020〕13号")
    send(scene, [DOCUMENT] * 3)
    send(scene, ["浙防指〔2020〕13号"] * 3, start=50, at=later(minutes=5))
    assert states() == (6, 0)


@pytest.mark.parametrize("written", ["第12号", "012号", "12號", "12号文"])
def test_a_document_is_one_evidence_with_every_spelling_of_its_number(scene: Scene, written):
    scene.documented(DOCUMENT)
    send(scene, [DOCUMENT] * 3 + [f"浙防指〔2020〕{written}"] * 3)
    assert states() == (0, 6)
    assert MassHold.objects.get().evidence_ref == DOCUMENT


def test_one_case_is_one_evidence_however_its_number_is_written(scene: Scene):
    index = scene.clinical(scene.person(), "CONFIRMED")
    send(scene, [f"case:{'0' * zeros}{index.pk}" for zeros in range(5)] + [f"CASE：{index.pk}"] * 2)
    assert states() == (1, 7)
    assert MassHold.objects.get().evidence_ref == f"case:{index.pk}"


def test_a_case_reclassified_is_one_evidence_under_both_its_numbers(scene: Scene):
    index = scene.clinical(scene.person(), "SUSPECTED")
    scene.exited(index, "RECLASSIFIED", new_ground="CONFIRMED", at=later(minutes=1))
    confirmed = Case.objects.open().get()
    send(scene, [f"case:{one.pk}" for one in (index, confirmed)] * 3, at=later(minutes=2))
    assert states() == (1, 6)


def of_overseas(scene: Scene) -> Case:
    return scene.overseas(scene.person())


def excluded(scene: Scene) -> Case:
    index = scene.clinical(scene.person(), "SUSPECTED")
    scene.exited(index, "EXCLUDED", at=later(minutes=1))
    return index


def long_cured(scene: Scene) -> Case:
    at = later(days=-60)
    index = scene.clinical(scene.person(at=later(days=-61)), "CONFIRMED", at=at, began_on=at.date())
    scene.exited(index, "DISCHARGED", at=later(days=-30), plan=Plan(officer=scene.cast.officer_yulin))
    return index


@pytest.mark.parametrize("borne", [of_overseas, excluded, long_cured])
def test_a_case_that_infected_nobody_is_no_evidence_for_others(scene: Scene, borne):
    number = borne(scene).pk
    waiting, standing = Case.objects.filter(ground="AUTO_RED"), Case.objects.open().count()
    send(scene, [f"case:{number}"] * 3 + [f"场所{number}"] * 3, at=later(minutes=2))
    assert Case.objects.open().count() == standing
    assert waiting.filter(state="HELD", hold__evidence_ref=holds.UNRESOLVED).count() == 6


def test_cases_of_others_that_infected_nobody_let_nobody_through(scene: Scene):
    numbers = [of_overseas(scene).pk for _number in range(6)]
    send(scene, [f"case:{number}" for number in numbers])
    assert Case.objects.filter(ground="AUTO_RED", state="HELD").count() == 6


def test_nobody_is_evidence_against_themselves(scene: Scene):
    infected = [scene.clinical(scene.person(), "ASYMPTOMATIC") for _number in range(7)]
    for case in infected:
        scene.automatic(case.person, "AUTO_RED", evidence_ref=f"case:{case.pk}", at=later(minutes=1))
    of_ground = Case.objects.filter(ground="AUTO_RED")
    assert [of_ground.filter(state=state).count() for state in ("OPEN", "HELD")] == [5, 2]


def test_releases_in_a_file_count_as_no_openings(scene: Scene):
    people = [scene.person() for _number in range(6)]

    def rows(number: int, person, action: str, evidence: str) -> str:
        identity = (person.name, person.document, person.present_id)
        coded = (action, "系统自动赋黄码", f"{TODAY}", "DOCUMENT", evidence)
        return ",".join((f"S{number}", *identity, *coded))

    def bring(lines, at) -> None:
        content = sealed("\n".join((HEADING, *lines)))
        delivered(content, kind="GROUNDS", by=scene.cast.province, at=at, at_once=True)

    bring([rows(number, one, "赋码", "浙函1") for number, one in enumerate(people[:5])], T)
    released = [rows(number, one, "解除", "浙函2") for number, one in enumerate(people[:5])]
    bring([*released, rows(5, people[5], "赋码", "浙函2")], later(hours=5))
    assert [colour(one, later(hours=6)) for one in people] == [Colour.GREEN] * 5 + [Colour.YELLOW]


def test_what_stands_again_within_the_hour_counts_as_no_opening(scene: Scene):
    for _number in range(5):
        scene.automatic(scene.person(), "AUTO_YELLOW", evidence_ref="场所", at=later(hours=-2))
    for case in list(Case.objects.open()):
        result = results.enter(case.person, sample(later(hours=-1)), by=scene.cast.service_xinchang, at=T)
        fields = {"reason": "录到别人名下", "by": scene.cast.service_xinchang, "at": later(minutes=1)}
        corrections.move(result, to=scene.person(), **fields)
    assert states() == (5, 0)
    assert scene.automatic(scene.person(), "AUTO_YELLOW", at=later(minutes=2)).state == "OPEN"


def test_a_void_of_one_number_holds_no_other_whose_digits_run_the_same(scene: Scene):
    person = scene.person()
    scene.voided(scene.overseas(person, evidence_ref="排查2020-1-12号"), at=later(hours=1))
    assert scene.overseas(person, evidence_ref="排查2020-11-2号", at=later(hours=3)).state == "OPEN"
    assert scene.overseas(person, evidence_ref="排查2020-1-012號", at=later(hours=4)).state == "HELD"


def test_a_document_entered_after_the_delivery_was_counted_lets_nobody_through(scene: Scene, monkeypatch):
    counted = deliveries._together

    def entered_meanwhile(batch):
        scene.documented(DOCUMENT)
        return counted(batch)

    monkeypatch.setattr(deliveries, "_together", entered_meanwhile)
    send(scene, [DOCUMENT] * 6)
    assert states() == (0, 6)


def test_linked_data_entered_one_by_one_counts_as_well(scene: Scene):
    for _number in range(7):
        scene.automatic(scene.person(), "AUTO_RED", evidence_ref="场所")
    assert states() == (5, 2)


def test_rows_taken_after_all_count_as_well(scene: Scene):
    send(scene, [f"场所{number}" for number in range(3)])
    send(
        scene, [f"另一场所{number}" for number in range(3)], at=later(minutes=1)
    )  # the same numbers, other content
    rows = RejectedRow.objects.filter(state="HELD").order_by("row")
    assert (len(rows), states()) == (3, (3, 0))
    for row in rows:
        deliveries.accept(row, by=scene.cast.province, at=later(minutes=2))
    assert states() == (5, 1)


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_the_same_moment_are_counted_one_after_the_other(scene: Scene, transactional_db):
    scene.documented(DOCUMENT)
    files = [file_of(scene, [DOCUMENT] * 3, start=start) for start in (0, 50)]
    fields = {"kind": "GROUNDS", "by": scene.cast.province, "at": T, "at_once": True}
    outcomes = run_together(*[lambda content=content: delivered(content, **fields) for content in files])
    assert not any(isinstance(one, Exception) for one in outcomes)
    assert states() == (3, 3)


# --- decided ---------------------------------------------------------------------------------------------------


@pytest.fixture
def held(scene: Scene) -> Callable[..., int]:
    send(scene, [f"场所{number}" for number in range(6)])

    def decide(at=None, *, approve: bool = True) -> int:
        fields = {"answer": "核实", "by": scene.cast.duty_city, "at": at or later(hours=1)}
        return holds.decide(MassHold.objects.get(), approve=approve, **fields)

    return decide


def test_a_hold_approved_after_the_measure_would_be_over_reddens_nobody(scene: Scene, held):
    assert held(later(days=20)) == 0
    assert states() == (0, 0)
    assert {case.closing_reason[:20] for case in Case.objects.filter(state="REFUSED")} != {""}


def test_whoever_approves_a_hold_reads_how_many_may_not_be_entered_any_more(scene: Scene, held):
    fields = {"hold": MassHold.objects.get().pk, "decision": "approve"}
    answer = by_api(scene.cast.duty_city, "decide-hold", None, later(days=20), **fields)
    assert answer.done and "0条赋码记录即时生效" in answer.text and "6条已不能录入" in answer.text


@pytest.mark.parametrize("approve", [True, False])
def test_nobody_is_left_waiting_once_a_hold_is_decided(scene: Scene, held, approve):
    person = Case.objects.first().person
    scene.died(person, at=later(minutes=30))
    held(approve=approve)
    assert states() == (5 * approve, 0)


def test_whoever_is_answered_meanwhile_is_not_opened(scene: Scene, held):
    case = Case.objects.filter(state="HELD").first()
    person = case.person
    scene.automatic(person, "AUTO_RED", evidence_ref="别处的依据", at=later(hours=2))
    triggers.drop(connection, "cases_case")
    Case.objects.filter(pk=case.pk).update(evidence_ref="别处的依据")
    held(later(hours=3))
    assert fresh(case).state == "REFUSED"


# --- the register ------------------------------------------------------------------------------------------------


def entered(scene: Scene, by: str = "duty.city", **fields):
    body = {"number": DOCUMENT, "issuer": "省疫情防控领导小组", "issued_on": TODAY, "at": T, **fields}
    return document_register.enter(by=scene.cast[by], **body)


@pytest.mark.parametrize(
    "number", [DOCUMENT, "浙防指[2020]12号", "浙防指 （2020）12号", "浙防指〔2020〕第012號文"]
)
def test_a_document_is_entered_once(scene: Scene, number):
    entered(scene)
    refusal = refused(document_register.KnownDocument, entered, scene, number=number)
    assert DOCUMENT in str(refusal)


@pytest.mark.parametrize("number", ["", "〔〕", "领导口头", "　"])
def test_a_number_without_a_digit_is_none(scene: Scene, number):
    assert refused(document_register.NoNumber, entered, scene, number=number).field == "number"


def test_a_document_is_not_of_tomorrow(scene: Scene):
    from cases.services.engine.plausible import InFuture

    refused(InFuture, entered, scene, issued_on=TODAY + timedelta(days=1))


@pytest.mark.parametrize("by", ["group.xinchang", "province", "supervisor.city", "bureau.one"])
def test_others_enter_no_document(scene: Scene, by):
    from cases.services.engine.refusals import NotAllowed

    refused(NotAllowed, entered, scene, by=by)


def test_an_area_that_was_lifted_is_no_evidence_any_more(scene: Scene):
    area = scene.listed(name="某区某街道")
    assert resolves("某区某街道", at=T)
    scene.changed(area, "LIFT", test_still_due=True, at=later(hours=1))
    assert not resolves("某区某街道", at=later(hours=2))


def test_admission_says_which_field_is_concerned():
    kinds = (
        admission.AlreadyStanding,
        admission.AnsweredByTest,
        admission.AnsweredByEnd,
        admission.PeriodOver,
    )
    assert [kind.field for kind in kinds] == ["evidence_ref", "began_on", "began_on", "began_on"]
