"""What waits for whom: nobody is forgotten. One table of lists; each office sees those its acts can empty."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import (
    AreaChange,
    Certificate,
    Death,
    DeathWithdrawal,
    ExitReport,
    HomeStay,
    Merge,
    NumberChange,
    Person,
    Release,
    Relocation,
    Reversal,
    RiskArea,
    RuleBook,
    SelfCheck,
    Strike,
    Transfer,
    Void,
)
from cases.selectors import (
    control,
    fallen,
    fevers,
    inquiries,
    positives,
    proposed,
    red_scans,
    renumbered,
    returned,
    rounds,
    samples,
)
from cases.selectors.awaited import BY_KEY, Awaited, late_for, rows_of
from cases.selectors.firsts import first_rows
from cases.selectors.oldest import may_wait
from cases.selectors.reversals import DECIDED_BY, PROPOSED_BY
from cases.selectors.roster import WATCH, Roster, Wait, may_decide
from healthcode.core.offices.models import User
from healthcode.core.offices.roles import ACTS

SECONDS = frozenset(second.act for act in ACTS.values() for second in act.seconds) | {"audit.read"}
CHOOSE = ("choose",)
FIRST = 5  # rows of each list where several stand on one page
COUNTED = 99  # beyond these nobody reads a number: it would cost as much as the city has people
Find = Callable[["User", datetime], "QuerySet"]


@dataclass(frozen=True)
class WorklistRow:
    """One thing that waits: about whom (None for an area), since when or until when, for whose act, within hours."""

    person: Person | None
    about: Model
    since: datetime | None
    waits_for: str
    wait: Wait | None = None  # where it has hours
    act: str | None = None  # where it has hours: by which act this user settles it, "" where they may not


@dataclass(frozen=True)
class Worklist:
    """One list: how many wait, counted to one beyond `COUNTED`, and the first of them."""

    key: str
    label: str | Promise
    urgent: bool
    total: int
    rows: tuple[WorklistRow, ...]
    works_through: bool = False  # row by row, each on the form of its act
    kind: "ListKind | None" = None


@dataclass(frozen=True)
class ListKind:
    """One kind of waiting thing: who can act on it, and how it is found."""

    key: str
    label: str | Promise
    acts: tuple[str, ...]
    find: Find
    since: str
    urgent: bool = False
    # What is worked through case by case: the names of the acts whose form comes first, by preference; a row
    # with none of them opens its own page, as all do where there is a choice to make (`CHOOSE`).
    steps: tuple[str, ...] = ()

    def settles(self, name: str, act: str) -> bool:
        """Tell whether an operation is one by which a row of this list is settled."""
        return name in self.steps or act in self.acts

    def works_through(self, user: User) -> bool:
        """Tell whether a user may work through the list, row by row; nobody does over second decisions."""
        return bool(self.steps) and any(user.may(act) for act in self.acts if act not in SECONDS)

    def first(self, user: User, at: datetime, limit: int, roster: Roster) -> tuple[list[WorklistRow], int]:
        """Return the first rows, and how many there are."""
        awaited = BY_KEY.get(self.key)
        if not may_wait(self.key):
            return [], 0
        found = self.find(user, at)
        if awaited is not None:
            found = awaited.with_proposers(found)
        rows, total = first_rows(self.key, found.order_by(self.since, "pk"), limit, COUNTED)
        return [_row(one, self.since, awaited, roster, user) for one in rows], total


class LateKind(ListKind):
    """What is beyond its hours, of all kinds at once."""

    def first(self, user: User, at: datetime, limit: int, roster: Roster) -> tuple[list[WorklistRow], int]:
        # Three columns each: so many are read at once, and the statement of forty kinds is not planned again to count.
        first = list(self.find(user, at).order_by("waits_since")[: max(limit, COUNTED) + 1])
        total = len(first)
        rows = rows_of(first[:limit], at)
        return [
            replace(_row(row, kind.since, kind, roster, user), waits_for=str(ACTS[kind.act].words))
            for kind, row in rows
        ], total


def worklists(
    user: User, at: datetime, *, limit: int = FIRST, kinds: Iterable[ListKind] | None = None
) -> tuple[Worklist, ...]:
    """Return this user's lists that are not empty, urgent ones first; `kinds` are all of this floor by default."""
    asked = KINDS if kinds is None else kinds
    own = (kind for kind in asked if any(user.may(act) for act in kind.acts))
    roster = Roster(at)
    lists = []
    for kind in own:
        rows, total = kind.first(user, at, limit, roster)
        if total:
            through = kind.works_through(user)
            lists.append(Worklist(kind.key, kind.label, kind.urgent, total, tuple(rows), through, kind))
    return tuple(sorted(lists, key=lambda one: not one.urgent))


def person_of(about: Model) -> Person | None:
    """Return the person that a row of a list is about; None for an area, a file or an account."""
    if isinstance(about, Person):
        return about
    person = getattr(about, "person", None) or getattr(getattr(about, "case", None), "person", None)
    return (
        person or getattr(getattr(about, "order", None), "person", None) or getattr(about, "duplicate", None)
    )


def _row(about: Model, since: str, awaited: Awaited | None, roster: Roster, user: User) -> WorklistRow:
    person = person_of(about)
    officer = getattr(about, "officer", None)
    name = officer.name if officer else ""
    if awaited is None:
        return WorklistRow(person, about, getattr(about, since), name)
    matter = awaited.matter(about, roster)
    act = matter.act if may_decide(user, matter) else ""
    return WorklistRow(person, about, getattr(about, since), name, roster.wait(matter), act)


UNDER_CONTROL = ("order.end", "order.change", "order.hand_over")
KINDS: Iterable[ListKind] = (
    LateKind("late", _("Beyond its hours: see that somebody decides"), (WATCH,), late_for, "", urgent=True),
    ListKind("calls", _("Stands again: telephone within the hour, and record the call"),
         ("case.record_call",), fallen.to_call, "opened_at", urgent=True, steps=("record-call",)),
    ListKind("positives", _("Positive, not yet answered by CDC: do not let the person leave"),
         ("case.report", "order.change", "result.enter"), positives.unanswered, "entered_at", urgent=True,
         steps=CHOOSE),
    ListKind("standing_again", _("Stands again: take the missing sample"),
         (*fallen.REACHED_BY, "audit.read"), fallen.standing_again, "opened_at", urgent=True, steps=("enter-result",)),
    ListKind("contacts_of_nobody", _("Contacts whose index case is gone, not clear of infection: decide"),
         ("case.report",), fallen.contacts_of_nobody, "opened_at", urgent=True, steps=CHOOSE),
    ListKind("late_falls", _("Ended long ago on what was taken back: no code turns, say what follows"),
         ("case.answer_fall", "audit.read"), fallen.late, "entered_at", urgent=True, steps=("answer-fall",)),
    ListKind("reports", _("Reports waiting for entry"),
         ("case.enter_report",), proposed.reports, "entered_at", urgent=True),
    ListKind("sent_back", _("Sent back to you: correct and report again"),
         ("case.report", "case.open"), returned.reports, "closed_at", urgent=True, steps=CHOOSE),
    ListKind("returned_exits", _("Sent back to you: exit reports"),
         ("case.report_exit",), returned.proposals(ExitReport, "case", "case__person"), "decided_at", urgent=True,
         steps=("report-exit",)),
    ListKind("returned_voids", _("Sent back to you: voids"),
         ("case.propose_void",), returned.proposals(Void, "case", "case__person"), "decided_at", urgent=True,
         steps=("void",)),
    ListKind("returned_releases", _("Sent back to you: releases"),
         ("case.propose_release",), returned.proposals(Release, "case", "case__person"), "decided_at",
         steps=("release",)),
    ListKind("returned_home_stays", _("Sent back to you: home stays"),
         ("order.propose_home",), returned.proposals(HomeStay, "order", "order__person"), "decided_at",
         steps=("home-stay",)),
    ListKind("returned_transfers", _("Sent back to you: transfers"),
         ("person.transfer",), returned.proposals(Transfer, "person", "person"), "decided_at", steps=("transfer",)),
    ListKind("returned_numbers", _("Sent back or restored: corrected document numbers"),
         ("person.correct",), returned.proposals(NumberChange, "person", "person"), "decided_at", urgent=True,
         steps=("correct",)),
    ListKind("returned_merges", _("Sent back to you: merges"),
         ("person.propose_merge",), returned.proposals(Merge, "duplicate", "duplicate"), "decided_at",
         steps=("merge",)),
    ListKind("returned_areas", _("Sent back to you: risk areas"),
         ("area.propose",), returned.proposals(RiskArea, "name", "decided_by"), "decided_at"),
    ListKind("returned_area_changes", _("Sent back to you: liftings and withdrawals of risk areas"),
         ("area.propose",), returned.proposals(AreaChange, "area", "area"), "decided_at"),
    ListKind("returned_strikes", _("Sent back to you: documents to be struck"),
         ("document.propose_strike",), returned.proposals(Strike, "document", "document"), "decided_at"),
    ListKind("ready", _("All met: only the end of control is missing"),
         UNDER_CONTROL, control.ready, "until", urgent=True, steps=("end-control",)),
    ListKind("overdue", _("Overdue, control not ended"), UNDER_CONTROL, control.overdue, "until", urgent=True,
         steps=("end-control",)),
    ListKind("without_officer", _("Red without a responsible officer"),
         ("order.change", "order.hand_over"), control.without_officer, "opened_at", urgent=True, steps=("hand-over",)),
    ListKind("handed_over", _("Handed to another province, red still: record the certificate, or take it back"),
         ("order.record_certificate", "order.decide_transfer_back"), control.handed_over, "until",
         steps=("record-certificate",)),
    ListKind("not_moved", _("Red, not yet driven to a hospital or isolation site"),
         ("order.transport",), control.not_moved, "opened_at", urgent=True, steps=("transport",)),
    ListKind("to_leave", _("No ground any more: let them leave the site, with slip and transport"),
         ("order.transport",), control.to_leave, "ended_at", urgent=True, steps=("transport",)),
    ListKind("red_at_a_door", _("Red at a door: see to it, and say what was done"),
         ("gate.answer",), red_scans.unanswered, "at", urgent=True, steps=("answer-red-scan",)),
    ListKind("exit_reports", _("Discharges, exclusions and reclassifications to enter"),
         ("case.enter_exit",), proposed.exit_reports, "proposed_at", urgent=True),
    ListKind("held", _("Cases waiting for your decision"),
         ("case.decide",), proposed.for_second_person, "entered_at", urgent=True),
    ListKind("holds", _("Mass coding held: look before it counts"),
         ("hold.decide", "audit.read"), proposed.holds, "proposed_at", urgent=True),
    ListKind("undos", _("Deliveries to be taken back"),
         ("batch.decide_undo",), proposed.undos, "proposed_at", urgent=True),
    ListKind("brought", _("Files brought in for a source: to be confirmed"),
         ("batch.confirm_brought",), proposed.brought, "delivered_at", urgent=True),
    ListKind("sent_back_brought", _("Sent back to you: files brought in for a source"),
         ("batch.bring",), returned.brought, "finished_at"),
    ListKind("checked", _("Deliveries checked, waiting for your confirmation"),
         ("batch.deliver",), proposed.checked, "delivered_at", urgent=True),
    ListKind("failed", _("Deliveries stopped by an error of the portal: withdraw, take back, or send again"),
         ("batch.deliver",), proposed.failed, "finished_at", urgent=True),
    ListKind("other_content", _("Rows with a known number and other content"),
         ("batch.deliver",), proposed.other_content, "delivered_at"),
    ListKind("voids", _("Voids waiting for the second person"),
         ("case.decide_void",), proposed.voids, "proposed_at", urgent=True),
    ListKind("self_checks", _("Own findings of the bureau: to be seconded"),
         ("case.decide_self_check",), proposed.self_checks, "proposed_at", urgent=True),
    ListKind("seconded_self_checks", _("Own findings seconded: propose the void"),
         ("case.record_self_check",), proposed.seconded_self_checks, "decided_at", steps=("void",)),
    ListKind("returned_self_checks", _("Sent back to you: own findings"),
         ("case.record_self_check",), returned.proposals(SelfCheck, "case", "case__person"), "decided_at",
         steps=("self-check",)),
    ListKind("releases", _("Releases waiting for the second person"),
         ("case.decide_release",), proposed.releases, "proposed_at"),
    ListKind("home_stays", _("Home stays waiting for the second person"),
         ("order.decide_home",), proposed.home_stays, "proposed_at"),
    ListKind("deaths", _("Deaths to be confirmed"),
         ("person.confirm_death",), proposed.deaths, "proposed_at", urgent=True),
    ListKind("returned_deaths", _("Sent back to you: deaths"),
         ("person.record_death",), returned.proposals(Death, "person", "person"), "decided_at", steps=("death",)),
    ListKind("death_withdrawals", _("Deaths to be taken back"),
         ("person.decide_death_withdrawal",), proposed.death_withdrawals, "proposed_at", urgent=True),
    ListKind("returned_death_withdrawals", _("Sent back to you: deaths to be taken back"),
         ("person.withdraw_death",), returned.proposals(DeathWithdrawal, "person", "person"), "decided_at",
         steps=("withdraw-death",)),
    ListKind("certificates", _("Release certificates from elsewhere: to be confirmed"),
         ("order.decide_certificate",), proposed.certificates, "proposed_at", urgent=True),
    ListKind("returned_certificates", _("Sent back to you: release certificates"),
         ("order.record_certificate",), returned.proposals(Certificate, "order", "order__person"), "decided_at",
         steps=("record-certificate",)),
    ListKind("relocations", _("Control to go on elsewhere: to be confirmed"),
         ("order.decide_elsewhere",), proposed.relocations, "proposed_at"),
    ListKind("returned_relocations", _("Sent back to you: control to go on elsewhere"),
         ("order.propose_elsewhere",), returned.proposals(Relocation, "order", "order__person"), "decided_at",
         steps=("serve-elsewhere",)),
    ListKind("reversals", _("Acts to be taken back, waiting for the second person"),
         tuple(DECIDED_BY.values()), proposed.reversals, "proposed_at", urgent=True),
    ListKind("returned_reversals", _("Sent back to you: acts to be taken back"),
         tuple(PROPOSED_BY.values()), returned.proposals(Reversal, "person", "person"), "decided_at", steps=CHOOSE),
    ListKind("merges", _("Merges waiting for the second person"),
         ("person.approve_merge",), proposed.merges, "proposed_at"),
    ListKind("numbers", _("Corrected document numbers: confirm within 24 hours, or decide"),
         ("person.decide_number",), proposed.numbers, "proposed_at", urgent=True),
    ListKind("renumbered", _("A number was corrected: see whose that is which files brought under the wrong one"),
         ("person.decide_number",), renumbered.came_under_another, "decided_at", urgent=True),
    ListKind("corrected_alone", _("A number was corrected without the bureau: see whose the files' rows of before are"),
         ("person.decide_number",), renumbered.corrected_alone, "number_corrected_at", urgent=True),
    ListKind("erasures", _("Erasures waiting for the second person"),
         ("person.decide_erasure",), proposed.erasures, "proposed_at"),
    ListKind("transfers", _("People moving into your area"),
         ("person.accept_transfer",), proposed.transfers, "proposed_at"),
    ListKind("areas", _("Risk areas waiting for the second person"),
         ("area.decide",), proposed.areas, "proposed_at", urgent=True),
    ListKind("area_changes", _("Liftings and withdrawals of risk areas waiting for the second person"),
         ("area.decide",), proposed.area_changes, "proposed_at", urgent=True),
    ListKind("strikes", _("Documents to be struck from the register, waiting for the second person"),
         ("document.decide_strike",), proposed.strikes, "proposed_at", urgent=True),
    ListKind("rule_books", _("Rule books waiting for the second person"),
         ("rulebook.decide",), proposed.rule_books, "proposed_at", urgent=True),
    ListKind("returned_rule_books", _("Sent back to you: rule books"),
         ("rulebook.propose",), returned.proposals(RuleBook, "version", "decided_by"), "decided_at", urgent=True),
    ListKind("coming_rule_books", _("Rule books approved, not yet in force"),
         ("rulebook.propose", "rulebook.decide"), proposed.coming_rule_books, "effective_from"),
    ListKind("unmeasured", _("Health log: no temperature by ten in the morning or eight in the evening"),
         ("order.log_health",), rounds.missing, "due_since", urgent=True),
    ListKind("fevers", _("Fever in the health log: examine"),
         ("order.log_health", "order.change"), control.fevers, "at", urgent=True, steps=CHOOSE),
    ListKind("accounts", _("Accounts waiting for another administrator"),
         ("account.manage",), proposed.accounts, "created_at"),
    ListKind("tokens", _("Tokens waiting for another administrator"),
         ("account.manage",), proposed.tokens, "created_at"),
    ListKind("heads", _("Heads of offices waiting for another administrator"),
         ("account.manage",), proposed.heads, "head_asked_at"),
    ListKind("removals", _("Second factors to be taken away, waiting for another administrator"),
         ("account.manage",), proposed.removals, "removal_at"),
    ListKind("offices", _("Offices of machines waiting for another administrator"),
         ("account.manage",), proposed.offices, "prepared_at"),
    ListKind("setup_files", _("Offices, staff and venues waiting for another administrator"),
         ("setup.decide",), proposed.setup_files, "proposed_at"),
    ListKind("letters", _("Activation letters to print: their codes live for three days"),
         ("setup.decide",), proposed.letters, "decided_at", urgent=True),
    ListKind("inquiries", _("Questions of supervision to your office"),
         (inquiries.ANSWER,), inquiries.to_answer, "due_at", urgent=True),
    ListKind("inquiries_late", _("Your questions whose day is over without an answer"),
         (inquiries.ASK,), inquiries.unanswered_late, "due_at", urgent=True),
    ListKind("inquiries_answered", _("Your questions that were answered: make a finding"),
         (inquiries.ASK,), inquiries.to_close, "answered_at"),
    ListKind("due_today", _("Due today"), UNDER_CONTROL, control.due_today, "until", steps=("end-control",)),
    ListKind("untested", _("Yellow, not yet tested"),
         ("result.apply", "declaration.proxy"), samples.untested, "opened_at",
         steps=("enter-result", "declare-proxy")),
    ListKind("fever_unexamined", _("Fever declared, not yet examined by a fever clinic"),
         ("visit.record",), fevers.unexamined, "opened_at", steps=("record-visit",)),
    ListKind("fever_unsampled", _("Fever examined and ruled out, no sample yet"),
         ("visit.record", "result.apply"), fevers.unsampled, "opened_at", steps=("enter-result",)),
    ListKind("fever_undeclared", _("Fever examined and negative: only the new form is missing, the person's own"),
         ("visit.record", "declaration.proxy"), fevers.undeclared, "opened_at", steps=("declare-proxy",)),
    ListKind("applicable", _("Yellow, a negative counts already: apply it"),
         ("result.apply",), samples.applicable, "opened_at", urgent=True, steps=("apply-result",)),
    ListKind("unplaced", _("Under control, no place chosen yet: where are they?"),
         ("order.place",), control.unplaced, "opened_at", urgent=True, steps=("choose-place",)),
    ListKind("lost", _("Sample lost or inconclusive: take again"), ("result.enter",), samples.lost, "sampled_at",
         steps=("enter-result",)),
)  # fmt: skip
