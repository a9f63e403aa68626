"""Voids: a case that was never true, and the release of a discretionary yellow. Always two persons."""

import pytest
from django.utils.timezone import localtime

from cases.models import Case, Release, Void
from cases.models.cases import State
from cases.operations.endings import DecideExit, DecideVoid, ProposeVoid
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services.engine import second_person
from cases.services.engine.references import NotAReference
from cases.services.engine.refusals import NotAllowed
from cases.services.grounds import self_checks, voids
from complaints.services import handling
from complaints.services.handling import withdraw
from complaints.services.letters import Letter, receive
from healthcode.core.acts.base import run
from healthcode.core.offices.models import User
from tests.complaints.desk import Desk
from tests.factories import delivered

from .scenes import Scene, T, colour, fresh, later, refused


def propose(scene: Scene, case, by, reference=""):
    fields = {"reason_class": "ENTRY_ERROR", "reason": "录错", "reference": reference, "at": T}
    return voids.propose(case, by=scene.cast[by], **fields)


def test_a_proposed_void_changes_nothing(scene: Scene):
    person = scene.person()
    scene.void_proposed(scene.clinical(person))
    assert colour(person, later(days=1)) == Colour.RED


def test_an_approved_void_frees_the_person(scene: Scene):
    person = scene.person()
    case = scene.clinical(person)
    scene.voided(case)
    assert (fresh(case).state, colour(person, later(days=1))) == (State.VOIDED, Colour.GREEN)


@pytest.mark.parametrize("by", ["cdc.xinchang", "group.xinchang"])
def test_the_offices_that_reported_and_entered_propose_the_void_of_their_own(scene: Scene, by):
    assert propose(scene, scene.clinical(scene.person()), by).pk


def test_the_community_proposes_the_void_of_its_own_entry(scene: Scene):
    assert propose(scene, scene.overseas(scene.person()), "community.yulin").pk


@pytest.mark.parametrize("by", ["cdc.city", "group.city", "community.yulin", "community.nanming"])
def test_another_office_does_not(scene: Scene, by):
    refused(voids.VoidByAnotherOffice, propose, scene, scene.clinical(scene.person()), by)


@pytest.mark.parametrize(
    "by", ["service.xinchang", "officer.yulin", "duty.city", "hospital.city", "supervisor.city"]
)
def test_other_roles_do_not(scene: Scene, by):
    refused(NotAllowed, propose, scene, scene.clinical(scene.person()), by)


def test_the_bureau_voids_on_a_ticket_only(scene: Scene):
    case = scene.clinical(scene.person())
    refused(voids.TicketMissing, propose, scene, case, "bureau.one", "　")
    for number in ("工单7", "ZC000001", "1"):
        refused(self_checks.TicketUnknown, propose, scene, case, "bureau.one", number)
    ticket = Desk(scene).routed(case.person, disputed_case=case)
    assert propose(scene, case, "bureau.one", ticket.number).reference == ticket.number


def test_a_ticket_about_somebody_else_or_a_closed_one_bears_no_void(scene: Scene):
    case, desk = scene.clinical(scene.person()), Desk(scene)
    other = desk.routed(scene.person())
    refused(self_checks.TicketUnknown, propose, scene, case, "bureau.one", other.number)
    mine = desk.routed(case.person, disputed_case=case)
    withdraw(mine, statement="本人已弄清楚，撤回", by=mine.first_responder, at=later(hours=8))
    refused(self_checks.TicketUnknown, propose, scene, case, "bureau.one", mine.number)


def test_the_bureau_voids_on_a_finding_of_its_own_that_the_prevention_office_seconded(scene: Scene):
    case, other = scene.clinical(scene.person()), scene.clinical(scene.person())
    fields = {
        "source": "比对批次2026-9",
        "failed": "同名，证件号码不符",
        "by": scene.cast.bureau_one,
        "at": T,
    }
    refused(NotAReference, self_checks.record, case, **{**fields, "source": "9"})
    refused(self_checks.NothingFound, self_checks.record, case, **{**fields, "failed": "错"})
    refused(NotAllowed, self_checks.record, case, **{**fields, "by": scene.cast.cdc_xinchang})
    check = self_checks.record(case, **fields)
    refused(self_checks.AlreadyFound, self_checks.record, case, **fields)
    refused(self_checks.TicketUnknown, propose, scene, case, "bureau.one", check.number)
    for by in ("bureau.two", "cdc.xinchang", "group.city"):
        refused(NotAllowed, self_checks.decide, check, approve=True, by=scene.cast[by], at=later(hours=1))
    assert "self_checks" in {one.key for one in worklists(scene.cast.lead_city, later(hours=1))}
    self_checks.decide(check, approve=True, by=scene.cast.lead_city, at=later(hours=1))
    assert "seconded_self_checks" in {one.key for one in worklists(scene.cast.bureau_two, later(hours=1))}
    refused(self_checks.TicketUnknown, propose, scene, other, "bureau.one", check.number)
    assert propose(scene, case, "bureau.one", check.number).reference == check.number


def test_a_finding_that_is_sent_back_bears_no_void(scene: Scene):
    case = scene.clinical(scene.person())
    fields = {
        "source": "比对批次2026-9",
        "failed": "同名，证件号码不符",
        "by": scene.cast.bureau_one,
        "at": T,
    }
    check = self_checks.record(case, **fields)
    no = {"approve": False, "answer": "证件相符", "by": scene.cast.duty_xinchang, "at": later(hours=1)}
    self_checks.decide(check, **no)
    refused(self_checks.TicketUnknown, propose, scene, case, "bureau.one", check.number)
    assert "returned_self_checks" in {one.key for one in worklists(scene.cast.bureau_one, later(hours=2))}


@pytest.mark.parametrize("by", ["bureau.one", "bureau.two", "registered before they came to the bureau"])
def test_a_ticket_of_the_bureaus_own_bears_no_void_of_the_bureau(scene: Scene, by):
    """Whoever voids would only have to write the complaint, too: it takes other hands, or a seconded finding."""
    case, cast = scene.clinical(scene.person()), scene.cast
    first = cast[by] if by.startswith("bureau") else cast.community_yulin
    ticket = Desk(scene).routed(case.person, disputed_case=case, by=first)
    by_user = cast.bureau_one
    if not by.startswith("bureau"):
        User.objects.filter(pk=first.pk).update(role="bureau", office=cast.bureau_one.office)
        by_user = fresh(first)
    fields = {"reason_class": "ENTRY_ERROR", "reason": "录错", "reference": ticket.number, "at": T}
    refused(self_checks.OwnTicket, voids.propose, case, by=by_user, **fields)
    number = scene.self_checked(case)
    assert propose(scene, case, "bureau.one", number).reference == number


def test_who_the_bureau_says_a_letter_is_about_is_its_own_word(scene: Scene):
    case, at = scene.clinical(scene.person()), later(hours=-1)
    letter = Letter("12345-1", received_at=at, description="我的码红了")
    ticket = receive(letter, by=scene.cast.hotline, at=at).ticket
    ticket = handling.take(ticket, by=scene.cast.bureau_one, at=at)
    handling.identify(ticket, case.person, by=scene.cast.bureau_one, at=at)
    refused(self_checks.OwnTicket, propose, scene, case, "bureau.one", ticket.number)


def test_a_letter_that_the_hotline_delivered_bears_a_void_and_one_brought_in_by_the_bureau_none(scene: Scene):
    case, at = scene.clinical(scene.person()), later(hours=-1)
    fields = {"received_at": at, "description": "我的码红了", "document_number": case.person.document}
    own = receive(Letter("12345-1", **fields), by=scene.cast.bureau_two, at=at).ticket
    refused(self_checks.OwnTicket, propose, scene, case, "bureau.one", own.number)
    other = scene.clinical(scene.person())
    fields["document_number"] = other.person.document
    ticket = receive(Letter("12345-2", **fields), by=scene.cast.hotline, at=at).ticket
    assert propose(scene, other, "bureau.one", ticket.number).reference == ticket.number


def test_a_case_voided_meanwhile_needs_no_finding(scene: Scene):
    case = scene.overseas(scene.person())
    fields = {"source": "比对批次2026-9", "failed": "同名，证件号码不符", "by": scene.cast.bureau_one}
    check = self_checks.record(case, **fields, at=T)
    void = propose(scene, case, "community.yulin")
    voids.approve(void, by=scene.cast.group_xinchang, at=later(hours=1))
    yes = {"approve": True, "by": scene.cast.duty_xinchang, "at": later(hours=2)}
    refused(second_person.Lapsed, self_checks.decide, check, **yes)
    self_checks.decide(check, **{**yes, "approve": False, "answer": "已作废"})
    refused(self_checks.NotCoded, self_checks.record, case, **fields, at=later(hours=3))


def test_a_case_that_does_not_stand_is_not_voided(scene: Scene):
    refused(voids.NotStanding, propose, scene, scene.reported(scene.person()), "cdc.xinchang")


def test_a_void_is_proposed_once_at_a_time(scene: Scene):
    case = scene.clinical(scene.person())
    scene.void_proposed(case)
    refused(voids.VoidAlreadyProposed, propose, scene, case, "cdc.xinchang")


def test_the_proposer_does_not_approve(scene: Scene):
    void = propose(scene, scene.clinical(scene.person()), "cdc.xinchang")
    refused(second_person.SamePerson, voids.approve, void, by=scene.cast.cdc_xinchang, at=T)


def test_a_colleague_of_the_proposer_does_not_approve(scene: Scene):
    void = scene.void_proposed(scene.automatic(scene.person(), "AUTO_YELLOW"))
    refused(NotAllowed, voids.approve, void, by=scene.cast.bureau_two, at=T)


@pytest.mark.parametrize("ground", ["CONFIRMED", "CLOSE_CONTACT", "OVERSEAS"])
def test_clinical_and_overseas_voids_need_the_health_side(scene: Scene, ground):
    person = scene.person()
    case = scene.overseas(person) if ground == "OVERSEAS" else scene.clinical(person, ground)
    void = scene.void_proposed(case)
    refused(voids.NeedsHealthSide, voids.approve, void, by=scene.cast.duty_city, at=T)
    voids.approve(void, by=scene.cast.group_xinchang, at=T)
    assert fresh(case).state == State.VOIDED


def test_another_void_is_approved_by_the_duty_lead(scene: Scene):
    case = scene.automatic(scene.person(), "AUTO_RED")
    voids.approve(scene.void_proposed(case), by=scene.cast.duty_xinchang, at=T)
    assert fresh(case).state == State.VOIDED


def test_somebody_elsewhere_does_not_approve(scene: Scene):
    person = scene.person(present="330602001")
    void = scene.void_proposed(scene.automatic(person, "AUTO_RED"))
    refused(NotAllowed, voids.approve, void, by=scene.cast.duty_xinchang, at=T)


def test_a_void_sent_back_leaves_the_case(scene: Scene):
    case = scene.clinical(scene.person())
    voids.refuse(scene.void_proposed(case), answer="证据属实", by=scene.cast.cdc_xinchang, at=T)
    assert fresh(case).state == State.OPEN


def test_a_void_is_decided_once(scene: Scene):
    void = scene.void_proposed(scene.clinical(scene.person()))
    voids.refuse(void, answer="证据属实", by=scene.cast.cdc_xinchang, at=T)
    refused(second_person.AlreadyDecided, voids.approve, void, by=scene.cast.group_xinchang, at=T)


def test_a_void_of_a_case_that_was_voided_by_its_delivery_meanwhile_is_refused(scene: Scene):
    case = scene.clinical(scene.person(), "SUSPECTED")
    void = scene.void_proposed(case)
    Case.objects.filter(pk=case.pk).update(state=State.VOIDED, closed_at=later(hours=1), closed_by=1)
    refused(second_person.Lapsed, voids.approve, void, by=scene.cast.cdc_xinchang, at=later(hours=2))
    voids.refuse(void, answer="已随文件撤回", by=scene.cast.cdc_xinchang, at=later(hours=2))
    assert Void.objects.get().decision == "REFUSED"


def test_the_others_of_the_same_delivery_are_listed_for_review(scene: Scene, batch):
    one, two = (scene.clinical(scene.person(), batch_id=batch.pk) for _ in range(2))
    three = scene.clinical(scene.person())
    assert voids.of_same_batch(fresh(one)) == [two]
    assert voids.of_same_batch(three) == []


@pytest.fixture
def batch(scene: Scene):

    heading = "姓名,证件号码,现居住地区划,赋码原因,起算日期\n".encode()
    return delivered(heading, file_name="空.csv", by=scene.cast.cdc_xinchang, at=T)


# -- the release of another yellow, by the same two parties


def release(scene: Scene, case, by="group.xinchang"):
    return voids.propose_release(case, document_number="解除1号", reason="期满", by=scene.cast[by], at=T)


def test_another_yellow_is_released_by_group_and_duty_lead(scene: Scene):
    person = scene.person()
    proposed = release(scene, scene.other_yellow(person))
    assert colour(person, later(days=1)) == Colour.YELLOW
    voids.decide_release(proposed, approve=True, by=scene.cast.duty_xinchang, at=T)
    assert colour(person, later(days=1)) == Colour.GREEN


def test_a_release_sent_back_leaves_yellow(scene: Scene):
    person = scene.person()
    proposed = release(scene, scene.other_yellow(person))
    voids.decide_release(proposed, approve=False, answer="未到期", by=scene.cast.duty_xinchang, at=T)
    assert colour(person, later(days=1)) == Colour.YELLOW
    assert Release.objects.get().answer == "未到期"


def test_only_the_duty_lead_decides_on_a_release(scene: Scene):
    proposed = release(scene, scene.other_yellow(scene.person()))
    refused(NotAllowed, voids.decide_release, proposed, approve=True, by=scene.cast.group_city, at=T)


def test_a_red_case_is_not_released(scene: Scene):
    refused(voids.NotStanding, release, scene, scene.clinical(scene.person()))


def test_a_release_waits_once(scene: Scene):
    case = scene.other_yellow(scene.person())
    release(scene, case)
    refused(voids.VoidAlreadyProposed, release, scene, case)


def test_the_database_refuses_one_person_in_both_seats(scene: Scene):
    from django.db import IntegrityError, transaction

    void = scene.void_proposed(scene.clinical(scene.person()))
    with pytest.raises(IntegrityError), transaction.atomic():
        Void.objects.filter(pk=void.pk).update(decision="APPROVED", decided_by=void.proposed_by, decided_at=T)


def test_after_a_rehearsal_the_void_that_was_chosen_waits_as_before(scene: Scene):
    """Else the preview names it as approved before anybody has confirmed."""
    person = scene.person()
    void = scene.void_proposed(scene.clinical(person), at=later(hours=1))
    typed = {"void": void.pk, "decision": "approve", "reason": ""}
    form = DecideVoid(typed, subject=fresh(person), by=scene.cast.group_xinchang, at=later(hours=2))
    assert form.is_valid() and run(form, rehearse=True)
    assert form.cleaned_data["void"].decision == fresh(void).decision == "PENDING"


def fields_of(operation, person, *, by, at):
    return operation(subject=person, by=by, at=at).fields


def test_a_void_asks_about_contacts_only_where_a_case_has_some(scene: Scene):
    index, other = scene.clinical(scene.person(), "CONFIRMED"), scene.clinical(scene.person(), "CONFIRMED")
    scene.clinical(scene.person(), index_case=index)
    group, at = scene.cast.group_xinchang, later(hours=1)
    asked, plain = (fields_of(ProposeVoid, one.person, by=group, at=at) for one in (index, other))
    assert not any(asked[name].widget.is_hidden for name in ("replacement", "frees"))
    assert all(plain[name].widget.is_hidden for name in ("replacement", "frees"))


def test_a_proposal_about_a_case_is_picked_by_time_office_and_what_it_says(scene: Scene):
    case = scene.clinical(scene.person(), "CONFIRMED")
    report = scene.exit_reported(case, "DISCHARGED", at=later(hours=1))
    picker = fields_of(DecideExit, case.person, by=report.addressed_to.users.first(), at=later(hours=2))[
        "report"
    ]
    label = picker.label_from_instance(report)
    made = f"{localtime(report.proposed_at):%Y-%m-%d %H:%M}"
    assert label.startswith(f"{made} · {report.proposed_by.office} · {report.get_exit_display()} · {case.pk}")
