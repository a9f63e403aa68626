"""Everything that waits for a decision or an act within hours, whatever its kind: one row for each kind.

A list of the worklists that has a row here shows when each thing is due and who is on duty to decide it, and what is
beyond its hours climbs: to the leader on duty, then to supervision. A kind of proposal without a row fails a test.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.utils.functional import Promise

from cases.models import (
    AreaChange,
    Batch,
    Case,
    Certificate,
    ControlOrder,
    Death,
    DeathWithdrawal,
    Erasure,
    ExitReport,
    HomeStay,
    Inquiry,
    LabResult,
    MassHold,
    Merge,
    NumberChange,
    Person,
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
from cases.models.inquiries import ANSWER as ANSWER_INQUIRY
from cases.models.proposals import Decision
from cases.selectors import fallen, oldest, positives
from cases.selectors.deaths import without_checked
from cases.selectors.elsewhere import acceptor_of
from cases.selectors.humans import live_in
from cases.selectors.oldest import may_wait
from cases.selectors.reversals import DECIDED_BY as REVERSED_BY
from cases.selectors.roster import Matter, Roster, Wait
from cases.selectors.undecided import lapsed, waiting_as
from healthcode.core.offices import seats
from healthcode.core.offices.models import Office, SecondFactor, Token, User
from healthcode.core.offices.roles import ACTS, HOURS, SUPERVISION_AFTER
from healthcode.core.offices.scope import covers, within

HEALTH_SIDE = ("group", "cdc")


@dataclass(frozen=True)
class Awaited:
    """One kind of thing that waits: its list, the act that settles it, which rows, and where they lie."""

    key: str  # of its list
    act: str
    model: type[Model]
    where: Q
    division: str = ""  # the field of the division it concerns; "" is the city
    person: str = ""  # the field of its person, where it has one
    since: str = "proposed_at"
    by: str = "proposed_by"
    office: str = ""  # the field of the one office that may act, where it is named

    @property
    def acts(self) -> Collection[str]:
        """Return the acts that settle its rows."""
        return (self.act,)

    def rows(self, at: datetime) -> QuerySet[Any]:
        """Return what waits, whoever's it is."""
        return self.model._default_manager.filter(self.where)

    def due_before(self, at: datetime, times: int) -> datetime:
        """Return the instant since which something waits that has waited for so many times its hours."""
        return at - times * timedelta(hours=HOURS[self.act])

    def late(self, at: datetime, times: int) -> QuerySet[Any]:
        """Return what has waited for so many times its hours."""
        return self.rows(at).filter(**{f"{self.since}__lte": self.due_before(at, times)})

    def with_proposers(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Join what `matter` reads, so that no row asks for it again."""
        own = (f"{self.by}__office", *((f"{self.person}__merged_into",) if self.person else ()))
        return rows.select_related(*own)

    def matter(self, row: Any, roster: Roster) -> Matter:
        """Return what the roster has to know of a row."""
        division = value_of(row, f"{self.division}_id") if self.division else ""
        if self.division == f"{self.person}__present":  # of the surviving record: its acts follow that one
            person = value_of(row, self.person)
            division = (person.merged_into or person).present_id
        office = getattr(row, f"{self.office}_id") if self.office else None
        roles = DECIDED_BY[self.key](row, roster) if self.key in DECIDED_BY else ()
        return Matter(
            self.act, getattr(row, self.since), division or "", getattr(row, self.by), office, roles
        )


class _Positives(Awaited):
    """Positives that CDC has not answered: what answers one is asked over four tables."""

    def rows(self, at: datetime) -> QuerySet[Any]:
        return positives.unanswered_anywhere(at)


class _Reversals(Awaited):
    """Acts that somebody proposed to take back: each kind is decided by an act of its own, in as many hours."""

    @property
    def acts(self) -> Collection[str]:
        return REVERSED_BY.values()

    def matter(self, row: Any, roster: Roster) -> Matter:
        return replace(super().matter(row, roster), act=REVERSED_BY[Reversal.Kind(row.kind)])


class _Calls(Awaited):
    """People nobody has told yet that their ground stands again."""

    def rows(self, at: datetime) -> QuerySet[Any]:
        return fallen.uncalled()


class _Releases(Awaited):
    """People whose control is over by its days and was not ended: due at noon of that day, and late from then on."""

    def rows(self, at: datetime) -> QuerySet[Any]:
        return without_checked(ControlOrder.objects.standing()).filter(until__lte=at)

    def matter(self, row: Any, roster: Roster) -> Matter:
        # Whoever opened the order may end it: nothing was proposed.
        return replace(super().matter(row, roster), by=None)


class _Inquiries(Awaited):
    """Questions of supervision: each has a day of its own, and climbs from its end on."""

    def late(self, at: datetime, times: int) -> QuerySet[Any]:
        before = at - (times - 1) * timedelta(hours=HOURS[self.act])
        return self.rows(at).filter(due_at__lte=before)

    def matter(self, row: Any, roster: Roster) -> Matter:
        return replace(super().matter(row, roster), due=row.due_at)


def _of_number(row: NumberChange, roster: Roster) -> tuple[str, ...]:
    post = seats.post_at(row.proposed_by, row.proposed_at)
    return ("duty_lead",) if post.role == "bureau" else ("bureau",)


def _of_void(row: Void, roster: Roster) -> tuple[str, ...]:
    ground = roster.policy.grounds.get(row.case.ground)
    return HEALTH_SIDE if ground and ground.voided_by_health_side else ()


def _of_relocation(row: Relocation, roster: Roster) -> tuple[str, ...]:
    return (acceptor_of(seats.post_at(row.proposed_by, row.proposed_at)),)


# Where not every role that holds the act may decide every row; the lists of `proposed.py` ask the same as queries.
DECIDED_BY: dict[str, Callable[[Any, Roster], tuple[str, ...]]] = {
    "numbers": _of_number,
    "voids": _of_void,
    "relocations": _of_relocation,
}


def value_of(row: Any, path: str) -> Any:
    """Follow a path of fields, as Django writes look-ups, from a row in hand."""
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _on(key: str, act: str, model: type[Model], person: str, **fields: Any) -> Awaited:
    fields = {"division": f"{person}__present", **fields}
    fields.setdefault("where", waiting_as(model) if issubclass(model, Proposal) else None)
    return Awaited(key, act, model, person=person, **fields)


EXIT_REVERSAL = REVERSED_BY[Reversal.Kind.EXIT]
ENTERED: dict[str, Any] = {"since": "entered_at", "by": "entered_by"}
AWAITED: tuple[Awaited, ...] = (
    _on("reports", "case.enter_report", Case, "person",
        where=Q(state=State.REPORTED), office="addressed_to", **ENTERED),
    _on("held", "case.decide", Case, "person", where=Q(state=State.HELD, hold=None, resumes=None), **ENTERED),
    _on("exit_reports", "case.enter_exit", ExitReport, "case__person", office="addressed_to"),
    _on("voids", "case.decide_void", Void, "case__person"),
    _on("self_checks", "case.decide_self_check", SelfCheck, "case__person"),
    _on("releases", "case.decide_release", Release, "case__person"),
    _on("home_stays", "order.decide_home", HomeStay, "order__person"),
    _on("relocations", "order.decide_elsewhere", Relocation, "order__person"),
    _on("certificates", "order.decide_certificate", Certificate, "order__person"),
    _on("deaths", "person.confirm_death", Death, "person"),
    _on("death_withdrawals", "person.decide_death_withdrawal", DeathWithdrawal, "person"),
    _on("transfers", "person.accept_transfer", Transfer, "person", division="to_division"),
    _on("merges", "person.approve_merge", Merge, "duplicate"),
    _on("numbers", "person.decide_number", NumberChange, "person"),
    _on("erasures", "person.decide_erasure", Erasure, "person"),
    _Reversals("reversals", EXIT_REVERSAL, Reversal, waiting_as(Reversal), "person__present", "person"),
    _on("late_falls", "case.answer_fall", Case, "person",
        where=Q(state=State.HELD, hold=None, resumes__isnull=False), **ENTERED),
    Awaited("areas", "area.decide", RiskArea, waiting_as(RiskArea)),
    Awaited("area_changes", "area.decide", AreaChange, waiting_as(AreaChange)),
    Awaited("strikes", "document.decide_strike", Strike, waiting_as(Strike)),
    Awaited("rule_books", "rulebook.decide", RuleBook, waiting_as(RuleBook)),
    Awaited("holds", "hold.decide", MassHold, waiting_as(MassHold)),
    Awaited("undos", "batch.decide_undo", Undo, waiting_as(Undo)),
    Awaited("brought", "batch.confirm_brought", Batch, Q(state=Batch.State.CHECKED) & ~Q(brought_by=None),
            since="delivered_at", by="brought_by"),
    Awaited("accounts", "account.manage", User, Q(granted_at=None, is_active=False) & ~Q(role="system"),
            since="created_at", by="created_by"),
    Awaited("tokens", "account.manage", Token, Q(granted_at=None, revoked_at=None),
            since="created_at", by="created_by"),
    Awaited("heads", "account.manage", User, Q(head_asked_by__isnull=False), since="head_asked_at", by="head_asked_by"),
    Awaited("removals", "account.manage", SecondFactor, Q(removal_by__isnull=False, removed_at=None),
            since="removal_at", by="removal_by"),
    Awaited("offices", "account.manage", Office, Q(granted_by=None) & ~Q(prepared_by=None),
            since="prepared_at", by="prepared_by"),
    Awaited("setup_files", "setup.decide", SetupFile, waiting_as(SetupFile)),
    _Positives("positives", "result.give_opinion", LabResult, Q(), "person__present", "person", **ENTERED),
    _Inquiries("inquiries", ANSWER_INQUIRY, Inquiry, Q(answered_at=None, closed_at=None), "office__division",
               since="due_at", by="asked_by", office="office"),
    _Releases("overdue", "order.end", ControlOrder, Q(), "person__present", "person", since="until", by="opened_by",
              office="office"),
    _Calls("calls", "case.record_call", Case, Q(), "person__present", "person", since="opened_at", by="opened_by"),
)  # fmt: skip
BY_KEY = {one.key: one for one in AWAITED}
PENDING = Q(decision=Decision.PENDING)  # not `waiting_as`: what it joins would be asked of all
oldest.KINDS |= {
    one.key: (one.model, PENDING if issubclass(one.model, Proposal) else one.where, one.since)
    for one in AWAITED
    if type(one) in (Awaited, _Reversals)
}
STANDS_AGAIN = (Case, Q(state=State.OPEN, resumes__isnull=False), "opened_at")
oldest.KINDS |= dict.fromkeys(("calls", "standing_again"), STANDS_AGAIN)


def late_for(user: User, at: datetime) -> QuerySet[Any]:
    """Return kind, key and beginning of everything beyond its hours in a user's area, as one statement.

    The leader on duty sees what is beyond its hours, supervision what is beyond `SUPERVISION_AFTER` times its hours.
    """
    everywhere = user.may("audit.read")
    city = everywhere or covers(user.jurisdiction, settings.HOME_CITY)
    times = SUPERVISION_AFTER if everywhere else 1
    kinds = [one for one in AWAITED if one.division or city]
    return _late(kinds, at, times, "" if everywhere else user.jurisdiction)


def late_anywhere(at: datetime, times: int) -> QuerySet[Any]:
    """Return the same of the whole city, beyond so many times its hours."""
    return _late(AWAITED, at, times, "")


def _late(kinds: Iterable[Awaited], at: datetime, times: int, area: str) -> QuerySet[Any]:
    asked = (one for one in kinds if may_wait(one.key, one.due_before(at, times)))
    first, *others = (_branch(one, at, times, area) for one in asked)
    return first.union(*others, all=True)


def _branch(one: Awaited, at: datetime, times: int, area: str) -> QuerySet[Any]:
    rows = one.late(at, times)
    if area and one.division:
        lives = one.division == f"{one.person}__present"
        rows = rows.filter(live_in(area, one.person) if lives else within(area, one.division))
    return _columns(one, rows)


def _columns(one: Awaited, rows: QuerySet[Any]) -> QuerySet[Any]:
    rows = rows.annotate(list_key=Value(one.key, CharField()), row_key=F("pk"), waits_since=F(one.since))
    return rows.order_by().values_list("list_key", "row_key", "waits_since")


@dataclass(frozen=True)
class WaitingAct:
    """One thing about somebody that waits: whose act it is, and how it stands to its hours."""

    words: str | Promise
    act: str
    wait: Wait


def about(person: Person, at: datetime) -> list[WaitingAct]:
    """Return what waits about a person's merged group, the oldest first."""
    group = person.group
    kinds = [one for one in AWAITED if one.person]
    first, *others = (_columns(one, one.rows(at).filter(**{f"{one.person}__among": group})) for one in kinds)
    found = first.union(*others, all=True).order_by("waits_since")
    roster = Roster(at)
    matters = [one.matter(row, roster) for one, row in rows_of(found, at)]
    return [WaitingAct(ACTS[one.act].words, one.act, roster.wait(one)) for one in matters]


def has_lapsed(person: Person, act: str) -> bool:
    """Tell whether something about a person waited for this act until what it is about closed."""
    kinds = [one for one in AWAITED if one.person and act in one.acts and issubclass(one.model, Proposal)]
    proposed = [one.model._default_manager.filter(**{f"{one.person}__among": person.group}) for one in kinds]
    return any(lapsed(rows).exists() for rows in proposed)


def rows_of(found: Iterable[tuple[str, int, datetime]], at: datetime) -> list[tuple[Awaited, Any]]:
    """Return the rows of `late_for`, in its order: one query for each kind that is there."""
    order = [(key, pk) for key, pk, _since in found]
    rows: dict[tuple[str, int], Any] = {}
    for key in {key for key, _pk in order}:
        kind = BY_KEY[key]
        wanted = kind.model._default_manager.filter(pk__in=[pk for other, pk in order if other == key])
        rows |= {(key, row.pk): row for row in kind.with_proposers(wanted)}
    return [(BY_KEY[key], rows[key, pk]) for key, pk in order if (key, pk) in rows]
