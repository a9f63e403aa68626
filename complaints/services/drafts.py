"""Drafts of first responders: begun, whom they are about, saved while they type (5.1)."""

import json
import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.models.people import DocumentType
from cases.policy import spellings
from cases.selectors.explanation import Explanation, explain
from cases.services.persons import lookups, named, reads
from complaints import clocks
from complaints.models import Draft
from complaints.selectors import snapshots
from complaints.services import steps
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

MAX_DRAFTS = 3  # kept for a user
DIALLED = re.compile(r"1[3-9][0-9]{9}|\+[0-9]{6,18}|0[0-9]{9,16}")
OTHER_DOCUMENT, FEWEST_DIGITS = re.compile(r"[A-Z0-9]{6,20}"), 5


class NobodyFound(Refusal):
    code = "intake.find.nobody"
    message = _("Nobody is registered under this. Check it, or register the person first.")
    field = "text"


class NotUnderstood(Refusal):
    code = "intake.find.not_understood"
    message = _(
        "Type a document number, a telephone number, or a name and the last four characters of the number "
        "or, of a child without one, the date of birth (20160305)."
    )
    field = "text"


def begin(*, by: User, at: datetime) -> Draft:
    """Begin a draft. It is kept, and offered to be gone on with, from the first `save` on."""
    steps.require(by, "ticket.register")
    return Draft.objects.create(user=by, began_at=at, updated_at=at)


def of(user: User, at: datetime) -> QuerySet[Draft]:
    """Return a user's drafts of the last 24 hours that are not registered yet, the last saved first."""
    recent = Draft.objects.filter(user=user, ticket=None, updated_at__gte=at - clocks.DRAFT_KEPT)
    return recent.exclude(sealed=None).select_related("person").order_by("-updated_at", "-pk")


@transaction.atomic
def save(draft: Draft, typed: dict[str, Any], *, by: User, at: datetime) -> None:
    """Save what was typed so far, sealed. Of a user's drafts the last three are kept; older ones are emptied."""
    if draft.user_id != by.pk:
        raise NotAllowed()
    sealed = vault.encrypt(json.dumps(typed, ensure_ascii=False), owner=draft.vault_owner("sealed"))
    Draft.objects.filter(pk=draft.pk, ticket=None).update(sealed=sealed, updated_at=at)
    if not draft.sealed:  # one more than before
        surplus = of(by, at).values_list("pk", flat=True)[MAX_DRAFTS:]
        _empty(Draft.objects.filter(pk__in=list(surplus)))
    draft.sealed, draft.updated_at = sealed, at


def forget_old(*, by: User, at: datetime) -> int:
    """Empty the drafts older than 24 hours, because their words are the citizen's; return how many."""
    old = Draft.objects.filter(ticket=None, updated_at__lt=at - clocks.DRAFT_KEPT).exclude(sealed=None)
    return _empty(old)


def find(draft: Draft, text: str, *, purpose: str = "", by: User, at: datetime) -> list[Person]:
    """Find people by document number, telephone, or name and end of a number or birth date; ten at most.

    A number finds the children without one of whom it finds the guardian. Somebody of another area is found for a
    `purpose`, as everywhere. Raises what `named` and `lookups` do, NobodyFound and NotUnderstood.
    """
    steps.require(by, "ticket.register")
    text = spellings.one_spelling(text)
    if (asked := named.NameAndEnd.read(text)) is not None:
        return named.find(asked, act="ticket.register", by=by, at=at)
    found = _by_number(text, purpose, by=by, at=at)
    if not found:  # who is found is recorded one by one
        reads.record_list("cases.person", filters=[f"draft:{draft.pk}", "number"], persons=(), by=by, at=at)
        raise NobodyFound()
    return found


@transaction.atomic
def look(draft: Draft, person: Person, *, by: User, at: datetime) -> Explanation:
    """Look up a person's colour and its reasons (5.1), and freeze them in the draft."""
    steps.require(by, "ticket.register")
    if draft.user_id != by.pk:
        raise NotAllowed()
    root = Person.objects.get(pk=person.root_id)
    explanation = explain(root, at=at)
    draft.person, draft.snapshot, draft.snapshot_at = root, snapshots.of(explanation), at
    draft.updated_at = at
    draft.save(update_fields=("person", "snapshot", "snapshot_at", "updated_at"))
    if not draft.sealed:
        save(draft, {}, by=by, at=at)
    ledger.record("ticket.looked_up", about=draft, by=by, at=at, colour=explanation.colour.value)
    return explanation


def _empty(drafts: QuerySet[Draft]) -> int:
    return drafts.update(sealed=None, snapshot=None, snapshot_at=None)


def _by_number(text: str, purpose: str, *, by: User, at: datetime) -> list[Person]:
    """Find people anywhere by an exact number, and the children of whom it finds the guardian."""
    reading: dict[str, Any] = {
        "act": "ticket.register",
        "purpose": purpose,
        "wards": True,
        "by": by,
        "at": at,
    }
    if DIALLED.fullmatch(spellings.telephone(text)):
        return lookups.look_up(phone=text, **reading)
    kind, number = spellings.document(DocumentType.RESIDENT_ID, text)
    if re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return lookups.look_up(document_type=kind, document_number=number, **reading)
    bare = re.sub(r"[\s-]", "", text).upper()
    if not (OTHER_DOCUMENT.fullmatch(bare) and sum(letter.isdigit() for letter in bare) >= FEWEST_DIGITS):
        raise NotUnderstood()
    country_first = re.sub(r"^([A-Za-z]{3})[\s-]+", r"\1 ", text)
    return lookups.look_up(typed=country_first, **reading)
