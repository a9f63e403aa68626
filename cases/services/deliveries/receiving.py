"""Files as they come in: stored in sealed pieces, sent by their source or brought in by hand for it."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, BatchPart
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.offices.models import User

PART = 512 * 1024
LARGEST = 512 * 1024 * 1024


class DeliveryTooLarge(Refusal):
    code = "deliveries.file.too_large"
    message = _("The file is too large.")
    field = "file"


class NotThisSource(Refusal):
    code = "deliveries.file.wrong_source"
    message = _("This source does not send such files.")
    field = "source"


class LetterMissing(Refusal):
    code = "deliveries.declared.letter_missing"
    message = _("Name the covering letter with which the source handed the file over.")
    field = "letter"


class NotDeclared(Refusal):
    code = "deliveries.declared.rows_missing"
    message = _("Enter the number of rows that the covering letter names.")
    field = "declared_rows"


class HashNotDeclared(Refusal):
    code = "deliveries.declared.hash_missing"
    message = _("Enter the SHA-256 that the covering letter names.")
    field = "declared_sha256"


def receive(
    content: Iterable[bytes], *, kind: str, at_once: bool = False, by: User, at: datetime, **file: Any
) -> tuple[Batch, bool]:
    """Store a file as it streams in; return its delivery, and whether it is a new one.

    `file` is its name, form, encoding, and the rows and SHA-256 it is declared to have (fields of Batch). Nothing is
    read of it yet. The same file of the same office again is the delivery it already was.
    """
    require(by, f"batch.{kind.lower()}", at=at)
    batch = Batch(kind=kind, at_once=at_once, office=by.office, delivered_by=by, delivered_at=at, **file)
    return _receive(content, batch, "batch.received", by=by)


def bring_in(
    content: Iterable[bytes], *, kind: str, source: User, letter: str, by: User, at: datetime, **file: Any
) -> tuple[Batch, bool]:
    """Store a machine's file that came on paper or disc, as `receive` does: its line is down.

    Its rows are the source's, under its office and its role. Whoever brings it in vouches for nothing but that this is
    the file of the letter, so rows and SHA-256 are the letter's; it counts once another office has confirmed it.
    """
    require(by, "batch.bring", at=at)
    if source.is_staff or not source.is_active or not source.may(f"batch.{kind.lower()}"):
        raise NotThisSource()
    if not says(letter):
        raise LetterMissing()
    if file.get("declared_rows") is None:
        raise NotDeclared()
    if not file.get("declared_sha256"):
        raise HashNotDeclared()
    batch = Batch(kind=kind, office=source.office, delivered_by=source, delivered_at=at, **file)
    batch.brought_by, batch.brought_from, batch.letter = by, by.office, letter.strip()
    return _receive(content, batch, "batch.brought", by=by, source=source.username, letter=batch.letter)


def _receive(
    content: Iterable[bytes], batch: Batch, action: str, *, by: User, **body: Any
) -> tuple[Batch, bool]:
    batch.file_name = batch.file_name[:200]
    batch.declared_sha256 = batch.declared_sha256.strip().lower()
    batch.sha256 = f"receiving {by.pk} {batch.delivered_at.timestamp()}"
    with transaction.atomic():
        batch.save()
        batch.sha256 = _store(batch, content)
        try:
            with transaction.atomic():
                batch.save(update_fields=["sha256"])
        except IntegrityError:
            transaction.set_rollback(True)
        else:
            body |= {"kind": batch.kind, "sha256": batch.sha256}
            ledger.record(action, about=batch, by=by, at=batch.delivered_at, **body)
            return batch, True
    same = Batch.objects.filter(office=batch.office, kind=batch.kind, sha256=batch.sha256)
    return same.exclude(state__in=("FAILED", "CANCELLED", "UNDONE")).get(), False


def _store(batch: Batch, content: Iterable[bytes]) -> str:
    digest, size, number, piece = hashlib.sha256(), 0, 0, b""
    for chunk in content:
        digest.update(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise DeliveryTooLarge()
        piece += chunk
        while len(piece) >= PART:
            number = _store_part(batch, number, piece[:PART])
            piece = piece[PART:]
    _store_part(batch, number, piece)
    return digest.hexdigest()


def _store_part(batch: Batch, number: int, piece: bytes) -> int:
    part = BatchPart(batch=batch, number=number)
    part.sealed = vault.encrypt_bytes(piece, owner=part.vault_owner("sealed"))
    part.save()
    return number + 1


def pieces(batch: Batch) -> Iterator[bytes]:
    """Yield the delivered file, piece by piece, as it came: one piece at a time is in memory."""
    # A query for each part: a cursor of the server's would have to outlive the transactions between its reads,
    # and to keep one PostgreSQL copies the rest of the file aside.
    for number in list(batch.parts.order_by("number").values_list("number", flat=True)):
        part = batch.parts.get(number=number)
        yield vault.decrypt_bytes(part.sealed, owner=part.vault_owner("sealed"))
