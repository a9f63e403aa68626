"""Operations on deliveries: send a file, confirm or withdraw it, decide about its rows, take it back."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import ClassVar

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import tasks
from cases.feeds import deliveries
from cases.feeds.kinds import FORMATS
from cases.models import Batch, RejectedRow, Undo
from cases.models.batches import LETTER_LENGTH, Kind
from cases.operations.base import AnswersFacts
from cases.selectors import decidable, undecided
from cases.selectors.pending import Pending
from cases.selectors.pending_city import brought_in, proposed_undo, timed
from cases.selectors.roster import Roster
from cases.services.deliveries import batches, receiving
from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import Deciding, reason_field
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import ACTS
from healthcode.core.offices.staff import MACHINES


class SourceField(forms.ModelChoiceField):
    """A machine that sends files, named with its office."""

    def label_from_instance(self, source: User) -> str:
        return f"{source.name} · {source.office}"


class Deliver(Operation):
    """Deliver a file: it is checked as a whole, its effect is shown, and nothing counts before it is confirmed."""

    alone = True
    name = "deliver"
    label = _("Deliver a file")
    act = "batch.deliver"
    weight = "primary"
    receive = staticmethod(receiving.receive)
    upload: receiving.Upload | None = None

    kind = forms.ChoiceField(label=_("what it brings"), choices=Kind.choices)
    file = forms.FileField(
        label=_("file (XLSX, XLSM, XLS, ODS, CSV or NDJSON)"), help_text=_("One row names the columns.")
    )
    declared_rows = forms.IntegerField(
        label=_("number of rows"), required=False, min_value=0, max_value=99_999_999
    )
    declared_sha256 = forms.RegexField(
        r"^[0-9a-fA-F]{64}$", label=_("SHA-256 of the file"), required=False, strip=True
    )

    def limit(self) -> None:
        self.offer([one for one in Kind.choices if self.by.may(_act(one[0]))])

    def offer(self, mine: Sequence[tuple[str, str | Promise]]) -> None:
        """Let these kinds be chosen, and name their columns."""
        self.fields["kind"].choices = mine  # type: ignore[attr-defined]
        self.fields["kind"].initial = mine[0][0] if mine else None
        columns = [languages.entry(label, _columns(kind)) for kind, label in mine]
        self.fields["file"].help_text = "\n".join((str(self.fields["file"].help_text), *columns))

    def guides(self) -> Sequence[tuple[str | Promise, str]]:
        kinds = self.fields["kind"].choices  # type: ignore[attr-defined]
        return [(label, reverse("admin:cases_batch_columns", args=(kind,))) for kind, label in kinds]

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if PurePath(file.name).suffix.lower() not in receiving.ENDINGS:
            raise forms.ValidationError(
                _("The name of the file has to end in %(ends)s."),
                params={"ends": languages.listed(receiving.ENDINGS)},
            )
        return file

    def prepare(self) -> None:
        self.upload = receiving.store(self.cleaned_data["file"].chunks(), at=self.at)

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        file = data.pop("file")
        assert self.upload is not None
        form = receiving.form_of(file.name)
        data |= {"file_name": file.name, "form": form, "by": self.by, "at": self.at}
        self.made, is_new = self.receive(self.upload, **data)
        tasks.begin(self.made)
        if not is_new:
            return _("This file was delivered before: nothing was changed.")
        return _("Received. What its check finds stands here before anything counts.")


class BringIn(Deliver):
    """Bring in a file for a source whose line is down: it counts once another office has confirmed it."""

    name = "bring-in"
    label = _("Bring in a source's file")
    act = "batch.bring"
    weight = "plain"
    receive = staticmethod(receiving.bring_in)

    source = SourceField(label=_("source"), queryset=User.objects.none())
    letter = forms.CharField(
        label=_("covering letter"),
        max_length=LETTER_LENGTH,
        help_text=_("Its document number: the letter with which the source handed the file over."),
    )
    field_order = ("source", "letter", "kind", "file", "declared_rows", "declared_sha256")

    def limit(self) -> None:
        machines = {one: MACHINES & set(ACTS[_act(one[0])].reach) for one in Kind.choices}
        theirs = [one for one in Kind.choices if machines[one] and not self.by.may(_act(one[0]))]
        self.offer(theirs)
        sources = User.objects.filter(
            is_active=True, role__in=set().union(*(machines[one] for one in theirs))
        )
        self.fields["source"].queryset = sources.select_related("office").order_by("username")  # type: ignore[attr-defined]
        for name in ("declared_rows", "declared_sha256"):
            self.fields[name].required = True
            self.fields[name].help_text = _("As the covering letter names it.")


def _act(kind: str) -> str:
    return f"batch.{kind.lower()}"


def _columns(kind: str) -> str:
    """Name a kind's columns as its heading does, those it cannot do without marked."""
    known = FORMATS[kind]
    return languages.listed(
        f"{word}*" if name in known.required else word for word, name in known.columns.items()
    )


class BatchField(forms.ModelChoiceField):
    """A delivery, named with its file and what its check found."""

    def label_from_instance(self, batch: Batch) -> str:
        name = f"{batch.pk} · {batch.get_kind_display()} · {batch.file_name}"
        if batch.state != Batch.State.CHECKED:
            return name
        found = _(
            "%(new)s new, %(unchanged)s known already, %(held)s wait for a person, %(rejected)s come back"
        ) % {"held": 0, **batch.preview}
        return f"{name} · {found}"


class OnBatch(Operation):
    """Base of what the sending office does with one of its deliveries."""

    alone = True
    in_menu = False
    act = "batch.deliver"
    states: ClassVar[tuple[str, ...]]

    batch = BatchField(label=_("delivery"), queryset=Batch.objects.none())

    def limit(self) -> None:
        mine = Batch.objects.seen_to_by(self.by).filter(state__in=self.states)
        self.fields["batch"].queryset = mine.order_by("-pk")  # type: ignore[attr-defined]


class ConfirmDelivery(OnBatch):
    """Let a checked delivery be applied."""

    name = "confirm-delivery"
    label = _("Apply the delivery")
    weight = "primary"
    states = ("CHECKED",)
    confirms = False  # its effect was rehearsed row by row and stands on the delivery's page

    def limit(self) -> None:
        super().limit()
        batch = self.fields["batch"]
        batch.queryset = batch.queryset.filter(brought_by=None)  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        self.made = batches.confirm(self.cleaned_data["batch"], by=self.by, at=self.at)
        tasks.begin(self.made)
        return _("Confirmed. How far its rows have come stands here.")


class CancelDelivery(OnBatch):
    """Withdraw a delivery before any of it counts."""

    name = "cancel-delivery"
    label = _("Withdraw the delivery")
    states = ("RECEIVED", "CHECKED", "FAILED")

    def limit(self) -> None:
        super().limit()
        batch = self.fields["batch"]
        batch.queryset = batch.queryset.filter(applied=0)  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        self.made = batches.cancel(self.cleaned_data["batch"], by=self.by, at=self.at)
        return _("Withdrawn; nothing of it counts.")


class DecideBrought(Deciding, Operation):
    """Confirm a file that another office brought in for a source, or send it back."""

    alone = True
    in_menu = False
    name = "decide-brought"
    label = _("Decide a file brought in for a source")
    act = "batch.confirm_brought"
    weight = "primary"
    confirms = False

    batch = BatchField(label=_("delivery"), queryset=Batch.objects.none())
    field_order = ("batch", "decision", "reason")

    def limit(self) -> None:
        waiting = Batch.objects.brought().filter(state=Batch.State.CHECKED)
        waiting = waiting.filter(pk__in=decidable.deliveries(self.by))
        self.fields["batch"].queryset = waiting.order_by("pk")  # type: ignore[attr-defined]
        self.begin_with_only("batch")

    def about(self) -> tuple[Pending, ...]:
        return tuple(timed(brought_in(one), Roster(self.at)) for one in self.in_question("batch"))

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        batch = self.cleaned_data["batch"]
        if approve:
            self.made = batches.confirm(batch, by=self.by, at=self.at)
            tasks.begin(self.made)
        else:
            self.made = batches.send_back(batch, reason=answer, by=self.by, at=self.at)
        return _("Confirmed. How far its rows have come stands here.")


class WaitingRowField(forms.ModelChoiceField):
    """A row that waits, named with its delivery and why: of several with one number each is told apart."""

    def label_from_instance(self, row: RejectedRow) -> str:
        return f"{row.batch} · {row} · {row.reason}"


class DecideRow(Operation):
    """Decide about a row that somebody has to look at: a known number with other content, or nearly the same name."""

    alone = True
    in_menu = False
    name = "decide-row"
    label = _("Decide a row that waits")
    act = "batch.deliver"

    row = WaitingRowField(label=_("row"), queryset=RejectedRow.objects.none())
    decision = forms.ChoiceField(
        label=_("decision"),
        choices=(("take", _("take it as it is now")), ("leave", _("leave it out: what is here stands"))),
    )

    def limit(self) -> None:
        # Of a file that was brought in for a source, the source alone can say which word of its holds.
        mine = Batch.objects.answered_for_by(self.by).filter(brought_by=None)
        waiting = RejectedRow.objects.filter(state="HELD", batch__in=mine)
        self.fields["row"].queryset = waiting.select_related("batch").order_by("batch", "row")  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        row = self.cleaned_data["row"]
        self.made = row.batch
        if self.cleaned_data["decision"] == "take":
            deliveries.accept(row, by=self.by, at=self.at)
            return _("Taken.")
        batches.decide_row(row, RejectedRow.State.DISMISSED, by=self.by, at=self.at)
        return _("Left out; what was taken first stands.")


class ProposeUndo(OnBatch):
    """Ask a duty lead to take a whole delivery back."""

    name = "propose-undo"
    label = _("Take the delivery back")
    weight = "danger"
    states = ("APPLIED", "FAILED")

    reason = reason_field()

    def limit(self) -> None:
        super().limit()
        batch = self.fields["batch"]
        batch.queryset = batch.queryset.exclude(state="FAILED", applied=0)  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        batch = self.cleaned_data["batch"]
        self.made = batches.propose_undo(
            batch, reason=self.cleaned_data["reason"], by=self.by, at=self.at
        ).batch
        return _("Waits for a duty lead; until then everything stands.")


class DecideUndo(AnswersFacts, Deciding, Operation):
    """Take a whole delivery back by the opposite of each of its acts, or leave it."""

    alone = True
    in_menu = False
    name = "decide-undo"
    label = _("Decide the taking back of a delivery")
    act = "batch.decide_undo"
    weight = "primary"

    undo = forms.ModelChoiceField(label=_("delivery"), queryset=Undo.objects.none())
    field_order = ("undo", "decision", "reason")

    def limit(self) -> None:
        pending = undecided.waiting(Undo).filter(pk__in=decidable.undos(self.by))
        pending = pending.select_related("batch__office", "proposed_by__office")
        self.fields["undo"].queryset = pending.order_by("pk")  # type: ignore[attr-defined]

    def about(self) -> tuple[Pending, ...]:
        return tuple(timed(proposed_undo(one), Roster(self.at)) for one in self.in_question("undo"))

    def people(self) -> int:
        return self.cleaned_data["undo"].batch.accepted if self.approves() else 0

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        undo = self.cleaned_data["undo"]
        waiting = batches.decide_undo(undo, approve=approve, answer=answer, by=self.by, at=self.at)
        done = _("Taken back: each of its acts was made good. Whom it registered stays registered.")
        if not waiting:
            return done
        areas = _(
            "Of the areas it listed or lifted, %(number)s wait for another duty lead; until then they stand."
        )
        return languages.sentences((done, areas % {"number": waiting}))
