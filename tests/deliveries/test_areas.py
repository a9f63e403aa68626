"""A new area reaches whoever was there; new tracks reach the areas that are listed (1.2b, 1.4, 3.2b)."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from cases.feeds import applying
from cases.models import Case, ControlOrder, OrderCase, Person, Presence, Transition
from cases.policy.colours import Colour
from cases.services import areas
from cases.services.areas import Listing, presences
from cases.services.engine import in_force, mass, tracks
from cases.services.engine.refusals import Grown, StalePage
from cases.services.persons import merges
from healthcode.core.audit import bulk
from healthcode.core.audit.ledger import leaf_hash
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import Division
from healthcode.portal.recurring import ticking
from tests.cases.scenes import (
    DUE,
    TODAY,
    Scene,
    T,
    colour,
    day,
    fresh,
    later,
    nothing_stored,
    order_of,
    refused,
    sound,
)
from tests.factories import DivisionFactory

BEIJING = "110106"
NOW = later(hours=1)


def tracked(
    scene: Scene, send, *, days_ago: int = 2, place: str = f"{BEIJING},", kind: str = "旅居", **fields: Any
):
    """Return somebody whose track ends so many days ago."""
    person = scene.person(**fields)
    left = T - timedelta(days=days_ago)
    stay = ",".join(f"{one:%Y-%m-%d %H:%M}" for one in (left - timedelta(days=1), left))
    send("PRESENCES", f"{person.document},{kind},{place},{stay}")
    return person


class Broken(Exception):
    pass


def proposed(scene: Scene, *, at=NOW, **body: Any):
    fields = {"name": "丰台", "level": "HIGH", "source_document": "公告1号", "from_at": T, **body}
    if "venue" not in fields:
        fields["division"] = Division.objects.get(code=BEIJING)
    return areas.propose(Listing(**fields), by=scene.cast.duty_city, at=at)


def listed(scene: Scene, *, at=NOW, **fields: Any):
    area = proposed(scene, at=at, **fields)
    areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=at)
    return area


SEVERE = {"severe": True, "assessment_document": "评估1号", "consent_document": "同意1号"}


def test_an_area_turns_yellow_whoever_stayed_there(scene: Scene, send):
    was_there, was_not = tracked(scene, send), scene.person()
    area = listed(scene)
    assert (colour(was_there, later(hours=2)), colour(was_not, later(hours=2))) == (
        Colour.YELLOW,
        Colour.GREEN,
    )
    case = Case.objects.get()
    assert (case.risk_area, case.channel, case.began_on) == (area, "AUTOMATIC", day(-2))


@pytest.mark.parametrize(("days_ago", "after"), [(14, Colour.YELLOW), (15, Colour.GREEN)])
def test_the_look_back_ends_with_its_last_day(scene: Scene, send, days_ago, after):
    person = tracked(scene, send, days_ago=days_ago)
    listed(scene)
    assert colour(person, later(hours=2)) == after


def test_where_no_test_is_required_nobody_turns(scene: Scene, send):
    person = tracked(scene, send)
    listed(scene, test_required=False)
    assert colour(person, later(hours=2)) == Colour.GREEN


def test_a_contact_counts_for_a_severe_situation_alone(scene: Scene, send):
    person = tracked(scene, send, kind="接触")
    listed(scene)
    assert colour(person, later(hours=2)) == Colour.GREEN
    listed(scene, name="又一处", at=later(hours=3), **SEVERE)
    assert colour(person, later(hours=4)) == Colour.RED


def test_a_place_is_matched_by_its_name(scene: Scene, send):
    person = tracked(scene, send, place=",某批发市场")
    listed(scene, venue="某批发市场")
    assert colour(person, later(hours=2)) == Colour.YELLOW


def test_a_narrower_division_lies_in_a_listed_county(scene: Scene, send):
    DivisionFactory(code=f"{BEIJING}001")
    person = tracked(scene, send, place=f"{BEIJING}001,")
    listed(scene)
    assert colour(person, later(hours=2)) == Colour.YELLOW


def test_a_severe_situation_turns_red_with_an_order_of_fourteen_days(scene: Scene, send):
    person = tracked(scene, send, days_ago=0)
    listed(scene, at=later(hours=1), **SEVERE)
    order = order_of(person)
    assert (order.kind, order.until, order.office.code) == ("CENTRAL_ISOLATION", DUE, "community-yulin")
    assert OrderCase.objects.get().until == DUE
    sound()


def test_somebody_under_an_order_keeps_it_and_the_later_end_governs(scene: Scene, send):
    person = tracked(scene, send, days_ago=0)
    scene.clinical(person, began_on=day(-3))
    listed(scene, **SEVERE)
    assert ControlOrder.objects.standing().count() == 1
    assert (order_of(person).until, order_of(person).served.count()) == (DUE, 2)


def test_whoever_was_red_already_gets_the_case_and_no_transition(scene: Scene, send):
    person = tracked(scene, send)
    scene.clinical(person)
    turned = Transition.objects.count()
    listed(scene)
    assert (Case.objects.of(person).open().count(), Transition.objects.count()) == (2, turned)


def test_a_merged_record_turns_its_survivor(scene: Scene, send):
    duplicate, survivor = tracked(scene, send), scene.person()
    scene.merged(duplicate, survivor)
    listed(scene)
    assert (colour(survivor, later(hours=2)), Case.objects.get().person) == (Colour.YELLOW, duplicate)


def test_the_dead_are_left_in_peace(scene: Scene, send):
    person = tracked(scene, send)
    Person.objects.filter(pk=person.pk).update(deceased_on=TODAY)
    listed(scene)
    assert not Case.objects.exists()


def test_the_same_area_again_changes_nothing(scene: Scene, send):
    tracked(scene, send)
    area = listed(scene)
    before = (Case.objects.count(), Transition.objects.count())
    assert areas.match(area, by=scene.cast.duty_deputy, at=later(hours=3)).cases == 0
    assert (Case.objects.count(), Transition.objects.count()) == before


def test_new_tracks_reach_the_areas_that_are_listed_already(scene: Scene, send):
    send("PRESENCES")  # makes the divisions
    listed(scene, at=T)
    person = tracked(scene, send)
    assert colour(person, later(hours=2)) == Colour.YELLOW
    assert Case.objects.get().batch is not None


def test_the_next_piece_of_a_delivery_leaves_those_whom_the_last_one_reached(scene: Scene, send, monkeypatch):
    monkeypatch.setattr(applying, "SET", 1)
    send("PRESENCES")
    listed(scene, at=T)
    people = [scene.person() for _number in range(3)]
    before = [person.version for person in people]
    stay = "2026-10-30 08:00,2026-10-30 18:00"
    send("PRESENCES", *(f"{person.document},旅居,{BEIJING},,{stay}" for person in people))
    assert [fresh(person).version for person in people] == [version + 1 for version in before]


def test_history_stays_in_order_where_somebody_acted_after_the_clock(scene: Scene, send):
    person = tracked(scene, send)
    scene.opened(person, "OVERSEAS", at=later(hours=6))
    listed(scene, at=later(hours=1))
    area_case = Case.objects.get(ground="RISK_AREA")
    assert area_case.opened_at > Case.objects.get(ground="OVERSEAS").opened_at


def test_the_version_grows_so_that_an_open_page_is_stale(scene: Scene, send):
    person = tracked(scene, send)
    before = fresh(person).version
    listed(scene)
    assert fresh(person).version == before + 1


def test_events_made_by_the_database_have_the_hash_of_those_made_by_hand(scene: Scene, send):
    tracked(scene, send, days_ago=0)
    scene.risk(tracked(scene, send, days_ago=1))
    listed(scene, **SEVERE)
    events = Event.objects.filter(action__in=("case.opened", "code.turned", "order.opened"))
    assert {event.action for event in events} == {"case.opened", "code.turned", "order.opened"}
    assert [event.leaf for event in events] == [leaf_hash(event) for event in events]
    persons = {str(public_id) for public_id in Person.objects.values_list("public_id", flat=True)}
    assert {event.person for event in events} <= persons


def test_an_event_made_by_the_database_says_what_one_made_by_hand_says(scene: Scene, send):
    listed_person, by_hand = tracked(scene, send, days_ago=0), scene.person()
    area = listed(scene, **SEVERE)
    scene.opened(by_hand, "SEVERE_AREA", risk_area=area, began_on=TODAY, at=later(hours=2))
    fields = {
        str(person.public_id): {
            event.action: set(event.body.replace("COMMUNITY", "AUTOMATIC").split(","))
            for event in Event.objects.filter(person=str(person.public_id), action="code.turned")
        }
        for person in (listed_person, by_hand)
    }
    first, second = fields.values()
    assert {key: len(value) for key, value in first.items()} == {
        key: len(value) for key, value in second.items()
    }


def test_tracks_that_no_look_back_reaches_are_dropped(scene: Scene, send):
    tracked(scene, send, days_ago=20)
    tracked(scene, send, days_ago=2)
    assert presences.drop_old(by=scene.cast.telecom, at=later(hours=1)) == 1
    assert Presence.objects.count() == 1
    assert Event.objects.filter(action="presence.dropped").exists()


def test_the_timer_drops_old_tracks(scene: Scene, send):
    tracked(scene, send, days_ago=20)
    done = {step.name: step for step in ticking.tick(at=max(timezone.now(), later(days=1)))}
    assert (done["old movement tracks dropped"].done, Presence.objects.exists()) == (1, False)


@pytest.mark.parametrize("event", ["case.opened", "code.turned", "order.opened"])
def test_a_mass_opening_that_breaks_at_a_write_of_its_events_stores_nothing(
    scene: Scene, send, event, monkeypatch
):
    tracked(scene, send, days_ago=0)
    area = proposed(scene, **SEVERE)
    write = bulk.record_selected

    def breaks(connection, action, **fields):
        if action == event:
            raise Broken
        return write(connection, action, **fields)

    monkeypatch.setattr(bulk, "record_selected", breaks)
    with nothing_stored(Broken):
        areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=NOW)


def test_an_area_refuses_where_somebody_is_merged_at_each_of_three_readings_of_the_tracks(
    scene: Scene, send, monkeypatch
):
    area, merge = proposed(scene), scene.merge_proposed(tracked(scene, send), scene.person())

    def merged_meanwhile() -> None:
        merges.approve(merge, by=scene.cast.bureau_two, at=NOW)
        in_force.hold()

    # The merge asks its tracks again in a transaction of its own; here both acts share one, and its table of hits.
    monkeypatch.setattr(tracks, "match_again", lambda *_persons, **_fields: None)
    monkeypatch.setattr(mass, "in_force", SimpleNamespace(hold=merged_meanwhile))
    refused(StalePage, areas.decide, area, approve=True, by=scene.cast.duty_deputy, at=NOW)


@pytest.mark.parametrize("times", [1, 2])
def test_an_area_is_matched_anew_where_somebody_was_merged_since_the_tracks_were_read(
    scene: Scene, send, monkeypatch, times
):
    person, area, lock, left = tracked(scene, send), proposed(scene), mass.lock, [times]

    def grown(*args):
        if left[0]:
            left[0] -= 1
            raise Grown()
        return lock(*args)

    monkeypatch.setattr(mass, "lock", grown)
    areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=NOW)
    assert colour(person, NOW) == Colour.YELLOW
    sound()


def test_an_area_is_approved_whatever_is_merged_at_that_moment(
    scene: Scene, send, together, transactional_db
):
    pairs = [(tracked(scene, send), scene.person()) for _ in range(3)]
    area, waiting = proposed(scene), [scene.merge_proposed(*pair) for pair in pairs]
    approved = together(
        lambda: areas.decide(area, approve=True, by=scene.cast.duty_deputy, at=NOW),
        *(lambda merge=merge: merges.approve(merge, by=scene.cast.bureau_two, at=NOW) for merge in waiting),
    )
    assert [one for one in approved if isinstance(one, Exception)] == []
    for _duplicate, survivor in pairs:
        assert [case.ground for case in Case.objects.of(fresh(survivor)).open()] == ["RISK_AREA"]
