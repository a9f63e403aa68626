"""Every conversion, compared with the event about it."""

import json
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases.models import Transition
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling.comparing import chunks_of, covering, differing

CONVERSION_DIFFERS = FindingKind(
    "conversion_differs", _("Conversion %(conversion)s is not what the ledger says of it: %(fields)s.")
)
CONVERSION_DELETED = FindingKind(
    "conversion_deleted", _("The conversion that event %(event)s tells of is gone.")
)
CONVERSION_UNTOLD = FindingKind("conversion_untold", _("Conversion %(conversion)s is not in the ledger."))
FIELDS = (  # marked for translation: `differing` names them
    gettext_noop("from"),
    gettext_noop("to"),
    gettext_noop("act"),
    gettext_noop("clause"),
    gettext_noop("case"),
    gettext_noop("actor"),
    gettext_noop("office"),
)


def conversions() -> Iterator[Finding]:
    """Compare every conversion with the event about it."""
    matched = 0
    for chunk in chunks_of(Event.objects.filter(action="code.turned")):
        stored = _by_person_and_instant(chunk)
        for event in chunk:
            turn = stored.get((event.person, event.at_us))
            if turn is None:
                yield Finding(CONVERSION_DELETED, {"event": event.pk}, covering(event.pk))
                continue
            matched += 1
            if fields := differing(_recorded(event), _stored(turn)):
                values = {"conversion": turn.pk, "fields": fields}
                yield Finding(CONVERSION_DIFFERS, values, covering(event.pk))
    if matched != Transition.objects.count():  # looking for them is slow, and they are rare
        yield from _without_event()


def _by_person_and_instant(events: Iterable[Event]) -> dict[tuple[str, int], Transition]:
    """Return the conversions of the events' persons by opaque id and microsecond: together they are unique."""
    persons = {event.person for event in events}
    rows = Transition.objects.filter(person__public_id__in=persons)
    rows = rows.select_related("person", "actor", "office")
    return {(str(turn.person.public_id), microseconds(turn.at)): turn for turn in rows}


def _recorded(event: Event) -> dict[str, object]:
    body = json.loads(event.body)
    return {
        **{key: body[key] for key in ("from", "to", "act", "clause")},
        "case": event.target if event.target.startswith("case:") else None,
        "actor": event.actor,
        "office": event.office,
    }


def _stored(turn: Transition) -> dict[str, object]:
    return {
        "from": turn.from_colour,
        "to": turn.to_colour,
        "act": turn.act,
        "clause": turn.clause,
        "case": f"case:{turn.case_id}" if turn.case_id else None,
        "actor": turn.actor.username,
        "office": turn.office.code,
    }


def _without_event() -> Iterator[Finding]:
    """Find the conversions that no event tells of."""
    for chunk in chunks_of(Transition.objects.select_related("person")):
        persons = {str(turn.person.public_id) for turn in chunk}
        events = Event.objects.filter(person__in=persons, action="code.turned")
        recorded = set(events.values_list("person", "at_us"))
        for turn in chunk:
            if (str(turn.person.public_id), microseconds(turn.at)) not in recorded:
                yield Finding(CONVERSION_UNTOLD, {"conversion": turn.pk})
