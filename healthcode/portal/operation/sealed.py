"""The columns that the vault sealed, under which key their rows are, and how they come under the newest one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from healthcode.core import vault
from healthcode.core.audit.batched import HashField

# Gone within a day: what no key opens any more there is as good as forgotten.
FLEETING = ("acts.Attempt",)
CHUNK = 200
NOTHING = b""  # what is left where a text was deleted


@dataclass(frozen=True)
class SealedColumn:
    """A column that the vault seals; its rows say to what each value is bound (`vault_owner`)."""

    model: type[models.Model]
    name: str

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def rows(self) -> QuerySet[Any]:
        """Return the rows that hold something, each with the `key_id` it is under."""
        head = Substr(self.name, 1, vault.KEY_ID, output_field=models.BinaryField())
        rows = self.model._default_manager.exclude(**{self.name: None}).exclude(**{self.name: NOTHING})
        return rows.annotate(key_id=head)

    def counts(self) -> dict[bytes, int]:
        """Return how many rows are under each key."""
        counted = self.rows().order_by().values_list("key_id").annotate(rows=Count("pk"))
        return {bytes(key): number for key, number in counted}


def columns() -> Iterator[SealedColumn]:
    """Yield each sealed column that lasts. What is binary the vault makes, or it is a digest."""
    for model in apps.get_models():
        if model._meta.label not in FLEETING:
            for field in model._meta.local_fields:
                if isinstance(field, models.BinaryField) and not isinstance(field, HashField):
                    yield SealedColumn(model, field.name)


def unopened() -> Iterator[str]:
    """Yield the columns whose first or last row is sealed under a key that is not configured."""
    for column in columns():
        if not all(vault.is_known(head) for head in _ends(column)):
            yield str(column)


def keys_in_use() -> set[bytes]:
    """Return the marks of the keys that the first and the last row of each column are sealed under."""
    return {bytes(head) for column in columns() for head in _ends(column)}


def _ends(column: SealedColumn) -> tuple[bytes, ...]:
    # By key: the ends of an index, however long the table.
    rows = column.rows().values_list("key_id", flat=True)
    return (*rows.order_by("pk")[:1], *rows.order_by("-pk")[:1])


def reseal(column: SealedColumn) -> Iterator[tuple[int, int]]:
    """Seal the rows of a column under the newest key, chunk by chunk; yield of each how many were done and not opened.

    Broken off, it goes on where it was: what is done is not found again. It may run beside everything else.
    """
    last, number = 0, 1
    while number:
        last, number, unread = _reseal_chunk(column, after=last)
        yield number - unread, unread


@transaction.atomic
def _reseal_chunk(column: SealedColumn, *, after: int) -> tuple[int, int, int]:
    # Locked in key order, as acts lock: what an act changes meanwhile is never written over, and nobody deadlocks.
    old = column.rows().exclude(key_id=vault.newest()).filter(pk__gt=after).order_by("pk")
    rows = list(old.select_for_update(of=("self",))[:CHUNK])
    resealed = []
    for row in rows:
        owner = row.vault_owner(column.name)
        try:
            plain = vault.decrypt_bytes(getattr(row, column.name), owner=owner)
        except vault.Unreadable:
            continue
        setattr(row, column.name, vault.encrypt_bytes(plain, owner=owner))
        resealed.append(row)
    column.model._default_manager.bulk_update(resealed, [column.name])
    return rows[-1].pk if rows else after, len(rows), len(rows) - len(resealed)
