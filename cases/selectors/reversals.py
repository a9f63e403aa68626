"""Acts that somebody proposed to take back: by which act each kind is proposed and decided, and which wait."""

from django.db.models import Q, QuerySet

from cases.models import Person, Reversal
from cases.selectors import undecided
from cases.selectors.humans import live_in
from healthcode.core.offices.models import User

Kind = Reversal.Kind
PROPOSED_BY = {
    Kind.EXIT: "case.propose_exit_reversal",
    Kind.EXTENSION: "order.propose_shorter",
    Kind.MERGE: "person.propose_unmerge",
    Kind.RELEASE: "case.propose_release_reversal",
    Kind.TRANSFER_OUT: "order.propose_transfer_back",
}
DECIDED_BY = {
    Kind.EXIT: "case.decide_exit_reversal",
    Kind.EXTENSION: "order.decide_shorter",
    Kind.MERGE: "person.decide_unmerge",
    Kind.RELEASE: "case.decide_release_reversal",
    Kind.TRANSFER_OUT: "order.decide_transfer_back",
}
BY_COLLEAGUE = (Kind.MERGE,)  # only the bureau parts records: its second officer decides


def pending_of(person: Person, kind: str) -> QuerySet[Reversal]:
    """Return what is proposed to be taken back of this kind about a person's merged group."""
    return undecided.waiting(Reversal).filter(kind=kind, person__among=person.group)


def waiting_for(user: User) -> QuerySet[Reversal]:
    """Return what this user may decide as the second person."""
    kinds = [kind for kind, act in DECIDED_BY.items() if user.may(act)]
    own = Q(proposed_by=user) | Q(proposed_by__office=user.office_id) & ~Q(kind__in=BY_COLLEAGUE)
    waiting = undecided.waiting(Reversal).filter(kind__in=kinds).exclude(own)
    # What the bureau decides, it decides for everybody.
    ours = Q(kind__in=BY_COLLEAGUE) | live_in(user.jurisdiction)
    return waiting.filter(ours).select_related("person")
