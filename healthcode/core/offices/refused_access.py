"""Refused pages and addresses of the API: counted by the minute, then written into the ledger.

Whoever tries doors is seen, and nobody can flood the ledger by it: one event for each account, kind of address and
minute, with how often. The count commits by itself, after the request.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from healthcode.core import outages
from healthcode.core.audit import ledger
from healthcode.core.offices import accounts
from healthcode.core.offices.counters import RefusedAccess
from healthcode.core.offices.models import User

MINUTE = timedelta(minutes=1)
NO_ROW = {"url", "path"}  # what addresses that nothing is under are called by the patterns that catch them
LOG_IN = "log-in through the directory: "  # before its reason, in the place of an address
NO_NAME = "log-in under a name that nobody bears"  # in the place of an address
REACHED, OUT_OF_REACH = "view_was_reached", "row_is_out_of_reach"  # on a request


class RefusedAccessMiddleware:
    """Count what was refused to an account: its role has no such page, or the row is not within its reach."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        # A form without its mark (CSRF) is refused before: that says nothing about who may do what.
        setattr(request, REACHED, True)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _is_refused(request, response):
            _note(request, at=timezone.now())
        return response


def mark(request: HttpRequest) -> None:
    """Say that a row is not there for whoever asks, where the answer is a page that says so kindly."""
    setattr(request, OUT_OF_REACH, True)


def _is_refused(request: HttpRequest, response: HttpResponse) -> bool:
    if not getattr(request, REACHED, False) or not isinstance(request.user, User):
        return False
    match = request.resolver_match
    of_row = match is not None and bool(match.kwargs.keys() - NO_ROW)
    is_missing = response.status_code == 404 and of_row
    return response.status_code == 403 or is_missing or getattr(request, OUT_OF_REACH, False)


def _note(request: HttpRequest, *, at: datetime) -> None:
    match, user = request.resolver_match, request.user
    assert match is not None and isinstance(user, User)
    try:
        count(user, match.route, at=at)
    except Error as error:  # where nothing can be written, what was refused stays refused
        if not outages.cannot_write(error):
            raise


@transaction.atomic
def count(user: User, address: str, *, at: datetime) -> None:
    """Count that an account was refused at an address of this kind."""
    key = {"user": user, "via": user.via, "minute": at.replace(second=0, microsecond=0)}
    row, _is_new = RefusedAccess.objects.get_or_create(**key, address=address[:200], defaults={"last_at": at})
    RefusedAccess.objects.filter(pk=row.pk).update(count=F("count") + 1, last_at=at)


def count_log_in(reason: str, *, at: datetime) -> None:
    """Count that a log-in through the directory was refused of which nobody knows whose it was."""
    try:
        with transaction.atomic():
            count(accounts.system(at=at), f"{LOG_IN}{reason}", at=at)
    except Error as error:
        if not outages.cannot_write(error):
            raise


@transaction.atomic
def count_no_name(*, at: datetime) -> None:
    """Count a log-in under a name that nobody bears, and not the name: often it is a password in the wrong field."""
    count(accounts.system(at=at), NO_NAME, at=at)


def write_down(*, by: User, at: datetime) -> int:
    """Write into the ledger what was counted in minutes that are over; return how many events that were."""
    over = RefusedAccess.objects.filter(minute__lte=at - MINUTE).order_by("pk")
    return sum(_write(key) for key in list(over.values_list("pk", flat=True)))


@transaction.atomic
def _write(key: int) -> int:
    """Write one; 0 where another process did."""
    rows = RefusedAccess.objects.select_for_update(of=("self",)).select_related("user__office")
    row = rows.filter(pk=key).first()
    if row is None:
        return 0
    body: dict[str, Any] = {"times": row.count, "via": row.via or None}
    if row.address.startswith(LOG_IN):
        action, body["why"] = "session.directory_refused", row.address.removeprefix(LOG_IN)
    elif row.address == NO_NAME:
        action = "session.nobody_refused"
    else:
        action, body["address_kind"] = "access.refused", row.address
    ledger.record(action, about=row.user, by=row.user, at=row.last_at, **body)
    row.delete()
    return 1
