"""Letters of the hotline 12345 (5.2): straight to the bureau, once each, joined to what is open on the same ground."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.selectors.explanation import Standing, explain
from cases.services.persons import people
from complaints import routing
from complaints.models import Ticket
from complaints.models.choices import Category, Channel, Contact, Kind, State
from complaints.services import handling, outbox, registration
from complaints.services.steps import Hand, hand, locked, require, words
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

OTHER = Category.C14.value


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


class UnknownKind(Refusal):
    code = "letters.unknown_kind"
    message = _("A letter is a question, a correction or about conduct.")
    field = "kind"


@dataclass(frozen=True)
class Letter:
    """One letter as the hotline sends it."""

    external_no: str
    received_at: datetime
    description: str
    kind: str = Kind.CORRECTION.value
    category: str = ""
    document_type: str = "RESIDENT_ID"
    document_number: str = ""
    document_country: str = ""
    contact_name: str = ""
    contact_phone: str = ""

    @property
    def digest(self) -> str:
        """Return the hash of everything the letter says."""
        said = {name: str(value) for name, value in asdict(self).items()}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Received:
    """What became of a letter."""

    ticket: Ticket
    is_new: bool


def receive(letter: Letter, *, by: User, at: datetime) -> Received:
    """Register a letter and route it to the bureau; the same letter again is the ticket it became.

    It joins an open ticket on the same person and ground.
    """
    require(by, "ticket.deliver")
    _check(letter, at)
    known = _known(letter)
    if known is not None:
        return Received(known, is_new=False)
    try:
        with transaction.atomic():
            return Received(_registered(letter, by, at), is_new=True)
    except IntegrityError:  # the same letter, at this very moment
        known = _known(letter)
        if known is None:
            raise
        return Received(known, is_new=False)


def _check(letter: Letter, at: datetime) -> None:
    if not letter.external_no.strip():
        raise NumberMissing()
    if letter.received_at > at:
        raise FromTheFuture()
    if letter.category and letter.category not in routing.ROUTES:
        raise UnknownCategory()
    if letter.kind not in Kind.values:
        raise UnknownKind()
    words(letter.description, least=2, field="description")


def _known(letter: Letter) -> Ticket | None:
    known = Ticket.objects.filter(external_no=letter.external_no.strip()).first()
    if known is not None and known.letter_digest != letter.digest:
        raise LetterDiffers()
    return known


def _registered(letter: Letter, by: User, at: datetime) -> Ticket:
    person = _person(letter, by, at)
    gravest = _gravest(person, at) if letter.kind == Kind.CORRECTION else None
    disputed = letter.kind == Kind.CORRECTION
    held = registration.create(
        by=by,
        at=at,
        contact_phone=letter.contact_phone,
        colour=explain(person, at=at).colour.value if person else "",
        kind=letter.kind,
        category=letter.category or (routing.guess(gravest.ground) if gravest else OTHER),
        channel=Channel.HOTLINE.value,
        received_at=letter.received_at,
        person=person,
        contact_name=letter.contact_name.strip(),
        contact_pref=Contact.HOTLINE.value,
        description=letter.description.strip(),
        is_disputed=disputed,
        disputed_case=gravest.case if gravest else None,
        external_no=letter.external_no.strip(),
        letter_digest=letter.digest,
    )
    registration.route(held, letter=True)
    _join(held)
    held.ticket.save()
    outbox.answer(held, "", topic="received")
    return held.ticket


def _person(letter: Letter, by: User, at: datetime) -> Person | None:
    """Return whom the letter is about, locked; a number nobody is registered under is the bureau's to clear."""
    if not letter.document_number.strip():
        return None
    found = people.look_up(
        document_type=letter.document_type,
        document_number=letter.document_number,
        document_country=letter.document_country,
        purpose=letter.external_no,
        act="ticket.deliver",
        by=by,
        at=at,
    )
    return locked(found[0]) if found else None


def _gravest(person: Person | None, at: datetime) -> Standing | None:
    standing = explain(person, at=at).standing if person else ()
    return standing[0] if standing else None


def _join(held: Hand) -> None:
    """Merge a letter into the open ticket on the same person and ground, if there is one."""
    ticket = held.ticket
    if held.person is None:
        return
    others = Ticket.objects.open().of(held.person).exclude(pk=ticket.pk).exclude(state=State.INFORMED)
    ground = ticket.disputed_case.ground if ticket.disputed_case else None
    others = others.filter(disputed_case__ground=ground) if ground else others.filter(disputed_case=None)
    target = others.order_by("received_at", "pk").first()
    if target is not None:
        with hand(target, by=held.by, at=held.at) as into:
            handling.join(held, into)
