"""Operations of administrators on files of offices, staff and venues."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.feeds import setup_columns, setup_files
from cases.models.proposals import Decision
from cases.models.setup_files import SetupKind
from cases.services.setup import files
from cases.services.setup.overview import overview_of
from healthcode.core.acts.fields import APPROVE, Deciding, decision_field
from healthcode.core.acts.rows import RowOperation
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

NAMED = 1000  # faults in one answer


class PrepareFile(RowOperation):
    """Prepare offices, staff or venues by file: everything in it is right, or nothing of it is kept."""

    name, label, act = "prepare", _("Prepare a file"), "setup.prepare"
    alone, weight, proven = True, "primary", True
    from_address = ("kind",)
    read: setup_files.ReadFile | None = None

    kind = forms.ChoiceField(label=_("what it brings"), choices=SetupKind.choices)
    file = forms.FileField(
        label=_("file (XLSX, XLSM, XLS or CSV)"),
        help_text=_(
            "One row names the columns. At most 10,000 rows; offices are granted before their staff."
        ),
    )

    def guides(self) -> Sequence[tuple[str | Promise, str]]:
        return [
            (label, reverse("admin:cases_setupfile_columns", args=(kind.lower(),)))
            for kind, label in SetupKind.choices
        ]

    def prepare(self) -> None:
        content = self.cleaned_data["file"].read(setup_files.MAX_BYTES + 1)
        self.read = setup_files.read(content, kind=self.cleaned_data["kind"], at=self.at)

    def do(self) -> str | Promise:
        assert self.read is not None
        name = self.cleaned_data["file"].name
        self.made = setup_files.prepare(self.read, file_name=name, by=self.by, at=self.at)
        return _("Prepared. Another administrator has to grant it; until then nothing of it exists.")

    def refuse(self, refusal: Refusal) -> None:
        """Put every fault of every row on the file, each with its row and column."""
        super().refuse(refusal)
        if isinstance(refusal, files.FaultyRows):
            lines = [
                _("Row %(row)s, %(column)s: %(why)s")
                % {
                    "row": row,
                    "column": setup_columns.word_of(self.cleaned_data["kind"], one.field),
                    "why": one,
                }
                for row, wrong in refusal.faults.items()
                for one in wrong
            ]
            for line in lines[:NAMED]:
                self.add_error("file", forms.ValidationError(line, code=refusal.code))
            if lines[NAMED:]:
                more = _("And %(number)s more faults.") % {"number": len(lines) - NAMED}
                self.add_error("file", forms.ValidationError(more, code=refusal.code))


class DecideFile(Deciding, RowOperation):
    """Grant everything in a file at once, or send it back with a reason."""

    name, label, act = "decide", _("Grant or send back"), "setup.decide"
    weight, proven, confirms = "primary", True, False  # what it would bring stands beside the form
    decision = decision_field((APPROVE, _("grant everything in it")))
    two_people = forms.BooleanField(
        label=_("I have made sure that those of the same name are different people"), required=False
    )
    field_order = ("decision", "two_people", "reason")

    def limit(self) -> None:
        self.overview = overview_of(self.subject, self.at)
        if self.overview is None or not self.overview.has_namesakes:
            del self.fields["two_people"]

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.decision == Decision.PENDING and subject.proposed_by_id != by.pk

    def do(self) -> str | Promise:
        return Deciding.perform(self, seen=None)

    def perform(self, *, seen: int | None) -> str | Promise:
        return RowOperation.perform(self, seen=seen)

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        sure = self.cleaned_data.get("two_people", False)
        fields = {"approve": approve, "two_people": sure, "answer": answer}
        files.decide(self.subject, **fields, by=self.by, at=self.at)
        return _("Granted: %(number)s rows.") % {"number": self.subject.row_count}


class PrintLetters(RowOperation):
    """Print the activation letters of everybody in a granted file, once."""

    name, label, act = "letters", _("Print the activation letters"), "setup.decide"
    weight, proven, discloses, confirms = "primary", True, True, False
    result_template = "acts/letters.html"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.decided_by_id == by.pk and files.has_letters(subject, at)

    def do(self) -> str | Promise:
        letters = files.take_letters(self.subject, by=self.by, at=self.at)
        self.secret = files.folded(letters)
        return _("%(number)s letters") % {"number": len(letters)}

    def result(self, secret: str) -> Mapping[str, Any]:
        return {"letters": files.unfolded(secret)}


class ReadConfirmations(RowOperation):
    """Read the second codes with which the accounts of a granted file open, to tell them to their owners."""

    name, label, act = "confirmations", _("Read the confirmation codes"), "setup.prepare"
    weight, proven, discloses, confirms = "primary", True, True, False
    notice = _("The reading is recorded. Tell each code to its owner alone, in person or by telephone.")
    result_template = "acts/confirmations.html"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.proposed_by_id == by.pk and files.has_confirmations(subject, at)

    def do(self) -> str | Promise:
        found = files.read_confirmations(self.subject, by=self.by, at=self.at)
        self.secret = files.folded(found)
        return _("Confirmation codes of %(number)s accounts") % {"number": len(found)}

    def result(self, secret: str) -> Mapping[str, Any]:
        return {"letters": files.unfolded(secret)}
