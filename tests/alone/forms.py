"""What could be typed into an act's form: every choice, both ends of time, the person's rows and a stranger's."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.models import Case, ControlOrder, Person, SelfCheck
from cases.operations.fields import OfficerField
from cases.policy.days import local_day
from complaints.models import Ticket
from healthcode.core.acts.base import Operation
from tests.factories import one_off

Filled = dict[str, Any]
ROWS = 6  # of a reference: more of one kind than any situation has
HOUR = timedelta(hours=1)
# Chosen, and nothing rests on it.
COSMETIC = {
    *("sex", "evidence_kind", "reason_class", "vehicle", "number_from", "channel", "category", "language"),
    *("document_type", "relation", "contact_pref", "reached", "colour_seen", "plan_kind"),
}
NUMBERS = ("document_number", "number", "guardian_number")
TEXTS = {
    "temperature": "36.5",
    "phone": "13912345678",
    "name": "李明",
    "document_country": "",
    "guardian_country": "",
    "evidence_ref": "排查2026-{n}",
    "plate": "浙D12345",
}


@dataclass
class Typist:
    """Whoever fills the forms of one account in, at one instant, about the people of a situation."""

    people: list[Person]
    at: datetime
    serial: int  # what has to be new is new with each act
    files: dict[str, list[bytes]]

    def fillings(self, form: Operation) -> Iterator[Filled]:
        """Yield what may be typed: the least and the whole form, and of both each other choice once."""
        offered = {name: self.values(name, field, form) for name, field in form.fields.items()}
        least = {
            name: values[0]
            for name, values in offered.items()
            if values and (form.fields[name].required or self._begins(form, name) is not None)
        }
        whole = {name: values[0] for name, values in offered.items() if values}
        seen = set()
        for base, names in ((least, offered), (whole, whole.keys() - least.keys())):
            changes = [{}, *({name: one} for name in offered if name in names for one in offered[name][1:])]
            for change in changes:
                typed = {name: value for name, value in {**base, **change}.items() if value not in ("", None)}
                key = repr(sorted((name, getattr(value, "name", value)) for name, value in typed.items()))
                if key not in seen:
                    seen.add(key)
                    yield self._fitting(form, typed)
        yield from self._as_machines_do(form, whole)

    def _as_machines_do(self, form: Operation, whole: Filled) -> Iterator[Filled]:
        """Yield what only fits together: a number read by a machine, a file with the hash that its letter names."""
        if "reading" in whole and form.subject is not None and form.subject.document:
            slip = {"reading": "READER", "document_number": one_off(form.subject.document)}
            yield {**whole, **slip, "name": form.subject.name}
        for kind, contents in self.files.items() if "letter" in whole and "file" in whole else ():
            for content in contents:
                rows = content.count(b"\n") - 2
                declared = {"declared_rows": rows, "declared_sha256": hashlib.sha256(content).hexdigest()}
                yield {**whole, "kind": kind, "file": self._file(content), **declared}

    def _fitting(self, form: Operation, typed: Filled) -> Filled:
        """Leave out what the form asks of other grounds alone."""
        only = {name: getattr(field, "only_for", "").split() for name, field in form.fields.items()}
        return {
            name: value
            for name, value in typed.items()
            if not only[name] or "ground" not in typed or typed["ground"] in only[name]
        }

    @staticmethod
    def _begins(form: Operation, name: str) -> Any:
        value = form.initial.get(name, form.fields[name].initial)
        return None if value in ("", None, False) else value

    def values(self, name: str, field: forms.Field, form: Operation) -> list[Any]:
        """Return what a field may well take, what it begins with first."""
        begins = self._begins(form, name)
        found = self._values(name, field, form)
        if name in COSMETIC:
            found = found[:1]
        if begins is not None and not isinstance(field, forms.ModelChoiceField):
            found = [begins.isoformat() if hasattr(begins, "isoformat") else begins, *found]
        elif isinstance(begins, int | str) and begins in found:
            found = [begins, *found]
        return list(dict.fromkeys(found))

    def _values(self, name: str, field: forms.Field, form: Operation) -> list[Any]:
        match field:
            case OfficerField():
                return self._rows(field, [form.by.username])
            case forms.ModelChoiceField():
                return self._rows(field)
            case forms.ChoiceField() if field.choices:
                return [key for key, _label in field.choices if key]
            case forms.NullBooleanField():
                return ["true"]
            case forms.BooleanField():
                return [True] if field.required else [True, False]
            case forms.FileField():
                return [self._file(content) for kind in self.files.values() for content in kind]
            case forms.DateTimeField():
                return self._instants(name)
            case forms.DateField():
                today = local_day(self.at)
                ends = ControlOrder.objects.standing().exclude(until=None).values_list("until", flat=True)
                first = local_day(max(ends, default=self.at)) if name == "until_day" else today
                return [str(first + timedelta(days=days)) for days in self._days(name)]
            case forms.UUIDField():
                return [str(person.public_id) for person in self.people]
            case forms.IntegerField() if name == "replacement":
                return list(Case.objects.filter(ground="CONFIRMED").values_list("pk", flat=True)[:2])
            case forms.IntegerField():
                return [3] if name in ("days", "pool_size") else []
        return self._texts(name)

    def _rows(self, field: forms.ModelChoiceField, first: list[Any] | None = None) -> list[Any]:
        key = field.to_field_name or "pk"
        rows = field.queryset.select_related(None)
        known = rows.filter(**{f"{key}__in": first}) if first else rows.none()
        return [getattr(row, key) for row in (*known, *rows[: 2 if first else ROWS])]

    def _file(self, content: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile(f"{len(content)}.csv", content)

    def _instants(self, name: str) -> list[str]:
        late = {
            "reported_at": (),
            "effective_from": (HOUR,),
            "from_at": (-24 * HOUR, 24 * HOUR),
            "arrived_at": (-HOUR,),
        }
        spans = late.get(name, (-2 * HOUR, -72 * HOUR))
        return [(self.at + span).isoformat() for span in spans]

    @staticmethod
    def _days(name: str) -> tuple[int, ...]:
        return {"until_day": (1, -3), "birth_date": (), "arrived_on": (-4,), "began_on": (-1, -13)}.get(
            name, (0,)
        )

    def _texts(self, name: str) -> list[Any]:
        if name == "reference":
            found = [check.number for check in SelfCheck.objects.order_by("pk")]
            return [*found, *Ticket.objects.order_by("pk").values_list("number", flat=True)] or ["Z2026-1"]
        if name in NUMBERS:
            known = [person.document for person in self.people if person.document]
            return [*known, *(one_off(number) for number in known[:1])]
        text = TEXTS.get(name, f"依据文书2026-{{n}}号 {name}")
        return [text.format(n=1000 + self.serial)]


def is_hopeless(form: Operation) -> bool:
    """Tell whether a form asks for a row of which there is none."""
    needed = (field for field in form.fields.values() if field.required)
    return any(isinstance(field, forms.ModelChoiceField) and not field.queryset.exists() for field in needed)
