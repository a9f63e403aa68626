"""Codes that other cities of the province issued: recognised, never issued a second time (4.2)."""

from cases.feeds import cells as cell
from cases.feeds import columns
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.feeds.line_list import registered
from cases.models.batches import Kind

COLUMNS = {**RECORD, **cell.IDENTITY, "发码城市": "code_city"}
TAKES = {**columns.IDENTITY, "code_city": columns.division("杭州市")}


def _apply_row(cells: Cells, delivery: Delivery) -> None:
    registered(cells, delivery, code_city=cell.division(cells, "code_city"))


FORMAT = Format(
    Kind.CODES,
    COLUMNS,
    ("name", "document_number", "present", "code_city"),
    _apply_row,
    takes=TAKES,
    sealed_end=True,
)
