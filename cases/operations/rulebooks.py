"""Operations on rule books: propose a version, decide it."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from cases.models import RuleBook
from cases.selectors import undecided
from cases.selectors.effects import Effect, effect
from cases.services.book import rulebooks
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import Deciding, reason_field

LARGEST = 1024 * 1024  # bytes


class TextField(forms.FileField):
    """A text file, as text."""

    default_error_messages = {  # noqa: RUF012
        "too_large": _("The file has more than %(limit)s bytes."),
        "not_utf8": _("The file is not UTF-8 text. Save it as UTF-8 and upload it again."),
    }

    def clean(self, data: Any, initial: Any = None) -> str:
        file = super().clean(data, initial)
        if file.size > LARGEST:
            raise forms.ValidationError(
                self.error_messages["too_large"], code="too_large", params={"limit": LARGEST}
            )
        try:
            return str(file.read().decode("utf-8-sig")).replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(self.error_messages["not_utf8"], code="not_utf8") from error


class BookField(forms.ModelChoiceField):
    """A proposed version, with who proposed it."""

    def label_from_instance(self, book: RuleBook) -> str:
        return f"{book} · {book.proposed_by.name}"


class ProposeRuleBook(Operation):
    """Propose a rule book: it counts once the duty lead approves and its instant has come."""

    alone = True
    name = "propose-rule-book"
    label = _("Propose a rule book")
    act = "rulebook.propose"
    weight = "primary"

    file = TextField(
        label=_("rule book (TOML)"),
        help_text=_(
            "UTF-8. Begin with the text of the version in force, to be had on its page, and give it a new `version`."
        ),
    )
    effective_from = forms.DateTimeField(
        label=pgettext_lazy("instant", "effective from"),
        help_text=_("As the document says; the duty lead confirms or changes it."),
    )
    reason = reason_field(required=False)

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        self.made = rulebooks.propose(data.pop("file"), **data, by=self.by, at=self.at)
        return _("Proposed; it waits for the duty lead. Here is what it changes.")


class DecideRuleBook(Deciding, Operation):
    """Approve a rule book from an instant on, or send it back."""

    alone = True
    name = "decide-rule-book"
    label = _("Decide a rule book")
    act = "rulebook.decide"
    weight = "primary"

    book = BookField(label=_("rule book"), queryset=RuleBook.objects.none())
    effective_from = forms.DateTimeField(
        label=pgettext_lazy("instant", "effective from"),
        required=False,
        help_text=_("To approve. From this instant on the codes follow the new book."),
    )
    field_order = ("book", "decision", "effective_from", "reason")

    def nothing(self) -> str | Promise:
        return "" if self.waiting.exists() else _("No rule book waits for your decision.")

    def limit(self) -> None:
        pending = undecided.waiting(RuleBook)
        pending = pending.exclude(proposed_by__office=self.by.office_id).select_related("proposed_by")
        self.waiting = pending
        self.fields["book"].queryset = pending.order_by("pk")  # type: ignore[attr-defined]
        self.begin_with_only("book")
        only = self.fields["book"].initial
        if isinstance(only, RuleBook):
            self.fields["effective_from"].initial = only.effective_from

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        book = self.made = self.cleaned_data["book"]
        rulebooks.decide(
            book,
            approve=approve,
            effective_from=self.cleaned_data["effective_from"] if approve else None,
            answer=answer,
            by=self.by,
            at=self.at,
        )
        if not approve:
            return ""
        instant = f"{timezone.localtime(book.effective_from):%Y-%m-%d %H:%M}"
        turned = turning(effect(book, reader=self.by, at=self.at))
        return f"{_('Approved; in force from %(at)s.') % {'at': instant}} {turned}"


def turning(adoption: Effect) -> str:
    """Say in one sentence how many codes an adoption would turn."""
    sentence = ngettext(
        "Adopted now, it would turn %(number)s code: %(worse)s for the worse, %(better)s for the better.",
        "Adopted now, it would turn %(number)s codes: %(worse)s for the worse, %(better)s for the better.",
        adoption.total,
    )
    return sentence % {"number": adoption.total, "worse": adoption.worse, "better": adoption.better}
