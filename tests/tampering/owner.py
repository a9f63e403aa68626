"""What the database's owner can do to the ledger and to what is stored, and what is found of it."""

import base64
from typing import Any

from django.db import connection

from cases.models import Case
from healthcode.core.audit import ledger, sealing
from healthcode.core.audit.checkpoints import Checkpoint
from healthcode.core.audit.models import Event, Leaf, Seal
from healthcode.core.audit.verifying import Verification
from healthcode.portal import reconciling
from tests.cases.scenes import later

STRANGER_KEY = base64.urlsafe_b64encode(b"s" * 32).decode()


def found(*anchors: Checkpoint) -> list[str]:
    kinds = [finding.kind for finding in Verification(anchors).findings()]
    return kinds + [finding.kind for finding in reconciling.findings()]


def event(action: str = "case.opened") -> Event:
    return Event.objects.filter(action=action).earliest("pk")


def edit(row: Event, *, hashed: bool, **fields: Any) -> None:
    for field, value in fields.items():
        setattr(row, field, value)
    leaf = {"leaf": ledger.leaf_hash(row)} if hashed else {}
    Event.objects.filter(pk=row.pk).update(**fields, **leaf)


def place(row: Event) -> Leaf:
    return Leaf.objects.get(event=row.pk)


def swap(model: Any, one: Any, other: Any, *fields: str) -> None:
    for row, values in ((one, other), (other, one)):
        model.objects.filter(pk=row.pk).update(**{field: getattr(values, field) for field in fields})


def reseal() -> None:
    """Seal everything anew, as somebody with the key of the settings would."""
    Seal.objects.all()._raw_delete("default")
    Leaf.objects.all()._raw_delete("default")
    for row in Event.objects.all():
        Event.objects.filter(pk=row.pk).update(leaf=ledger.leaf_hash(row))
    sealing.seal(at=later(days=1, minutes=1))


def cut(size: int) -> None:
    """Cut off everything behind a size: seals, leaves, events, and what the events were about."""
    Seal.objects.filter(size__gt=size)._raw_delete("default")
    gone = list(Leaf.objects.filter(index__gte=size).values_list("event", flat=True))
    Leaf.objects.filter(index__gte=size)._raw_delete("default")
    Event.objects.filter(pk__in=gone)._raw_delete("default")


def forget(case: Case) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_transition WHERE case_id = %s", [case.pk])
        cursor.execute("DELETE FROM cases_ordercase WHERE case_id = %s", [case.pk])
        cursor.execute("DELETE FROM cases_case WHERE id = %s", [case.pk])


def forget_everything(case: Case) -> None:
    """Remove a case with its order and its person, as if nobody had ever been registered."""
    forget(case)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_controlorder WHERE person_id = %s", [case.person_id])
        cursor.execute("DELETE FROM cases_person WHERE id = %s", [case.person_id])


def forged(*, at: Any, **fields: Any) -> Event:
    row = Event(
        at_us=ledger.microseconds(at),
        actor="cdc.city",
        office="cdc",
        role="cdc",
        action="person.viewed",
        **fields,
    )
    row.target, row.body = "person:1", "{}"
    row.leaf = ledger.leaf_hash(row)
    Event.objects.bulk_create([row])
    return row
