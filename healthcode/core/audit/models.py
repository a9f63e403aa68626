"""The append-only ledger: what was done, by whom, for which office, about what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import models
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit.bodies import BodyText
from healthcode.core.audit.guards import Erasable
from healthcode.core.audit.recorded import Recorded
from healthcode.core.own_words import WrittenTextField


class AppendOnlyError(Exception):
    """An attempt to change or delete history."""


class AppendOnly(models.Model):
    """A table that only grows: the database itself refuses UPDATE, DELETE, TRUNCATE and REPLACE.

    But for what a model's `erasable` names, under the conditions that stand there.
    """

    erasable: ClassVar[Erasable | None] = None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"{self._meta.label} is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise AppendOnlyError(f"{self._meta.label} is append-only.")


class Event(Recorded, AppendOnly):
    """One thing that happened. No foreign keys and no personal data, so it outlives what it speaks of."""

    audit_name = "event"
    words: Mapping[str, str] = MappingProxyType(
        {}
    )  # free texts that came with it, where no `Note` keeps them

    at_us = models.BigIntegerField(_("at (µs)"))
    actor = models.CharField(_("actor"), max_length=60)
    office = models.CharField(_("office"), max_length=40)
    role = models.CharField(_("role"), max_length=20)
    action = models.CharField(_("action"), max_length=40)
    target = models.CharField(_("target"), max_length=60)
    person = models.CharField(_("person"), max_length=36, blank=True)  # the opaque id
    body = models.TextField(_("body"))  # canonical JSON, the exact text that is hashed
    leaf = models.CharField(_("leaf hash"), max_length=64)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("audit trail")
        indexes = (
            models.Index(fields=("person", "at_us"), name="event_person", condition=~models.Q(person="")),
            models.Index(fields=("target",), name="event_target"),
            # The trails: each is a stretch of one index, newest first. A mass act has one instant: hence the key.
            models.Index(fields=("at_us", "id"), name="event_at"),
            models.Index(fields=("action", "at_us", "id"), name="event_action"),
            models.Index(fields=("actor", "at_us", "id"), name="event_actor"),
            models.Index(fields=("actor", "action", "at_us", "id"), name="event_actor_action"),
            models.Index(fields=("office", "at_us", "id"), name="event_office"),
            models.Index(fields=("office", "action", "at_us", "id"), name="event_office_action"),
            *(
                models.Index(
                    BodyText(word),
                    "at_us",
                    "id",
                    name=f"event_{word}",
                    condition=models.Q(IsNull(BodyText(word), False)),
                )
                for word in ("ground", "batch")
            ),
        )

    def __str__(self) -> str:
        return f"{_('Event')} {self.pk} · {self.action}"

    @property
    def audit_person(self) -> str:
        """Return the opaque id that the event names."""
        return self.person


class Leaf(AppendOnly):
    """An event's place in the Merkle tree, given by the sealer: dense, whatever the order of the commits."""

    index = models.BigIntegerField(primary_key=True)
    event = models.BigIntegerField(unique=True)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"Leaf {self.index}"


class Seal(Recorded, AppendOnly):
    """The ledger up to a size, fixed: its root, chained to the seal before, signed by a key not in here."""

    audit_name = "seal"

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    at_us = models.BigIntegerField()
    origin = models.CharField(max_length=60)
    key_id = models.CharField(max_length=8)
    signature = models.CharField(max_length=88)
    frontier = models.TextField()  # the tree's peaks: what the next seal grows from
    watermark = models.BigIntegerField()  # everything written before it has a leaf

    def __str__(self) -> str:
        return f"Seal {self.size}"

    @property
    def audit_target(self) -> str:
        """Return what the ledger calls a seal: by the size it seals."""
        return f"{self.audit_name}:{self.size}"


class Note(models.Model):
    """Free text given with an event. The ledger holds only its salted commitment, so the text can be erased."""

    event = models.ForeignKey(Event, models.DO_NOTHING, db_constraint=False, related_name="notes")
    field = models.CharField(max_length=30)
    salt = models.CharField(max_length=32)
    text = WrittenTextField()

    def __str__(self) -> str:
        return f"Note {self.pk}"
