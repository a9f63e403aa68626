"""The round: today's temperatures of everybody whose health log one keeps, as one table (2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import HealthLog, Person
from cases.operations.fields import TemperatureField
from cases.policy import spellings
from cases.selectors import rounds
from cases.selectors.rounds import RoundRow
from cases.services import control
from cases.services.control import HealthReading, RoundNotKept
from healthcode.core.acts.sentences import Asking
from healthcode.core.offices.models import User

MISSED = HealthLog.Missed
KEYS = {"-": MISSED.NOT_MEASURED, "*": MISSED.NOT_REACHED}  # one key of the number pad each


class CellReading(NamedTuple):
    """What a cell says: a temperature in °C, or why there is none."""

    temperature: Decimal | None = None
    missed: str = ""


class ReadingField(forms.CharField):
    """A temperature, or `-` for not measured and `*` for not reached."""

    def clean(self, value: Any) -> CellReading | None:
        text = super().clean(value).strip()
        for words, missed in (*KEYS.items(), *((str(one.label), one) for one in MISSED)):
            if spellings.one_spelling(text) == words:
                return CellReading(missed=missed.value)
        return CellReading(TemperatureField().clean(text)) if text else None


@dataclass(frozen=True)
class RoundLine:
    """A person's line of the table: what is in the log already, and the boxes of what is not."""

    row: RoundRow
    cells: tuple[tuple[str | Promise, HealthLog | None, Any], ...]  # half-day, its log, its box
    symptoms: Any


class RoundForm(Asking, forms.Form):
    """The readings of a day, of everybody whose health log the reader keeps; an empty box says nothing."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, by: User, on: date, at: datetime) -> None:
        super().__init__(data)
        self.by, self.on, self.at = by, on, at
        self.rows = rounds.rows(by, on)
        for row in self.rows:
            for half in HealthLog.Half:
                if half not in row.logs or row.logs[half].temperature is None:
                    self.fields[_cell(row, half)] = self._box(row, half)
            self.fields[_symptoms(row)] = forms.CharField(
                label=_("symptoms of %(name)s") % {"name": row.order.person.name},
                max_length=200,
                required=False,
            )

    @staticmethod
    def _box(row: RoundRow, half: HealthLog.Half) -> ReadingField:
        label = _("%(name)s, %(half)s") % {"name": row.order.person.name, "half": half.label}
        attrs = {"inputmode": "decimal", "autocomplete": "off", "data-half": half.value, "size": 6}
        return ReadingField(label=label, max_length=10, required=False, widget=forms.TextInput(attrs=attrs))

    def lines(self) -> list[RoundLine]:
        """Return the table."""
        return [
            RoundLine(
                row,
                tuple(
                    (
                        half.label,
                        row.logs.get(half),
                        self[name] if (name := _cell(row, half)) in self.fields else None,
                    )
                    for half in HealthLog.Half
                ),
                self[_symptoms(row)],
            )
            for row in self.rows
        ]

    def keep(self) -> list[HealthLog] | None:
        """Keep what was typed; None where something cannot be kept: then nothing was, and its box says why."""
        typed = [
            (_cell(row, half), row, half, reading)
            for row in self.rows
            for half in HealthLog.Half
            if (reading := self.cleaned_data.get(_cell(row, half))) is not None
        ]
        try:
            return control.log_round([self._reading(*one) for one in typed], by=self.by, at=self.at)
        except RoundNotKept as refusal:
            for place, fault in refusal.faults.items():
                self.add_error(typed[place][0], str(fault))
        return None

    def _reading(
        self, _name: str, row: RoundRow, half: str, typed: CellReading
    ) -> tuple[Person, HealthReading]:
        symptoms = self.cleaned_data[_symptoms(row)]
        return row.order.person, HealthReading(self.on, half, typed.temperature, typed.missed, symptoms)


def _cell(row: RoundRow, half: str) -> str:
    return f"t{row.order.pk}_{half}"


def _symptoms(row: RoundRow) -> str:
    return f"s{row.order.pk}"
