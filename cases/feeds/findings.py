"""What is said of a file beside its rows: kept as codes, told in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core.languages import in_words
from healthcode.core.offices import stored_refusals

SENTENCES: dict[str, str | Promise] = {
    "encoding": _("It was read as %(encoding)s."),
    "delimiter": _("Its columns are parted by %(delimiter)s."),
    "heading": _("The heading stands in row %(row)s."),
    "sums": _("These rows are sums and were left out: %(rows)s."),
    "no_rows": _("It has a heading and no row below it."),
    "unsealed": _(
        "It has neither a number of rows nor an end mark: compare the rows and the last one with your file."
    ),
    "cut_line": _("Its last line has no end: see that the file was not cut off."),
    "sheet": _("The sheet “%(sheet)s” was read."),
    "others": _("These sheets have the headings too and were not read: %(sheets)s."),
    "hidden": _("The sheet that was read is hidden."),
    "hidden_rows": _("These rows are hidden in the spreadsheet and were read all the same: %(rows)s."),
    "hidden_columns": _("Hidden columns were read all the same."),
    "unseen": _(
        "In this form hidden rows and formulas without a result are not seen: save it as XLSX to have them named."
    ),
}
# A machine's file waits for a person where one of these is said of it.
ASKING = frozenset({"unsealed", "cut_line", "others", "hidden", "hidden_rows"})
ROWS = 20  # that are named


@dataclass
class Findings:
    """What was found out about a file while it was read."""

    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def add(self, code: str, **values: Any) -> None:
        """Say one thing of the file."""
        self.notes.append((code, stored_refusals.stored_values(values)))

    def add_rows(self, code: str, rows: list[int]) -> None:
        """Say one thing of some rows, the first of them named."""
        more = ["…"] if len(rows) > ROWS else []
        self.add(code, rows=[*rows[:ROWS], *more])

    def add_workbook(self, description: dict[str, Any]) -> None:
        """Say what the reader of a workbook found."""
        if description["sheet"]:
            self.add("sheet", sheet=description["sheet"])
        if description["others"]:
            self.add("others", sheets=description["others"])
        if description["hidden_rows"]:
            self.add_rows("hidden_rows", description["hidden_rows"])
        for code in ("hidden", "hidden_columns"):
            if description[code]:
                self.add(code)
        if not description["seen"]:
            self.add("unseen")


def asks(notes: Iterable[Any]) -> bool:
    """Tell whether a person has to look before the file counts."""
    return any(code in ASKING for code, _values in notes)


def sentences(notes: Iterable[Any]) -> list[str]:
    """Return what was found, in the reader's language."""
    return [str(SENTENCES[code]) % in_words(stored_refusals.read_values(values)) for code, values in notes]
