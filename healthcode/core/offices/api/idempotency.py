"""One act for one key: a request that was sent twice is answered twice and done once.

The key's row is inserted in the act's own transaction, before the act. A twin that arrives meanwhile waits at the
unique index (PostgreSQL) or for the writer's lock (SQLite), then finds the answer. A refusal takes its row along
when it rolls back, so that the same key may try again.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from healthcode.core import vault
from healthcode.core.audit.lasting import lasting
from healthcode.core.offices.api.problems import Problem, Refused
from healthcode.core.offices.models import IdempotencyKey, User

HEADER = "Idempotency-Key"
REPLAY = "Idempotent-Replay"
LONGEST = 80


def key_of(request: Request | HttpRequest) -> str:
    """Return the request's key, or refuse the request."""
    key = request.headers.get(HEADER, "").strip()
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Problem("idempotency_key_missing")
    return key


def once(request: Request, by: User, act: Callable[[], dict[str, Any]]) -> Response:
    """Answer with what the act returns (JSON), doing it only if this user's key is new."""
    key, asked = key_of(request), fingerprint(request)
    with lasting(Problem, Refused), transaction.atomic():
        fresh = {"request_hash": asked, "status": 200, "answer": {}, "at": timezone.now()}
        row, is_new = IdempotencyKey.objects.get_or_create(user=by, key=key, defaults=fresh)
        if is_new:
            answer = act()
            row.answer = _kept(answer, by, key)
            row.save(update_fields=("answer",))
            return Response(answer)
    if row.request_hash != asked:
        raise Problem("idempotency_key_reused")
    return Response(answer_kept(row.answer, by, key), headers={REPLAY: "true"})


def row_of(by: User, key: str, asked: str, answer: dict[str, Any], *, at: datetime) -> IdempotencyKey:
    """Return the row that keeps an answer, for an act that writes it in the same statement as all else."""
    kept = _kept(answer, by, key)
    return IdempotencyKey(user=by, key=key, request_hash=asked, status=200, answer=kept, at=at)


def remember(by: User, key: str, asked: str, *, at: datetime) -> None:
    """Keep the key of an act that is done once by itself; the same key for something else is refused."""
    fresh = {"request_hash": asked, "status": 202, "answer": {}, "at": at}
    row, _is_new = IdempotencyKey.objects.get_or_create(user=by, key=key, defaults=fresh)
    if row.request_hash != asked:
        raise Problem("idempotency_key_reused")


def fingerprint(request: Request | HttpRequest) -> str:
    """Return what tells whether two requests ask the same."""
    head = f"{request.method} {request.get_full_path()}\n"
    return hashlib.sha256(head.encode() + request.body).hexdigest()


def _sealed(answer: dict[str, Any], by: User, key: str) -> str:
    """Encrypt an answer: it names people, and nothing but its own replay needs it."""
    text = json.dumps(answer, ensure_ascii=False)
    return base64.b64encode(vault.encrypt(text, owner=_owner(by.pk, key))).decode()


def _kept(answer: dict[str, Any], by: User, key: str) -> dict[str, str]:
    return {"sealed": _sealed(answer, by, key)}


def answer_kept(kept: dict[str, str], by: User, key: str) -> dict[str, Any]:
    """Return the answer that a key's row keeps."""
    sealed = base64.b64decode(kept["sealed"])
    answer: dict[str, Any] = json.loads(vault.decrypt(sealed, owner=_owner(by.pk, key)))
    return answer


def _owner(user_id: int, key: str) -> str:
    return f"answer:{user_id}:{key}"
