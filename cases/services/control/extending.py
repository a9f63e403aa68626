"""Extensions of a control order: a later end on a document, and the way back to what the rule book asks for."""

from datetime import date, datetime

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cases.models import ControlOrder, Extension, OrderCase, Person, Reversal, RuleBook
from cases.models.cases import State
from cases.policy import days
from cases.policy.rulebook import Policy
from cases.selectors.extensions import end_by_book, known_to_the_ledger, standing_of
from cases.services.control.standing import NoOrder, order_of
from cases.services.engine import lapsing, references, registered, reversing
from cases.services.engine.authority import require
from cases.services.engine.codes import lock
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import User


class OpenEnd(Refusal):
    code = "control.extend.open_end"
    message = _("This measure has an open end: it ends with the hospital's discharge record.")


class NotLater(Refusal):
    code = "control.extend.not_later"
    message = _("An extension ends later than the order does now.")
    field = "until_day"


class ExtensionTooLong(Refusal):
    code = "control.extend.too_long"
    message = _(
        "Extensions add up to at most the longest time of this measure in the rule book, %(days)s days after the end "
        "that it asks for by itself."
    )
    field = "until_day"


class ExtensionUnregistered(Refusal):
    code = "control.extend.not_in_register"
    message = _(
        "The register of documents has no such document (any more): the prevention office enters the rule or order "
        "first."
    )
    field = "document"


class NotExtended(Refusal):
    code = "control.shorten.not_extended"
    message = _("This order was not extended: it ends when the rule book says.")


class NotShorter(Refusal):
    code = "control.shorten.not_shorter"
    message = _(
        "A shorter end lies before the one there is now, and not before %(earliest)s, which the rule book asks for."
    )
    field = "until_day"


@transaction.atomic
def extend(
    person: Person,
    *,
    until_day: date,
    document: str,
    reason: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ControlOrder:
    """Extend an order; the first free day is `until_day`, and the document says why.

    All extensions together add at most the book's time of the measure.
    """
    require(by, "order.change", at=at, person=person)
    document = references.given(document, field="document")
    at = lock([person], at=at, seen=seen)
    if not registered.stands(document):
        raise ExtensionUnregistered()
    order = order_of(person)
    _write_down_older(order, by=by, at=at)
    until = days.midnight(until_day)
    if order.until is None:
        raise OpenEnd()
    if until <= order.until:
        raise NotLater()
    longest = _longest(order, RuleBook.objects.in_force(at).policy)
    if until > days.following(end_by_book(order) or order.until, longest):
        raise ExtensionTooLong(days=longest)
    extension = Extension.objects.create(
        order=order, before=order.until, until=until, document=document, reason=reason, by=by, at=at
    )
    order.until = until
    order.save(update_fields=("until",))
    served = OrderCase.objects.filter(order=order)
    # What the book asks for stays beside it: nobody can be held to less, nor let go before.
    served.update(book_until=Coalesce("book_until", "until"), until=until)
    notes = {"reason": reason, "document": document}
    changed: list[Recorded] = [extension, *served]
    ledger.record("order.changed", about=order, by=by, at=at, until=until, notes=notes, also=changed)
    return order


@transaction.atomic
def propose_shorter(
    person: Person,
    *,
    until_day: date | None = None,
    reason: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Reversal:
    """Propose to take an extension back, whole, or down to `until_day` as the first free day."""
    require(by, "order.propose_shorter", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    _write_down_older(order, by=by, at=at)
    extension = standing_of(order).last()
    if extension is None:
        raise NotExtended()
    until = days.midnight(until_day) if until_day else None
    _require_shorter(order, until)
    return reversing.propose(
        Reversal.Kind.EXTENSION, person, reason=reason, by=by, at=at, until=until, extension=extension
    )


@transaction.atomic
def decide_shorter(
    reversal: Reversal,
    *,
    approve: bool,
    answer: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Shorten an extended order as the second person, or send that back; it never ends before the book says."""
    extension = reversal.extension
    assert extension is not None
    person = reversal.person
    require(by, "order.decide_shorter", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    if not reversing.decide(reversal, approve=approve, answer=answer, by=by, at=at):
        return
    order = order_of(person)
    standing = standing_of(order)
    if not standing.filter(pk=extension.pk).exists():
        raise NoOrder()
    until = _require_shorter(order, reversal.until)
    served = lapsing.shorten(order, until)
    gone = list(standing.filter(until__gt=until))
    lapsing.withdraw(gone, at)
    # What is left of one is a row of its own: whatever falls later falls back to that, never to what was taken back.
    left = [
        Extension.objects.create(
            order=order,
            before=one.before,
            until=until,
            document=one.document,
            reason=one.reason,
            by=by,
            at=at,
        )
        for one in gone
        if one.before < until
    ]
    changed: list[Recorded] = [reversal, *gone, *left, *served]
    ledger.record("order.shortened", about=order, by=by, at=at, until=until, also=changed)


def _write_down_older(order: ControlOrder, *, by: User, at: datetime) -> None:
    """Write down the extensions from before each was a row: what the book asks for is told apart from them again."""
    older = known_to_the_ledger(order)
    if not older:
        return
    Extension.objects.bulk_create(older)
    moved = OrderCase.objects.filter(order=order, case__state=State.OPEN, until=order.until, book_until=None)
    rows = list(moved)
    for row in rows:
        row.book_until = older[0].before
    OrderCase.objects.bulk_update(rows, ["book_until"])
    ledger.record("order.changed", about=order, by=by, at=at, until=order.until, also=[*older, *rows])


def _require_shorter(order: ControlOrder, until: datetime | None) -> datetime:
    """Return the end an order gets; refuse one that is not shorter, or that the book does not allow."""
    earliest = end_by_book(order)
    if order.until is None or earliest is None:
        raise NotExtended()
    shorter = until or earliest
    if not earliest <= shorter < order.until:
        raise NotShorter(earliest=days.moment(earliest))
    return shorter


def _longest(order: ControlOrder, book: Policy) -> int:
    """Return the days that extensions may add: of a measure without days, the longest of the book."""
    measures = book.measures
    return measures[order.kind].days or max(one.days for one in measures.values() if one.days)
