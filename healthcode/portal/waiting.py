"""What waits for a user, as the home page shows it: about whom, what, since when, and where it leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise

from cases.models import (
    AreaChange,
    Batch,
    Document,
    Inquiry,
    MassHold,
    Person,
    RiskArea,
    RuleBook,
    SetupFile,
    Strike,
    Undo,
)
from cases.models.proposals import Decision
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from cases.operations.areas import DecideArea, DecideAreaChange
from cases.operations.base import open_to_each
from cases.operations.documents import DecideStrike
from cases.policy.rulebook import Policy
from cases.selectors.roster import Wait
from cases.selectors.worklists import COUNTED, FIRST, KINDS, ListKind, Worklist, WorklistRow, worklists
from complaints.models import Assist, Message, Ticket
from complaints.selectors.worklists import KINDS as DESK
from healthcode.core.acts.base import Operation
from healthcode.core.offices.models import Office, SecondFactor, Token, User
from healthcode.portal import deadlines
from healthcode.portal.row_words import about

RULE_BOOK_ACTS = {Decision.PENDING.value: "rulebook.decide", Decision.REFUSED.value: "rulebook.propose"}
DECIDED_BY: Mapping[type[Model], type[Operation]] = {
    RiskArea: DecideArea,
    AreaChange: DecideAreaChange,
    Strike: DecideStrike,
}
DESK_ROWS = (Ticket, Assist, Message)  # what a ticket's page is about
ALL = 200  # rows of one list on its own page


@dataclass(frozen=True)
class ActButton:
    """A button that leads to an operation's page."""

    name: str
    label: str | Promise


Acts = Mapping[int, tuple[ActButton, ...]]  # by the key of a person whose page is closed to the reader


@dataclass(frozen=True)
class WaitingItem:
    """One row: it leads to the person's page, or where that is closed, to the acts themselves."""

    person: Person | None
    text: str
    late: bool
    waits_for: str
    opens: bool
    page: str  # of what it is about, where that is no person
    acts: tuple[ActButton, ...]
    wait: Wait | None = None  # when it is due, and who can be called about it
    clock: deadlines.RowClock | None = None


@dataclass(frozen=True)
class WaitingCard:
    """One list as a page shows it."""

    key: str
    label: str | Promise
    urgent: bool
    total: int
    items: tuple[WaitingItem, ...]
    works_through: bool = False  # row by row, each on the form of its act

    @property
    def more(self) -> int:
        return self.total - len(self.items)

    @property
    def counted(self) -> str:
        """Return how many wait, as far as they are counted."""
        return f"{COUNTED}+" if self.total > COUNTED else str(self.total)


def cards(user: User, *, at: datetime) -> tuple[WaitingCard, ...]:
    """Return the lists that are not empty, each with its first rows."""
    return _cards(user, at, (*KINDS, *DESK), FIRST)


def known(key: str) -> bool:
    """Tell whether there is a list of this key at all, empty or not."""
    return any(kind.key == key for kind in (*KINDS, *DESK))


def card(user: User, key: str, *, at: datetime) -> WaitingCard | None:
    """Return one list with all its rows; None when it is empty or not this user's."""
    # Only its own kind is asked: the forty other lists have queries of their own.
    own = [kind for kind in (*KINDS, *DESK) if kind.key == key]
    return next(iter(_cards(user, at, own, ALL)), None)


def _cards(user: User, at: datetime, kinds: Iterable[ListKind], limit: int) -> tuple[WaitingCard, ...]:
    lists = worklists(user, at, limit=limit, kinds=kinds)
    if not lists:
        return ()
    keys = {row.person.pk for one in lists for row in one.rows if row.person is not None}
    reachable = Person.objects.reachable_by(user, "person.view", at).filter(pk__in=keys)
    opens = set(reachable.values_list("pk", flat=True))
    policy = RuleBook.objects.in_force(at).policy
    return tuple(_card(one, user, at, opens, _acts_on_closed(one, opens, user, at), policy) for one in lists)


def _acts_on_closed(worklist: Worklist, opens: set[int], user: User, at: datetime) -> Acts:
    """Return by person key what can be done about those whose pages are closed to the reader.

    What waits within hours says itself by which act. Of all else a person is asked with a query for each act: first
    for those that settle the list, and for the others only where none of them is open.
    """
    rows = [row for row in worklist.rows if row.act is None and not isinstance(row.about, DESK_ROWS)]
    closed = {row.person.pk: row.person for row in rows if row.person and row.person.pk not in opens}
    kind, found = worklist.kind, dict[int, tuple[ActButton, ...]]()
    own = [one for one in PERSON_OPERATIONS if kind is not None and kind.settles(one.name, one.act)]
    for operations in (own, [one for one in PERSON_OPERATIONS if one not in own]):
        left = [person for pk, person in closed.items() if not found.get(pk)]
        each = open_to_each(operations, left, by=user, at=at) if left else {}
        found |= {pk: buttons(open_now) for pk, open_now in each.items()}
    return found


def _card(
    worklist: Worklist, user: User, at: datetime, opens: set[int], acts: Acts, policy: Policy
) -> WaitingCard:
    items = tuple(_item(row, user, at, opens, acts, policy) for row in worklist.rows)
    through = worklist.works_through
    return WaitingCard(worklist.key, worklist.label, worklist.urgent, worklist.total, items, through)


def _item(
    row: WorklistRow, user: User, at: datetime, opens: set[int], acts: Acts, policy: Policy
) -> WaitingItem:
    person = row.person
    # What is to be done about a ticket is on the ticket's page, not on the person's.
    opens_here = person is not None and person.pk in opens and not isinstance(row.about, DESK_ROWS)
    return WaitingItem(
        person=person,
        text=" · ".join(part for part in (about(row.about, policy), _why_back(row.about)) if part),
        late=deadlines.is_late(row, at),
        waits_for=row.waits_for,
        opens=opens_here,
        page=_page(row.about),
        acts=() if opens_here or isinstance(row.about, DESK_ROWS) else _acts(row, user, acts),
        wait=row.wait,
        clock=deadlines.clock(row, at),
    )


def _why_back(thing: Model) -> str:
    """Return the reason with which something was sent back to whoever proposed or reported it."""
    answer = getattr(thing, "answer", "") or getattr(thing, "closing_reason", "")
    return f"“{answer}”" if answer else ""


def _page(thing: Model) -> str:
    if isinstance(thing, DESK_ROWS):
        ticket = thing if isinstance(thing, Ticket) else thing.ticket
        return reverse("admin:complaints_ticket_change", args=(ticket.pk,))
    thing = thing.user if isinstance(thing, SecondFactor) else thing
    if isinstance(thing, User | Token | Office):
        return reverse(f"admin:offices_{thing._meta.model_name}_change", args=(thing.pk,))
    thing = thing.area if isinstance(thing, AreaChange) else thing
    thing = thing.document if isinstance(thing, Strike) else thing
    paged = Batch | Document | Inquiry | MassHold | RiskArea | RuleBook | SetupFile | Undo
    if not isinstance(thing, paged):
        return ""
    return reverse(f"admin:cases_{thing._meta.model_name}_change", args=(thing.pk,))


def _acts(row: WorklistRow, user: User, acts: Acts) -> tuple[ActButton, ...]:
    if row.person is not None and row.act is None:
        return acts[row.person.pk]
    if row.person is not None:
        return buttons(one for one in PERSON_OPERATIONS if one.act == row.act)
    if isinstance(row.about, RuleBook):
        wanted = RULE_BOOK_ACTS.get(row.about.decision, "")
        return buttons(one for one in DESK_OPERATIONS if one.act == wanted and user.may(one.act))
    deciding = DECIDED_BY.get(type(row.about))
    return buttons([deciding] if deciding and user.may(deciding.act) else [])


def buttons(operations: Iterable[type[Operation]]) -> tuple[ActButton, ...]:
    """Return the buttons of operations; a template would call the classes themselves."""
    return tuple(ActButton(one.name, one.label) for one in operations)
