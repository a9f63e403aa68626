"""Letters of the hotline 12345 (5.2): registered once each, routed to the bureau, merged with what is open."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.policy import spellings
from cases.selectors.explanation import explain
from cases.services.persons import lookups
from complaints import routing
from complaints.models import Ticket
from complaints.models.choices import Category, Contact, TicketChannel, TicketKind, TicketState
from complaints.services import handling, outbox, registration, steps
from complaints.services.steps import Step
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.own_words import OwnText

OTHER = Category.C14.value
NUMBER_FIELDS = ("document_number", "document_country")
HOTLINE_LETTER = OwnText("purpose.letter", _("letter %(number)s of the hotline"))


class NumberMissing(Refusal):
    code = "letters.number.missing"
    message = _("A letter has a number.")
    field = "external_no"


class LetterDiffers(Refusal):
    code = "letters.number.other_words"
    message = _("This letter number came before with other words.")
    field = "external_no"


class FromTheFuture(Refusal):
    code = "letters.received_in_future"
    message = _("A letter cannot have been received in the future.")
    field = "received_at"


class UnknownCategory(Refusal):
    code = "letters.unknown_category"
    message = _("There is no such category.")
    field = "category"


class UnknownLetterKind(Refusal):
    code = "letters.unknown_kind"
    message = _("A letter is a question, a correction or about conduct.")
    field = "kind"


@dataclass(frozen=True)
class Letter:
    """One letter as the hotline sends it."""

    external_no: str
    received_at: datetime
    description: str
    kind: str = TicketKind.CORRECTION.value
    category: str = ""
    document_type: str = "RESIDENT_ID"
    document_number: str = ""
    document_country: str = ""
    contact_name: str = ""
    contact_phone: str = ""

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the letter's content."""
        content = {name: str(value) for name, value in asdict(self).items()}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Received:
    """The ticket a letter became, and whether this call made it."""

    ticket: Ticket
    is_new: bool


def receive(letter: Letter, *, by: User, at: datetime) -> Received:
    """Register a letter and route it to the bureau; merge it into an open ticket on the same person and ground.

    The same letter again returns the ticket it became. Raises LetterDiffers where its content has changed.
    """
    steps.require(by, "ticket.deliver")
    letter = replace(letter, external_no=spellings.one_spelling(letter.external_no))
    _check(letter, at)
    known = _find_registered(letter)
    if known is not None:
        return Received(known, is_new=False)
    try:
        with transaction.atomic():
            return Received(_register(letter, by, at), is_new=True)
    except IntegrityError:  # the same letter was registered by another request meanwhile
        known = _find_registered(letter)
        if known is None:
            raise
        return Received(known, is_new=False)


def _check(letter: Letter, at: datetime) -> None:
    if not letter.external_no:
        raise NumberMissing()
    if letter.received_at > at:
        raise FromTheFuture()
    if letter.category and letter.category not in routing.ROUTES:
        raise UnknownCategory()
    if letter.kind not in TicketKind.values:
        raise UnknownLetterKind()
    steps.require_text(letter.description, least=2, field="description")


def _find_registered(letter: Letter) -> Ticket | None:
    known = Ticket.objects.filter(external_no=letter.external_no).first()
    if known is not None and known.letter_digest != letter.digest:
        raise LetterDiffers()
    return known


def _register(letter: Letter, by: User, at: datetime) -> Ticket:
    person = _find_person(letter, by, at)
    is_disputed = letter.kind == TicketKind.CORRECTION
    explanation = explain(person, at=at) if person else None
    gravest = explanation.standing[0] if explanation and explanation.standing and is_disputed else None
    step = registration.create(
        by=by,
        at=at,
        contact_phone=_phone(letter.contact_phone),
        letter_number="" if person else letter.document_number.strip(),
        colour=explanation.colour.value if explanation else "",
        kind=letter.kind,
        category=letter.category or (routing.guess(gravest.ground) if gravest else OTHER),
        channel=TicketChannel.HOTLINE.value,
        received_at=letter.received_at,
        person=person,
        contact_name=letter.contact_name.strip(),
        contact_pref=Contact.HOTLINE.value,
        description=letter.description.strip(),
        is_disputed=is_disputed,
        disputed_case=gravest.case if gravest else None,
        external_no=letter.external_no,
        letter_digest=letter.digest,
    )
    registration.route(step, letter=True)
    _merge_into_open(step)
    step.ticket.save()
    outbox.answer(step, "", topic="received")
    return step.ticket


def _find_person(letter: Letter, by: User, at: datetime) -> Person | None:
    """Return whom the letter is about, locked; None where its number leads to nobody.

    Every letter goes to the bureau (5.2), which clears up what the citizen mistyped.
    """
    if not letter.document_number.strip():
        return None
    try:
        found = lookups.look_up(
            document_type=letter.document_type,
            document_number=letter.document_number,
            document_country=letter.document_country,
            purpose=HOTLINE_LETTER(number=letter.external_no),
            act="ticket.deliver",
            by=by,
            at=at,
        )
    except Refusal as refusal:
        if refusal.field not in NUMBER_FIELDS:
            raise
        return None
    return steps.lock_person(found[0]) if found else None


def _phone(written: str) -> str:
    """Return a telephone number in its one spelling; what is none, as the citizen wrote it."""
    try:
        return registration.phone(written)
    except registration.WrongContactPhone:
        return written.strip()


def _merge_into_open(step: Step) -> None:
    """Merge a letter into the open ticket on the same person and ground, if there is one."""
    ticket = step.ticket
    if step.person is None:
        return
    others = Ticket.objects.open().of(step.person).exclude(pk=ticket.pk).exclude(state=TicketState.INFORMED)
    ground = ticket.disputed_case.ground if ticket.disputed_case else None
    others = others.filter(disputed_case__ground=ground) if ground else others.filter(disputed_case=None)
    target = others.order_by("received_at", "pk").first()
    if target is not None:
        with steps.locked(target, by=step.by, at=step.at) as into:
            handling.join(step, into)
