"""Files of a ticket: pictures and PDFs, told by their bytes; few, small, and never handed out without permission."""

import base64
import hashlib
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints.models import Attachment, Ticket
from complaints.services.steps import Kind, hand, require_visible
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

LARGEST = 10 * 1024 * 1024
MOST = 10
SIGNS = (
    (b"\xff\xd8\xff", Attachment.Type.JPEG),
    (b"\x89PNG\r\n\x1a\n", Attachment.Type.PNG),
    (b"%PDF-", Attachment.Type.PDF),
)


class TooLarge(Refusal):
    code = "tickets.attachment.too_large"
    message = _("A file has at most 10 MB.")
    field = "file"


class TooMany(Refusal):
    code = "tickets.attachment.too_many"
    message = _("A ticket has at most 10 files.")
    field = "file"


class WrongType(Refusal):
    code = "tickets.attachment.wrong_type"
    message = _("Only pictures (JPEG, PNG) and PDF files are taken; this is none, whatever its name says.")
    field = "file"


class ThereAlready(Refusal):
    code = "tickets.attachment.already_there"
    message = _("This ticket has this file already.")
    field = "file"


def add(ticket: Ticket, *, name: str, content: bytes, by: User, at: datetime) -> Attachment:
    """Add a file to a ticket."""
    require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    if len(content) > LARGEST:
        raise TooLarge()
    kind = next((kind for sign, kind in SIGNS if content.startswith(sign)), None)
    if kind is None:
        raise WrongType()
    with hand(ticket, by=by, at=at) as held:
        if held.ticket.attachments.count() >= MOST:
            raise TooMany()
        digest = hashlib.sha256(content).hexdigest()
        if held.ticket.attachments.filter(sha256=digest).exists():
            raise ThereAlready()
        text = base64.b64encode(content).decode()
        attachment = Attachment.objects.create(
            ticket=held.ticket,
            name=_plain(name),
            content_type=kind.value,
            size=len(content),
            sha256=digest,
            sealed=vault.encrypt(text, owner=f"attachment:{held.ticket.pk}/{digest}"),
            added_by=by,
            added_at=at,
        )
        held.say(Kind.ATTACHED, sha256=digest, type=kind.value, size=len(content))
    return attachment


def read(attachment: Attachment, *, by: User, at: datetime) -> bytes:
    """Hand a file out to somebody who may read its ticket, and write it down."""
    require_visible(attachment.ticket, by)
    person = attachment.ticket.person
    ledger.record(
        "ticket.attachment_read",
        by=by,
        at=at,
        target=f"ticket:{attachment.ticket_id}",
        person=str(person.public_id) if person else "",
        sha256=attachment.sha256,
    )
    return attachment.content


def _plain(name: str) -> str:
    """Return a file's name without folders or control characters."""
    base = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in base if sign.isprintable()).strip() or "file"
    return kept[-120:]
