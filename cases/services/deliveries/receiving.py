"""Files as they come in: stored in sealed pieces, sent by their source or brought in by hand for it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, BatchPart
from cases.models.batches import STATES_OVER
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import says
from healthcode.core.encodings import Detector
from healthcode.core.offices.models import User

PART = 512 * 1024
LARGEST = 512 * 1024 * 1024
LONGEST = timedelta(days=1)  # of an upload; what is left of one that broke off is deleted then


class DeliveryTooLarge(Refusal):
    code = "deliveries.file.too_large"
    message = _("The file has more than %(limit)s MB: send it in several parts.")
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


# Of what form a file is, by how its name ends and by what its sender calls it.
ENDINGS = {f".{form.lower()}": form for form in Batch.Form.values} | {".txt": "CSV", ".tsv": "CSV"}
MEDIA_TYPES = {
    "text/csv": "CSV",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/vnd.ms-excel.sheet.macroenabled.12": "XLSM",
    "application/vnd.ms-excel": "XLS",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
}


def form_of(file_name: str, media_type: str = "") -> str:
    """Return the form of a file by its name, else by its media type; lines of JSON where neither says."""
    by_type = MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower(), Batch.Form.NDJSON.value)
    return ENDINGS.get(PurePath(file_name).suffix.lower(), by_type)


@dataclass(frozen=True)
class Upload:
    """A file that is stored as a whole, and nobody's delivery yet."""

    key: str
    sha256: str
    encoding: str = ""  # found, where it is a text


def store(content: Iterable[bytes], *, at: datetime) -> Upload:
    """Store a file as it streams in, each piece in a transaction of its own: a slow sender keeps nobody waiting."""
    key, digest, detector = uuid4().hex, hashlib.sha256(), Detector()
    try:
        for number, piece in enumerate(_in_parts(content, digest.update, detector.feed)):
            _store_part(key, number, piece, at)
    except Refusal:
        BatchPart.objects.filter(upload=key).delete()
        raise
    return Upload(key, digest.hexdigest(), detector.found())


def _in_parts(content: Iterable[bytes], *watchers: Callable[[bytes], object]) -> Iterator[bytes]:
    """Yield a file in parts of one length, at least one. Raises DeliveryTooLarge."""
    size, piece = 0, b""
    for chunk in content:
        for watch in watchers:
            watch(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise DeliveryTooLarge(limit=LARGEST // 1024**2)
        piece += chunk
        while len(piece) >= PART:
            yield piece[:PART]
            piece = piece[PART:]
    yield piece


def _store_part(upload: str, number: int, piece: bytes, at: datetime) -> None:
    part = BatchPart(upload=upload, number=number, begun_at=at)
    part.sealed = vault.encrypt_bytes(piece, owner=part.vault_owner("sealed"))
    part.save()


def forget_broken(*, by: User, at: datetime) -> int:
    """Delete what is left of uploads that broke off, or that no act took; return how many pieces."""
    return BatchPart.objects.filter(batch=None, begun_at__lt=at - LONGEST).delete()[0]


def receive(
    upload: Upload, *, kind: str, at_once: bool = False, by: User, at: datetime, **file: Any
) -> tuple[Batch, bool]:
    """Make a stored file a delivery; return that, and whether it is a new one.

    `file` is its name, form, and the rows and SHA-256 it is declared to have (fields of Batch). Nothing is
    read of it yet. The same file of the same office again is the delivery it already was, and begun again if it failed.
    """
    with _refused_leaves_nothing(upload):
        require(by, f"batch.{kind.lower()}", at=at)
        batch = Batch(kind=kind, at_once=at_once, office=by.office, delivered_by=by, delivered_at=at, **file)
        return _receive(upload, batch, "batch.received", by=by)


def bring_in(
    upload: Upload, *, kind: str, source: User, letter: str, by: User, at: datetime, **file: Any
) -> tuple[Batch, bool]:
    """Store a machine's file that came on paper or disc, as `receive` does: its line is down.

    Its rows are the source's, under its office and its role. Whoever brings it in vouches for nothing but that this is
    the file of the letter, so rows and SHA-256 are the letter's; it counts once another office has confirmed it.
    """
    with _refused_leaves_nothing(upload):
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
        return _receive(upload, batch, "batch.brought", by=by, source=source.username, letter=batch.letter)


@contextmanager
def _refused_leaves_nothing(upload: Upload) -> Iterator[None]:
    try:
        yield
    except Refusal:
        BatchPart.objects.filter(upload=upload.key).delete()
        raise


@transaction.atomic
def _receive(upload: Upload, batch: Batch, action: str, *, by: User, **body: Any) -> tuple[Batch, bool]:
    batch.file_name = batch.file_name[:200]
    batch.declared_sha256 = batch.declared_sha256.strip().lower()
    batch.sha256, batch.encoding = upload.sha256, upload.encoding if batch.form in Batch.TEXTS else ""
    parts = BatchPart.objects.filter(upload=upload.key)
    try:
        with transaction.atomic():
            batch.save()
    except IntegrityError:
        parts.delete()
        return _known(batch, by=by), False
    parts.update(batch=batch)
    body |= {"kind": batch.kind, "sha256": batch.sha256}
    ledger.record(action, about=batch, by=by, at=batch.delivered_at, **body)
    return batch, True


def _known(batch: Batch, *, by: User) -> Batch:
    """Return the delivery that a file already is; one that failed goes on where it stopped."""
    same = Batch.objects.select_for_update().exclude(state__in=STATES_OVER)
    known = same.get(office=batch.office, kind=batch.kind, sha256=batch.sha256)
    if known.state == Batch.State.FAILED:
        checked = known.together is not None
        known.state = Batch.State.APPLYING.value if checked else Batch.State.RECEIVED.value
        known.tries, known.faults, known.fault_text, known.finished_at = 0, [], "", None
        known.save(update_fields=["state", "tries", "faults", "fault_text", "finished_at"])
        ledger.record("batch.resumed", about=known, by=by, at=batch.delivered_at)
    return known


def pieces(batch: Batch) -> Iterator[bytes]:
    """Yield the delivered file, piece by piece, as it came: one piece at a time is in memory."""
    # A query for each part: a cursor of the server's would have to outlive the transactions between its reads,
    # and to keep one PostgreSQL copies the rest of the file aside.
    for number in list(batch.parts.order_by("number").values_list("number", flat=True)):
        part = batch.parts.get(number=number)
        yield vault.decrypt_bytes(part.sealed, owner=part.vault_owner("sealed"))
