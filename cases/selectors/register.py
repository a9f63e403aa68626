"""The register of documents as it is read: what stands under each number, and what rests on it."""

from datetime import datetime

from cases.models import Case, ControlOrder, Document, Extension, Person, RuleBook
from cases.models.cases import LIVE, CaseQuerySet
from cases.policy.rulebook import Policy
from cases.policy.spellings import reference_key
from cases.selectors.covered import covered
from cases.selectors.extensions import standing_of


def by_key() -> dict[str, Document | None]:
    """Return by key what stands for it in the register: the document, what took its place, or nothing once struck."""
    documents = {one.pk: one for one in Document.objects.order_by("pk")}
    found: dict[str, Document | None] = {}
    for one in documents.values():
        last = one
        while last.replaced_by_id is not None:
            last = documents[last.replaced_by_id]
        stands = None if last.struck_at is not None else last
        key = reference_key(one.number)
        # Struck, and entered anew since: what stands decides.
        if stands is not None or key not in found:
            found[key] = stands
    return found


def struck_keys() -> set[str]:
    """Return the keys under which documents were struck for which nothing stands now."""
    if not Document.objects.exclude(struck_at=None).exists():
        return set()  # nearly always: nobody reads the register for each act
    return {key for key, document in by_key().items() if document is None}


def standing_for(number: str) -> Document | None:
    """Return what stands in the register for a number, however it is spelled: the document, or what took its place."""
    return by_key().get(reference_key(number))


def extended_on(document: Document) -> list[tuple[ControlOrder, list[Extension]]]:
    """Return the standing orders that end later by a document, or by one whose place it took, with those extensions."""
    resting = {one.pk: one for one in extensions_on(document)}
    people = Person.objects.filter(pk__in={one.order.person_id for one in resting.values()})
    orders = {order for person in people for order in ControlOrder.objects.of(person).standing()}
    found = [(order, [one for one in standing_of(order) if one.pk in resting]) for order in orders]
    return sorted(((order, rows) for order, rows in found if rows), key=lambda one: one[0].pk)


def extensions_on(document: Document) -> list[Extension]:
    """Return the extensions that count and rest on a document, whether their order stands or not."""
    keys = _keys_of(document)
    extensions = Extension.objects.filter(withdrawn_at=None).select_related("order__person").order_by("pk")
    return [one for one in extensions if reference_key(one.document) in keys]


def resting_on(document: Document, book: Policy, cases: CaseQuerySet) -> CaseQuerySet:
    """Keep the cases that the register let through on this document, or on one whose place it took."""
    counted = cases.filter(covered(book))
    keys = _keys_of(document)
    references = counted.order_by().values_list("evidence_ref", flat=True).distinct()
    return counted.filter(evidence_ref__in=[one for one in references if reference_key(one) in keys])


def _keys_of(document: Document) -> set[str]:
    return {key for key, stands in by_key().items() if stands == document}


def live_on(document: Document, at: datetime) -> CaseQuerySet:
    """Find the cases that end with a document: those that stand or wait."""
    book = RuleBook.objects.in_force(at).policy
    return resting_on(document, book, Case.objects.filter(state__in=LIVE))


def ended_on(document: Document, at: datetime) -> CaseQuerySet:
    """Find the ended cases on a document that what their endings opened rests on."""
    book = RuleBook.objects.in_force(at).policy
    return resting_on(document, book, Case.objects.all().bearing())
