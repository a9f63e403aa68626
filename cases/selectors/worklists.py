"""What waits for whom: nobody is forgotten. One table of lists; each office sees those its acts can empty."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import (
    AreaChange,
    Batch,
    Case,
    Erasure,
    ExitReport,
    HomeStay,
    MassHold,
    Merge,
    NumberChange,
    Person,
    RejectedRow,
    Release,
    RiskArea,
    RuleBook,
    Transfer,
    Undo,
    Void,
)
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.selectors import control, fallen, red_scans, returned, samples
from cases.selectors.areas import areas_for, changes_for
from cases.selectors.pending import numbers_for, voids_for
from healthcode.core.offices.models import User
from healthcode.core.offices.scope import within

FIRST = 5  # rows of each list where several stand on one page
Find = Callable[["User", datetime], "QuerySet"]


@dataclass(frozen=True)
class WorklistRow:
    """One thing that waits: about whom (None for an area), since when or until when, for whose act."""

    person: Person | None
    about: Model
    since: datetime | None
    waits_for: str


@dataclass(frozen=True)
class Worklist:
    """One list: how many wait, and the first of them."""

    key: str
    label: str | Promise
    urgent: bool
    total: int
    rows: tuple[WorklistRow, ...]


@dataclass(frozen=True)
class ListKind:
    """One kind of waiting thing: who can act on it, and how it is found."""

    key: str
    label: str | Promise
    acts: tuple[str, ...]
    find: Find
    since: str
    urgent: bool = False


def worklists(
    user: User, at: datetime, *, limit: int = FIRST, kinds: Iterable[ListKind] | None = None
) -> tuple[Worklist, ...]:
    """Return this user's lists that are not empty, urgent ones first; `kinds` are all of this floor by default."""
    asked = KINDS if kinds is None else kinds
    own = (kind for kind in asked if any(user.may(act) for act in kind.acts))
    lists = [_filled(kind, user, at, limit) for kind in own]
    return tuple(sorted((one for one in lists if one.total), key=lambda one: not one.urgent))


def _filled(kind: ListKind, user: User, at: datetime, limit: int) -> Worklist:
    found = kind.find(user, at).order_by(kind.since, "pk")
    # Nearly every list is empty or short: one row beyond the limit tells so, and no second query counts it.
    first = list(found[: limit + 1])
    total = len(first) if len(first) <= limit else found.count()
    rows = tuple(_row(one, kind.since) for one in first[:limit])
    return Worklist(kind.key, kind.label, kind.urgent, total, rows)


def _row(about: Model, since: str) -> WorklistRow:
    person = getattr(about, "person", None) or getattr(getattr(about, "case", None), "person", None)
    person = (
        person or getattr(getattr(about, "order", None), "person", None) or getattr(about, "duplicate", None)
    )
    officer = getattr(about, "officer", None)
    return WorklistRow(person, about, getattr(about, since), officer.name if officer else "")


# --- decisions that wait for a second person -----------------------------------------------------------------


def _reports(user: User, at: datetime) -> QuerySet[Case]:
    return Case.objects.filter(state=State.REPORTED, addressed_to=user.office_id).select_related("person")


def _exit_reports(user: User, at: datetime) -> QuerySet[ExitReport]:
    return ExitReport.objects.pending().filter(addressed_to=user.office_id).select_related("case__person")


def _for_second_person(user: User, at: datetime) -> QuerySet[Case]:
    waiting = Case.objects.filter(state=State.HELD, hold=None).filter(
        within(user.jurisdiction, "person__present")
    )
    return waiting.exclude(entered_by=user).select_related("person")


def _voids(user: User, at: datetime) -> QuerySet[Void]:
    pending = voids_for(user, at).filter(within(user.jurisdiction, "case__person__present"))
    return pending.select_related("case__person")


def _releases(user: User, at: datetime) -> QuerySet[Release]:
    pending = Release.objects.pending().exclude(proposed_by__office=user.office_id)
    return pending.filter(within(user.jurisdiction, "case__person__present")).select_related("case__person")


def _home_stays(user: User, at: datetime) -> QuerySet[HomeStay]:
    pending = HomeStay.objects.pending().filter(within(user.jurisdiction, "order__person__present"))
    return pending.select_related("order__person")


def _numbers(user: User, at: datetime) -> QuerySet[NumberChange]:
    return numbers_for(user).select_related("person")


def _merges(user: User, at: datetime) -> QuerySet[Merge]:
    return Merge.objects.pending().exclude(proposed_by=user).select_related("duplicate", "survivor")


def _erasures(user: User, at: datetime) -> QuerySet[Erasure]:
    return Erasure.objects.pending().exclude(proposed_by=user).select_related("person")


def _transfers(user: User, at: datetime) -> QuerySet[Transfer]:
    pending = Transfer.objects.pending().exclude(proposed_by=user)
    pending = pending.filter(within(user.jurisdiction, "to_division"))
    return pending.select_related("person", "from_division", "to_division")


def _areas(user: User, at: datetime) -> QuerySet[RiskArea]:
    return areas_for(user)


def _area_changes(user: User, at: datetime) -> QuerySet[AreaChange]:
    return changes_for(user)


def _rule_books(user: User, at: datetime) -> QuerySet[RuleBook]:
    pending = RuleBook.objects.filter(decision=Decision.PENDING)
    if user.jurisdiction != settings.HOME_CITY:
        return pending.none()  # a county's duty lead decides no rule for the city
    return pending.exclude(proposed_by__office=user.office_id)


def _coming_rule_books(user: User, at: datetime) -> QuerySet[RuleBook]:
    return RuleBook.objects.filter(decision=Decision.APPROVED, adopted_at=None)


def _checked(user: User, at: datetime) -> QuerySet[Batch]:
    return Batch.objects.filter(office=user.office_id, brought_by=None, state=Batch.State.CHECKED)


def _brought(user: User, at: datetime) -> QuerySet[Batch]:
    brought = Batch.objects.brought().filter(state=Batch.State.CHECKED)
    return brought.exclude(brought_by__office=user.office_id)


def _other_content(user: User, at: datetime) -> QuerySet[Batch]:
    waiting = RejectedRow.objects.filter(batch=OuterRef("pk"), state=RejectedRow.State.HELD)
    return Batch.objects.filter(Exists(waiting), office=user.office_id, brought_by=None)


def _undos(user: User, at: datetime) -> QuerySet[Undo]:
    return Undo.objects.pending().exclude(proposed_by__office=user.office_id).select_related("batch")


def _holds(user: User, at: datetime) -> QuerySet[MassHold]:
    return MassHold.objects.pending()


def _accounts(user: User, at: datetime) -> QuerySet[User]:
    """Find prepared accounts that another administrator has to grant."""
    prepared = User.objects.filter(granted_at=None, is_active=False).exclude(created_by=user)
    return prepared.exclude(pk=user.pk).exclude(role="system").select_related("office")


UNDER_CONTROL = ("order.end", "order.change", "order.hand_over")
KINDS: Iterable[ListKind] = (
    ListKind("positives", _("Positive, not yet reported: do not let the person leave"),
         ("case.report", "order.change", "result.enter"), samples.positives, "entered_at", urgent=True),
    ListKind("standing_again", _("Stands again: ring them, and take the missing sample"),
         (*fallen.REACHED_BY, "audit.read"), fallen.standing_again, "opened_at", urgent=True),
    ListKind("contacts_of_nobody", _("Contacts whose index case is gone, not clear of infection: decide"),
         ("case.report",), fallen.contacts_of_nobody, "opened_at", urgent=True),
    ListKind("reports", _("Reports waiting for entry"), ("case.enter_report",), _reports, "entered_at", urgent=True),
    ListKind("sent_back", _("Sent back to you: correct and report again"),
         ("case.report", "case.open"), returned.reports, "closed_at", urgent=True),
    ListKind("returned_exits", _("Sent back to you: exit reports"),
         ("case.report_exit",), returned.proposals(ExitReport, "case", "case__person"), "decided_at", urgent=True),
    ListKind("returned_voids", _("Sent back to you: voids"),
         ("case.propose_void",), returned.proposals(Void, "case", "case__person"), "decided_at", urgent=True),
    ListKind("returned_releases", _("Sent back to you: releases"),
         ("case.propose_release",), returned.proposals(Release, "case", "case__person"), "decided_at"),
    ListKind("returned_home_stays", _("Sent back to you: home stays"),
         ("order.propose_home",), returned.proposals(HomeStay, "order", "order__person"), "decided_at"),
    ListKind("returned_transfers", _("Sent back to you: transfers"),
         ("person.transfer",), returned.proposals(Transfer, "person", "person"), "decided_at"),
    ListKind("returned_numbers", _("Sent back or restored: corrected document numbers"),
         ("person.correct",), returned.proposals(NumberChange, "person", "person"), "decided_at", urgent=True),
    ListKind("returned_merges", _("Sent back to you: merges"),
         ("person.propose_merge",), returned.proposals(Merge, "duplicate", "duplicate"), "decided_at"),
    ListKind("returned_areas", _("Sent back to you: risk areas"),
         ("area.propose",), returned.proposals(RiskArea, "name", "decided_by"), "decided_at"),
    ListKind("returned_area_changes", _("Sent back to you: liftings and withdrawals of risk areas"),
         ("area.propose",), returned.proposals(AreaChange, "area", "area"), "decided_at"),
    ListKind("ready", _("All met: only the end of control is missing"),
         UNDER_CONTROL, control.ready, "until", urgent=True),
    ListKind("overdue", _("Overdue, control not ended"), UNDER_CONTROL, control.overdue, "until", urgent=True),
    ListKind("without_officer", _("Red without a responsible officer"),
         ("order.change", "order.hand_over"), control.without_officer, "opened_at", urgent=True),
    ListKind("not_moved", _("Red, not yet driven to a hospital or isolation site"),
         ("order.transport",), control.not_moved, "opened_at", urgent=True),
    ListKind("red_at_a_door", _("Red at a door: see to it, and say what was done"),
         ("gate.answer",), red_scans.unanswered, "at", urgent=True),
    ListKind("exit_reports", _("Discharges, exclusions and reclassifications to enter"),
         ("case.enter_exit",), _exit_reports, "proposed_at", urgent=True),
    ListKind("held", _("Cases waiting for your decision"),
         ("case.decide",), _for_second_person, "entered_at", urgent=True),
    ListKind("holds", _("Mass coding held: look before it counts"),
         ("hold.decide", "audit.read"), _holds, "proposed_at", urgent=True),
    ListKind("undos", _("Deliveries to be taken back"), ("batch.decide_undo",), _undos, "proposed_at", urgent=True),
    ListKind("brought", _("Files brought in for a source: to be confirmed"),
         ("batch.confirm_brought",), _brought, "delivered_at", urgent=True),
    ListKind("sent_back_brought", _("Sent back to you: files brought in for a source"),
         ("batch.bring",), returned.brought, "finished_at"),
    ListKind("checked", _("Deliveries checked, waiting for your confirmation"),
         ("batch.deliver",), _checked, "delivered_at", urgent=True),
    ListKind("other_content", _("Rows with a known number and other content"),
         ("batch.deliver",), _other_content, "delivered_at"),
    ListKind("voids", _("Voids waiting for the second person"),
         ("case.decide_void",), _voids, "proposed_at", urgent=True),
    ListKind("releases", _("Releases waiting for the second person"),
         ("case.decide_release",), _releases, "proposed_at"),
    ListKind("home_stays", _("Home stays waiting for the second person"),
         ("order.decide_home",), _home_stays, "proposed_at"),
    ListKind("merges", _("Merges waiting for the second person"), ("person.approve_merge",), _merges, "proposed_at"),
    ListKind("numbers", _("Corrected document numbers: confirm within 24 hours, or decide"),
         ("person.decide_number",), _numbers, "proposed_at", urgent=True),
    ListKind("erasures", _("Erasures waiting for the second person"),
         ("person.decide_erasure",), _erasures, "proposed_at"),
    ListKind("transfers", _("People moving into your area"), ("person.accept_transfer",), _transfers, "proposed_at"),
    ListKind("areas", _("Risk areas waiting for the second person"),
         ("area.decide",), _areas, "proposed_at", urgent=True),
    ListKind("area_changes", _("Liftings and withdrawals of risk areas waiting for the second person"),
         ("area.decide",), _area_changes, "proposed_at", urgent=True),
    ListKind("rule_books", _("Rule books waiting for the second person"),
         ("rulebook.decide",), _rule_books, "proposed_at", urgent=True),
    ListKind("returned_rule_books", _("Sent back to you: rule books"),
         ("rulebook.propose",), returned.proposals(RuleBook, "version", "decided_by"), "decided_at", urgent=True),
    ListKind("coming_rule_books", _("Rule books approved, not yet in force"),
         ("rulebook.propose", "rulebook.decide"), _coming_rule_books, "effective_from"),
    ListKind("fevers", _("Fever in the health log: examine"),
         ("order.log_health", "order.change"), control.fevers, "at", urgent=True),
    ListKind("accounts", _("Accounts waiting for another administrator"), ("account.manage",), _accounts, "created_at"),
    ListKind("due_today", _("Due today"), UNDER_CONTROL, control.due_today, "until"),
    ListKind("untested", _("Yellow, not yet tested"),
         ("result.apply", "declaration.proxy"), samples.untested, "opened_at"),
    ListKind("lost", _("Sample lost or inconclusive: take again"), ("result.enter",), samples.lost, "sampled_at"),
)  # fmt: skip
