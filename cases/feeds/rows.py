"""What a table is made of: rows, and the one sentence with which a file that is no table comes back as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.services.engine.refusals import Refusal

Columns = Mapping[str, str]  # what the heading says, and what the column is called here
MORE_CELLS = _(
    "This row has more cells than the heading: does a cell hold the sign that parts them? Put it in quotation marks."
)


class NotATable(Refusal):
    """The file as a whole cannot be read."""

    code = "deliveries.file.not_a_table"
    field = "file"


@dataclass(frozen=True)
class TableRow:
    """One row as it came: its number in the file, its cells by column, and what is wrong with which of them.

    A fault under "" is the whole row's.
    """

    number: int
    cells: Mapping[str, str]
    faults: Mapping[str, str | Promise] = field(default_factory=dict)

    @property
    def is_shifted(self) -> bool:
        """Tell whether cells stand under the headings of others: what is wrong with each then says nothing."""
        return self.faults.get("") is MORE_CELLS
