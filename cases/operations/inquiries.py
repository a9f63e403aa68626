"""Operations on questions of supervision: ask an office, answer for one's own, close with a finding."""

from contextlib import suppress
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.models import Inquiry
from cases.models.inquiries import ANSWER, ASK
from cases.selectors.inquiries import to_answer
from cases.selectors.pending import Pending
from cases.services import inquiries
from healthcode.core.acts.base import Operation
from healthcode.core.offices.models import Office
from healthcode.core.offices.refusals import Refusal

ROWS = {"rows": 4}
OF_A_SIGN = "sign:"


def asked(form: Operation) -> tuple[Pending, ...]:
    """Return the questions that a form is about, to be read before they are answered or closed."""
    chosen = getattr(form, "cleaned_data", {}).get("inquiry") or form.initial.get("inquiry")
    rows = form.fields["inquiry"].queryset  # type: ignore[attr-defined]
    if isinstance(chosen, Inquiry):
        rows = rows.filter(pk=chosen.pk)
    elif chosen and str(chosen).isdecimal():
        rows = rows.filter(pk=chosen)
    return tuple(question_of(row) for row in rows.select_related("asked_by__office", "answered_by__office"))


def question_of(row: Inquiry) -> Pending:
    """Return one question with its day, and its answer where there is one."""
    facts = [(_("question"), row.question), (_("answer by the end of this day"), f"{row.last_day:%Y-%m-%d}")]
    if row.answered_at is not None:
        by = f"{row.office} · {row.answered_by} · {localtime(row.answered_at):%Y-%m-%d %H:%M}"
        facts += [(_("answer"), row.answer), (_("answered by"), by)]
    return Pending(ANSWER, str(row), row.asked_by, row.asked_at, "", tuple(facts), is_question=True)


class InquiryField(forms.ModelChoiceField):
    """A question, told apart by its office, its day and how it begins."""

    def label_from_instance(self, row: Inquiry) -> str:  # type: ignore[override]
        begins = row.question if len(row.question) <= 40 else f"{row.question[:40]}…"
        until = _("until %(day)s") % {"day": f"{row.last_day:%Y-%m-%d}"}
        return " · ".join((f"{row.pk}", str(row.office), until, begins))


class AskInquiry(Operation):
    """Ask an office a question, with a day for its answer."""

    alone = True
    name = "ask-inquiry"
    label = gettext_lazy("Ask an office")
    act = ASK
    weight = "primary"
    from_address = ("about",)

    office = forms.ModelChoiceField(
        Office.objects.none(), label=pgettext_lazy("inquiry", "asked office"), to_field_name="code"
    )
    question = forms.CharField(
        label=gettext_lazy("question"), max_length=1000, widget=forms.Textarea(attrs=ROWS)
    )
    answer_by = forms.DateField(label=gettext_lazy("answer by the end of this day"))
    about = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=80,
        required=False,
        help_text=gettext_lazy(
            "The number of a ticket (JK…), of a conversion, or the opaque number of a person; it may stay empty."
        ),
    )

    def limit(self) -> None:
        staffed = Office.objects.filter(users__is_active=True, users__role__in=inquiries.ROLES).distinct()
        self.fields["office"].queryset = staffed.order_by("code")  # type: ignore[attr-defined]
        about = str((self.data if self.is_bound else self.initial).get("about") or "")
        if about.startswith(OF_A_SIGN):  # a mark, which nobody types or reads: its row stands in the question
            self.fields["about"].widget = forms.HiddenInput()
            with suppress(Refusal):
                matter = inquiries.matter_of(about, self.at)
                self.initial = {**self.initial, "question": matter.words if matter else ""}

    def perform(self, *, seen: int | None) -> str | Promise:
        inquiry = inquiries.ask(**self.cleaned_data, by=self.by, at=self.at)
        self.made = inquiry
        return _("Asked: it waits on the home page of %(office)s until %(day)s.") % {
            "office": inquiry.office,
            "day": f"{inquiry.last_day:%Y-%m-%d}",
        }


class AnswerInquiry(Operation):
    """Answer a question of supervision for one's own office."""

    alone = True
    in_menu = False
    name = "answer-inquiry"
    label = gettext_lazy("Answer")
    act = ANSWER
    weight = "primary"

    inquiry = InquiryField(label=gettext_lazy("question"), queryset=Inquiry.objects.none())
    answer = forms.CharField(
        label=gettext_lazy("answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def limit(self) -> None:
        self.waiting = to_answer(self.by, self.at)
        self.fields["inquiry"].queryset = self.waiting.order_by("due_at", "pk")  # type: ignore[attr-defined]

    def about(self) -> tuple[Pending, ...]:
        return asked(self)

    def nothing(self) -> str | Promise:
        return "" if self.waiting.exists() else _("No question of supervision waits for your office.")

    def perform(self, *, seen: int | None) -> str | Promise:
        data: dict[str, Any] = dict(self.cleaned_data)
        self.made = inquiries.answer(data.pop("inquiry"), **data, by=self.by, at=self.at)
        return _("Answered; supervision reads it, and closes the question with a finding.")


class CloseInquiry(Operation):
    """Close a question with a finding; before its answer or the end of its day it can only be withdrawn."""

    alone = True
    in_menu = False
    name = "close-inquiry"
    label = gettext_lazy("Close with a finding")
    act = ASK
    weight = "primary"

    inquiry = InquiryField(label=gettext_lazy("question"), queryset=Inquiry.objects.none())
    finding = forms.ChoiceField(
        label=pgettext_lazy("inquiry", "finding"), choices=[("", ""), *Inquiry.Finding.choices]
    )
    reason = forms.CharField(
        label=gettext_lazy("reason of the finding"), max_length=1000, widget=forms.Textarea(attrs=ROWS)
    )

    def limit(self) -> None:
        rows = Inquiry.objects.filter(closed_at=None).select_related("office")
        self.waiting = rows
        self.fields["inquiry"].queryset = rows.order_by("due_at", "pk")  # type: ignore[attr-defined]

    def about(self) -> tuple[Pending, ...]:
        return asked(self)

    def nothing(self) -> str | Promise:
        return "" if self.waiting.exists() else _("No question is open.")

    def perform(self, *, seen: int | None) -> str | Promise:
        data: dict[str, Any] = dict(self.cleaned_data)
        self.made = closed = inquiries.close(data.pop("inquiry"), **data, by=self.by, at=self.at)
        return _("Closed: %(finding)s.") % {"finding": closed.get_finding_display()}
