"""Erasing a person reaches what they said at the desk; what happened stays."""

import pytest
from django.apps import apps
from django.db.models import BinaryField, CharField, TextField

from cases.services.persons import erasure
from cases.services.persons.erasable import TEXTS
from complaints.models import Draft, NumberSeries, TextModule, Ticket
from complaints.models.choices import TicketState
from complaints.services import attachments, following, handling
from complaints.services.texts import TicketOpen
from tests.cases.scenes import fresh, later, refused

# Numbers, keys and what the house itself says: nobody typed them about a person.
KEPT = {
    "ticket": {"number", "policy_ref", "external_no", "letter_digest"},
    "attachment": {"sha256"},
    "message": {"topic"},
    "escalation": {"clock"},
}


@pytest.fixture
def erased(desk):
    """Return a closed ticket whose person was erased."""
    ticket = desk.void_approved(desk.void_proposed(desk.taken(desk.routed(description="我没有去过那里"))))
    attachments.add(
        ticket, name="截图.png", content=b"\x89PNG\r\n\x1a\nx", by=desk.cast.bureau_one, at=later(hours=2)
    )
    handling.note(ticket, text="来电人情绪激动", by=desk.cast.bureau_one, at=later(hours=2))
    following.follow_all(by=desk.cast.bureau_two, at=later(hours=3))
    ticket = desk.visited(
        desk.informed(fresh(ticket), at=later(hours=4)), at=later(days=1), colour_seen="GREEN"
    )
    proposal = erasure.propose(
        fresh(ticket.person), reason="本人申请", by=desk.cast.bureau_one, at=later(days=30)
    )
    erasure.approve(proposal, by=desk.cast.bureau_two, at=later(days=30))
    return fresh(ticket)


def test_what_the_citizen_said_is_gone(erased):
    assert (erased.description, erased.contact_phone, erased.explanation) == ("", "", "")
    assert not erased.events.exclude(body="").exists()
    assert erased.attachments.get().content == b""
    assert Draft.objects.get(ticket=erased).sealed is None


def test_nobody_is_erased_while_a_complaint_is_open(desk):
    ticket = desk.void_approved()
    fields = {"reason": "本人申请", "by": desk.cast.bureau_one, "at": later(days=30)}
    refused(TicketOpen, erasure.propose, fresh(ticket.person), **fields)


def test_what_happened_stays(erased):
    assert erased.state == TicketState.CLOSED and erased.events.count() > 5


def test_every_text_of_the_desk_is_written_over_or_named_as_kept():
    missing = []
    for model in apps.get_app_config("complaints").get_models():
        if model in (NumberSeries, TextModule):  # words about nobody
            continue
        written = TEXTS.get(model, ("", {}))[1]
        for field in model._meta.fields:
            typed = isinstance(field, CharField | TextField | BinaryField) and not field.choices
            if typed and field.name not in {*written, *KEPT.get(model._meta.model_name, ())}:
                missing.append(f"{model.__name__}.{field.name}")
    assert not missing


def test_a_ticket_of_an_erased_person_can_be_read(erased, desk):
    from complaints.selectors import pages

    assert pages.page(Ticket.objects.select_related("person").get(pk=erased.pk), at=later(days=31)).events
