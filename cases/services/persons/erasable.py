"""Every free text about a person, by the record it stands in: what erasing writes over, and with what.

A field of a person's records that is neither here nor in `KEPT` fails a test: whoever adds one has to say which.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet

from cases.models import (
    Case,
    Certificate,
    ClinicVisit,
    ControlOrder,
    Death,
    DeathWithdrawal,
    Declaration,
    Erasure,
    ExitReport,
    Extension,
    GateCheck,
    Handover,
    HealthLog,
    HomeStay,
    Inquiry,
    LabResult,
    LookUp,
    Merge,
    NumberChange,
    Opinion,
    Pass,
    Person,
    Presence,
    RedScanAnswer,
    Release,
    Relocation,
    Repeat,
    Reversal,
    SelfCheck,
    SourceRecord,
    Transfer,
    Transition,
    Transport,
    Void,
)
from healthcode.core.audit.guards import GONE, UNLIKE
from healthcode.core.audit.models import AppendOnly

Persons = QuerySet[Person]
Rows = QuerySet[Any]

# Asked before anything is erased: what raises keeps the person, as long as its matter is open.
BLOCKING: list[Callable[[Persons], None]] = []
PROPOSAL: dict[str, str | None] = {"reason": "", "answer": ""}


def texts_of(model: type[AppendOnly]) -> dict[str, str | None]:
    """Return what its own table lets be written over of an append-only model (`erasable`)."""
    return dict(model.erasable.texts) if model.erasable else {}


TEXTS: dict[type[Model], tuple[str, dict[str, str | None]]] = {
    Case: ("person", {"evidence_ref": GONE, "source_key": UNLIKE, "closing_reason": "", "plan_address": ""}),
    Repeat: ("case__person", texts_of(Repeat)),
    ExitReport: ("case__person", {**PROPOSAL, "evidence_ref": ""}),
    Void: ("case__person", {**PROPOSAL, "reference": ""}),
    SelfCheck: ("case__person", {**PROPOSAL, "source": "", "failed": ""}),
    Release: ("case__person", {**PROPOSAL, "document_number": ""}),
    ControlOrder: ("person", {"place": "", "letter": ""}),
    Handover: ("order__person", {"reason": ""}),
    Extension: ("order__person", {"document": "", "reason": ""}),
    Reversal: ("person", PROPOSAL),
    Relocation: ("order__person", {**PROPOSAL, "place": "", "letter": ""}),
    Certificate: (
        "order__person",
        {
            **PROPOSAL,
            **{"number": "", "issuer": "", "reply_letter": GONE, "called_name": GONE},
            **{"laboratory": "", "report_number": ""},
        },
    ),
    HomeStay: ("order__person", {**PROPOSAL, "address": ""}),
    Transport: (
        "order__person",
        {"from_place": "", "to_place": "", "plate": "", "escort": "", "handed_to": ""},
    ),
    HealthLog: ("order__person", {"symptoms": ""}),
    LabResult: ("person", texts_of(LabResult)),
    Declaration: ("person", texts_of(Declaration)),
    ClinicVisit: ("person", texts_of(ClinicVisit)),
    Presence: ("person", {"venue": ""}),
    GateCheck: ("person", texts_of(GateCheck)),
    Pass: ("person", {"why": ""}),
    RedScanAnswer: ("check_made__person", texts_of(RedScanAnswer)),
    Transfer: ("person", {**PROPOSAL, "address": ""}),
    Death: ("person", {**PROPOSAL, "certificate": GONE}),
    DeathWithdrawal: ("person", PROPOSAL),
    Opinion: ("person", {"document": GONE, "reason": GONE}),
    Merge: ("duplicate", PROPOSAL),
    NumberChange: (
        "person",
        {
            **{**PROPOSAL, "reading_ref": "", "old_country": "", "new_country": ""},
            **dict.fromkeys(("old_index", "new_index", "old_sealed", "new_sealed")),
        },
    ),
    Erasure: ("person", PROPOSAL),
    LookUp: ("person", {"purpose": ""}),
    Inquiry: ("person", {"question": GONE, "answer": GONE, "reason": ""}),
}

# Keys of the rule book and choices: they say what happened, and nobody typed them.
KEPT: dict[type[Model], tuple[str, ...]] = {
    Inquiry: ("about", "subject"),  # what the ledger calls it, and a blind index
    LookUp: ("task",),  # a link to a ticket or a case, and no words
    Case: ("ground", "plan_kind", "exit"),
    ExitReport: ("new_ground",),
    Pass: ("handle", "link", "session"),  # drawn by chance
    GateCheck: (
        "via",
        "commitment",
    ),  # a token's number, and a hash that nobody can undo once its salt is gone
    Transition: ("act", "clause"),
    Transport: ("vehicle",),
}
NOBODYS: tuple[type[Model], ...] = (SourceRecord,)  # keyed digests
