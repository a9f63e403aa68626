"""What the fields of an operation are filled in with: native date and time inputs, radios for short choices."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

SHORT = 5  # as many choices are read at a glance
LONG = 20  # more are found by typing
NOTHING = "–"
Widget = forms.Select | forms.RadioSelect | forms.CheckboxSelectMultiple
TYPED = "%Y-%m-%dT%H:%M"


def with_widgets(form: forms.Form) -> Any:
    """Return the form with the widgets a page needs; what it accepts stays the same."""
    form.label_suffix = ""
    for field in form.fields.values():
        field.plain_label = field.label  # type: ignore[attr-defined]
        _give_widget(field)
        if not field.required and not isinstance(field, forms.BooleanField) and not field.widget.is_hidden:
            field.label = _("%(label)s (optional)") % {"label": field.label}
    return form


def _give_widget(field: forms.Field) -> None:
    if isinstance(field, forms.DateTimeField):
        hint = _("0930, yesterday 0930, 11-29 0930")
        typed_short = {"data-short": "time", "data-hint": hint, **_clock()}
        attrs = {"type": "datetime-local", "step": "60", **typed_short}
        field.widget = forms.DateTimeInput(format=TYPED, attrs=attrs)
        field.error_messages["invalid"] = _("A day and a time are written like 2026-11-30 09:30.")
    elif isinstance(field, forms.DateField):
        typed_short = {"data-short": "day", "data-hint": _("1129, yesterday"), **_clock()}
        field.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **typed_short})
        field.error_messages["invalid"] = _("A day is written like 2026-11-30.")
    elif isinstance(field, forms.ModelMultipleChoiceField | forms.MultipleChoiceField):
        _use(field, forms.CheckboxSelectMultiple(), field.choices)
    elif isinstance(field, forms.ChoiceField | forms.ModelChoiceField) and not field.widget.is_hidden:
        _give_choice(field)


def _clock() -> dict[str, str]:
    """Return what a day or a time that is typed short is counted from: the server's clock, not the desk's."""
    return {"data-now": f"{timezone.localtime():{TYPED}}", "data-calendar": _("Calendar")}


def _give_choice(field: Any) -> None:
    """Show few choices as radios; never let a long list begin on an answer nobody gave."""
    given = [choice for choice in field.choices if choice[0] != ""]  # read and labelled once, to render too
    number = len(given)
    choices = given if number <= SHORT and field.required else [("", NOTHING), *given]
    if not isinstance(field, forms.ModelChoiceField):  # which asks the database what it accepts
        field.choices = choices
    _use(field, forms.RadioSelect() if 0 < number <= SHORT else forms.Select(), choices)
    if number > LONG:
        field.widget.attrs["data-narrow"] = _("type to narrow the list")


def _use(field: Any, widget: Widget, choices: Any) -> None:
    widget.is_required = field.required
    field.widget = widget
    widget.choices = choices
