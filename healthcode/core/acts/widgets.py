"""What the fields of an operation are filled in with: native date and time inputs, radios for short choices."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from healthcode.core import instants

SHORT = 5  # as many choices are read at a glance
LONG = 20  # more are found by typing
Widget = forms.Select | forms.RadioSelect | forms.CheckboxSelectMultiple
IN_FULL = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d)$")
TYPED = "%Y-%m-%dT%H:%M"


class WrittenOut(forms.Widget):
    """A day or an instant as people write it: read here as the script reads it, where there is none."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was typed, written out in full where it is understood."""
        text = super().value_from_datadict(data, files, name)
        timed = isinstance(self, MomentInput)
        return instants.in_full(text, now=timezone.now(), timed=timed) if isinstance(text, str) else text

    def format_value(self, value: Any) -> Any:
        """Return a value as the browser's own field takes it: what was typed, with a T before its time."""
        return IN_FULL.sub(r"\1T\2", value) if isinstance(value, str) else super().format_value(value)


class DayInput(WrittenOut, forms.DateInput):
    """A day: the browser's own field, or a line that a script reads as it is said (`1129`, `yesterday`)."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template needs, with the server's clock: what is typed short is counted from it."""
        hints = _hints("day", _("1129, yesterday"), value)
        return super().get_context(name, value, {**hints, **(attrs or {})})


class MomentInput(WrittenOut, forms.DateTimeInput):
    """A day and a time, as `DayInput` (`0930`, `yesterday 0930`)."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "datetime-local", "step": "60"}, format=TYPED)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template needs, with the server's clock."""
        hints = _hints("time", _("0930, yesterday 3 pm"), value)
        return super().get_context(name, value, {**hints, **(attrs or {})})


def written_out(form: forms.Form, typed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return what was typed with its days and times in full: what is kept means the same tomorrow."""
    names = [
        name for name, field in form.fields.items() if isinstance(field.widget, WrittenOut) and name in typed
    ]
    return {
        **{name: list(values) for name, values in typed.items()},
        **{name: [form[name].data] for name in names},
    }


def _hints(kind: str, example: str, value: Any) -> dict[str, str]:
    now = f"{timezone.localtime():{TYPED}}"
    hints = {"data-short": kind, "data-hint": example, "data-now": now, "data-calendar": _("Calendar")}
    # A browser empties its own field of what it cannot read; whoever typed that has to see it again.
    return hints | ({"data-typed": value} if isinstance(value, str) and value else {})


def with_widgets(form: forms.Form) -> Any:
    """Return the form with the widgets a page needs; what it accepts stays the same."""
    form.label_suffix = ""
    for field in form.fields.values():
        field.plain_label = field.label  # type: ignore[attr-defined]
        give_widget(field)
        if not field.required and not isinstance(field, forms.BooleanField) and not field.widget.is_hidden:
            field.label = _("%(label)s (optional)") % {"label": field.label}
    return form


def give_widget(field: forms.Field) -> None:
    """Give a field the widget a page needs."""
    if isinstance(field, forms.DateTimeField):
        field.widget = MomentInput()
    elif isinstance(field, forms.DateField):
        field.widget = DayInput()
    elif isinstance(field, forms.ModelMultipleChoiceField | forms.MultipleChoiceField):
        _use(field, forms.CheckboxSelectMultiple(), field.choices)
    elif isinstance(field, forms.ChoiceField | forms.ModelChoiceField) and not field.widget.is_hidden:
        _give_choice(field)


def _give_choice(field: Any) -> None:
    """Show few choices as radios; never let a long list begin on an answer nobody gave."""
    given = [choice for choice in field.choices if choice[0] != ""]  # read and labelled once, to render too
    number = len(given)
    choices = given if number <= SHORT and field.required else [("", _nothing(field)), *given]
    if not isinstance(field, forms.ModelChoiceField):  # which asks the database what it accepts
        field.choices = choices
    _use(field, forms.RadioSelect() if 0 < number <= SHORT else forms.Select(), choices)
    if number > LONG:
        field.widget.attrs["data-narrow"] = _("type to narrow the list")


def _nothing(field: Any) -> str:
    return pgettext("answer", "please choose") if field.required else pgettext("answer", "none")


def _use(field: Any, widget: Widget, choices: Any) -> None:
    widget.is_required = field.required
    field.widget = widget
    widget.choices = choices
