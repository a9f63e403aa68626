"""What Python or the database refuses of a row though no rule foresaw it comes back as a row; the others go on."""

from dataclasses import replace

import pytest
from django.db import DataError

from cases.feeds.kinds import FORMATS
from cases.feeds.unstorable import Unstorable
from cases.models import Presence
from tests.cases.scenes import Scene

from .conftest import ground


@pytest.mark.parametrize("error", [DataError("out of range"), ValueError("a surrogate"), OverflowError()])
def test_a_row_that_cannot_be_stored_comes_back_and_names_nobody_in_the_log(
    scene: Scene, send, monkeypatch, caplog, error
):
    people = [scene.person() for _ in range(3)]
    kind = FORMATS["GROUNDS"]

    def applied(cells, delivery):
        made = kind.apply(cells, delivery)  # what it wrote before it broke is taken back
        if cells["record"] == "S1":
            raise error
        return made

    monkeypatch.setitem(FORMATS, "GROUNDS", replace(kind, apply=applied))
    batch = send("GROUNDS", *(ground(one, f"S{n}", "近14天内有境外旅居史") for n, one in enumerate(people)))
    assert (batch.state, batch.accepted, batch.rejected) == ("APPLIED", 2, 1)
    row = batch.rejected_rows.get()
    assert (row.row, row.reason) == (3, str(Unstorable.message))
    assert f"Row 3 of delivery {batch.pk} " in caplog.text
    assert people[1].name not in caplog.text


def test_of_a_set_only_the_row_that_cannot_be_stored_comes_back(scene: Scene, send, monkeypatch):
    people = [scene.person() for _ in range(5)]
    kind = FORMATS["PRESENCES"]

    def applied(rows, delivery):
        wrong = kind.apply_all(rows, delivery)
        if any(row.cells["document_number"] == people[3].document for row in rows):
            raise DataError
        return wrong

    monkeypatch.setitem(FORMATS, "PRESENCES", replace(kind, apply_all=applied))
    stay = "110106,,2026-11-01 08:00,2026-11-01 09:00"
    batch = send("PRESENCES", *(f"{one.document},旅居,{stay}" for one in people))
    assert (batch.state, batch.accepted, batch.rejected) == ("APPLIED", 4, 1)
    assert batch.rejected_rows.get().row == 5
    assert set(Presence.objects.values_list("person", flat=True)) == {one.pk for one in people} - {
        people[3].pk
    }
