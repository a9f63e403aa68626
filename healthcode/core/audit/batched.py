"""Rows too many for an event each: a row hashes itself when it is written, `batches` seals many under one root."""

import hashlib
import secrets
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.db import connection, models, transaction

from healthcode.core.audit import skew
from healthcode.core.audit.commitments import plain_of
from healthcode.core.audit.ledger import Actor, canonical, commitment, microseconds
from healthcode.core.audit.models import AppendOnly, Event
from healthcode.core.audit.recorded import Recorded

SALT = 16  # bytes
# The key of the next row. On SQLite whoever asks has begun to write, so that nobody else draws it.
NEXT_KEY = {
    "postgresql": "SELECT nextval(pg_get_serial_sequence(%s, 'id'))",
    "sqlite": "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0) + 1",
}


class HashField(models.BinaryField):
    """A digest as it is: binary, and no value that a key opens."""


class Batched(Recorded, AppendOnly):
    """A table whose rows have no event of their own: their batch has one."""

    at: Any

    batch_fields: ClassVar[tuple[str, ...]] = ()  # what a row's hash covers, beside its key and its words
    # Fields that came after rows were sealed: the hash covers one where the row has a value.
    batch_later: ClassVar[tuple[str, ...]] = ()
    batch_words: ClassVar[str] = (
        ""  # the free text: the hash covers a commitment to it, so that it can be erased
    )
    batch_kept_days: ClassVar[int] = 0  # how long rows are kept at least
    batch_action: ClassVar[str] = ""  # under which trails list a row
    batch_joined: ClassVar[tuple[str, ...]] = ()  # what `as_event` reads of other tables

    salt = models.CharField(max_length=SALT * 2, blank=True, default="", db_default="")
    commitment = models.CharField(max_length=64, blank=True, default="", db_default="")
    # Null: written by a version that did not hash. The batch covers it all the same.
    hash = HashField(max_length=32, null=True)

    class Meta:
        abstract = True

    @property
    @abstractmethod
    def trail_values(self) -> tuple[Actor, str, dict[str, object]]:
        """Return who acted, for which office, and the body of the event that trails list in place of this row."""

    def as_event(self) -> Event:
        """Return what an event would say of this row, for trails: with a key that no event has, and in no table."""
        by, office, body = self.trail_values
        if self.commitment:
            body = {**body, self.batch_words: {"commitment": self.commitment}}
        event = Event(
            pk=-self.pk,
            at_us=microseconds(self.at),
            actor=by.username,
            office=office,
            role=by.role,
            action=self.batch_action,
            target=self.audit_target,
            person=self.audit_person,
            body=canonical({key: value for key, value in body.items() if value not in (None, "")}),
            leaf=bytes(self.hash or b"").hex(),
        )
        event.words = {self.batch_words: getattr(self, self.batch_words)}
        return event

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and self.hash is None:
            with transaction.atomic():
                prepare(self)
                super().save(*args, **kwargs)
        else:
            super().save(*args, **kwargs)


def models_of() -> list[type[Any]]:
    """Return the tables that are sealed in batches."""
    return [model for model in apps.get_models() if issubclass(model, Batched)]


def listed(model: type[Any]) -> models.QuerySet[Any]:
    """Return the rows that trails list, with what `as_event` reads: one from before has an event of its own."""
    rows: models.QuerySet[Any] = model._base_manager.select_related(*model.batch_joined)
    return rows.exclude(hash=None)


def prepare(row: Any) -> None:
    """Give a row its key, the commitment to its words and its hash; it is written next, and by its own statement."""
    skew.require_together()
    if row.pk is None:
        with connection.cursor() as cursor:
            cursor.execute(NEXT_KEY[connection.vendor], [row._meta.db_table])
            row.pk = cursor.fetchone()[0]
    if words := getattr(row, row.batch_words):
        row.salt = secrets.token_hex(SALT)
        row.commitment = commitment(row.salt, words)
    row.hash = hash_of(fields_of(row))


def columns_of(model: Any) -> tuple[str, ...]:
    """Return the columns that a row's hash covers."""
    return tuple(column for column, _plain in _columns(model))


def fields_of(row: Any) -> dict[str, object]:
    """Return what a row says, as its hash covers it and as a stranger reads it."""
    model = type(row)
    return named(model, [getattr(row, column) for column in columns_of(model)])


def named(model: Any, values: Sequence[Any]) -> dict[str, object]:
    """Return the same of the values of `columns_of`, in their order."""
    plain = {column: make(value) for (column, make), value in zip(_columns(model), values, strict=True)}
    for column in later_of(model):
        if plain[column] in (None, ""):
            del plain[column]
    return {"row": model.audit_name, **plain}


def later_of(model: Any) -> tuple[str, ...]:
    """Return the columns that a row's hash covers only where they have a value."""
    return tuple(model._meta.get_field(name).attname for name in model.batch_later)


def hash_of(fields: Mapping[str, object]) -> bytes:
    """Return the RFC 6962 leaf hash of what a row says."""
    return hashlib.sha256(b"\0" + canonical(fields).encode()).digest()


@cache
def _columns(model: type[Any]) -> list[tuple[str, Callable[[Any], Any]]]:
    fields = [
        model._meta.get_field(name) for name in ("id", *model.batch_fields, *model.batch_later, "commitment")
    ]
    return [(field.attname, plain_of(field)) for field in fields]
