"""What was found of people, with the rows that later ones corrected: since when something was known to be so."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Exists, OuterRef

from cases.models import ClinicVisit, Declaration, LabResult
from healthcode.core.offices.seats import human_of

Row = TypeVar("Row", LabResult, ClinicVisit, Declaration)


def is_clean(row: Declaration) -> bool:
    """Tell whether a form declares neither fever nor symptoms."""
    return not row.fever and not row.symptoms


@dataclass(frozen=True)
class FactTable(Generic[Row]):
    """One kind of fact: its own time, when it was entered, and what a correction may leave as it was."""

    model: type[Row]
    own_time: Callable[[Row], datetime]
    entered: Callable[[Row], datetime]
    finding: Callable[[Row], object]
    actor: str  # the field of the account that entered it


RESULTS = FactTable(
    LabResult,
    own_time=lambda row: row.sampled_at,
    entered=lambda row: row.entered_at,
    finding=lambda row: (row.outcome, row.person_id),
    actor="entered_by",
)
VISITS = FactTable(
    ClinicVisit,
    own_time=lambda row: row.visited_at,
    entered=lambda row: row.at,
    finding=lambda row: row.ruled_out,
    actor="by",
)
FORMS = FactTable(
    Declaration,
    own_time=lambda row: row.at,
    entered=lambda row: row.corrected_at or row.at,
    finding=is_clean,
    actor="by",
)


class History(Generic[Row]):
    """The rows of one table about some people, those that were answered included."""

    def __init__(self, table: FactTable[Row], records: Any, root: Callable[[int], int]) -> None:
        """Read the rows of these persons' records; `root` leads from a record to the one that stands for the human."""
        self._table: FactTable[Row] = table
        manager: Any = table.model._default_manager
        # By a query: what answers a row may be about somebody else, to whom it was moved.
        counts = manager.uncorrected().filter(pk=OuterRef("pk"))
        rows = manager.filter(person__in=records).annotate(counts=Exists(counts)).order_by("pk")
        rows = rows.select_related(table.actor)
        self.corrected: dict[int | None, Row] = {row.corrects_id: row for row in rows if row.corrects_id}
        self._by_key: dict[int | None, Row] = {row.pk: row for row in rows}
        self._rows: dict[int, list[Row]] = defaultdict(list)
        self._counting: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            self._rows[root(row.person_id)].append(row)
            if row.counts:
                self._counting[root(row.person_id)].append(row)

    def known(self, root: int, until: datetime) -> Iterator[tuple[Row, Row]]:
        """Give what counted at an instant, each with the row since which it was known to be so."""
        table = self._table
        for row in self._counting[root]:
            first, before = row, self._by_key.get(row.corrects_id)
            while before is not None and table.finding(before) == table.finding(row):
                first, before = before, self._by_key.get(before.corrects_id)
            if table.own_time(row) <= until and table.entered(first) <= until:
                yield row, first

    def counting(self, root: int) -> list[Row]:
        """Return what counts of somebody now."""
        return self._counting[root]

    def enterers(self, row: Row) -> frozenset[str]:
        """Return the humans who entered a row and those it corrects: a colleague's slip of the pen hides nobody."""
        actor = self._table.actor
        found, before = {human_of(getattr(row, actor))}, self._by_key.get(row.corrects_id)
        while before is not None:
            found.add(human_of(getattr(before, actor)))
            before = self._by_key.get(before.corrects_id)
        return frozenset(found)

    def entered(self, root: int) -> list[datetime]:
        """Return when something was entered about somebody."""
        return [self._table.entered(row) for row in self._rows[root]]
