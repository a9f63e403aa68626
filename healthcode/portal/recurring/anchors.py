"""Anchors by mail: once a day the last checkpoint goes to people who keep it outside the house."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from healthcode.core.audit import checkpoints, ledger, sealing
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User

EVERY = timedelta(hours=20)  # a day, whatever the minute of the timer


def mail(*, to: list[str], by: User, at: datetime) -> int:
    """Mail the last checkpoint, as text and as a file; return the number of receivers."""
    last = sealing.latest()
    if last is None or not to:
        return 0
    keep = _(
        "Keep this mail. With the checkpoint below it can be shown later whether the ledger was changed."
    )
    lines = [keep, "", last.note, _("Public key: %(key)s") % {"key": checkpoints.public_key()}]
    subject = _("Checkpoint of the audit ledger: %(size)s events") % {"size": last.size}
    message = EmailMessage(subject, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, to)
    message.attach(f"checkpoint-{last.size}.txt", last.note, "text/plain")
    message.send()
    ledger.record("audit.anchored", by=by, at=at, about=f"seal:{last.size}", receivers=len(to))
    return len(to)


def daily(*, by: User, at: datetime) -> int:
    """Mail the checkpoint to `ANCHOR_MAIL` if that was not done today; return the number of receivers."""
    if not settings.ANCHOR_MAIL:
        return 0
    last = Event.objects.filter(action="audit.anchored").order_by("-at_us", "-pk").first()
    if last is not None and last.at_us > microseconds(at - EVERY):
        return 0
    return mail(to=settings.ANCHOR_MAIL, by=by, at=at)
