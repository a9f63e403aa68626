"""Drafts of first responders: begun, saved while they type, and the look-ups they rest on (5.1)."""

import json
import re
import unicodedata
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.models.people import DocumentType
from cases.selectors.explanation import Explanation, explain
from cases.services.persons import documents, lookups
from complaints import clocks
from complaints.models import Draft
from complaints.selectors import snapshots
from complaints.services import steps
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed, Refusal

MAX_DRAFTS = 3  # kept for a user
MAX_FOUND = 10  # people that a name finds
NAME_AND_END = re.compile(r"(?P<name>\D{2,40}?)\s*(?P<end>[0-9]{3}[0-9Xx])")
MOBILE = re.compile(r"(\+?86)?1[0-9]{10}|\+[0-9-]{6,18}|0[0-9]{2,3}-?[0-9]{7,8}")


class NobodyFound(Refusal):
    code = "intake.find.nobody"
    message = _("Nobody is registered under this. Check it, or register the person first.")
    field = "text"


class NotUnderstood(Refusal):
    code = "intake.find.not_understood"
    message = _(
        "Type a document number, a telephone number, or a name and the last four characters of the number."
    )
    field = "text"


@transaction.atomic
def begin(*, by: User, at: datetime) -> Draft:
    """Begin a draft. Of a user's drafts the newest three are kept; older ones are emptied."""
    steps.require(by, "ticket.register")
    draft = Draft.objects.create(user=by, began_at=at, updated_at=at)
    surplus = of(by, at).values_list("pk", flat=True)[MAX_DRAFTS:]
    Draft.objects.filter(pk__in=list(surplus)).update(sealed=None, snapshot=None)
    return draft


def of(user: User, at: datetime) -> QuerySet[Draft]:
    """Return a user's drafts of the last 24 hours that are not registered yet, newest first."""
    recent = Draft.objects.filter(user=user, ticket=None, updated_at__gte=at - clocks.DRAFT_KEPT)
    return recent.exclude(sealed=None).select_related("person").order_by("-updated_at", "-pk")


@transaction.atomic
def save(draft: Draft, typed: dict[str, Any], *, by: User, at: datetime) -> None:
    """Save what was typed so far, sealed."""
    if draft.user_id != by.pk:
        raise NotAllowed()
    sealed = vault.encrypt(json.dumps(typed, ensure_ascii=False), owner=f"draft:{draft.pk}")
    Draft.objects.filter(pk=draft.pk, ticket=None).update(sealed=sealed, updated_at=at)


def forget_old(*, by: User, at: datetime) -> int:
    """Empty the drafts older than 24 hours, because their words are the citizen's; return how many."""
    old = Draft.objects.filter(ticket=None, updated_at__lt=at - clocks.DRAFT_KEPT).exclude(sealed=None)
    return old.update(sealed=None, snapshot=None, snapshot_at=None)


@transaction.atomic
def find(draft: Draft, text: str, *, by: User, at: datetime) -> list[Person]:
    """Find people by document, telephone, or name and last four characters; look up the code of a single match.

    Raises NobodyFound and NotUnderstood.
    """
    steps.require(by, "ticket.register")
    found = _search(text, draft, by=by, at=at)
    if not found:
        raise NobodyFound()
    if len(found) == 1:
        look(draft, found[0], by=by, at=at)
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
        draft.refresh_from_db()
    ledger.record("ticket.looked_up", about=draft, by=by, at=at, colour=explanation.colour.value)
    return explanation


def _search(text: str, draft: Draft, *, by: User, at: datetime) -> list[Person]:
    text = unicodedata.normalize("NFKC", text).strip()
    purpose = str(_("complaint desk, draft %(number)s") % {"number": draft.pk})
    reading: dict[str, Any] = {"act": "ticket.register", "purpose": purpose, "by": by, "at": at}
    if named := NAME_AND_END.fullmatch(text):
        return _by_name(named["name"].strip(), named["end"].upper(), by, at)
    if MOBILE.fullmatch(re.sub(r"\s", "", text)):
        return lookups.look_up(phone=text, **reading)
    kind, number, country = _document(text)
    return lookups.look_up(document_type=kind, document_number=number, document_country=country, **reading)


def _by_name(name: str, end: str, by: User, at: datetime) -> list[Person]:
    """Find people of the user's own area by name and the last four characters of their document number."""
    named = Person.objects.reachable_by(by, "person.view", at).survivors().filter(name=name)
    return [one for one in named.order_by("pk")[:100] if one.document.endswith(end)][:MAX_FOUND]


def _document(text: str) -> tuple[str, str, str]:
    """Return a document's type, number and country; a passport is typed as `USA 123456789`. Raises NotUnderstood."""
    bare = re.sub(r"[\s-]", "", text).upper()
    if re.fullmatch(r"[0-9]{17}[0-9X]|[0-9]{15}", bare):
        return DocumentType.RESIDENT_ID.value, bare, ""
    if passport := re.fullmatch(r"([A-Za-z]{3})[\s-]+([A-Za-z0-9]{5,17})", text):
        return DocumentType.PASSPORT.value, passport[2], passport[1]
    for kind in (DocumentType.HK_MACAO_PERMIT, DocumentType.TAIWAN_PERMIT, DocumentType.FOREIGN_PR):
        if documents.SHAPES[kind].fullmatch(bare):
            return kind.value, bare, ""
    raise NotUnderstood()
