"""A line list of forty rows as CDC sends it: thirty-four become reports, six come back."""

import csv
import io

import pytest

from cases.feeds import deliveries
from cases.models import Batch, Case, Person, RejectedRow
from cases.policy.colours import Colour
from tests.factories import Cast, DivisionFactory

from .scenes import Scene, colour, later
from .test_line_list import FILE, RETURNED, deliver

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def delivered_once(kept: None) -> None:
    for code in ("330624001", "330624002"):
        DivisionFactory(code=code)
    deliver(Scene(Cast()))


def test_of_forty_rows_thirty_four_become_reports():
    batch = Batch.objects.get()
    assert (batch.row_count, batch.accepted, batch.rejected) == (40, 34, 6)
    assert Case.objects.filter(state="REPORTED", batch=batch).count() == 34


def test_the_six_wrong_rows_come_back_with_row_field_and_reason():
    returned = RejectedRow.objects.order_by("row")
    assert dict(returned.values_list("row", "field")) == RETURNED
    assert len({row.reason for row in returned}) == 6


def test_a_returned_row_is_kept_sealed_as_it_came():
    row = RejectedRow.objects.get(row=30)
    assert any("郑冒名" in returned for returned in deliveries.returned_rows(row.batch))
    assert "郑冒名".encode() not in bytes(row.raw)


def test_nobody_is_red_from_a_list_alone():
    assert {colour(person, later(days=1)) for person in Person.objects.all()[:5]} == {Colour.GREEN}


def test_the_passport_and_the_old_number_are_among_the_people():
    assert Person.objects.get(name="KIM MINSU").document_country == "KOR"
    assert len(Person.objects.get(birth_date__year=1962, name__startswith="黄").document) == 18


def test_no_personal_data_reaches_the_ledger():
    from healthcode.core.audit.models import Event

    bodies = "".join(Event.objects.values_list("body", flat=True))
    cells = [
        cell for row in csv.reader(io.StringIO(FILE.read_text("utf-8-sig"))) for cell in row[:1] + row[4:6]
    ]
    assert not [cell for cell in cells if cell and cell in bodies]
