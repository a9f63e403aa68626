"""Documents that somebody proposed to strike from the register, and what is read before deciding one."""

from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Document, Person, Strike
from cases.selectors import register, undecided
from cases.selectors.pending import Fact, Pending, of_proposal
from cases.selectors.pending_city import townships_line
from healthcode.core.offices import scope
from healthcode.core.offices.models import User


def strikes_for(user: User) -> QuerySet[Strike]:
    """Return what is proposed to be struck and this user may decide as the second person: nobody of a county."""
    proposed = undecided.waiting(Strike).exclude(proposed_by=user)
    of_city = scope.covers(user.jurisdiction, settings.HOME_CITY)
    return (proposed if of_city else proposed.none()).select_related("document", "proposed_by__office")


def proposed_strike(strike: Strike, at: datetime) -> Pending:
    """Return what striking a document would do, for whoever decides it."""
    document = strike.document
    entered = f"{document.entered_by} · {document.entered_by.office}"
    facts: tuple[Fact, ...] = (
        (_("document of the register"), _reading(document)),
        (_("entered by"), entered),
        (_("in its place stands"), _reading(strike) if strike.number else _("nothing")),
        (_("Cases that end"), str(0 if strike.number else register.live_on(document, at).count())),
        (
            _("Control orders that end sooner"),
            str(0 if strike.number else len(register.extended_on(document))),
        ),
        (
            _("People it would reach, by township"),
            townships_line([] if strike.number else _by_township(document, at)) or _("nobody"),
        ),
    )
    return of_proposal("document.decide_strike", _("document to be struck"), strike, facts)


def _by_township(document: Document, at: datetime) -> list[tuple[str, int]]:
    coded = Q(pk__in=register.live_on(document, at).order_by().values("person"))
    held_longer = Q(pk__in=[order.person_id for order, _extensions in register.extended_on(document)])
    people = Person.objects.filter(coded | held_longer).order_by()
    rows = people.values_list("present__name").annotate(people=Count("pk"))
    return sorted(rows, key=lambda one: (-one[1], one[0]))


def _reading(one: Document | Strike) -> str:
    return f"{one.number} · {one.issuer} · {one.issued_on:%Y-%m-%d}"
