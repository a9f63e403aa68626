"""What lists and pages of records say: a cell with its column's name, a field's value, a filter's choice."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.contrib.admin.utils import lookup_field
from django.db.models import BooleanField
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from healthcode.core.offices.scoped_admin import EMPTY, yes_or_no

register = template.Library()


@register.simple_tag
def labelled(headers: Iterable[dict[str, Any]], cells: Iterable[str]) -> SafeString:
    """Write a row's cells, each with its column's name: on a phone a row is a card without a heading."""
    return mark_safe("".join(_labelled(header, cell) for header, cell in zip(headers, cells, strict=True)))  # noqa: S308


def _labelled(header: dict[str, Any], cell: str) -> str:
    tag, rest = cell.split(">", 1)
    if "action-checkbox" in tag:
        return cell
    empty = " data-empty" if rest.split("<")[0] in (EMPTY, "-") else ""
    return f'{tag} data-label="{escape(capfirst(header["text"]))}"{empty}>{rest}'


@register.simple_tag
def value_of(field: Any) -> str:
    """Return a read-only field's value: Django's own words for it, but yes and no instead of an icon."""
    try:
        kind, _attr, value = lookup_field(field.field["field"], field.form.instance, field.model_admin)
    except (AttributeError, ValueError):
        return str(field.contents())
    if isinstance(kind, BooleanField):
        return yes_or_no(value)
    return field.contents() if value not in (None, "") else EMPTY


@register.simple_tag
def names_itself(original: Any, opts: Any) -> bool:
    """Tell whether a record's title says already what kind of record it is."""
    return str(opts.verbose_name).casefold() in str(original).casefold()


@register.filter
def chosen(choices: list[dict[str, Any]]) -> str:
    """Return the choice of a filter that is in force, or nothing where it is the first: all of them."""
    return next((str(choice["display"]) for choice in choices[1:] if choice["selected"]), "")
