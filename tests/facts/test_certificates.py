"""A certificate of isolation served elsewhere: a fact of two offices; control ends on it, and falls with it."""

from datetime import timedelta

import pytest

from cases.models import Basis, Case, Certificate, Fact, LabResult
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.control import Verified, elsewhere
from cases.services.engine import plausible, second_person
from cases.services.engine.references import NotAReference
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.samples import corrections, reports, results
from tests.cases.scenes import DUE, Scene, colour, fresh, later, order_of, refused, sample, sound
from tests.facts.coding import coded_on

END = DUE + timedelta(hours=9)
RECORDED = DUE + timedelta(hours=3)
CALL = {"called_name": "王医生", "called_at": RECORDED - timedelta(hours=1), "number_from": "DIRECTORY"}
PLACE = {"place": "某地", "letter": "接收函2026-1号"}
GROUNDS = ("CLOSE_CONTACT", "OVERSEAS", "ORDERED_ISOLATION", "SEVERE_AREA", "AUTO_RED")


def away(scene: Scene, ground: str = "CLOSE_CONTACT", how: str = "relocated"):
    """Return somebody whose control is served elsewhere, or was handed to another province."""
    person = coded_on(scene, ground)
    if how == "relocated":
        scene.relocated(person, at=later(days=1))
    else:
        fields = {"letter": "移交函3号", "destination": "江苏", "by": scene.cast.group_xinchang}
        control.transfer_out(person, **fields, at=later(days=1))
    return person


def released(scene: Scene, person, *, by: str = "group.xinchang", at=END):
    return control.release_elsewhere(fresh(person), by=scene.cast[by], at=at)


# -- that control goes on elsewhere


def test_one_clerk_alone_neither_sends_somebody_elsewhere_nor_frees_them(scene: Scene):
    """The letter, the certificate and the sample of one account move nothing."""
    person, by = coded_on(scene, "CLOSE_CONTACT"), scene.cast.group_xinchang
    fields = {**PLACE, "by": by, "at": later(days=1)}
    move = control.propose_elsewhere(person, **fields)
    refused(control.NotOfCity, control.decide_elsewhere, move, approve=True, by=by, at=later(days=1))
    assert not order_of(person).elsewhere
    refused(control.ServedHere, scene.certificate, person, at=RECORDED)
    refused(control.ServedHere, released, scene, person)
    assert colour(person, END) == Colour.RED


@pytest.mark.parametrize("by", ["cdc.city", "cdc.xinchang", "group.xinchang"])
def test_what_a_county_proposes_only_the_citys_group_confirms(scene: Scene, by):
    fields = {
        "place": "某地",
        "letter": "接收函2026-1号",
        "by": scene.cast.group_xinchang,
        "at": later(days=1),
    }
    move = control.propose_elsewhere(coded_on(scene, "CLOSE_CONTACT"), **fields)
    refused(
        control.NotOfCity, control.decide_elsewhere, move, approve=True, by=scene.cast[by], at=later(days=2)
    )
    control.decide_elsewhere(move, approve=True, by=scene.cast.group_city, at=later(days=2))
    order = order_of(move.order.person)
    assert (order.elsewhere, order.place, order.letter) == (True, "某地", "接收函2026-1号")


def test_what_the_citys_group_proposes_the_citys_cdc_confirms(scene: Scene):
    fields = {**PLACE, "by": scene.cast.group_city, "at": later(days=1)}
    move = control.propose_elsewhere(coded_on(scene, "CLOSE_CONTACT"), **fields)
    for by in ("group.city", "group.xinchang", "cdc.xinchang"):
        refused(
            control.NotOfCity,
            control.decide_elsewhere,
            move,
            approve=True,
            by=scene.cast[by],
            at=later(days=2),
        )
    assert "relocations" in {one.key for one in worklists(scene.cast.cdc_city, later(days=2))}
    control.decide_elsewhere(move, approve=True, by=scene.cast.cdc_city, at=later(days=2))
    assert order_of(move.order.person).elsewhere


def test_what_is_sent_back_is_served_here_on(scene: Scene):
    person = coded_on(scene, "CLOSE_CONTACT")
    fields = {**PLACE, "by": scene.cast.group_xinchang, "at": later(days=1)}
    move = control.propose_elsewhere(person, **fields)
    refused(control.AlreadyElsewhere, control.propose_elsewhere, person, **fields)
    assert "relocations" in {one.key for one in worklists(scene.cast.group_city, later(days=2))}
    no = {"approve": False, "answer": "查无此函", "by": scene.cast.group_city, "at": later(days=2)}
    control.decide_elsewhere(move, **no)
    assert not order_of(person).elsewhere
    assert "returned_relocations" in {one.key for one in worklists(scene.cast.group_xinchang, later(days=3))}


def test_an_order_that_ended_meanwhile_goes_nowhere(scene: Scene):
    person = coded_on(scene, "CLOSE_CONTACT")
    fields = {**PLACE, "by": scene.cast.group_xinchang, "at": later(days=1)}
    move = control.propose_elsewhere(person, **fields)
    scene.voided(Case.objects.get(), at=later(days=2))
    yes = {"approve": True, "by": scene.cast.group_city, "at": later(days=3)}
    refused(second_person.Lapsed, control.decide_elsewhere, move, **yes)
    control.decide_elsewhere(move, **{**yes, "approve": False, "answer": "已不在管控"})


# -- the certificate


@pytest.mark.parametrize("how", ["relocated", "out"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_control_ends_on_a_certificate_of_two_offices_and_falls_with_it(scene: Scene, ground, how):
    person = away(scene, ground, how)
    refused(control.CertificateMissing, released, scene, person)
    paper = scene.certified(person, at=RECORDED)
    case = Case.objects.of(person).open().get()
    released(scene, person)
    assert colour(person, END + timedelta(seconds=1)) == Colour.GREEN
    assert Basis.objects.filter(case=case, fact=Fact.CERTIFICATE, key=paper.pk).exists()
    fallen = control.withdraw_certificate(
        paper, reason="出具单位否认", by=scene.cast.group_xinchang, at=END + timedelta(hours=1)
    )
    assert [one.resumes_id for one in fallen.resumed] == [case.pk]
    assert colour(person, END + timedelta(hours=2)) == Colour.RED
    order = control.handed_over(fresh(person)) if how == "out" else order_of(person)
    assert order.until == DUE
    sound()


def test_before_cdc_confirms_it_control_does_not_end_on_it(scene: Scene):
    person = away(scene)
    paper = scene.certificate(person, at=RECORDED)
    refused(control.CertificateMissing, released, scene, person)
    fields = {"approve": True, "at": RECORDED + timedelta(hours=1)}
    refused(NotAllowed, control.decide_certificate, paper, by=scene.cast.group_xinchang, **fields)
    refused(NotAllowed, control.decide_certificate, paper, by=scene.cast.group_city, **fields)
    refused(control.NotOfLevel, control.decide_certificate, paper, by=scene.cast.cdc_city, **fields)
    assert "certificates" in {one.key for one in worklists(scene.cast.cdc_xinchang, END)}
    assert "certificates" not in {one.key for one in worklists(scene.cast.cdc_city, END)}


def test_the_test_named_with_it_counts_once_cdc_has_seen_it(scene: Scene):
    person = away(scene)
    paper = scene.certificate(person, at=RECORDED)
    assert not LabResult.objects.exists()
    control.decide_certificate(paper, approve=True, by=scene.cast.cdc_xinchang, at=RECORDED)
    result = LabResult.objects.get()
    assert (result.origin, result.outcome, result.sampled_at) == ("VERIFIED", "NEGATIVE", paper.sampled_at)
    assert result.entered_by == scene.cast.cdc_xinchang


def test_a_test_that_came_by_another_way_meanwhile_is_not_written_twice(scene: Scene):
    person = away(scene)
    taken = sample(RECORDED - timedelta(hours=9))
    paper = scene.certificate(person, at=RECORDED, sample=taken)
    results.enter(person, taken, by=scene.cast.hospital_city, at=RECORDED)
    control.decide_certificate(paper, approve=True, by=scene.cast.cdc_xinchang, at=RECORDED)
    assert LabResult.objects.count() == 1
    released(scene, person)
    assert colour(person, END + timedelta(seconds=1)) == Colour.GREEN


def test_a_test_of_the_future_is_refused_with_the_certificate(scene: Scene):
    refused(
        reports.SampledInFuture,
        scene.certificate,
        away(scene),
        at=RECORDED,
        sample=sample(RECORDED + timedelta(hours=1)),
    )


def test_a_call_back_verifies_it_too(scene: Scene):
    person = away(scene)
    scene.certified(person, at=RECORDED, verified=Verified(**CALL))
    assert released(scene, person).ended_at is not None


@pytest.mark.parametrize(
    ("verified", "refusal", "field"),
    [
        ({}, control.NotVerified, "reply_letter"),
        ({"reply_letter": "　"}, control.NotVerified, "reply_letter"),
        ({"reply_letter": "1"}, NotAReference, "reply_letter"),
        ({**CALL, "called_name": " 王"}, control.NotVerified, "reply_letter"),
        ({**CALL, "called_at": None}, control.NotVerified, "reply_letter"),
        ({**CALL, "number_from": ""}, control.NotVerified, "reply_letter"),
        ({**CALL, "number_from": "FAX"}, control.NotVerified, "reply_letter"),
        ({**CALL, "called_at": RECORDED + timedelta(hours=1)}, plausible.InFuture, "called_at"),
    ],
)
def test_a_certificate_that_nobody_verified_is_refused(scene: Scene, verified, refusal, field):
    fields = {"at": RECORDED, "verified": Verified(**verified)}
    assert refused(refusal, scene.certificate, away(scene), **fields).field == field


@pytest.mark.parametrize("number", [" ", "7", "------", "证明"])
def test_a_number_that_nobody_could_look_up_is_refused(scene: Scene, number):
    assert (
        refused(NotAReference, scene.certificate, away(scene), at=RECORDED, number=number).field == "number"
    )


def test_one_certificate_at_a_time(scene: Scene):
    person = away(scene)
    paper = scene.certificate(person, at=RECORDED)
    refused(control.CertificateWaits, scene.certificate, person, at=RECORDED)
    no = {"approve": False, "answer": "查无此单位", "by": scene.cast.cdc_xinchang, "at": RECORDED}
    refused(second_person.SentBackWithoutReason, control.decide_certificate, paper, **{**no, "answer": ""})
    control.decide_certificate(paper, **no)
    assert "returned_certificates" in {one.key for one in worklists(scene.cast.group_xinchang, END)}
    scene.certified(person, at=END)
    refused(control.CertificateKnown, scene.certificate, person, at=END)


def test_a_certificate_taken_back_before_the_end_lets_nothing_end(scene: Scene):
    person = away(scene)
    paper = scene.certified(person, at=RECORDED)
    fields = {"reason": "系伪造", "by": scene.cast.cdc_xinchang, "at": RECORDED + timedelta(hours=1)}
    control.withdraw_certificate(paper, **fields)
    refused(control.NoCertificate, control.withdraw_certificate, paper, **fields)
    refused(control.CertificateMissing, released, scene, person)


def test_a_certificate_of_control_that_ended_meanwhile_is_sent_back(scene: Scene):
    person = away(scene)
    paper = scene.certificate(person, at=RECORDED)
    scene.voided(Case.objects.get(), at=RECORDED)
    fields = {"by": scene.cast.cdc_xinchang, "at": END}
    refused(second_person.Lapsed, control.decide_certificate, paper, approve=True, **fields)
    control.decide_certificate(paper, approve=False, answer="已不在管控", **fields)
    assert Certificate.objects.get().decision == "REFUSED"


# --- a false certificate brought a false test -------------------------------------------------------------------


def withdrawn(scene: Scene, paper, *, at):
    fields = {"reason": "伪造", "by": scene.cast.group_xinchang, "at": at}
    return control.withdraw_certificate(fresh(paper), **fields)


def test_a_false_certificates_test_frees_nobody_by_another_certificate(scene: Scene):
    person = away(scene)
    paper = scene.certified(person, at=END)
    released(scene, person)
    withdrawn(scene, paper, at=END + timedelta(hours=1))
    assert not LabResult.objects.of(person).uncorrected().exists()
    scene.certified(person, at=END + timedelta(hours=2), sample=None)
    refused(control.ConditionMissing, released, scene, person, at=END + timedelta(hours=3))
    assert colour(person, END + timedelta(hours=4)) == Colour.RED


def test_a_yellow_that_ended_on_a_false_certificates_test_stands_again(scene: Scene):
    person = away(scene)
    yellow = scene.risk(person, at=later(hours=1))
    paper = scene.certified(person, at=END)
    results.apply(fresh(person), by=scene.cast.service_xinchang, at=END + timedelta(minutes=5))
    assert fresh(yellow).state == "ENDED"
    fallen = withdrawn(scene, paper, at=END + timedelta(hours=1))
    assert [case.resumes for case in fallen.resumed] == [yellow]


def test_a_test_that_was_known_before_stays_when_the_certificate_is_taken_back(scene: Scene):
    person = away(scene)
    tested = sample(END - timedelta(hours=9))
    results.enter(person, tested, by=scene.cast.hospital_city, at=END - timedelta(hours=1))
    paper = scene.certified(person, at=END, sample=tested)
    withdrawn(scene, paper, at=END + timedelta(hours=1))
    assert LabResult.objects.of(person).uncorrected().count() == 1


def test_a_false_certificates_test_is_gone_where_it_was_moved_to(scene: Scene):
    person = away(scene)
    other = scene.person()
    paper = scene.certified(person, at=END)
    fields = {"reason": "录错", "by": scene.cast.cdc_xinchang, "at": END + timedelta(minutes=5)}
    corrections.move(LabResult.objects.get(), to=other, **fields)
    withdrawn(scene, paper, at=END + timedelta(hours=1))
    assert not LabResult.objects.uncorrected().exists()


# --- a later exposure ----------------------------------------------------------------------------------------


def exposed_again(scene: Scene, person, *, at):
    index = scene.clinical(scene.person(), "CONFIRMED", at=at)
    fields = {"index_case": index, "evidence_ref": "流调2026-99", "began_on": at.date()}
    return scene.clinical(fresh(person), "CLOSE_CONTACT", at=at, **fields)


def test_a_later_exposure_is_served_here_until_that_is_agreed_anew(scene: Scene):
    person = away(scene)
    assert order_of(person).elsewhere
    exposed_again(scene, person, at=later(days=4))
    order = order_of(person)
    assert (order.elsewhere, order.place) == (False, "新昌县集中隔离点")


def test_a_certificate_from_before_a_later_exposure_ends_nothing(scene: Scene):
    person = away(scene)
    scene.certified(person, at=RECORDED)
    exposed_again(scene, person, at=RECORDED + timedelta(days=1))
    with pytest.raises(Refusal):
        released(scene, fresh(person), at=END + timedelta(days=20))
    assert colour(person, END + timedelta(days=21)) == Colour.RED


def test_what_was_accepted_before_a_later_exposure_is_proposed_anew(scene: Scene):
    person = coded_on(scene, "CLOSE_CONTACT")
    fields = {"place": "杭州市某隔离点", "letter": "杭隔接收函2026-8号", "by": scene.cast.group_xinchang}
    move = control.propose_elsewhere(fresh(person), **fields, at=later(days=1))
    exposed_again(scene, person, at=later(days=2))
    deciding = {"approve": True, "by": scene.cast.group_city, "at": later(days=3)}
    refused(elsewhere.ExposedSinceRelocation, control.decide_elsewhere, fresh(move), **deciding)
