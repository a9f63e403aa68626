"""What a form says of a field that is empty, unreadable, too much or too long: one set of sentences for all."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MISSING, NOT_CHOSEN = _("Fill this in."), _("Choose one.")
NO_SUCH_CHOICE = _("This is not among the choices here.")
WHOLE_NUMBER, NUMBER = _("Write a whole number, in digits."), _("Write a number, in digits.")
DAY = _("A day is written like 2026-11-30.")
MOMENT = _("A day and a time are written like 2026-11-30 09:30.")
NO_NUMBER = _("This is no opaque number.")
OTHER_FORM = _("This does not have the form that is meant here. Compare it.")
AT_MOST_DIGITS = _("At most %(max)s digits can be written here.")
OF_NUMBERS: dict[str, Any] = {
    "min_value": _("Write %(limit_value)s or more."),
    "max_value": _("Write %(limit_value)s or less."),
    "max_digits": AT_MOST_DIGITS,
    "max_whole_digits": _("At most %(max)s digits can be written before the point."),
    "max_decimal_places": _("At most %(max)s digits can be written behind the point."),
}
OF_TEXTS: dict[str, Any] = {
    "max_length": _("At most %(limit_value)d characters: you wrote %(show_value)d."),
    "min_length": _("At least %(limit_value)d characters: you wrote %(show_value)d."),
    "null_characters_not_allowed": _("This holds a sign that cannot be stored. Write it again by hand."),
}
OF_FILES: dict[str, Any] = {
    "invalid": _("Choose the file again: nothing of it arrived."),
    "missing": _("Choose the file again: nothing of it arrived."),
    "empty": _("This file is empty."),
    "max_length": _("The name of the file is too long: at most %(max)d characters."),
}
OF_CHOICES: dict[str, Any] = {
    "invalid_choice": NO_SUCH_CHOICE,
    "invalid_pk_value": NO_SUCH_CHOICE,
    "invalid_list": NO_SUCH_CHOICE,
}


class Asking(forms.BaseForm):
    """A form that says in the portal's words what is wrong with a field."""

    def full_clean(self) -> None:
        """Clean the form, its fields asked for in the portal's words, those that came late too."""
        for field in self.fields.values():
            field.error_messages |= sentences(field)
        super().full_clean()


def sentences(field: forms.Field) -> dict[str, Any]:
    """Return what is said of a kind of field, by the code of what is wrong."""
    match field:
        case forms.ChoiceField() | forms.ModelChoiceField():
            return {"required": NOT_CHOSEN, **OF_CHOICES}
        case forms.DecimalField() | forms.FloatField():
            return {"required": MISSING, "invalid": NUMBER, **OF_NUMBERS}
        case forms.IntegerField():
            return {"required": MISSING, "invalid": WHOLE_NUMBER, **OF_NUMBERS}
        case forms.FileField():
            return {"required": NOT_CHOSEN, **OF_FILES}
        case forms.UUIDField():
            return {"required": MISSING, "invalid": NO_NUMBER}
        case forms.RegexField():
            return {"required": MISSING, "invalid": OTHER_FORM, **OF_TEXTS}
        case forms.CharField():
            return {"required": MISSING, **OF_TEXTS}
        case forms.DateTimeField():
            return {"required": MISSING, "invalid": MOMENT}
        case forms.DateField():
            return {"required": MISSING, "invalid": DAY}
    return {"required": MISSING}
