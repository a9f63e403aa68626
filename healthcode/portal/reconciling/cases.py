"""What the events about a case say of it, field by field: so that what differs can be named."""

import json

from django.utils.translation import gettext_noop

from cases.models import Case
from cases.models.cases import State
from healthcode.core.audit.ledger import microseconds
from healthcode.core.audit.models import Event
from healthcode.portal.reconciling.comparing import differing

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
    "case.fall_held": State.HELD,
    "case.fell_late": State.HELD,
    "case.opened": State.OPEN,
    "case.resumed": State.OPEN,
    "case.ended": State.ENDED,
    "case.voided": State.VOIDED,
    "case.refused": State.REFUSED,
}
# Whose "… at" and "… by" an event that leads to this state sets.
SETS = {State.OPEN: "opened", State.ENDED: "closed", State.VOIDED: "closed", State.REFUSED: "closed"}
INDEX_REPLACED = "case.index_replaced"  # changes what a case rests on, not its state
BEGINNINGS = (
    *("case.reported", "case.held", "case.fall_held", "case.fell_late"),
    *("case.opened", "case.resumed"),
)
ROWS = Case.objects.select_related("person", "source_office", "entered_by", "opened_by", "closed_by")


def differences(chunk: list[Case]) -> dict[int, list[str]]:
    """Name by key what of some cases differs from what the events about them say, one after the other."""
    recorded: dict[str, list[Event]] = {case.audit_key: [] for case in chunk}
    found = Event.objects.filter(target__in=recorded, action__in=(*STATES, INDEX_REPLACED))
    for event in found.order_by("pk"):
        recorded[event.target].append(event)
    named = {}
    for case in chunk:
        events = recorded[case.audit_key]
        if events and events[0].action in BEGINNINGS:
            folded = _fold(events, erased=case.person.erased_at is not None)
            named[case.pk] = differing(folded, _stored(case))
    return named


def _fold(events: list[Event], *, erased: bool) -> dict[str, object]:
    """Return what the events leave a case as. What an older event did not say yet is not compared."""
    first, folded = events[0], dict[str, object]()
    body = json.loads(first.body)  # a ground that follows another keeps who entered that one
    folded |= {"entered at": first.at_us, "entered by": body.get("entered_by", first.actor)}
    folded |= {"source office": body.get("source", first.office)}
    for event in events:
        body = json.loads(event.body)
        if event.action == INDEX_REPLACED:
            folded.update({"facts": body["facts"]} if "facts" in body else {})
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
