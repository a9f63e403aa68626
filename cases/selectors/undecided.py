"""What is proposed and can still be decided: one definition for each kind of proposal, which lists and decisions share.

A proposal lapses when what it is about closes meanwhile: it stands on no list, nobody is called about it, and it cannot
be approved. Nothing is stored: where the thing comes back (a death that is taken back), so does the proposal.
"""

from typing import Any, TypeVar

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from cases.models import (
    AreaChange,
    Case,
    Certificate,
    ControlOrder,
    Death,
    DeathWithdrawal,
    Erasure,
    ExitReport,
    HomeStay,
    MassHold,
    Merge,
    NumberChange,
    OrderCase,
    Proposal,
    Release,
    Relocation,
    Reversal,
    RiskArea,
    RuleBook,
    SelfCheck,
    SetupFile,
    Strike,
    Transfer,
    Undo,
    Void,
)
from cases.models.cases import State
from cases.models.control import Ending
from cases.models.proposals import Decision
from cases.selectors.chains import going_on, same_as
from cases.selectors.humans import records_of, without

Row = TypeVar("Row", bound=Proposal)
CASE_OPEN = Q(case__state=State.OPEN)
ORDER_STANDS = Q(order__ended_at=None)
ALIVE = Q(person__deceased_on=None)


def voidable(path: str = "") -> Q:
    """Return which cases a void can reach: those that stand, and of an ended chain its last row."""
    key, state = (path.removesuffix("__") or "pk"), f"{path}state"
    return Q(**{state: State.OPEN}) | Q(**{state: State.ENDED}) & Q(~Exists(going_on(key)))


def _finding_stands() -> Q:
    voided = Case.objects.filter(same_as("case"), state=State.VOIDED)
    return Q(~Exists(voided), case__state__in=(State.OPEN, State.ENDED))


def _order_is_elsewhere() -> Q:
    served = OrderCase.objects.filter(order=OuterRef("order"), case__state=State.OPEN)
    handed_over = Q(Exists(served), without(_of_same("order__person")), order__ending=Ending.TRANSFERRED_OUT)
    return ORDER_STANDS & Q(order__elsewhere=True) | handed_over


def _of_same(person: str) -> QuerySet[ControlOrder]:
    """Return the standing orders of the human whom an outer row names."""
    return ControlOrder.objects.standing().filter(person__in=records_of(person))


def _two_records() -> Q:
    roots = (Coalesce(f"{name}__merged_into", name) for name in ("duplicate", "survivor"))
    return ~Q(Exact(*roots)) & Q(duplicate__erased_at=None, survivor__erased_at=None)


def _can_be_taken_back() -> Q:
    again = Case.objects.filter(resumes=OuterRef("exit_report__case")).exclude(state=State.REFUSED)
    entered = Q(~Exists(again), exit_report__withdrawn_at=None, exit_report__case__state=State.ENDED)
    entered &= Q(exit_report__case__exit=F("exit_report__exit"))
    carried = OrderCase.objects.filter(order=OuterRef("extension__order"), book_until__isnull=False)
    carried = carried.filter(Exists(Case.objects.open().filter(same_as("case"))))
    goes_on = ControlOrder.objects.standing().filter(
        follows=OuterRef("extension__order"), kind=F("follows__kind")
    )
    extended = Q(extension__order__ended_at=None) | Q(Exists(carried)) | Q(Exists(goes_on))
    extended &= Q(extension__withdrawn_at=None)
    # A case that ended meanwhile has nothing to be guarded for; monitoring serves none.
    served = OrderCase.objects.filter(order=OuterRef("order"))
    away = ALIVE & Q(without(_of_same("person")), order__ending=Ending.TRANSFERRED_OUT)
    away &= Q(Exists(served.filter(case__state=State.OPEN))) | Q(~Exists(served))
    resumed = Case.objects.filter(resumes=OuterRef("release__case")).exclude(state=State.REFUSED)
    released = Q(~Exists(resumed), release__withdrawn_at=None, release__case__state=State.ENDED)
    kinds = Reversal.Kind
    return (
        Q(kind=kinds.RELEASE) & released
        | Q(kind=kinds.EXIT) & entered
        | Q(kind=kinds.EXTENSION) & extended
        | Q(kind=kinds.MERGE, merge__decision=Decision.APPROVED, merge__undone_at=None)
        | Q(kind=kinds.TRANSFER_OUT) & away
    )


# What may still be decided; an empty one is about what nothing but its own decision closes.
STILL: dict[type[Proposal], Q] = {
    ExitReport: CASE_OPEN,
    Void: voidable("case__"),
    SelfCheck: _finding_stands(),
    Release: CASE_OPEN,
    HomeStay: ORDER_STANDS,
    Relocation: ORDER_STANDS,
    Certificate: _order_is_elsewhere(),
    Death: ALIVE,
    DeathWithdrawal: ~ALIVE,
    Transfer: ALIVE & Q(person__erased_at=None),
    Merge: _two_records(),
    NumberChange: Q(person__erased_at=None),
    Erasure: Q(person__erased_at=None),
    Reversal: _can_be_taken_back(),
    RiskArea: Q(),
    AreaChange: Q(),
    Strike: Q(),
    RuleBook: Q(),
    MassHold: Q(Exists(Case.objects.filter(hold=OuterRef("pk"), state=State.HELD))),
    Undo: Q(),
    SetupFile: Q(),
}


def waiting_as(model: type[Proposal]) -> Q:
    """Return which rows of a kind of proposal wait for their second person."""
    return Q(decision=Decision.PENDING) & STILL[model]


def waiting(model: type[Row]) -> QuerySet[Row]:
    """Return the proposals of a kind that wait for their second person and can still be decided."""
    rows: QuerySet[Any] = model._default_manager.filter(waiting_as(model))
    return rows


def lapsed(proposals: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of some proposals that nobody decided before what they are about closed."""
    still = proposals.model._default_manager.filter(waiting_as(proposals.model)).values("pk")
    return proposals.filter(decision=Decision.PENDING).exclude(pk__in=still)
