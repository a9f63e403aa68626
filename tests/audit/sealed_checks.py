"""Sealing checks by the batch, and what is found of them."""

from datetime import datetime
from typing import Any

from cases.models import GateCheck
from healthcode.core.audit import batches
from healthcode.core.audit.batches import SEALED, RowBatch
from healthcode.core.audit.models import Event
from healthcode.core.audit.verifying import Verification
from healthcode.core.offices import accounts
from tests.cases.scenes import T


def seal(at: datetime = T) -> int:
    return batches.seal(by=accounts.system(at=at), at=at)


def sealed() -> list[RowBatch]:
    return [RowBatch.of(event) for event in Event.objects.filter(action=SEALED).order_by("pk")]


def found() -> list[str]:
    return [finding.kind for finding in Verification().findings()]


def rows(*pks: int) -> Any:
    return GateCheck.objects.filter(pk__in=pks)
