"""An index case turns out to be none, or another: whoever rests on it follows, and nobody is forgotten."""

from datetime import timedelta

import pytest

from cases.models import Case, LabResult
from cases.models.cases import BASIS_GONE
from cases.operations.control import RecordTransport
from cases.policy.colours import Colour
from cases.selectors.worklists import worklists
from cases.services import control
from cases.services.control import HealthReading, log_health
from cases.services.engine.admission import IndexCaseExcluded
from cases.services.grounds import cases, releases, voids
from cases.services.samples import corrections
from healthcode.core.audit.models import Event
from tests.cases.scenes import DUE, INFECTED, Scene, colour, day, fresh, later, refused, sound


def infected(scene: Scene, ground: str = "CONFIRMED"):
    person = scene.person()
    return person, scene.clinical(person, ground)


def contacts(scene: Scene, index, number: int = 3):
    persons = [scene.person() for _ in range(number)]
    return persons, [scene.clinical(person, index_case=index, at=later(hours=1)) for person in persons]


@pytest.mark.parametrize("ground", INFECTED)
def test_a_void_of_an_index_case_has_to_name_what_takes_its_place_or_say_none(scene: Scene, ground):
    _person, index = infected(scene, ground)
    contacts(scene, index, 1)
    scene.self_checked(index, at=later(hours=2))
    refused(voids.ReplacementMissing, scene.void_proposed, index, at=later(hours=2))


@pytest.mark.parametrize("ground", INFECTED)
def test_with_none_in_its_place_the_contacts_go_free_in_the_same_act(scene: Scene, ground):
    person, index = infected(scene, ground)
    others, rows = contacts(scene, index)
    scene.voided(index, at=later(hours=2), frees=True)
    assert {colour(one, later(hours=3)) for one in (person, *others)} == {Colour.GREEN}
    assert {fresh(row).exit for row in rows} == {BASIS_GONE}
    assert {tuple(row.bases.values_list("fact", flat=True)) for row in rows} == {("VOID",)}
    sound()


@pytest.mark.parametrize("ground", INFECTED)
def test_with_another_in_its_place_nobody_goes_free(scene: Scene, ground):
    _person, index = infected(scene, ground)
    _right, replacement = infected(scene)
    others, rows = contacts(scene, index)
    scene.voided(index, at=later(hours=2), replacement=replacement)
    assert {colour(one, later(hours=3)) for one in others} == {Colour.RED}
    assert {fresh(row).index_case_id for row in rows} == {replacement.pk}
    assert Event.objects.filter(action="case.index_replaced").count() == len(rows)


def test_what_takes_its_place_has_to_be_another_standing_infection(scene: Scene):
    _person, index = infected(scene)
    _others, (contact,) = contacts(scene, index, 1)
    for wrong in (contact, index):
        if not index.self_checks.exists():
            scene.self_checked(index, at=later(hours=2))
        refused(voids.NoReplacement, scene.void_proposed, index, at=later(hours=2), replacement=wrong)


@pytest.mark.parametrize("outcome", ["POSITIVE", "INCONCLUSIVE", "PENDING"])
def test_a_contact_who_is_not_clear_of_infection_is_not_freed(scene: Scene, outcome):
    _person, index = infected(scene)
    (ill, well), _rows = contacts(scene, index, 2)
    scene.tested(ill, at=later(hours=2), outcome=outcome)
    scene.voided(index, at=later(hours=3), frees=True)
    assert (colour(ill, later(hours=4)), colour(well, later(hours=4))) == (Colour.RED, Colour.GREEN)
    assert Event.objects.get(action="case.kept").person == str(ill.public_id)


def test_a_contact_with_a_fever_in_the_log_is_not_freed(scene: Scene):
    _person, index = infected(scene)
    (ill, well), _rows = contacts(scene, index, 2)
    at = later(hours=2)
    log_health(ill, HealthReading(at.date(), "MORNING", 38), by=scene.cast.officer_yulin, at=at)
    scene.voided(index, at=later(hours=3), frees=True)
    assert (colour(ill, later(hours=4)), colour(well, later(hours=4))) == (Colour.RED, Colour.GREEN)


def test_a_report_of_a_contact_that_waits_is_sent_back_with_the_reason(scene: Scene):
    _person, index = infected(scene)
    waiting = scene.reported(scene.person(), index_case=index, at=later(hours=1))
    scene.voided(index, at=later(hours=2), frees=True)
    assert fresh(waiting).state == "REFUSED"


def test_a_chain_of_reclassifications_is_one_index_case(scene: Scene):
    """Contacts of the first row go with the exclusion of the last."""
    person, index = infected(scene, "ASYMPTOMATIC")
    others, _rows = contacts(scene, index)
    scene.exited(index, "RECLASSIFIED", new_ground="SUSPECTED", at=later(hours=2))
    suspected = Case.objects.of(person).open().get()
    assert suspected.origin_pk == index.pk
    scene.exited(suspected, "EXCLUDED", at=later(hours=3))
    assert {colour(one, later(hours=4)) for one in (person, *others)} == {Colour.GREEN}


def test_a_contact_cannot_be_entered_on_an_index_case_whose_chain_ended_as_none(scene: Scene):
    person, index = infected(scene, "ASYMPTOMATIC")
    scene.exited(index, "RECLASSIFIED", new_ground="SUSPECTED", at=later(hours=2))
    late = scene.reported(scene.person(), index_case=index, at=later(hours=2))
    scene.exited(Case.objects.of(person).open().get(), "EXCLUDED", at=later(hours=3))
    assert fresh(late).state == "REFUSED"
    refused(IndexCaseExcluded, scene.reported, scene.person(), index_case=index, at=later(hours=4))


def test_a_contact_of_somebody_cured_is_a_contact_all_the_same(scene: Scene):
    _person, index = infected(scene)
    scene.exited(index, "DISCHARGED", at=later(days=2))
    contact = scene.person()
    scene.clinical(contact, index_case=index, at=later(days=3))
    assert colour(contact, later(days=4)) == Colour.RED


@pytest.mark.parametrize("how", ["excluded", "voided"])
def test_a_contact_who_was_thought_ill_stands_again_as_contact(scene: Scene, how):
    """The suspicion is gone, the contact is not: the remaining days go on (1.1d)."""
    _index_person, index = infected(scene)
    (person,), (contact,) = contacts(scene, index, 1)
    scene.exited(contact, "RECLASSIFIED", new_ground="SUSPECTED", at=later(hours=2))
    suspected = Case.objects.of(person).open().get()
    if how == "excluded":
        scene.exited(suspected, "EXCLUDED", at=later(hours=3))
    else:
        scene.voided(suspected, at=later(hours=3))
    again = Case.objects.of(person).open().get()
    assert (again.ground, again.resumes_id, again.index_case_id) == ("CLOSE_CONTACT", contact.pk, index.pk)
    assert colour(person, later(hours=4)) == Colour.RED
    sound()


def test_a_contact_whose_index_case_is_gone_meanwhile_does_not_stand_again(scene: Scene):
    _index_person, index = infected(scene, "SUSPECTED")
    (person,), (contact,) = contacts(scene, index, 1)
    scene.exited(contact, "RECLASSIFIED", new_ground="SUSPECTED", at=later(hours=2))
    scene.exited(index, "EXCLUDED", at=later(hours=3))
    scene.exited(Case.objects.of(person).open().get(), "EXCLUDED", at=later(hours=4))
    assert colour(person, later(hours=5)) == Colour.GREEN


def test_the_provinces_release_finds_a_case_that_stands_again(scene: Scene):
    from cases.services.samples import results
    from tests.cases.scenes import sample

    person, by = scene.person(), scene.cast.province
    claim = scene.claim("AUTO_YELLOW", evidence_kind="TRACK")
    cases.send_down(person, claim, record="R1", by=by, at=later(hours=1))
    result = results.enter(person, sample(later(hours=2)), by=scene.cast.hospital_city, at=later(hours=2))
    results.apply(person, by=scene.cast.service_xinchang, at=later(hours=3))
    corrections.move(
        result, to=scene.person(), reason="录到别人名下", by=scene.cast.hospital_city, at=later(hours=4)
    )
    assert colour(person, later(hours=5)) == Colour.YELLOW
    releases.receive("R1", document="省文1号", by=by, at=later(hours=6))
    assert colour(person, later(hours=7)) == Colour.GREEN


def test_a_contact_that_was_kept_is_on_cdcs_list(scene: Scene):
    _person, index = infected(scene)
    (ill, _well), _rows = contacts(scene, index, 2)
    scene.tested(ill, at=later(hours=2), outcome="INCONCLUSIVE")
    scene.voided(index, at=later(hours=3), frees=True)
    lists = {one.key: one for one in worklists(scene.cast.cdc_xinchang, later(hours=4))}
    assert [row.person for row in lists["contacts_of_nobody"].rows] == [ill]


@pytest.mark.parametrize("username", ["community.yulin", "group.xinchang"])
def test_who_is_to_leave_a_site_is_listed_until_they_are_driven_home(scene: Scene, username):
    _person, index = infected(scene)
    (driven, untouched), _rows = contacts(scene, index, 2)
    ride = {
        **{"vehicle": "CLOSED_BUS", "plate": "浙D12345", "escort": "甲", "handed_to": "乙", "sealed": True},
        "by": scene.cast.group_xinchang,
    }
    site = scene.cast.office("isolation-xinchang")
    out = {"left_at": later(hours=1, minutes=10), "arrived_at": later(hours=2), "at": later(hours=2)}
    control.transport(driven, from_place="家", to_site=site, **ride, **out)

    def leaving(at):
        lists = {one.key: one.rows for one in worklists(scene.cast[username], at)}
        return [row.person for row in lists.get("to_leave", ())]

    assert leaving(later(hours=2, minutes=30)) == []
    scene.voided(index, at=later(hours=3), frees=True)
    assert leaving(later(hours=4)) == [driven]
    home = {"left_at": later(hours=5), "arrived_at": later(hours=6), "at": later(hours=6)}
    assert RecordTransport.offered(fresh(driven), by=scene.cast[username], at=later(hours=6))
    ride["by"] = scene.cast[username]
    control.transport(fresh(driven), from_place="新昌隔离点", to_place="家", **ride, **home)
    assert leaving(later(hours=7)) == []
    assert not RecordTransport.offered(fresh(untouched), by=scene.cast[username], at=later(hours=7))


def test_a_contact_of_an_excluded_case_who_is_not_clear_is_kept_too(scene: Scene):
    _person, index = infected(scene, "SUSPECTED")
    (ill, well), _rows = contacts(scene, index, 2)
    scene.tested(ill, at=later(hours=2), outcome="POSITIVE")
    scene.exited(index, "EXCLUDED", at=later(hours=3))
    assert (colour(ill, later(hours=4)), colour(well, later(hours=4))) == (Colour.RED, Colour.GREEN)


# -- what rests on a chain, and on the case that took another's place


def turned(scene: Scene, person, ground: str, *, at):
    """Let CDC reclassify the case that stands on somebody, and return the new one."""
    scene.exited(Case.objects.of(person).open().get(), "RECLASSIFIED", new_ground=ground, at=at)
    return Case.objects.of(person).open().get()


def test_the_contacts_of_an_index_case_whose_exclusion_was_taken_back_are_contacts_of_somebody(scene: Scene):
    _person, index = infected(scene, "SUSPECTED")
    (ill,), _rows = contacts(scene, index, 1)
    scene.tested(fresh(ill), at=later(hours=2), outcome="INCONCLUSIVE")
    scene.exited(index, "EXCLUDED", at=later(hours=3))
    cdc = scene.cast.cdc_xinchang
    assert "contacts_of_nobody" in {one.key for one in worklists(cdc, later(hours=4))}
    scene.exit_taken_back(fresh(index), at=later(hours=5))
    assert "contacts_of_nobody" not in {one.key for one in worklists(cdc, later(hours=6))}


def test_a_suspicion_that_is_confirmed_meanwhile_takes_the_place_all_the_same(scene: Scene):
    _person, index = infected(scene)
    _right, replacement = infected(scene, "SUSPECTED")
    others, rows = contacts(scene, index)
    scene.self_checked(index, at=later(hours=2))
    void = scene.void_proposed(index, at=later(hours=2), replacement=replacement)
    scene.exited(replacement, "RECLASSIFIED", new_ground="CONFIRMED", at=later(hours=3))
    voids.approve(fresh(void), by=scene.cast.cdc_xinchang, at=later(hours=4))
    assert {colour(one, later(hours=5)) for one in others} == {Colour.RED}
    assert {fresh(row).index_case.origin_pk for row in rows} == {replacement.pk}
    sound()


@pytest.mark.parametrize("last", ["CONFIRMED, voided", "SUSPECTED, excluded", "died and lived, excluded"])
def test_a_contact_stands_again_whichever_row_of_the_chain_turned_out_to_be_none(scene: Scene, last):
    _index_person, index = infected(scene)
    (person,), (contact,) = contacts(scene, index, 1)
    turned(scene, person, "ASYMPTOMATIC" if last.startswith("SUSPECTED") else "SUSPECTED", at=later(hours=2))
    if last == "died and lived, excluded":
        scene.died(person, at=later(hours=3))
        scene.death_taken_back(person, at=later(hours=4))
        case = Case.objects.of(person).open().get()
    else:
        case = turned(scene, person, last.partition(",")[0], at=later(hours=3))
    if last.endswith("voided"):
        scene.voided(case, at=later(hours=5), frees=True)
    else:
        scene.exited(case, "EXCLUDED", at=later(hours=5))
    again = Case.objects.of(person).open().get()
    assert (again.ground, again.resumes_id, again.index_case_id) == ("CLOSE_CONTACT", contact.pk, index.pk)
    assert colour(person, later(hours=6)) == Colour.RED
    sound()


def test_a_contact_who_was_thought_ill_can_be_reported_anew(scene: Scene):
    _index_person, index = infected(scene)
    (person,), _rows = contacts(scene, index, 1)
    turned(scene, person, "SUSPECTED", at=later(hours=2))
    again = scene.reported(fresh(person), index_case=index, at=later(hours=3))
    assert again.state == "REPORTED"


def replaced(scene: Scene, index, *, at):
    _right, replacement = infected(scene)
    scene.voided(fresh(index), at=at, replacement=replacement)
    return replacement


def test_who_is_thought_ill_while_the_index_case_is_replaced_stands_again_on_the_one_in_its_place(scene):
    _index_person, index = infected(scene)
    (person,), _rows = contacts(scene, index, 1)
    suspected = turned(scene, person, "SUSPECTED", at=later(hours=2))
    replacement = replaced(scene, index, at=later(hours=3))
    scene.exited(suspected, "EXCLUDED", at=later(hours=4))
    assert Case.objects.of(person).open().get().index_case_id == replacement.pk
    sound()


def test_whose_control_ended_before_the_index_case_was_replaced_stands_again_on_the_one_in_its_place(scene):
    _index_person, index = infected(scene)
    (person,), _rows = contacts(scene, index, 1)
    end = DUE + timedelta(hours=9)
    scene.ended(person, at=end)
    assert colour(person, end + timedelta(hours=1)) == Colour.GREEN
    replacement = replaced(scene, index, at=end + timedelta(hours=2))
    fields = {"reason": "录错人", "by": scene.cast.officer_yulin, "at": end + timedelta(hours=3)}
    corrections.move(LabResult.objects.of(person).get(), to=scene.person(), **fields)
    assert Case.objects.of(person).open().get().index_case_id == replacement.pk
    assert colour(person, end + timedelta(hours=4)) == Colour.RED
    sound()


def test_a_contact_that_waits_for_a_second_person_rests_on_the_case_in_the_place_too(scene: Scene):
    _index_person, index = infected(scene)
    (person,), (contact,) = contacts(scene, index, 1)
    scene.voided(contact, at=later(hours=2))
    held = scene.clinical(fresh(person), index_case=index, at=later(hours=3))
    replacement = replaced(scene, index, at=later(hours=4))
    cases.decide(fresh(held), approve=True, by=scene.cast.duty_city, at=later(hours=5))
    assert Case.objects.of(person).open().get().index_case_id == replacement.pk


def test_whom_an_exclusion_freed_stands_again_when_another_takes_the_excluded_cases_place(scene: Scene):
    _index_person, index = infected(scene, "SUSPECTED")
    (person,), _rows = contacts(scene, index, 1)
    scene.exited(index, "EXCLUDED", at=later(hours=2))
    assert colour(person, later(hours=3)) == Colour.GREEN
    replacement = replaced(scene, index, at=later(hours=4))
    assert Case.objects.of(person).open().get().index_case_id == replacement.pk
    assert colour(person, later(hours=5)) == Colour.RED
    sound()


@pytest.mark.parametrize("waits", ["reported", "held"])
def test_a_later_exposure_that_waits_on_the_same_evidence_stands_in_no_falls_place(scene: Scene, waits):
    _index_person, index = infected(scene)
    person, extra = (
        scene.person(),
        {"index_case": index, "evidence_kind": "INVESTIGATION", "evidence_ref": "E5"},
    )
    if waits == "held":
        scene.voided(scene.clinical(person, began_on=day(-1), **extra), at=later(minutes=5))
        held = scene.clinical(fresh(person), at=later(hours=1), **extra)
        cases.decide(fresh(held), approve=True, by=scene.cast.duty_city, at=later(hours=1, minutes=5))
    else:
        scene.clinical(person, at=later(hours=1), **extra)
    end = DUE + timedelta(hours=9)
    scene.ended(fresh(person), at=end)
    new = scene.reported(fresh(person), at=end + timedelta(hours=1), began_on=day(14), **extra)
    if waits == "held":
        assert cases.enter(new, by=scene.cast.group_xinchang, at=end + timedelta(hours=1)).state == "HELD"
    fields = {"reason": "录错人", "by": scene.cast.officer_yulin, "at": end + timedelta(hours=2)}
    corrections.move(LabResult.objects.of(person).get(), to=scene.person(), **fields)
    assert colour(person, end + timedelta(hours=3)) == Colour.RED
    assert fresh(new).state == waits.upper() and Case.objects.of(person).open().get().resumes is not None
    sound()
