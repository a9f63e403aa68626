"""Help in place: the keys, and of the act whose form is open what it does, who decides after it, what takes it back.

Nothing is written for it: the words are the role table's, the clauses the rule book's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import RuleBook
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from cases.policy.words import Bilingual
from complaints.operations import TICKET_OPERATIONS
from healthcode.core import languages, spans
from healthcode.core.acts.base import Operation
from healthcode.core.acts.interrupted import SCRIPT
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import ACTS, Second, acts_of, reach
from healthcode.core.offices.scoped_admin import reader
from healthcode.core.offices.ways_back import WAYS_BACK, Nothing
from healthcode.portal.supervision import page

CLAUSE = re.compile(r"\b([1-5]\.\d[a-g]?)\b")
Words = str | Promise
KEYS: tuple[tuple[str, Words, str], ...] = (
    # the key, what it does, the act it needs
    ("?", gettext_lazy("this help"), ""),
    ("/", gettext_lazy("the box that finds: number, name, or name and last four digits"), ""),
    ("Alt+N", gettext_lazy("register a complaint or a question"), "ticket.register"),
    ("Alt+A", gettext_lazy("prepare an account"), "account.manage"),
    ("Alt+H", gettext_lazy("the round: health logs"), "order.log_health"),
    ("Alt+B", gettext_lazy("on the page of a person, a ticket or a record: its first act"), ""),
    ("Alt+S", gettext_lazy("home"), ""),
    ("Alt+K", gettext_lazy("working through a list: leave this one for later, the next"), ""),
    ("1–9", gettext_lazy("in a choice: the answer at that place"), ""),
    (
        "Enter",
        gettext_lazy("in a form: on to what is missing, then see the effect; on the effect: confirm"),
        "",
    ),
    ("Ctrl+Enter", gettext_lazy("in a form: see the effect at once, from a field of several lines too"), ""),
    ("Esc", gettext_lazy("close what is open"), ""),
)


@dataclass(frozen=True)
class ActHelp:
    """Three lines of an act, and the clauses it rests on in full."""

    label: Words
    lines: tuple[Words, ...]
    clauses: tuple[tuple[str, str], ...]


def show(request: HttpRequest) -> HttpResponse:
    """Show the help for the page that `here` names; as a part of a page where a script asks for it."""
    by = reader(request)
    operation = _operation(request.GET.get("here", ""))
    context = {
        "title": _("Help"),
        "keys": [(key, words) for key, words, act in KEYS if not act or by.may(act)],
        "act": act_help(operation) if operation and by.may(operation.act) else None,
        "acts": list(_acts(by)),
    }
    if SCRIPT in request.headers:
        return TemplateResponse(request, "portal/help_content.html", context)
    return page(request, "portal/help.html", context)


def act_help(operation: type[Operation]) -> ActHelp:
    """Return what is said of an act, from the role table, the ways back and the rule book."""
    row = ACTS[operation.act]
    after: Words = _("It takes effect at once: nobody else has to decide it.")
    if row.seconds:
        after = _("Then it waits for: %(what)s.") % {
            "what": languages.listed((_second(one) for one in row.seconds), phrases=True)
        }
    way = WAYS_BACK[operation.act]
    back = (
        way.words
        if isinstance(way, Nothing)
        else languages.listed((ACTS[one].words for one in way), phrases=True)
    )
    lines = (row.words, after, _("What takes it back: %(way)s.") % {"way": back})
    return ActHelp(operation.label, lines, tuple(_clauses(operation)))


def _second(one: Second) -> str:
    """Say who comes after, within how long, and what of the act waits where not all of it does."""
    span = spans.lasting(timedelta(hours=one.hours))
    words = _("%(act)s, within %(span)s") % {"act": ACTS[one.act].words, "span": span}
    return _("%(words)s: %(what)s") % {"words": words, "what": one.what} if one.what else words


def _clauses(operation: type[Operation]) -> Iterator[tuple[str, str]]:
    text: dict[str, Bilingual] = RuleBook.objects.in_force(timezone.now()).policy.clauses
    named = CLAUSE.findall(f"{operation.__doc__} {ACTS[operation.act].words}")
    for clause in sorted({one for one in named if one in text}):
        yield clause, text[clause].text(languages.current())


def _acts(by: User) -> Iterator[tuple[Words, Words]]:
    """Yield what a role may do, and how far each act reaches."""
    for act in acts_of(by.role):
        found = reach(by.role, act)
        if found is not None:
            yield ACTS[act].words, found.label


def _operation(here: str) -> type[Operation] | None:
    """Return the operation whose form stands at an address."""
    try:
        found = resolve(here)
    except Resolver404:
        return None
    operations: Sequence[type[Operation]] = {
        "cases_person_do": PERSON_OPERATIONS,
        "complaints_ticket_do": TICKET_OPERATIONS,
        "do": DESK_OPERATIONS,
    }.get(found.url_name or "", ())
    return next((one for one in operations if one.name == found.kwargs.get("name")), None)


ROUTES = (("help/", show, "help"),)
