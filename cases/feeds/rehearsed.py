"""What a rehearsal refused: kept as codes and values, read in the language of whoever reads it."""

from dataclasses import dataclass
from typing import Any

from cases.models import Batch
from healthcode.core.offices import stored_refusals


@dataclass(frozen=True)
class RehearsedFault:
    """One row that would come back, or wait for a person: its number, the word of its first column, and why."""

    row: int
    column: str
    asks: bool
    stored: list[dict[str, Any]]
    text: str = ""  # of what was rehearsed before codes were stored

    @property
    def reason(self) -> str:
        """Return why, in the language spoken now."""
        return stored_refusals.lines(self.stored) or self.text


def faults_of(batch: Batch) -> list[RehearsedFault]:
    """Return the rows that would not be applied, in the file's order."""
    return [_fault(one) for one in batch.preview.get("returned", ())]


def _fault(one: dict[str, Any]) -> RehearsedFault:
    stored = one.get("faults", [])
    column = stored[0]["column"] if stored else one["field"]
    return RehearsedFault(one["row"], column, one.get("asks", False), stored, one.get("reason", ""))
