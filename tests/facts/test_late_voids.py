"""A case that was wrong all along is voided after its end: the end stays in the record, the error is told beside it."""

from datetime import timedelta

import pytest

from cases.models import Case, ControlOrder, LabResult
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.selectors.chains import is_none
from cases.selectors.replay import replay
from cases.selectors.worklists import worklists
from cases.services.engine.plans import Plan
from cases.services.grounds import exits, voids
from cases.services.samples import corrections
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import Division
from healthcode.portal.reconciling import findings
from tests.cases.scenes import DUE, Scene, colour, day, fresh, later, order_of, refused, sample, sound

END = DUE + timedelta(hours=9)


def ended_contact(scene: Scene):
    person = scene.person()
    case = scene.clinical(person)
    scene.ended(person, at=END)
    return person, fresh(case)


def test_when_how_and_by_whom_it_ended_stays_and_the_void_has_its_own_instant(scene: Scene):
    person, case = ended_contact(scene)
    before = [case.closed_at, case.closed_by, case.exit, case.closing_reason]
    scene.voided(case, at=END + timedelta(days=3))
    after = fresh(case)
    assert after.state == State.VOIDED
    assert [after.closed_at, after.closed_by, after.exit, after.closing_reason] == before
    event = Event.objects.get(action="case.voided")
    assert event.at_us > Event.objects.get(action="case.ended").at_us
    assert [colour(person, at) for at in (later(days=1), END + timedelta(days=1))] == [
        Colour.RED,
        Colour.GREEN,
    ]
    assert list(findings()) == []
    sound()


def test_the_corrected_view_leaves_it_out(scene: Scene):
    _person, case = ended_contact(scene)
    scene.voided(case, at=END + timedelta(days=3))
    replayed = replay(day(1), division=Division.objects.get(code="330624"), at=END + timedelta(days=4))
    assert {row.key: (row.displayed, row.corrected) for row in replayed.colours}["RED"] == (1, 0)


def test_what_its_end_had_opened_goes_with_it(scene: Scene):
    person = scene.person()
    case = scene.clinical(person, "CONFIRMED")
    scene.exited(case, "DISCHARGED", at=later(days=5))
    assert order_of(person).kind == "CONVALESCENCE"
    scene.voided(fresh(case), at=later(days=6))
    assert colour(person, later(days=7)) == Colour.GREEN
    assert list(findings()) == []
    sound()


def test_monitoring_after_isolation_that_was_wrong_ends(scene: Scene):
    person = scene.person()
    case = scene.overseas(person)
    scene.ended(person, at=END)
    assert order_of(person).kind == "COMMUNITY_MONITORING"
    scene.voided(fresh(case), at=END + timedelta(days=1))
    sound()
    assert not fresh(person).orders.filter(ended_at=None).exists()


def test_contacts_of_an_index_case_voided_after_its_end_follow(scene: Scene):
    index = scene.clinical(scene.person(), "CONFIRMED")
    contact = scene.person()
    scene.clinical(contact, index_case=index, at=later(hours=1))
    scene.exited(index, "DISCHARGED", at=later(days=2))
    scene.self_checked(index, at=later(days=3))
    refused(voids.ReplacementMissing, scene.void_proposed, fresh(index), at=later(days=3))
    scene.voided(fresh(index), at=later(days=3), frees=True)
    assert is_none(fresh(index))
    assert colour(contact, later(days=4)) == Colour.GREEN


def test_only_the_last_row_of_a_chain_is_voided(scene: Scene):
    person = scene.person()
    suspected = scene.clinical(person, "SUSPECTED")
    scene.exited(suspected, "RECLASSIFIED", new_ground="CONFIRMED", at=later(days=1))
    number = scene.self_checked(suspected, at=later(days=2))
    fields = {"reason_class": "ENTRY_ERROR", "reason": "x", "reference": number, "by": scene.cast.bureau_one}
    refused(voids.NotStanding, voids.propose, suspected, **fields, at=later(days=2))
    confirmed = Case.objects.of(person).open().get()
    scene.exited(confirmed, "DISCHARGED", at=later(days=3))
    scene.voided(fresh(confirmed), at=later(days=4))
    assert fresh(confirmed).state == State.VOIDED


@pytest.mark.parametrize("how", ["voided", "sent back"])
def test_a_void_whose_case_ended_meanwhile_is_decided_all_the_same(scene: Scene, how):
    person = scene.person()
    case = scene.clinical(person)
    void = scene.void_proposed(case, at=END - timedelta(hours=1))
    scene.ended(person, at=END)
    fields = {"by": scene.cast.cdc_xinchang, "at": END + timedelta(hours=1)}
    if how == "voided":
        voids.approve(void, **fields)
    else:
        voids.refuse(void, answer="无误", **fields)
    assert fresh(case).state == ("VOIDED" if how == "voided" else "ENDED")
    assert fresh(case).exit == "CONTROL_ENDED"


def test_what_was_voided_is_not_voided_again(scene: Scene):
    case = scene.clinical(scene.person())
    number = scene.self_checked(case)
    scene.voided(case, at=later(hours=1))
    fields = {"reason_class": "ENTRY_ERROR", "reason": "x", "reference": number, "by": scene.cast.bureau_one}
    refused(voids.NotStanding, voids.propose, case, **fields, at=later(hours=2))


def test_an_exit_report_whose_case_closed_meanwhile_leaves_the_list_and_can_be_sent_back(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    report = scene.exit_reported(case, "EXCLUDED", at=later(hours=1))
    group = scene.cast.group_xinchang
    assert "exit_reports" in {one.key for one in worklists(group, later(hours=2))}
    scene.voided(case, at=later(hours=3))
    assert "exit_reports" not in {one.key for one in worklists(group, later(hours=4))}
    exits.refuse(report, answer="已作废", by=group, at=later(hours=4))
    assert fresh(report).decision == "REFUSED"


def test_a_release_whose_case_closed_meanwhile_leaves_the_list_and_can_be_sent_back(scene: Scene):
    case, group, lead = (
        scene.other_yellow(scene.person()),
        scene.cast.group_xinchang,
        scene.cast.duty_xinchang,
    )
    fields = {"document_number": "解除1号", "reason": "期满", "by": group, "at": later(hours=1)}
    release = voids.propose_release(case, **fields)
    assert "releases" in {one.key for one in worklists(lead, later(hours=2))}
    scene.voided(case, at=later(hours=3))
    assert "releases" not in {one.key for one in worklists(lead, later(hours=4))}
    voids.decide_release(release, approve=False, answer="已作废", by=lead, at=later(hours=4))
    assert fresh(release).decision == "REFUSED"


def two_grounds(scene: Scene):
    """Return somebody whose isolation ended for an overseas stay and a contact in one act: monitoring follows."""
    person = scene.person()
    overseas = scene.overseas(person)
    contact = scene.clinical(fresh(person), at=later(hours=1))
    scene.ended(fresh(person), at=END)
    assert order_of(person).kind == "COMMUNITY_MONITORING"
    return person, fresh(overseas), fresh(contact)


def test_monitoring_goes_on_until_nothing_it_follows_is_left(scene: Scene):
    person, overseas, contact = two_grounds(scene)
    scene.voided(contact, at=END + timedelta(hours=1))
    assert order_of(person).kind == "COMMUNITY_MONITORING"
    scene.voided(overseas, at=END + timedelta(hours=2))
    assert not ControlOrder.objects.of(person).standing().exists()
    sound()


@pytest.mark.parametrize("when", ["interrupted", "resumed"])
def test_monitoring_that_was_interrupted_ends_with_what_it_follows_too(scene: Scene, when):
    person = scene.person()
    overseas = scene.overseas(person)
    scene.ended(person, at=END)
    suspected = scene.clinical(fresh(person), "SUSPECTED", at=END + timedelta(hours=1), began_on=END.date())
    if when == "interrupted":
        scene.voided(fresh(overseas), at=END + timedelta(hours=2))
    scene.exited(suspected, "EXCLUDED", at=END + timedelta(hours=3))
    if when == "resumed":
        assert order_of(person).kind == "COMMUNITY_MONITORING"
        scene.voided(fresh(overseas), at=END + timedelta(hours=4))
    assert not ControlOrder.objects.of(person).standing().exists()
    sound()


@pytest.mark.parametrize("first", ["void", "move"])
def test_convalescence_of_somebody_who_was_never_ill_stands_on_nothing(scene: Scene, first):
    """Whichever comes first: the void of the illness, or the fall of the convalescence's own ending."""
    person = scene.person()
    case = scene.clinical(person, "CONFIRMED")
    plan = Plan(officer=scene.cast.officer_yulin, address="羽林街道1号")
    scene.exited(case, "DISCHARGED", at=later(days=5), plan=plan)
    end = order_of(person).until + timedelta(hours=9)
    scene.ended(fresh(person), at=end)
    acts = {
        "void": lambda at: scene.voided(fresh(case), at=at),
        "move": lambda at: corrections.move(
            LabResult.objects.of(person).get(),
            to=scene.person(),
            reason="录错人",
            by=scene.cast.officer_yulin,
            at=at,
        ),
    }
    acts.pop(first)(end + timedelta(hours=1))
    assert colour(person, end + timedelta(hours=2)) == (Colour.GREEN if first == "void" else Colour.RED)
    ((_name, second),) = acts.items()
    second(end + timedelta(hours=3))
    assert colour(person, end + timedelta(hours=4)) == Colour.GREEN
    sound()


def test_a_finding_about_a_case_is_about_it_when_it_stands_again(scene: Scene):
    """The bureau's finding names a row; the control that had ended falls, and another row stands for it."""
    person, case = ended_contact(scene)
    number = scene.self_checked(case, at=END + timedelta(hours=1))
    result = LabResult.objects.of(person).get()
    at, bureau = END + timedelta(hours=2), scene.cast.bureau_one
    right = sample(result.sampled_at, "INCONCLUSIVE", report_number=result.report_number)
    corrections.correct(result, right, reason="更正", by=scene.cast.officer_yulin, at=at)
    again = Case.objects.of(fresh(person)).open().get()
    assert again.origin_pk == case.pk
    at += timedelta(hours=1)
    assert "seconded_self_checks" in {one.key for one in worklists(bureau, at)}
    scene.voided(again, reference=number, at=at)
    assert "seconded_self_checks" not in {one.key for one in worklists(bureau, at + timedelta(hours=1))}


@pytest.mark.parametrize(("is_over", "words"), [(True, "已解除的赋码记录"), (False, "赋码记录仍生效")])
def test_whoever_proposes_a_void_reads_whether_the_case_stands_meanwhile(
    scene: Scene, client, is_over, words
):
    if is_over:
        person, case = ended_contact(scene)
    else:
        case = scene.clinical(scene.person())
        person = case.person
    client.force_login(scene.cast.cdc_xinchang)
    body = {"case": case.pk, "reason_class": "WRONG_PERSON", "reason": "登错人"}
    answer = client.post(
        f"/api/v1/persons/{person.public_id}/operations/void",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": "late-void-1", "Accept-Language": "zh-hans"},
    )
    assert words in answer.json()["message"]
