"""Files of a ticket: pictures and PDFs, recognised by their first bytes, handed out only to readers of the ticket."""

import base64
import hashlib
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints.models import Attachment, Ticket
from complaints.services import steps
from complaints.services.steps import EventKind
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 10
SIGNATURES = (  # the first bytes of a file of each type
    (b"\xff\xd8\xff", Attachment.Type.JPEG),
    (b"\x89PNG\r\n\x1a\n", Attachment.Type.PNG),
    (b"%PDF-", Attachment.Type.PDF),
)


class AttachmentTooLarge(Refusal):
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
    """Add a file to a ticket, once each. Raises TooLarge, WrongType, TooMany, ThereAlready."""
    steps.require_visible(ticket, by)
    if not by.may("ticket.register"):
        raise NotAllowed()
    if len(content) > MAX_BYTES:
        raise AttachmentTooLarge()
    content_type = next((known for sign, known in SIGNATURES if content.startswith(sign)), None)
    if content_type is None:
        raise WrongType()
    with steps.locked(ticket, by=by, at=at) as step:
        if step.ticket.attachments.count() >= MAX_FILES:
            raise TooMany()
        digest = hashlib.sha256(content).hexdigest()
        if step.ticket.attachments.filter(sha256=digest).exists():
            raise ThereAlready()
        text = base64.b64encode(content).decode()
        attachment = Attachment(
            ticket=step.ticket,
            name=_plain(name),
            content_type=content_type.value,
            size=len(content),
            sha256=digest,
            added_by=by,
            added_at=at,
        )
        attachment.sealed = vault.encrypt(text, owner=attachment.vault_owner("sealed"))
        attachment.save()
        step.log(EventKind.ATTACHED, sha256=digest, type=content_type.value, size=len(content))
    return attachment


def read(attachment: Attachment, *, by: User, at: datetime) -> bytes:
    """Return a file's bytes to somebody who may read its ticket, and record the reading."""
    steps.require_visible(attachment.ticket, by)
    ledger.record("ticket.attachment_read", about=attachment.ticket, by=by, at=at, sha256=attachment.sha256)
    return attachment.content


def _plain(name: str) -> str:
    """Return a file's name without folders or control characters."""
    base = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in base if sign.isprintable()).strip() or "file"
    return kept[-120:]
