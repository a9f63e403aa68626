"""Codes that other cities of the province issued: recognised, never issued a second time (4.2)."""

from collections.abc import Iterator

from cases.feeds import cells as cell
from cases.feeds import columns
from cases.feeds.cells import PartialReader
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.feeds.line_list import faults_of_person, registered
from cases.models.batches import Kind
from cases.services.engine.refusals import Refusal, collected
from cases.services.persons import people

COLUMNS = {**RECORD, **cell.IDENTITY, "发码城市": "code_city"}
TAKES = {**columns.IDENTITY, "code_city": columns.division("杭州市")}


def _apply_row(cells: Cells, delivery: Delivery) -> None:
    registered(cells, delivery, code_city=cell.division(cells, "code_city"))


def _faults(reader: PartialReader, delivery: Delivery) -> Iterator[Refusal]:
    yield from faults_of_person(reader, reader.person(), delivery)
    city = reader.read("code_city", cell.division, None)
    if city is not None:
        yield from collected(lambda: people.require_this_province(city))


FORMAT = Format(
    Kind.CODES,
    COLUMNS,
    ("name", "document_number", "present", "code_city"),
    _apply_row,
    takes=TAKES,
    faults=_faults,
    sealed_end=True,
)
