"""Searching persons without their numbers or names in URLs, logs or the session's plain text.

The text is posted, kept sealed in the session under a short mark, and the list's URL carries the mark alone.
"""

import base64
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.policy import spellings
from cases.services.engine.refusals import Refusal
from cases.services.persons import documents
from healthcode.core import vault
from healthcode.core.acts.sentences import Asking

PARAMETER = "found"
SESSION = "person_searches"
KEPT = 10  # searches a session remembers
MOST = 10  # hits of a kind


@dataclass(frozen=True)
class Hit:
    """Something that a number names, and the reader may open: what it is, what it is called, where it stands."""

    kind: str | Promise
    text: str
    url: str


OTHERS: list[Callable[[HttpRequest, str], list[Hit]]] = []  # what a text names besides persons


class SearchForm(Asking, forms.Form):
    """One box: an exact document, telephone or ticket number, a name with four digits, or the beginning of a name."""

    text = forms.CharField(
        label=_("Search persons"),
        max_length=60,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": _("Number or name: type or scan"),
                "title": _("document, telephone or ticket number, name, or name and last four digits"),
            }
        ),
    )


def remember(request: HttpRequest, text: str) -> str:
    """Keep a search, sealed, and return its mark."""
    mark = secrets.token_urlsafe(6)
    sealed = base64.b64encode(vault.encrypt(text.strip(), owner=_owner(request))).decode()
    searches = {**request.session.get(SESSION, {}), mark: sealed}
    request.session[SESSION] = dict(list(searches.items())[-KEPT:])
    return mark


def known(request: HttpRequest, mark: str) -> bool:
    """Tell whether this session made this search."""
    try:
        return mark in request.session.get(SESSION, {}) and bool(_text(request, mark))
    except vault.Unreadable:  # sealed under a key that is no longer configured
        return False


def text_of(request: HttpRequest, mark: str | None) -> str:
    """Return what was searched for, to show it: a number is masked."""
    if not mark or not known(request, mark):
        return ""
    text = _text(request, mark)
    return f"{text[:3]}…{text[-2:]}" if is_number(text) else text


def typed(request: HttpRequest, mark: str) -> str:
    """Return what was searched for, as it was typed; "" of an unknown mark."""
    return _text(request, mark) if known(request, mark) else ""


def others(request: HttpRequest, text: str) -> list[Hit]:
    """Return what a text names besides persons, as far as the reader may open it."""
    return [hit for find in OTHERS for hit in find(request, text)]


def leads_to(hits: list[Hit], mark: str) -> str:
    """Return where what was found leads: to the only one, to the page of several, nowhere."""
    if len(hits) == 1:
        return hits[0].url
    return f"{reverse('admin:find')}?{PARAMETER}={mark}" if hits else ""


def is_number(text: str) -> bool:
    """Tell whether a text is a number, or else the beginning of a name."""
    return bool(re.search(r"\d", spellings.one_spelling(text)))


def recall(request: HttpRequest, mark: str) -> Q:
    """Return the filter of a search; of an unknown mark, nobody."""
    return condition(_text(request, mark)) if known(request, mark) else Q(pk__in=())


ALSO = 1000  # persons of whom another writing of the name begins so


def condition(text: str) -> Q:
    """Return the filter for an exact document number, an exact telephone number, or a name prefix."""
    if not is_number(text):
        beginnings = sorted(spellings.beginnings(text))
        # Found first: the few with another writing are no reason to read everybody.
        also = list(Person.objects.also_written(beginnings).values_list("pk", flat=True)[:ALSO])
        return reduce(or_, (Q(name__startswith=one) for one in beginnings), Q(pk__in=also))
    numbered = Q(document_index__in=documents.indices_as_typed(text))
    with suppress(Refusal):  # letters in it: a document
        numbered |= Q(phone_index=documents.phone_index_of(documents.read_phone(text)))
    # Found first, by its index, and then asked for reach. A number on a record that was merged finds the record that
    # stands for it.
    found = Person.objects.filter(numbered).values_list("pk", "merged_into")
    return Q(pk__in={key for pair in found for key in pair if key})


def _text(request: HttpRequest, mark: str) -> str:
    return vault.decrypt(base64.b64decode(request.session[SESSION][mark]), owner=_owner(request))


def _owner(request: HttpRequest) -> str:
    return f"search:{request.user.pk}"
