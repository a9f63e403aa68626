"""The desk's worklists: whose act each list waits for. A row leaves its list when its act is done."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from cases.selectors.worklists import CHOOSE, ListKind
from complaints import flow
from complaints.models import Assist, Message, Notice, ReturnVisit, Ticket
from healthcode.core.offices.models import User

RELATED = ("person", "owner")


def _unsigned(user: User, at: datetime) -> QuerySet[Ticket]:
    return Ticket.objects.filter(
        Q(state=flow.ROUTED) | Q(state=flow.IN_PROGRESS, owner=None), office=user.office_id
    ).select_related(*RELATED)


def _own(user: User, at: datetime) -> QuerySet[Ticket]:
    owned = Ticket.objects.filter(owner=user, state__in=(flow.IN_PROGRESS, flow.NEED_INFO))
    return owned.select_related(*RELATED)


def _to_tell(user: User, at: datetime) -> QuerySet[Ticket]:
    decided = Ticket.objects.filter(state=flow.DECIDED)
    return decided.filter(Q(owner=user) | Q(first_office=user.office_id)).select_related(*RELATED)


def _to_visit(user: User, at: datetime) -> QuerySet[Ticket]:
    # Whoever decided, or was the second person of the void, does not ask whether it is solved.
    informed = Ticket.objects.filter(state=flow.INFORMED).exclude(decided_by=user)
    informed = informed.exclude(corrections__void__decided_by=user)
    return informed.filter(Q(first_office=user.office_id) | Q(office=user.office_id)).select_related(*RELATED)


def _to_rule(user: User, at: datetime) -> QuerySet[Ticket]:
    return Ticket.objects.filter(state=flow.REGISTERED).select_related(*RELATED)


def _late(user: User, at: datetime) -> QuerySet[Ticket]:
    return Ticket.objects.late(at).with_next_due().select_related(*RELATED)


def _other_colour(user: User, at: datetime) -> QuerySet[Ticket]:
    """Return tickets whose citizen sees another colour than they were told, by the last return visit."""
    notices = Notice.objects.filter(ticket=OuterRef("ticket"), at__lte=OuterRef("at")).exclude(colour="")
    last = ReturnVisit.objects.filter(ticket=OuterRef("ticket")).order_by("-pk").values("pk")[:1]
    visits = ReturnVisit.objects.filter(ticket=OuterRef("pk"), pk=Subquery(last)).exclude(colour_seen="")
    visits = visits.annotate(last_answer=Subquery(notices.order_by("-pk").values("colour")[:1])).exclude(
        colour_seen=F("last_answer")
    )
    return Ticket.objects.filter(Exists(visits), state__in=flow.UNDECIDED).select_related(*RELATED)


def _questions(user: User, at: datetime) -> QuerySet[Assist]:
    return Assist.objects.filter(office=user.office_id, answered_at=None).select_related("ticket__person")


def _given_up(user: User, at: datetime) -> QuerySet[Message]:
    return Message.objects.filter(status=Message.Status.FAILED).select_related("ticket__person")


KINDS: tuple[ListKind, ...] = (
    ListKind("desk_unsigned", _("Tickets to sign for"), ("ticket.handle",), _unsigned, "sign_due", urgent=True,
         steps=("take",)),
    ListKind("desk_own", _("Tickets you handle"), ("ticket.handle",), _own, "decide_due", steps=CHOOSE),
    ListKind("desk_rule", _("Tickets sent back: rule on them"), ("ticket.rule",), _to_rule, "decide_due", urgent=True,
         steps=("rule",)),
    ListKind("desk_late", _("Tickets whose time is over"), ("ticket.rule",), _late, "next_due", urgent=True,
         steps=CHOOSE),
    ListKind("desk_other_colour", _("The citizen sees another colour than the code has"),
         ("ticket.rule",), _other_colour, "decide_due", urgent=True, steps=CHOOSE),
    ListKind("desk_questions", _("Questions of the complaint desk to your office"),
         ("ticket.assist",), _questions, "due_at", urgent=True, steps=("answer",)),
    ListKind("desk_tell", _("Decided: tell the citizen"), ("ticket.register",), _to_tell, "inform_due", urgent=True,
         steps=("tell",)),
    ListKind("desk_visit", _("Told: ask whether it is solved"), ("ticket.register",), _to_visit, "visit_due",
         steps=("visit",)),
    ListKind("desk_given_up", _("Answers that did not reach the hotline"), ("ticket.handle",), _given_up, "created_at",
         steps=CHOOSE),
)  # fmt: skip


def next_ticket(user: User, at: datetime, *, after: int | None = None) -> Ticket | None:
    """Return the ticket that waits first for a user, in the order of the lists, but not the one they come from."""
    for kind in KINDS:
        found = kind.find(user, at)
        if found.model is Ticket and any(user.may(act) for act in kind.acts):
            ticket = found.exclude(pk=after).order_by(kind.since, "pk").first()
            if ticket is not None:
                return ticket
    return None
