"""What the pages of acts say: an instant, and what was typed into a field."""

from collections.abc import Iterable
from datetime import datetime

from django import template
from django.db.models import Model, QuerySet
from django.forms import BoundField, ChoiceField
from django.template.base import Parser, Token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from healthcode.core import languages, spans

register = template.Library()


@register.filter
def when(instant: datetime | None, exactly: str = "minutes") -> SafeString | str:
    """Return an instant to the minute (or "seconds"), in Shanghai."""
    if instant is None:
        return ""
    local = timezone.localtime(instant)
    machine = local.isoformat(timespec=exactly)
    text = f"{local:%Y-%m-%d %H:%M:%S}" if exactly == "seconds" else f"{local:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}">{}</time>', machine, text)


@register.filter
def left(due: datetime) -> str:
    """Return how long is left until something is due, or how late it is."""
    return spans.left(due, timezone.now())


@register.filter
def listed(items: Iterable[object], phrases: str = "") -> str:
    """Return items one after the other as the reader's language does it (`languages.listed`)."""
    return languages.listed(items, phrases=bool(phrases))


@register.simple_tag
def colon() -> str:
    """Return what stands between a label and its value (`languages.colon`)."""
    return languages.colon()


@register.filter
def bracketed(text: object, note: object) -> str:
    """Return a text with a note behind it (`languages.bracketed`)."""
    return languages.bracketed(text, note)


@register.simple_tag
def typed(field: BoundField) -> str:
    """Return what was typed into a field as people read it: labels, not keys."""
    value = field.form.cleaned_data.get(field.name)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, Model):
        label = getattr(field.field, "label_from_instance", str)
        return str(label(value))
    if isinstance(field.field, ChoiceField):
        words = dict(field.field.choices)  # type: ignore[arg-type,call-overload]
        chosen = value if isinstance(value, list | tuple) else [value]
        return languages.listed((words.get(one, one) for one in chosen), phrases=True)
    if isinstance(value, list | tuple | QuerySet):
        return languages.listed(value)
    return str(value)


@register.tag
def sentences(parser: Parser, _token: Token) -> "SentencesNode":
    """Render what stands between, without the blanks that only English has between its sentences."""
    nodes = parser.parse(("endsentences",))
    parser.delete_first_token()
    return SentencesNode(nodes)


class SentencesNode(template.Node):
    """Sentences, each a line of the template, one after the other."""

    def __init__(self, nodelist: template.NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        return mark_safe(languages.together(self.nodelist.render(context)))  # noqa: S308  (its nodes have escaped)
