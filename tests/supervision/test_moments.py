"""The code at that moment: any person, any instant, with the reasons then standing."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from cases.policy.colours import Colour
from cases.services.grounds import voids
from healthcode.core.audit.models import Event
from healthcode.portal.trails.moments import code_at
from tests.cases.scenes import DUE, T, later


def test_before_the_ground_the_code_was_green_and_after_it_red(scene):
    person = scene.person()
    case = scene.clinical(person)
    before, after = code_at(person, at=T - timedelta(hours=1)), code_at(person, at=later(hours=1))
    assert (before.colour, before.standing) == (Colour.GREEN, ())
    assert (after.colour, after.standing) == (Colour.RED, (case,))


def test_what_ended_since_stood_then(scene):
    person = scene.person()
    case = scene.clinical(person)
    scene.ended(person, at=DUE)
    then = code_at(person, at=later(days=3))
    assert then.standing == (case,) and then.following.to_colour == "GREEN"


def test_a_ground_voided_since_is_shown_as_what_the_code_showed(scene, cast):
    person = scene.person()
    case = scene.opened(person, "OVERSEAS")
    void = voids.propose(
        case, reason_class="ENTRY_ERROR", reason="录错", by=cast.community_yulin, at=later(hours=1)
    )
    voids.approve(void, by=cast.group_xinchang, at=later(hours=2))
    then = code_at(person, at=later(minutes=30))
    assert (then.colour, then.corrected) == (Colour.RED, Colour.GREEN)


def test_the_page_answers_for_the_instant_that_is_asked_and_records_it(scene, supervisor):
    person = scene.person()
    scene.clinical(person)
    url = reverse("admin:audit_event_moment", args=(person.public_id,))
    asked = f"{timezone.localtime(later(hours=1)):%Y-%m-%dT%H:%M}"
    page = supervisor.get(url, {"at": asked})
    assert page.context["moment"].colour == Colour.RED and "close contact" in page.content.decode().lower()
    assert Event.objects.latest("pk").action == "audit.moment_read"


def test_an_instant_that_is_none_is_told_on_its_field(scene, supervisor):
    url = reverse("admin:audit_event_moment", args=(scene.person().public_id,))
    page = supervisor.get(url, {"at": "yesterday"})
    assert page.context["form"].errors and page.context["moment"] is None


def test_nobody_has_no_moment(supervisor, cast):
    url = reverse("admin:audit_event_moment", args=("11111111-1111-1111-1111-111111111111",))
    assert supervisor.get(url).status_code == 404
