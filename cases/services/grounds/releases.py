"""A case ends as the source that brought it in releases it (3.2c)."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Case, Fact, Repeat, RuleBook
from cases.models.cases import State
from cases.policy.exits import Rest
from cases.policy.rulebook import Policy
from cases.services.engine import orders
from cases.services.engine.authority import require
from cases.services.engine.codes import turning
from cases.services.engine.refusals import Refusal, collected
from cases.services.grounds import cases
from healthcode.core.offices.models import User


class NotStandingBySource(Refusal):
    code = "cases.source.not_standing"
    message = _("No case of this record number stands.")
    field = "record"


class NotReleasedBySource(Refusal):
    code = "cases.source.not_released_by_source"
    message = _("The rule book does not let this ground end by a release of its source.")
    field = "record"


def receive(record: str, *, document: str, batch_id: int | None = None, by: User, at: datetime) -> Case:
    """End a case that the province brought in, as the province sends it (3.2c).

    The ending rests on the delivery that brought the release, too.
    """
    require(by, "case.open", at=at)
    case = _standing(record, by)
    with turning([case.person], by=by, at=at, act="case.ended") as turn:
        still = Case.objects.open().filter(pk=case.pk).select_related("person").first()
        if still is None:  # ended, or taken back, before the lock
            raise NotStandingBySource()
        case = still
        _require_release(case, turn.book.policy)
        basis: list[Rest] = [(Fact.SOURCE.value, case.pk)]
        if batch_id is not None:
            basis.append((Fact.DELIVERY.value, batch_id))
        turn.end(case, exit="RELEASED", basis=basis, reason=document)
        orders.arrange(case.person, turn=turn)
    return case


def faults(record: str, *, by: User, at: datetime) -> Iterator[Refusal]:
    """Yield what refuses a release under a record number."""
    book = RuleBook.objects.in_force(at).policy
    yield from collected(lambda: _require_release(_standing(record, by), book))


def receive_again(record: str, *, batch_id: int, by: User, at: datetime) -> None:
    """Let the ending by a release rest on this delivery too, which says it again: any of them bears it alone."""
    require(by, "case.open", at=at)
    released = Case.objects.filter(_known_under(record, by), state=State.ENDED, exit="RELEASED").unresumed()
    case = released.filter(bases__fact=Fact.DELIVERY).select_related("person").order_by("-pk").first()
    if case is not None:
        with turning([case.person], by=by, at=at, act="batch.repeated") as turn:
            turn.rest_anew(case, [(Fact.DELIVERY.value, batch_id)])


def _standing(record: str, by: User) -> Case:
    case = Case.objects.open().filter(_known_under(record, by)).select_related("person").first()
    if case is None:
        raise NotStandingBySource()
    return case


def _require_release(case: Case, book: Policy) -> None:
    if not book.grounds[case.ground].ends_by_release:
        raise NotReleasedBySource()


def _known_under(record: str, by: User) -> Q:
    """Find what a source knows by a record number of its own.

    One that stands again is a new row: the record's key stays with the first of its chain.
    """
    key = cases.source_key(record, by)
    return Q(source_key=key) | Q(origin__source_key=key) | _repeated_under(key)


def _repeated_under(key: str) -> Q:
    """Find what a later delivery named again by this number, since the delivery of its own was taken back."""
    repeats = Repeat.objects.of_case().standing().filter(source_key=key)
    return Q(Exists(repeats), batch__state=Batch.State.UNDONE)
