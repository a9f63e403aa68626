"""Erasing a person: number, name, telephone and every free text about them become unreadable; what happened stays.

The ledger holds none of it, only salted commitments whose texts and salts are deleted here: it verifies as before.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection, transaction
from django.db.models import CharField, F, Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from cases.models import (
    Case,
    ControlOrder,
    Death,
    DeathWithdrawal,
    Erasure,
    Inquiry,
    NumberChange,
    Person,
    Reversal,
)
from cases.models.cases import LIVE
from cases.models.people import DocumentType, Sex
from cases.selectors import undecided
from cases.services.engine import second_person
from cases.services.engine.authority import AlreadyErased, require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from cases.services.persons import erasable
from healthcode.core.audit import ledger
from healthcode.core.audit.guards import UNLIKE
from healthcode.core.audit.models import Event, Note
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import IdempotencyKey, User


class StillOpen(Refusal):
    code = "persons.erasure.still_open"
    message = _(
        "Cases, control, a corrected number or a question of supervision about this person are still open: "
        "nobody is erased before everything is closed."
    )


class ErasureAlreadyProposed(Refusal):
    code = "persons.erasure.already_proposed"
    message = _("An erasure of this person is already waiting for its second person.")


@transaction.atomic
def propose(person: Person, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Erasure:
    """Propose to erase a person all of whose cases are closed."""
    require(by, "person.propose_erasure", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    require_closed(person)
    if undecided.waiting(Erasure).filter(person__in=_group(person)).exists():
        raise ErasureAlreadyProposed()
    erasure = Erasure.objects.create(person=person, reason=reason, proposed_by=by, proposed_at=at)
    ledger.record("person.erasure_proposed", about=erasure, by=by, at=at)
    return erasure


@transaction.atomic
def approve(erasure: Erasure, *, by: User, at: datetime, seen: int | None = None) -> None:
    """Erase the person: another officer has looked at it. It cannot be undone."""
    require(by, "person.decide_erasure", at=at, person=erasure.person)
    at = lock([erasure.person], at=at, seen=seen)
    second_person.decide(erasure, act="person.decide_erasure", approve=True, by=by, at=at)
    _erase(erasure.person, by=by, at=at)


@transaction.atomic
def refuse(erasure: Erasure, *, answer: str, by: User, at: datetime) -> None:
    """Send an erasure back: nothing is erased."""
    require(by, "person.decide_erasure", at=at, person=erasure.person)
    second_person.decide(erasure, act="person.decide_erasure", approve=False, by=by, at=at, answer=answer)
    ledger.record("person.erasure_refused", about=erasure, by=by, at=at)


@transaction.atomic
def expire(person: Person, *, by: User, at: datetime) -> None:
    """Erase a person whose records have been kept long enough; refuse while anything about them is open."""
    # Not as an act locks: the guards below let pass only whom nothing happened to for the whole period.
    list(_group(person).select_for_update().order_by("pk").values_list("pk"))
    _erase(person, by=by, at=at)


def _erase(person: Person, *, by: User, at: datetime) -> None:
    """Make a locked person's whole merged group unreadable."""
    require_closed(person)
    records = list(_group(person).order_by("pk"))
    keys = [record.pk for record in records]
    for model, (path, fields) in erasable.TEXTS.items():
        rows = model._default_manager.filter(**{f"{path}__in": keys})
        if fields:
            _blank(rows, fields)
    public_ids = [str(record.public_id) for record in records]
    _forget_words(public_ids)
    Person.objects.filter(pk__in=keys).update(
        document_type=DocumentType.NONE,
        document_country="",
        document_sealed=None,
        document_index=None,
        name="",
        also_named="",
        sex=Sex.UNKNOWN,
        birth_date=None,
        birth_order=1,
        phone_sealed=None,
        phone_index="",
        address="",
        guardian_relation="",
        erased_at=at,
    )
    for record in Person.objects.filter(pk__in=keys).order_by("pk"):
        # What was written over is committed to anew: what stands there now is lawful, and is nobody's to change.
        ledger.record("person.erased", about=record, by=by, at=at, also=_left_of(record))
    if connection.vendor == "sqlite":  # what was deleted must not stay in the log of the last writes
        transaction.on_commit(_truncate_log)


def require_closed(person: Person) -> None:
    """Refuse while anything about a person is open, or when they are erased already."""
    group = _group(person)
    if group.filter(erased_at__isnull=False).exists():
        raise AlreadyErased()
    live = Case.objects.filter(person__in=group, state__in=LIVE)
    if live.exists() or ControlOrder.objects.standing().filter(person__in=group).exists():
        raise StillOpen()
    asked = undecided.waiting(DeathWithdrawal).filter(person__in=group)
    waits = (
        asked,
        undecided.waiting(Death).filter(person__in=group),
        undecided.waiting(Reversal).filter(person__in=group),
        Inquiry.objects.filter(person__in=group, closed_at=None),
    )
    if any(rows.exists() for rows in (*waits, undecided.waiting(NumberChange).filter(person__in=group))):
        raise StillOpen()
    for require_settled in erasable.BLOCKING:
        require_settled(group)


def _group(person: Person) -> "erasable.Persons":
    return person.group


def _blank(rows: "erasable.Rows", fields: dict[str, str | None]) -> None:
    """Write over texts. `#` stands for the row's own key, where a text has to stay unlike all others."""
    written = {
        field: Concat(Value("erased-"), Cast(F("pk"), CharField())) if text == UNLIKE else Value(text)
        for field, text in fields.items()
    }
    for field in fields:
        if rows.model._meta.get_field(field).null:  # what was not there stays away: most have no such text
            rows.exclude(**{field: None}).update(**{field: written[field]})
    plain = {field: value for field, value in written.items() if not rows.model._meta.get_field(field).null}
    for field in [name for name, text in fields.items() if text not in ("", None) and name in plain]:
        rows.exclude(**{field: ""}).update(**{field: plain.pop(field)})
    if plain:
        rows.update(**plain)


def _left_of(record: Person) -> Iterator[Recorded]:
    """Yield the rows of an erased record that decide something."""
    for model, (path, _fields) in erasable.TEXTS.items():
        if model is not Person and issubclass(model, Recorded) and model.audit_fields:
            yield from model._default_manager.filter(**{path: record.pk})


def _forget_words(public_ids: list[str]) -> None:
    """Delete what was said with the events, and what machines were answered."""
    Note.objects.filter(event__in=Event.objects.filter(person__in=public_ids).values("pk")).delete()
    answers = IdempotencyKey.objects.annotate(text=Cast("answer", TextField()))
    mentioned = Q()
    for one in public_ids:
        mentioned |= Q(text__contains=one)
    answers.filter(mentioned).delete()


def _truncate_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
