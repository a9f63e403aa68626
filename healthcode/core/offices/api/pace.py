"""How fast one caller may ask the API. Each process of the server counts for itself: reading writes nothing."""

import math
import threading
import time
from collections import Counter

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from healthcode.core.offices.api.problems import WHOLE, FieldFault, Refused
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

WINDOW = 60.0  # seconds


class TooManyRequests(Refusal):
    code = "api.too_many_requests"
    message = _("More than %(limit)s requests within a minute: go on in %(seconds)s seconds.")


class Pace:
    """Counts requests by caller within a window, and forgets all of them when the next one begins."""

    def __init__(self) -> None:
        self._lock, self._began, self._asked = threading.Lock(), 0.0, Counter[str]()

    def waits(self, caller: str, limit: int) -> int:
        """Count one request; return in how many seconds the caller may go on, 0 for at once."""
        now = time.monotonic()
        with self._lock:
            if now - self._began >= WINDOW:
                self._began = now
                self._asked.clear()
            self._asked[caller] += 1
            left = self._began + WINDOW - now
            return math.ceil(left) if self._asked[caller] > limit else 0


PACE = Pace()


def require(user: User) -> None:
    """Refuse whoever asks faster than their kind of caller may."""
    limit = settings.API_REQUESTS_PER_MINUTE
    if user.bearer is not None:
        limit = settings.API_REQUESTS_PER_MINUTE_OF_TOKENS
    seconds = PACE.waits(user.via or user.audit_target, limit)
    if seconds:
        why = TooManyRequests(limit=limit, seconds=seconds)
        raise Refused(FieldFault(WHOLE, why.code, str(why)), retry_after=seconds)
