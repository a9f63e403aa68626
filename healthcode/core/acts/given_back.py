"""What was typed into a form that is not this user's to send any more, in words: labels and what was chosen."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _

from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.offices.models import User

if TYPE_CHECKING:
    from healthcode.core.acts.pages import ActPages

Given = Mapping[str, Sequence[str]]


def values(
    operation: type[Operation], typed: Given, pages: "ActPages", *, by: User, at: datetime
) -> list[tuple[Any, str]]:
    """Return label and text of each field that was filled in; a chosen row is named to whoever may know it."""
    return [
        (field.label, languages.listed(_words(operation, name, given, pages, by, at), phrases=True))
        for name, field in operation.base_fields.items()
        if (given := _filled_in(typed, name))
    ]


def is_empty(operation: type[Operation], typed: Given) -> bool:
    """Tell whether nothing was filled in."""
    return not any(_filled_in(typed, name) for name in operation.base_fields)


def _filled_in(typed: Given, name: str) -> list[str]:
    return [one.strip() for one in typed.get(name, ()) if one.strip()]


def _words(
    operation: type[Operation], name: str, given: list[str], pages: "ActPages", by: User, at: datetime
) -> list[str]:
    field = deepcopy(operation.base_fields[name])  # what one form reads is kept in its own fields
    if isinstance(field, forms.ModelChoiceField):
        return [_row_words(field, key, pages, by, at) for key in given]
    words = operation.words_of_choices(name)
    return [str(words.get(one, one)) for one in given]


def _row_words(field: Any, key: str, pages: "ActPages", by: User, at: datetime) -> str:
    """Name one row as the form did. What a form offers to everybody is known; else the row is asked for."""
    offered = field.queryset
    everybody = not offered.query.is_empty()
    rows = offered if everybody else offered.model._default_manager.all()
    try:
        row: Model | None = rows.filter(**{field.to_field_name or "pk": key}).first()
    except (ValueError, OverflowError):  # no key of this kind of row
        row = None
    if row is None or not (everybody or pages.knows(row, by=by, at=at)):
        return _("a record that you cannot open now")
    return str(field.label_from_instance(row))
