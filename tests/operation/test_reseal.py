"""An old key can go once everything is under the newest one."""

import base64
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.models import Person
from cases.models.batches import Batch, BatchPart, RejectedRow
from healthcode.core import vault
from healthcode.portal.operation import sealed
from tests.factories import Cast, register

NEW = base64.urlsafe_b64encode(bytes([9]) * 32).decode()


@pytest.fixture
def person(cast: Cast) -> Person:
    register(by=cast.service_xinchang)
    return register(by=cast.service_xinchang, phone="13912345678")


@pytest.fixture
def rotated(person: Person, settings: Any) -> str:
    """Put a new key before the one that everything is under; return the old one."""
    (old,) = settings.VAULT_KEYS
    settings.VAULT_KEYS = [NEW, old]
    return old


def reseal(**options: Any) -> str:
    out = io.StringIO()
    call_command("reseal", stdout=out, **options)
    return out.getvalue()


def test_each_sealed_column_says_to_what_its_values_are_bound():
    assert [str(column) for column in sealed.columns() if not hasattr(column.model, "vault_owner")] == []
    assert len({str(column) for column in sealed.columns()}) >= 9


def test_the_old_key_can_go_afterwards(person: Person, rotated: str, settings: Any):
    number, phone = person.document, person.phone
    assert "Everything is under the newest key" in reseal()
    settings.VAULT_KEYS = [NEW]
    person.refresh_from_db()
    assert (person.document, person.phone) == (number, phone)


def test_a_check_counts_and_changes_nothing(person: Person, rotated: str):
    before = bytes(person.document_sealed)
    with pytest.raises(CommandError, match="not under the newest key"):
        reseal(check=True)
    person.refresh_from_db()
    assert bytes(person.document_sealed) == before


def test_broken_off_it_goes_on_where_it_was(person: Person, rotated: str, monkeypatch: Any):
    monkeypatch.setattr(sealed, "CHUNK", 1)
    (column,) = [one for one in sealed.columns() if str(one) == "cases.Person.document_sealed"]
    assert next(sealed.reseal(column)) == (1, 0)
    done = bytes(Person.objects.order_by("pk").first().document_sealed)
    left = sum(number for number, _unread in sealed.reseal(column))
    assert left == Person.objects.exclude(document_sealed=None).count() - 1
    assert bytes(Person.objects.order_by("pk").first().document_sealed) == done


def test_what_no_key_opens_is_left_told_and_keeps_the_old_key(person: Person, rotated: str):
    lost = vault.encrypt("1", owner="somebody else")
    settings_key = bytes([0] * 4) + lost[4:]
    Person.objects.filter(pk=person.pk).update(phone_sealed=settings_key)
    with pytest.raises(CommandError, match="1 values are not under the newest key"):
        reseal()
    person.refresh_from_db()
    assert bytes(person.phone_sealed) == settings_key


def test_parts_and_returned_rows_of_deliveries_open_afterwards(cast: Cast, settings: Any):
    batch = Batch.objects.create(
        kind="RESULTS",
        office=cast.service_xinchang.office,
        delivered_by=cast.service_xinchang,
        delivered_at="2026-11-01T00:00:00Z",
        sha256="0" * 64,
    )
    part, row = BatchPart(batch=batch, number=0), RejectedRow(batch=batch, row=2, field="", reason_text="x")
    part.sealed = vault.encrypt_bytes(b"file", owner=part.vault_owner("sealed"))
    row.raw = vault.encrypt("row", owner=row.vault_owner("raw"))
    part.save()
    row.save()
    settings.VAULT_KEYS = [NEW, *settings.VAULT_KEYS]
    reseal()
    settings.VAULT_KEYS = [NEW]
    part.refresh_from_db()
    row.refresh_from_db()
    assert vault.decrypt_bytes(part.sealed, owner=part.vault_owner("sealed")) == b"file"
    assert vault.decrypt(row.raw, owner=row.vault_owner("raw")) == "row"


def test_a_row_whose_text_was_deleted_is_under_no_key(cast: Cast, settings: Any):
    batch = Batch.objects.create(
        kind="RESULTS",
        office=cast.service_xinchang.office,
        delivered_by=cast.service_xinchang,
        delivered_at="2026-11-01T00:00:00Z",
        sha256="0" * 64,
    )
    RejectedRow.objects.create(batch=batch, row=2, field="", reason_text="x", raw=b"")
    assert list(sealed.unopened()) == []
