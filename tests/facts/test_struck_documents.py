"""A document of the register is struck by two people, and what came to count on it falls (3.1c)."""

from datetime import timedelta

import pytest

from cases.models import Case, ControlOrder, Document, RuleBook, Strike
from cases.policy.colours import Colour
from cases.policy.parts import Parameters
from cases.selectors.bases import bases_of
from cases.services.engine.evidence import resolves
from cases.services.engine.plausible import InFuture
from cases.services.grounds import document_register, strikes
from cases.services.samples import corrections
from healthcode.core.audit.models import Event
from tests.cases import books
from tests.cases.scenes import TODAY, Scene, T, colour, fresh, later, order_of, refused, sample, sound
from tests.databases import run_together
from tests.facts.striking import (
    DOCUMENT,
    GROUNDS,
    INSTEAD,
    OTHER,
    SPELLED,
    coded,
    decided,
    plan,
    proposed,
    struck,
)
from tests.tampering.owner import found

# --- what falls ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("reference", [DOCUMENT, *SPELLED])
def test_what_counts_on_a_document_ends_when_it_is_struck(scene: Scene, ground, reference):
    document = scene.documented(DOCUMENT)
    case = coded(scene, ground, reference)
    assert colour(case.person, later(hours=1)) != Colour.GREEN
    assert struck(scene, document) == 1
    assert colour(case.person, later(hours=3)) == Colour.GREEN
    case = fresh(case)
    strike = Strike.objects.get()
    assert (case.state, case.exit) == ("ENDED", "BASIS_GONE")
    assert (case.bases.get().fact, case.bases.get().key) == ("STRIKE", strike.pk)
    assert not ControlOrder.objects.standing().exists()
    assert found() == []
    sound()


@pytest.mark.parametrize("ground", GROUNDS)
def test_before_a_second_person_agrees_nothing_falls(scene: Scene, ground):
    document = scene.documented(DOCUMENT)
    case = coded(scene, ground)
    was = colour(case.person, later(hours=1))
    strike = proposed(scene, document)
    assert colour(case.person, later(hours=2)) == was
    decided(scene, strike, approve=False, answer="文件在省里")
    assert colour(case.person, later(hours=3)) == was
    assert fresh(document).struck_at is None


def test_what_waits_on_it_is_sent_back(scene: Scene):
    document = scene.documented(DOCUMENT)
    case = scene.held(scene.person(), "OTHER_RED", evidence_ref=DOCUMENT, plan=plan(scene, "OTHER_RED"))
    assert struck(scene, document) == 1
    assert fresh(case).state == "REFUSED"
    assert "查无此文" in fresh(case).closing_reason


@pytest.mark.parametrize("reference", [OTHER, "浙防指〔2020〕112号", "口头"])
def test_what_cites_another_number_stands(scene: Scene, reference):
    document = scene.documented(DOCUMENT)
    scene.documented(OTHER)
    case = coded(scene, "AUTO_RED", reference)
    assert struck(scene, document) == 0
    assert fresh(case).state == "OPEN"


def test_what_somebody_entered_with_evidence_of_their_own_stands(scene: Scene):
    document = scene.documented(DOCUMENT)
    overseas = scene.overseas(scene.person(), evidence_ref=DOCUMENT)
    assert struck(scene, document) == 0
    assert fresh(overseas).state == "OPEN"


def test_a_person_who_is_red_on_another_ground_too_stays_red(scene: Scene):
    document = scene.documented(DOCUMENT)
    case = coded(scene, "AUTO_RED")
    scene.clinical(case.person, at=later(minutes=5))
    struck(scene, document)
    assert colour(case.person, later(hours=3)) == Colour.RED
    assert order_of(case.person).kind == "CENTRAL_ISOLATION"
    sound()


def test_the_person_s_page_says_what_it_fell_with(scene: Scene):
    document = scene.documented(DOCUMENT)
    case = coded(scene, "AUTO_RED")
    struck(scene, document)
    (words,) = bases_of([fresh(case)])[case.pk]
    assert DOCUMENT in words and "查无此文" in words


@pytest.mark.parametrize("number", [2, 15])
def test_many_fall_by_as_many_statements_as_few(scene: Scene, number, django_assert_max_num_queries):
    document = scene.documented(DOCUMENT)
    for _number in range(number):
        coded(scene, "AUTO_YELLOW", at=T)
    strike = proposed(scene, document)
    with django_assert_max_num_queries(60):
        assert decided(scene, strike) == number


def test_monitoring_after_a_control_that_rested_on_it_lapses(scene: Scene):
    head, rest = books.text_of(books.GUIDE).split("[grounds.OTHER_RED]", 1)
    books.adopted(scene, f'{head}[grounds.OTHER_RED]\nfollows = ["COMMUNITY_MONITORING"]{rest}', at=T)
    document = scene.documented(DOCUMENT)
    case = coded(scene, "OTHER_RED")
    scene.ended(case.person, at=later(days=15))
    assert order_of(case.person).kind == "COMMUNITY_MONITORING"
    strike = proposed(scene, document, at=later(days=15, hours=1))
    decided(scene, strike, at=later(days=15, hours=2))
    assert not ControlOrder.objects.standing().exists()
    assert found() == []


@pytest.mark.django_db(transaction=True)
def test_what_is_coded_while_it_is_struck_rests_on_it_or_leads_nowhere(scene: Scene, transactional_db):
    document = scene.documented(DOCUMENT)
    strike, person = proposed(scene, document), scene.person()
    at = later(hours=2)
    outcomes = run_together(
        lambda: decided(scene, strike, at=at),
        lambda: scene.automatic(person, "AUTO_RED", evidence_ref=DOCUMENT, at=at),
    )
    assert not any(isinstance(one, Exception) for one in outcomes), outcomes
    case = Case.objects.get()
    assert (case.state, outcomes[0]) in (("ENDED", 1), ("OPEN", 0))
    # Whichever was first: what stands now cites what leads nowhere, and was counted as that.
    assert not resolves(DOCUMENT, at=later(hours=3))


def test_a_case_that_ended_before_does_not_stand_again_on_it(scene: Scene):
    document = scene.documented(DOCUMENT)
    case = coded(scene, "AUTO_YELLOW")
    negative = scene.tested(case.person, at=later(minutes=10), by=scene.cast.service_xinchang)
    assert fresh(case).state == "ENDED"
    struck(scene, document)
    corrections.correct(
        fresh(negative), sample(later(minutes=10), "INCONCLUSIVE"), reason="录错",
        by=scene.cast.service_xinchang, at=later(hours=3),
    )  # fmt: skip
    assert colour(case.person, later(hours=4)) == Colour.GREEN
    assert Event.objects.filter(action="case.fell").exists()


def test_without_the_strike_it_would_stand_again(scene: Scene):
    scene.documented(DOCUMENT)
    case = coded(scene, "AUTO_YELLOW")
    negative = scene.tested(case.person, at=later(minutes=10), by=scene.cast.service_xinchang)
    corrections.correct(
        fresh(negative), sample(later(minutes=10), "INCONCLUSIVE"), reason="录错",
        by=scene.cast.service_xinchang, at=later(hours=3),
    )  # fmt: skip
    assert colour(case.person, later(hours=4)) == Colour.YELLOW


# --- the register -----------------------------------------------------------------------------------------------


def test_a_struck_number_leads_nowhere_and_may_be_entered_anew(scene: Scene):
    document = scene.documented(DOCUMENT)
    struck(scene, document)
    assert not resolves(DOCUMENT, at=later(hours=3))
    again = scene.documented(DOCUMENT, at=later(hours=4))
    assert resolves(DOCUMENT, at=later(hours=5))
    assert (fresh(document).struck_by.username, again.struck_at) == ("duty.deputy", None)


def test_what_is_coded_after_it_was_struck_counts_with_all_that_leads_nowhere(scene: Scene, monkeypatch):
    assert RuleBook.objects.in_force(T).policy
    monkeypatch.setattr(Parameters, "mass_hold_threshold", 2)
    document = scene.documented(DOCUMENT)
    struck(scene, document)
    at = later(hours=3)
    found = [coded(scene, "AUTO_RED", reference, at=at) for reference in (DOCUMENT, "口头", OTHER)]
    assert [fresh(case).state for case in found] == ["OPEN", "OPEN", "HELD"]


@pytest.mark.parametrize("fields", [INSTEAD, {**INSTEAD, "number": DOCUMENT, "issuer": "省卫生健康委"}])
def test_what_cites_a_corrected_document_rests_on_what_took_its_place(scene: Scene, fields):
    document = scene.documented(DOCUMENT)
    case = coded(scene, "AUTO_RED")
    assert struck(scene, document, **fields) == 0
    assert fresh(case).state == "OPEN"
    last = fresh(document).replaced_by
    assert (last.number, last.issuer) == (fields["number"], fields["issuer"])
    assert resolves(DOCUMENT, at=later(hours=3))
    assert found() == []
    # And falls with it.
    strike = proposed(scene, last, at=later(hours=4))
    assert decided(scene, strike, at=later(hours=5)) == 1
    assert colour(case.person, later(hours=6)) == Colour.GREEN


def test_a_document_that_is_in_the_register_takes_the_other_s_place(scene: Scene):
    document, other = scene.documented(DOCUMENT), scene.documented(OTHER)
    struck(scene, document, **INSTEAD)
    assert fresh(document).replaced_by == other
    assert Document.objects.count() == 2


@pytest.mark.parametrize("missing", ["number", "issuer", "issued_on"])
def test_what_takes_its_place_is_named_whole(scene: Scene, missing):
    document = scene.documented(DOCUMENT)
    fields = {**INSTEAD, missing: None if missing == "issued_on" else ""}
    refusal = refused(strikes.ReplacementIncomplete, proposed, scene, document, **fields)
    assert refusal.field == "number"


def test_what_takes_its_place_is_no_document_of_tomorrow_nor_without_a_number(scene: Scene):
    document = scene.documented(DOCUMENT)
    tomorrow = {**INSTEAD, "issued_on": TODAY + timedelta(days=1)}
    refused(InFuture, proposed, scene, document, **tomorrow)
    refused(document_register.NoNumber, proposed, scene, document, **{**INSTEAD, "number": "口头"})


def test_a_correction_corrects_something(scene: Scene):
    document = scene.documented(DOCUMENT)
    same = {"number": document.number, "issuer": document.issuer, "issued_on": document.issued_on}
    refused(strikes.NothingCorrected, proposed, scene, document, **same)


def test_a_document_of_the_register_is_not_read_otherwise_on_the_way(scene: Scene):
    document, _other = scene.documented(DOCUMENT), scene.documented(OTHER)
    refusal = refused(strikes.ReadsOtherwise, proposed, scene, document, **{**INSTEAD, "issuer": "县里"})
    assert OTHER in str(refusal)
