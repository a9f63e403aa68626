"""Every case, compared with the events about it."""

import json
from collections.abc import Iterator

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases.models import Case
from cases.models.cases import State
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling.comparing import chunks_of, covering, differing

CASE_DIFFERS = FindingKind("case_differs", _("Case %(case)s is not what the ledger says of it: %(fields)s."))
CASE_DELETED = FindingKind("case_deleted", _("Case %(case)s is in the ledger and nowhere else."))
CASE_UNTOLD = FindingKind("case_untold", _("Case %(case)s is not in the ledger."))
FIELDS = (  # marked for translation: `differing` names them
    gettext_noop("entered at"),
    gettext_noop("entered by"),
    gettext_noop("source office"),
    gettext_noop("state"),
    gettext_noop("ground"),
    gettext_noop("channel"),
    gettext_noop("evidence"),
    gettext_noop("facts"),
    gettext_noop("opened at"),
    gettext_noop("opened by"),
    gettext_noop("closed at"),
    gettext_noop("closed by"),
    gettext_noop("exit"),
    gettext_noop("person"),
)
STATES = {
    "case.reported": State.REPORTED,
    "case.held": State.HELD,
    "case.opened": State.OPEN,
    "case.resumed": State.OPEN,
    "case.ended": State.ENDED,
    "case.voided": State.VOIDED,
    "case.refused": State.REFUSED,
}
# Whose "… at" and "… by" an event that leads to this state sets.
SETS = {State.OPEN: "opened", State.ENDED: "closed", State.VOIDED: "closed", State.REFUSED: "closed"}
INDEX_REPLACED = "case.index_replaced"  # changes what a case rests on, not its state
BEGINNINGS = ("case.reported", "case.held", "case.opened", "case.resumed")
DELETED_CASES = """
SELECT min(event.id), target FROM audit_event AS event
 WHERE action IN ('case.reported', 'case.held', 'case.opened', 'case.resumed')
   AND NOT EXISTS (SELECT 1 FROM cases_case WHERE 'case:' || CAST(cases_case.id AS text) = event.target)
 GROUP BY target ORDER BY 1 LIMIT 1000
"""


def cases() -> Iterator[Finding]:
    """Compare every case with the events about it."""
    related = ("person", "source_office", "entered_by", "opened_by", "closed_by")
    for chunk in chunks_of(Case.objects.select_related(*related)):
        recorded: dict[str, list[Event]] = {f"case:{case.pk}": [] for case in chunk}
        found = Event.objects.filter(target__in=recorded, action__in=(*STATES, INDEX_REPLACED))
        for event in found.order_by("pk"):
            recorded[event.target].append(event)
        for case in chunk:
            events = recorded[f"case:{case.pk}"]
            if not events or events[0].action not in BEGINNINGS:
                yield Finding(CASE_UNTOLD, {"case": case.pk})
            elif fields := differing(_fold(events, erased=case.person.erased_at is not None), _stored(case)):
                values = {"case": case.pk, "fields": ", ".join(fields)}
                yield Finding(CASE_DIFFERS, values, covering(events[-1].pk))
    with connection.cursor() as cursor:
        cursor.execute(DELETED_CASES)
        for event, target in cursor.fetchall():
            yield Finding(CASE_DELETED, {"case": target.removeprefix("case:")}, covering(event))


def _fold(events: list[Event], *, erased: bool) -> dict[str, object]:
    """Return what the events leave a case as. What an older event did not say yet is not compared."""
    first, folded = events[0], dict[str, object]()
    body = json.loads(first.body)  # a ground that follows another keeps who entered that one
    folded |= {"entered at": first.at_us, "entered by": body.get("entered_by", first.actor)}
    folded |= {"source office": body.get("source", first.office)}
    for event in events:
        body = json.loads(event.body)
        if event.action == INDEX_REPLACED:
            folded["facts"] = body["facts"]
            continue
        state = STATES[event.action]
        was_ended = folded.get("state") == State.ENDED.value
        folded |= {"state": state.value, "person": event.person}
        folded |= {key: body[key] for key in ("ground", "channel", "evidence", "facts") if key in body}
        if state in SETS and not (was_ended and state == State.VOIDED):  # voided after its end: that stays
            folded |= {f"{SETS[state]} at": event.at_us, f"{SETS[state]} by": event.actor}
        if "exit" in body:
            folded["exit"] = body["exit"]
    if erased:  # its words were written over when the person was erased
        folded.pop("facts", None)
    for field in ("opened at", "closed at"):
        folded.setdefault(field, None)
    return folded


def _stored(case: Case) -> dict[str, object]:
    return {
        "entered at": microseconds(case.entered_at),
        "entered by": case.entered_by.username,
        "source office": case.source_office.code,
        "state": case.state,
        "person": str(case.person.public_id),
        "ground": case.ground,
        "channel": case.channel,
        "evidence": case.evidence_kind,
        "facts": case.facts,
        "opened at": microseconds(case.opened_at) if case.opened_at else None,
        "opened by": case.opened_by.username if case.opened_by else None,
        "closed at": microseconds(case.closed_at) if case.closed_at else None,
        "closed by": case.closed_by.username if case.closed_by else None,
        "exit": case.exit,
    }
