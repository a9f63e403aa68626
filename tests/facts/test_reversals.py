"""What an office entered is taken back by two people: exits, extensions, hand-overs; both acts stay in the trail."""

from datetime import timedelta

import pytest

from cases.models import Case, ExitReport, Extension, Reversal
from cases.operations.reversals import DecideExitReversal, ReverseExit
from cases.policy.colours import Colour
from cases.selectors.pending import pending
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.engine import reversing, second_person
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import exit_reversals, exits
from cases.services.persons import erasure
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling import findings
from tests.cases.scenes import (
    DUE,
    Scene,
    colour,
    day,
    fresh,
    later,
    order_of,
    refused,
    sound,
)

END = DUE + timedelta(hours=9)


def keys(scene: Scene, who: str, at) -> set[str]:
    return {one.key for one in worklists(scene.cast[who], at)}


def standing(person) -> list[str]:
    return sorted(case.ground for case in Case.objects.of(fresh(person)).open())


# -- exits


def test_a_wrong_discharge_taken_back_ends_convalescence_and_the_clinical_case_stands_with_its_order(
    scene: Scene,
):
    person = scene.person()
    case = scene.clinical(person, "CONFIRMED")
    before = order_of(person)
    scene.exited(case, "DISCHARGED", at=later(days=5))
    assert order_of(person).kind == "CONVALESCENCE"
    scene.exit_taken_back(fresh(case), at=later(days=6))
    now = order_of(person)
    assert standing(person) == ["CONFIRMED"]
    assert [getattr(now, name) for name in ("kind", "until", "day0")] == [
        getattr(before, name) for name in ("kind", "until", "day0")
    ]
    assert fresh(case).resumed_by.get().exit == ""
    written = [event.action for event in Event.objects.filter(action__startswith="reversal.")]
    assert written == ["reversal.proposed"]
    assert Event.objects.filter(action="case.exit_reversed").count() == 1
    assert list(findings()) == []
    sound()
    # It ends anew by another report, which can be taken back as well.
    again = Case.objects.of(person).open().get()
    scene.exited(again, "DISCHARGED", at=later(days=8))
    assert standing(person) == ["CONVALESCENT"]


def test_an_exclusion_taken_back_brings_case_and_contacts_back_whoever_was_recorded_first(scene: Scene):
    early, person = scene.person(), scene.person()
    index = scene.clinical(person, "SUSPECTED")
    contacts = [scene.clinical(one, index_case=index) for one in (early, scene.person())]
    scene.exited(index, "EXCLUDED", at=later(days=2))
    assert colour(early, later(days=3)) == Colour.GREEN
    scene.exit_taken_back(fresh(index), at=later(days=4))
    for one in (index, *contacts):
        assert colour(one.person, later(days=5)) == Colour.RED
        assert colour(one.person, later(days=3)) == Colour.GREEN
    assert order_of(early).until == DUE
    assert list(findings()) == []
    sound()


def test_a_reclassification_taken_back_leaves_the_suspicion_standing(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "SUSPECTED")
    contact = scene.clinical(scene.person(), index_case=case)
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(days=2))
    assert standing(person) == ["CONFIRMED"]
    scene.exit_taken_back(fresh(case), at=later(days=3))
    assert standing(person) == ["SUSPECTED"]
    assert standing(contact.person) == ["CLOSE_CONTACT"]
    gone = Case.objects.of(person).get(ground="CONFIRMED")
    assert (gone.state, gone.exit) == ("ENDED", "BASIS_GONE")
    sound()


def test_a_contact_reclassified_in_error_is_a_contact_again_but_not_while_others_rest_on_them(scene: Scene):
    person = scene.person()
    case = scene.clinical(person)
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(days=1))
    confirmed = Case.objects.of(person).open().get()
    other = scene.clinical(scene.person(), index_case=confirmed, at=later(days=2))
    refused(exit_reversals.FollowedOn, scene.exit_asked_back, fresh(case), at=later(days=3))
    scene.voided(fresh(other), at=later(days=4))
    scene.exit_taken_back(fresh(case), at=later(days=5))
    assert standing(person) == ["CLOSE_CONTACT"]
    assert order_of(person).until == DUE
    sound()


def test_whoever_was_entered_anew_meanwhile_is_held_for_that_alone(scene: Scene):
    person, evidence = scene.person(), {"evidence_kind": "LETTER", "evidence_ref": "协查函〔2020〕9号"}
    case = scene.clinical(person, **evidence)
    usual = order_of(person).kind
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(days=1))
    scene.clinical(person, **evidence, at=later(days=2))
    assert order_of(person).kind != usual
    scene.exit_taken_back(fresh(case), at=later(days=3))
    assert standing(person) == ["CLOSE_CONTACT"]
    assert order_of(person).kind == usual
    sound()


def test_it_takes_another_office_and_a_reason_and_can_be_sent_back(scene: Scene):
    case = scene.clinical(scene.person(), "CONFIRMED")
    report = scene.exit_reported(case, "DISCHARGED", at=later(hours=1))
    fields = {"reason": "报错人", "at": later(hours=2)}
    refused(exit_reversals.NotEntered, exit_reversals.propose, report, by=scene.cast.hospital_city, **fields)
    exits.enter(report, by=scene.cast.group_xinchang, at=later(hours=3))
    refused(NotAllowed, exit_reversals.propose, report, by=scene.cast.officer_yulin, **fields)
    asked = scene.exit_asked_back(case, at=later(hours=4), by="hospital.city")
    refused(reversing.ReversalAlreadyProposed, scene.exit_asked_back, case, at=later(hours=5))
    decide, by = exit_reversals.decide, scene.cast.group_xinchang
    no = {"approve": False, "at": later(hours=6)}
    refused(NotAllowed, decide, asked, by=scene.cast.hospital_city, **no)
    refused(second_person.SentBackWithoutReason, decide, asked, by=by, **no)
    decide(fresh(asked), answer="确已出院", by=by, **no)
    assert standing(case.person) == ["CONVALESCENT"]
    assert "returned_reversals" in keys(scene, "hospital.city", later(hours=7))
    again = scene.exit_asked_back(case, at=later(hours=8))
    refused(second_person.SamePerson, decide, again, approve=True, by=by, at=later(hours=9))
    decide(fresh(again), approve=True, by=scene.cast.duty_xinchang, at=later(hours=9))
    refused(exit_reversals.NotEntered, scene.exit_asked_back, case, at=later(hours=10))
    assert [row.decision for row in Reversal.objects.order_by("pk")] == ["REFUSED", "APPROVED"]


def test_what_is_proposed_is_on_the_lists_and_page_of_whoever_may_decide_it(scene: Scene):
    case = scene.clinical(scene.person(), "CONFIRMED")
    scene.exited(case, "DISCHARGED", at=later(hours=1))
    at = later(hours=3)
    assert ReverseExit.offered(fresh(case.person), by=scene.cast.group_xinchang, at=at)
    scene.exit_asked_back(case, at=later(hours=2))
    for who in ("cdc.xinchang", "duty.xinchang"):
        assert "reversals" in keys(scene, who, at)
        assert DecideExitReversal.offered(fresh(case.person), by=scene.cast[who], at=at)
    assert "reversals" not in keys(scene, "group.xinchang", at)
    (proposal,) = pending(case.person, at=at)
    assert proposal.key == "case.decide_exit_reversal" and proposal.reason == "报错人"
    refused(erasure.StillOpen, erasure.propose, case.person, reason="x", by=scene.cast.bureau_one, at=at)


def test_long_after_an_exclusion_no_code_turns_but_it_is_written_down(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    scene.exited(case, "EXCLUDED", at=later(days=1))
    scene.exit_taken_back(fresh(case), at=later(days=40))
    assert colour(case.person, later(days=41)) == Colour.GREEN
    assert Event.objects.filter(action="case.fell").count() == 1
    assert ExitReport.objects.get().withdrawn_at is not None


def test_long_after_a_reclassification_what_followed_is_voided_instead(scene: Scene):
    """Else the code would turn green by it: the case before stands again no more."""
    case = scene.clinical(scene.person(), "SUSPECTED")
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(days=1))
    refusal = refused(exit_reversals.OnlyByVoid, scene.exit_asked_back, fresh(case), at=later(days=40))
    assert refusal.values == {"days": 21}


def test_to_the_end_of_those_days_a_reclassification_is_taken_back(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(days=1))
    last = fresh(case).closed_at + timedelta(days=21)
    refused(
        exit_reversals.OnlyByVoid, scene.exit_asked_back, fresh(case), at=last + timedelta(microseconds=1)
    )
    assert scene.exit_asked_back(fresh(case), at=last).decision == "PENDING"


def test_a_discharge_stands_where_what_followed_was_discharged_itself(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    scene.exited(case, "RECLASSIFIED", new_ground="CONFIRMED", at=later(days=1))
    confirmed = Case.objects.of(case.person).open().get()
    scene.exited(confirmed, "DISCHARGED", at=later(days=2))
    refused(exit_reversals.FollowedOn, scene.exit_asked_back, fresh(case), at=later(days=3))
    scene.exit_taken_back(fresh(confirmed), at=later(days=4))
    assert standing(case.person) == ["CONFIRMED"]


# -- extensions


@pytest.fixture
def person(scene: Scene):
    person = scene.person()
    scene.clinical(person)
    return person


def shorter(scene: Scene, person, number: int | None, *, at) -> Reversal:
    by, until = scene.cast.group_xinchang, day(number) if number else None
    return control.propose_shorter(fresh(person), until_day=until, reason="期限算错", by=by, at=at)


def shortened(scene: Scene, person, number: int | None, *, at) -> None:
    asked = shorter(scene, person, number, at=at)
    control.decide_shorter(fresh(asked), approve=True, by=scene.cast.duty_xinchang, at=at)


def test_extensions_are_bounded_in_their_sum(scene: Scene, person):
    scene.extended(person, 22, at=later(hours=1))
    scene.extended(person, 29, at=later(hours=2))
    assert refused(control.ExtensionTooLong, scene.extended, person, 30, at=later(hours=3)).values == {
        "days": 14
    }


@pytest.mark.parametrize(("number", "until"), [(None, DUE), (18, later(days=18)), (15, DUE)])
def test_an_extension_is_shortened_to_no_less_than_the_book_asks_for(scene: Scene, person, number, until):
    scene.extended(person, 22, at=later(hours=1))
    scene.extended(person, 25, at=later(hours=2))
    for wrong in (14, 25, 26):
        refused(control.NotShorter, shorter, scene, person, wrong, at=later(hours=3))
    shortened(scene, person, number, at=later(hours=4))
    assert order_of(person).until == until.replace(hour=0)
    left = Extension.objects.filter(withdrawn_at=None).count()
    assert left == (1 if number == 18 else 0)
    assert list(findings()) == []
    sound()


def test_what_was_taken_back_does_not_come_again_with_another_case(scene: Scene, person):
    scene.extended(person, 25, at=later(hours=1))
    scene.clinical(person, at=later(days=2), began_on=day(2))
    assert order_of(person).until == later(days=25).replace(hour=0)
    shortened(scene, person, None, at=later(days=3))
    assert order_of(person).until == later(days=17).replace(hour=0)
    sound()


def test_a_graver_order_carries_what_was_added_and_it_can_be_taken_back_there(scene: Scene):
    person = scene.person()
    scene.ordered(person, days=14)
    scene.extended(person, 25, at=later(hours=1))
    plan = Plan(officer=scene.cast.officer_yulin, site=scene.cast.office("isolation-xinchang"))
    scene.clinical(person, at=later(days=2), plan=plan, began_on=day(2))
    assert order_of(person).kind == "CENTRAL_ISOLATION"
    assert order_of(person).until == later(days=25).replace(hour=0)
    shortened(scene, person, None, at=later(days=3))
    assert order_of(person).until == later(days=17).replace(hour=0)
    sound()


def test_monitoring_is_bounded_and_shortened_as_well(scene: Scene):
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=END)
    assert order_of(person).kind == "COMMUNITY_MONITORING"
    before = order_of(person).until
    at = END + timedelta(hours=1)
    scene.extended(person, 28, at=at)
    refused(control.ExtensionTooLong, scene.extended, person, 33, at=at + timedelta(hours=1))
    shortened(scene, person, None, at=at + timedelta(hours=2))
    assert order_of(person).until == before
    refused(control.NotExtended, shorter, scene, person, None, at=at + timedelta(hours=3))


def test_a_shorter_end_is_decided_by_the_duty_lead_under_the_order_that_stands(scene: Scene, person):
    refused(control.NotExtended, shorter, scene, person, None, at=later(hours=1))
    scene.extended(person, 22, at=later(hours=2))
    asked = shorter(scene, person, 18, at=later(hours=3))
    assert "reversals" in keys(scene, "duty.xinchang", later(hours=4))
    fields = {"approve": True, "at": later(hours=4)}
    refused(NotAllowed, control.decide_shorter, asked, by=scene.cast.group_city, **fields)
    control.decide_shorter(
        asked, approve=False, answer="不妥", by=scene.cast.duty_xinchang, at=later(hours=5)
    )
    assert order_of(person).until == later(days=22).replace(hour=0)
    asked = shorter(scene, person, None, at=later(hours=6))
    control.transfer_out(
        person, letter="3号", destination="江苏", by=scene.cast.group_xinchang, at=later(hours=7)
    )
    refused(
        control.NoOrder,
        control.decide_shorter,
        asked,
        approve=True,
        by=scene.cast.duty_xinchang,
        at=later(hours=8),
    )


# -- hand-overs to another province


def test_a_hand_over_is_taken_back_by_another_office_alone(scene: Scene, person):
    by = scene.cast.group_xinchang
    control.transfer_out(person, letter="3号", destination="江苏", by=by, at=later(hours=1))
    asked = control.propose_transfer_back(fresh(person), reason="未成行", by=by, at=later(hours=2))
    decide = control.decide_transfer_back
    refused(second_person.SamePerson, decide, asked, approve=True, by=by, at=later(hours=3))
    assert "reversals" in keys(scene, "cdc.xinchang", later(hours=3))
    decide(asked, approve=False, answer="已成行", by=scene.cast.cdc_xinchang, at=later(hours=4))
    assert control.handed_over(person) is not None
    again = control.propose_transfer_back(fresh(person), reason="返回", by=by, at=later(hours=5))
    scene.clinical(person, at=later(hours=6))
    fields = {"approve": True, "at": later(hours=7)}
    refused(second_person.Lapsed, decide, again, by=scene.cast.cdc_xinchang, **fields)
    asked_late = {"reason": "返回", "by": by, "at": later(hours=8)}
    refused(control.NotHandedOver, control.propose_transfer_back, fresh(person), **asked_late)


def test_whoever_was_handed_over_and_is_found_here_again_is_held_here_for_all_that_stands(
    scene: Scene, person
):
    by = scene.cast.group_xinchang
    control.transfer_out(person, letter="3号", destination="江苏", by=by, at=later(hours=1))
    scene.clinical(person, at=later(days=2), began_on=day(2))
    order = order_of(person)
    assert sorted(row.until for row in order.served.all()) == [DUE, DUE + timedelta(days=2)]
    sound()
    scene.ended(person, at=END + timedelta(days=2))
    assert standing(person) == []
