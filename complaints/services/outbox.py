"""Answers to the hotline: queued in the act's own transaction, sent by the timer, signed, retried until they arrive."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from complaints.models import Message, Ticket
from complaints.models.choices import TicketChannel
from complaints.services import steps
from complaints.services.steps import Step
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

SIGNATURE = "X-Portal-Signature"
# Minutes between attempts; after the last the message is given up.
WAITS = (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440)
TIMEOUT = 10  # seconds
BATCH = 50
Send = Callable[[str, bytes, dict[str, str]], int]


class NotGivenUp(Refusal):
    code = "outbox.not_given_up"
    message = _("Only a message that was given up is sent anew.")


def answer(step: Step, text: str, *, topic: str = "answer") -> None:
    """Queue an answer to the hotline, for the letter itself and for every letter merged into it."""
    ticket = step.ticket
    letters = [ticket, *Ticket.objects.filter(merged_into=ticket).order_by("pk")]
    for letter in letters:
        if letter.channel == TicketChannel.HOTLINE:
            _queue(letter, ticket, text, topic, step.at)


def _queue(letter: Ticket, handled_as: Ticket, text: str, topic: str, at: datetime) -> None:
    body = {
        "topic": topic,
        "external_no": letter.external_no,
        "ticket": letter.number,
        "handled_as": handled_as.number,
        "state": handled_as.state,
        "finding": handled_as.finding,
        "text": text,
        "at": at.isoformat(),
    }
    Message.objects.create(
        ticket=letter, topic=topic, body=json.dumps(body, ensure_ascii=False), created_at=at, next_at=at
    )


def signature(body: bytes, at: datetime) -> str:
    """Return the signature a receiver checks: HMAC-SHA-256 over the Unix second, a dot and the exact body."""
    second = int(at.timestamp())
    signed = f"{second}.".encode() + body
    mac = hmac.new(settings.HOTLINE_WEBHOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={second},v1={mac}"


def deliver(*, by: User, at: datetime, send: Send | None = None) -> int:
    """Send what is due and return how many arrived. Without an address in the settings nothing is sent."""
    if not settings.HOTLINE_WEBHOOK_URL:
        return 0
    due = Message.objects.filter(status=Message.Status.QUEUED, next_at__lte=at).order_by("next_at", "pk")
    return sum(_deliver(key, by, at, send or post) for key in due.values_list("pk", flat=True)[:BATCH])


def retry(message: Message, *, by: User, at: datetime) -> None:
    """Queue a message anew that was given up. Raises NotGivenUp."""
    steps.require(by, "ticket.handle")
    given_up = Message.objects.filter(pk=message.pk, status=Message.Status.FAILED)
    if not given_up.update(status=Message.Status.QUEUED, attempts=0, next_at=at):
        raise NotGivenUp()


def _deliver(key: int, by: User, at: datetime, send: Send) -> bool:
    """Send one message; return whether it arrived."""
    # It is claimed first, so that two timers do not send it twice; after a crash it is sent again.
    claimed = Message.objects.filter(pk=key, status=Message.Status.QUEUED, next_at__lte=at)
    if not claimed.update(next_at=at + timedelta(seconds=6 * TIMEOUT)):
        return False
    message = Message.objects.select_related("ticket").get(pk=key)
    error = _send(message, at, send)
    with transaction.atomic():
        message.attempts += 1
        message.error = error[:200]
        if not error:
            message.status, message.delivered_at = Message.Status.DELIVERED.value, at
            ticket = (
                message.ticket.audit_target
            )  # its name alone: the answer concerns the letter, not the person
            ledger.record("ticket.answered", about=ticket, by=by, at=at, attempt=message.attempts)
        elif message.attempts >= len(WAITS):
            message.status = Message.Status.FAILED.value
        else:
            message.next_at = at + timedelta(minutes=WAITS[message.attempts - 1])
        message.save()
    return not error


def _send(message: Message, at: datetime, send: Send) -> str:
    """Send a message; return what went wrong, or an empty text."""
    body = message.body.encode()
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: signature(body, at),
        "Idempotency-Key": f"message-{message.pk}",
    }
    try:
        status = send(settings.HOTLINE_WEBHOOK_URL, body, headers)
    except (OSError, urllib.error.URLError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if 200 <= status < 300 else f"HTTP {status}"


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post a body and return the status; redirects are not followed."""
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - E009 checks it
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None
