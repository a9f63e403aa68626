"""Anchors leave the house: as a file, on a sheet, in the foot of every printed notice, by mail."""

from django.urls import reverse

from healthcode.core.audit import checkpoints, ledger, sealing
from healthcode.core.audit.models import Event
from tests.cases.scenes import T


def seal(cast):
    ledger.record("person.viewed", about="person:1", by=cast.cdc_xinchang, at=T)
    sealing.seal(at=T)
    return sealing.latest()


def test_the_page_shows_the_last_checkpoint_and_the_public_key(supervisor, cast):
    last = seal(cast)
    page = supervisor.get(reverse("admin:seals")).content.decode()
    assert last.note.splitlines()[2] in page.replace("&#x27;", "'") and checkpoints.public_key() in page


def test_the_file_is_the_checkpoint_and_handing_it_out_an_event(supervisor, cast):
    last = seal(cast)
    text = supervisor.get(reverse("admin:checkpoint")).content.decode()
    assert checkpoints.parse(text) == [last]
    assert Event.objects.latest("pk").target == f"seal:{last.size}"


def test_the_sheet_has_its_qr_code_drawn_without_style_or_script(supervisor, cast):
    seal(cast)
    page = supervisor.get(reverse("admin:sheet")).content.decode()
    assert '<svg class="qr"' in page or 'class="qr"' in page
    assert "style=" not in page and "<style" not in page


def test_before_the_first_seal_there_is_nothing_to_hand_out(supervisor):
    assert supervisor.get(reverse("admin:seals")).status_code == 200
    assert supervisor.get(reverse("admin:checkpoint")).status_code == 404


def test_a_printed_explanation_has_the_anchor_in_its_foot(scene, at_desk, cast):
    person = scene.person()
    last = seal(cast)
    url = reverse("admin:cases_person_explanation", args=(person.pk,))
    page = at_desk(cast.service_xinchang).get(url).content.decode()
    assert f"{last.size} events" in page and last.text.splitlines()[2] in page.replace("&#x2B;", "+")
