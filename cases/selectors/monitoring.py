"""What monitoring after isolation rests on: the cases whose control ended with the order that it follows (2.1e)."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from cases.models import Case, ControlOrder
from cases.models.cases import CaseQuerySet, Channel
from cases.policy.rulebook import Policy
from cases.selectors.admission import ROOT


def of_the_held(ended: CaseQuerySet) -> list[Case]:
    """Return those of some ended cases whose human is under something that an ending opened."""
    opened = Case.objects.open().filter(channel=Channel.ENGINE).annotate(root=ROOT).values("root")
    monitored = ControlOrder.objects.standing().filter(served=None).annotate(root=ROOT).values("root")
    theirs = ended.annotate(root=ROOT).filter(Q(root__in=opened) | Q(root__in=monitored))
    return list(theirs.select_related("person").order_by("person", "pk"))


def unborne(
    monitoring: Iterable[ControlOrder], book: Policy, *, without: Collection[Case] = ()
) -> list[ControlOrder]:
    """Return the monitoring that no ended case lets follow any more: each was voided or stands again.

    `without`: cases whose endings fall in this very act.
    """
    after = {order: _isolation_before(order) for order in monitoring}
    ended = Case.objects.bearing().filter(exit="CONTROL_ENDED")
    ended = ended.filter(served_by__order__in=[order for order in after.values() if order is not None])
    ended = ended.exclude(pk__in=[case.pk for case in without])
    borne = {
        (order, kind)
        for order, ground in ended.values_list("served_by__order", "ground")
        if ground in book.grounds
        for kind in book.grounds[ground].follows
    }
    return [order for order, last in after.items() if last is not None and (last.pk, order.kind) not in borne]


def _isolation_before(order: ControlOrder) -> ControlOrder | None:
    """Return the order that monitoring followed, past the pieces it was interrupted into."""
    last = order.follows
    while last is not None and last.kind == order.kind:
        last = last.follows
    return last
