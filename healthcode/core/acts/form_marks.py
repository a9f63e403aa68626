"""What every form that is posted carries: Django's token, and for whom its page was made."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from healthcode.core.acts import interrupted
from healthcode.core.acts.attempts import Typed

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: Any) -> SafeString | str:
    """Return the hidden fields of a form. It takes the place of Django's tag, so that no form leaves them out."""
    against_forgery = context.get("csrf_token")
    if not against_forgery or against_forgery == "NOTPROVIDED":
        return ""
    mark = _mark(context)
    hidden = '<input type="hidden" name="{}" value="{}">'
    own = format_html(hidden, interrupted.FIELD, mark) if mark else ""
    return format_html("{}{}", format_html(hidden, "csrfmiddlewaretoken", against_forgery), own)


@register.simple_tag(takes_context=True)
def interrupted_form(context: Any) -> Typed | None:
    """Return what stands in the page's form because it could not be sent before."""
    request = context.get("request")
    return None if request is None else interrupted.interrupted(request)


def _mark(context: Any) -> str:
    """Return the mark of the page's forms, signed once for a page."""
    request = context.get("request")
    if request is None:
        return ""
    if not hasattr(request, "form_mark"):
        request.form_mark = interrupted.origin_mark(request, str(context.get("title") or ""))
    return str(request.form_mark)
