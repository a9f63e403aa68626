"""The engine: the only code that opens and closes cases, and so the only code that turns a colour.

Every act on cases runs inside `turning`: it locks the persons in key order, notes their colours, lets the act open and
close cases, and writes a transition and its event for each person whose colour changed; for many by as many statements.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from cases.models import Case, Person, RuleBook, Transition
from cases.models import basis as stored
from cases.models.cases import State
from cases.policy.colours import Colour
from cases.policy.exits import Rest
from cases.selectors.colours import colours_of
from cases.services.engine import in_force
from cases.services.engine.clocks import DRIFT
from cases.services.engine.dialects import in_parts
from cases.services.engine.refusals import Grown, NoCode, StalePage
from healthcode.core import planner_statistics
from healthcode.core.audit import ledger
from healthcode.core.audit.ledger import Entry, entry
from healthcode.core.audit.recorded import About, Recorded
from healthcode.core.offices.models import User

TICK = timedelta(microseconds=1)
MANY = 500  # people from whom on a blind plan costs more than the counting
Basis = Sequence[Rest] | Mapping[int, Sequence[Rest]]


@dataclass
class Turn:
    """One act on the codes of locked persons: when, under which book, by whom."""

    by: User
    at: datetime
    act: str
    book: RuleBook
    before: dict[int, Colour]
    opened: list[Case] = field(default_factory=list)
    closed: list[Case] = field(default_factory=list)
    recoloured: list[Case] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    changed: list[Recorded] = field(default_factory=list)  # rows that no event of the act is about
    then: list[Callable[[], None]] = field(default_factory=list)  # acts that follow in the same transaction

    def require_locked(self, persons: Iterable[Person]) -> None:
        """Raise Grown where one of these persons was not locked with the others."""
        if not {person.root_id for person in persons} <= self.before.keys():
            raise Grown()

    def open(self, *cases: Case) -> None:
        """Let cases count from now: new ones, or ones that were reported or held."""
        if any(case.person.deceased_on for case in cases):
            raise NoCode()
        self._begin(cases, "case.opened")

    def _begin(self, cases: Sequence[Case], action: str) -> None:
        for case in cases:
            case.state, case.opened_at, case.opened_by = State.OPEN.value, self.at, self.by
        # In bulk: an adoption or a hold opens thousands in one act. Whoever opens has looked for the same case under
        # the person's lock, so that the unique index on live cases is not met here.
        Case.objects.bulk_update([case for case in cases if case.pk], ["state", "opened_at", "opened_by"])
        Case.objects.bulk_create([case for case in cases if not case.pk])
        self.opened.extend(cases)
        self.entries.extend(self._opening(action, case, resumes=case.resumes_id) for case in cases)

    def hold(self, case: Case, action: str, **body: Any) -> None:
        """Write that a new case waits for a second person."""
        self.entries.append(self._opening(action, case, **body))

    def _opening(self, action: str, case: Case, **body: Any) -> Entry:
        return entry(
            action,
            case,
            ground=case.ground,
            channel=case.channel,
            evidence=case.evidence_kind,
            batch=case.batch_id,
            **self.source_of(case),
            **body,
        )

    def source_of(self, case: Case) -> dict[str, Any]:
        """Say who entered a case and for which office, where that is not who opens it."""
        source: dict[str, Any] = {}
        if case.source_office_id != self.by.office_id:
            source["source"] = case.source_office.code
        if case.entered_by_id != self.by.pk:
            source["entered_by"] = case.entered_by.username
        return source

    def end(self, *cases: Case, exit: str, basis: Basis, reason: str = "") -> None:
        """Close cases whose condition was met. `basis`: the facts it rests on, of all alike or by the case's key."""
        rests = {case.pk: basis[case.pk] if isinstance(basis, Mapping) else basis for case in cases}
        # Before the state: the database refuses an ending that rests on nothing.
        named = stored.Basis.objects.bulk_create(
            stored.Basis(case_id=key, fact=fact, key=row)
            for key, facts in rests.items()
            for fact, row in facts
        )
        self._close(cases, State.ENDED, "case.ended", exit, reason, named)
        self.closed.extend(cases)

    def resume(self, *cases: Case) -> None:
        """Let cases whose ending fell stand again, each as the row that resumes the ended one."""
        self._begin(cases, "case.resumed")

    def void(self, *cases: Case, reason: str) -> None:
        """Close cases that were never true; one that has ended keeps when, how and by whom it ended."""
        ended = [case for case in cases if case.state == State.ENDED]
        standing = tuple(case for case in cases if case.state != State.ENDED)
        self._close(standing, State.VOIDED, "case.voided", "", reason)
        self.closed.extend(standing)
        for case in ended:
            case.state = State.VOIDED.value
            self.record("case.voided", case, notes={"reason": reason}, ground=case.ground)
        Case.objects.bulk_update(ended, ["state"])

    def refuse(self, *cases: Case, reason: str, bears: Sequence[Rest] | None = None) -> None:
        """Close cases that never counted. The ending that one waited to undo rests on `bears` from now.

        By default that is the decision itself, which is the row that is sent back.
        """
        self._close(cases, State.REFUSED, "case.refused", "", reason)
        for case in cases:
            if case.resumes is not None:
                decided = [(stored.Fact.DECISION.value, case.pk)]
                self.rest_anew(case.resumes, decided if bears is None else bears)

    def rest_anew(self, ended: Case, facts: Sequence[Rest]) -> None:
        """Write down that an ending rests on other facts from now."""
        known = set(ended.bases.values_list("fact", "key"))
        facts = [rest for rest in facts if rest not in known]
        if facts:
            named = stored.Basis.objects.bulk_create(
                stored.Basis(case=ended, fact=fact, key=key) for fact, key in facts
            )
            basis = [f"{fact.lower()}:{key}" for fact, key in facts]
            self.record("case.rests_anew", ended, also=named, basis=basis)

    def _close(
        self,
        cases: tuple[Case, ...],
        state: State,
        action: str,
        exit: str,
        reason: str,
        basis: Iterable[stored.Basis] = (),
    ) -> None:
        rests: dict[int, list[stored.Basis]] = defaultdict(list)
        for one in basis:
            rests[one.case_id].append(one)
        for case in cases:
            case.state, case.closed_at, case.closed_by = state.value, self.at, self.by
            case.exit, case.closing_reason = exit, reason
        # By keys: a bulk_update spells out each row, and a thousand of them alike cost four times as much.
        alike = {
            "state": state.value,
            "closed_at": self.at,
            "closed_by": self.by,
            "exit": exit,
            "closing_reason": reason,
        }
        for part in in_parts([case.pk for case in cases]):
            Case.objects.filter(pk__in=part).update(**alike)
        self.entries.extend(
            entry(
                action,
                case,
                notes={"reason": reason},
                ground=case.ground,
                exit=exit or None,
                basis=[f"{one.fact.lower()}:{one.key}" for one in rests[case.pk]] or None,
                also=rests[case.pk],
            )
            for case in cases
        )

    def record(
        self,
        action: str,
        about: About,
        *,
        person: Person | None = None,
        notes: dict[str, str] | None = None,
        also: Iterable[Recorded] = (),
        gone: Iterable[Recorded] = (),
        **body: Any,
    ) -> None:
        """Write an event of the act, in its place among those of its cases and codes."""
        self.entries.append(entry(action, about, person=person, notes=notes, also=also, gone=gone, **body))

    def commit(self, *rows: Recorded) -> None:
        """Let the act's last event commit to rows that it changed and that none of its events is about."""
        self.changed.extend(rows)

    def adopt(self, book: RuleBook, *standing: Case) -> None:
        """Put another rule book in force from now: it gives another colour to these standing cases."""
        self.commit(*in_force.admit(book))
        book.adopted_at = self.at
        book.save(update_fields=("adopted_at",))
        self.book = book
        self.recoloured.extend(standing)

    def part(self, duplicate: Person, survivor: Person) -> None:
        """Follow a record that leaves another's group: until now it showed the group's colour."""
        self.before[duplicate.pk] = self.before[survivor.pk]


@contextmanager
def turning(
    persons: Iterable[Person], *, by: User, at: datetime, act: str, seen: int | None = None
) -> Iterator[Turn]:
    """Lock persons and let the block open and close their cases; write what changed when it leaves.

    `seen` is the version of the first person that the user looked at; a newer one refuses with StalePage. The
    act's instant is moved past the persons' last act, so that history is strictly ordered.
    """
    with transaction.atomic():
        persons = list(persons)
        if len(persons) >= MANY:
            planner_statistics.refresh()
        at, book, deceased = _lock(persons, at=at, seen=seen)
        roots = {person.root_id for person in persons}
        book = book or RuleBook.objects.in_force(at)
        # A case counts from the instant it opens and no more at the one it closes: before the act is one tick earlier.
        before = colours_of(roots, at=at - TICK, book=book, deceased=deceased)
        turn = Turn(by, at, act, book, before)
        yield turn
        _write_transitions(turn)
        if turn.changed:
            last = turn.entries.pop()
            turn.entries.append(replace(last, rows=(*last.rows, *turn.changed)))
        ledger.record_all(turn.entries, by=by, at=at)
        for follow in turn.then:
            follow()


def lock(persons: Sequence[Person], *, at: datetime, seen: int | None = None) -> datetime:
    """Lock the persons' surviving records in key order; return an instant after their last act.

    It is also after the last change of the rule book, which stays in force until the transaction ends. Must run inside
    one. Raises StalePage when the first person's version is not the one seen.
    """
    return _lock(persons, at=at, seen=seen)[0]


def _lock(
    persons: Sequence[Person], *, at: datetime, seen: int | None
) -> tuple[datetime, RuleBook | None, set[int]]:
    """Lock as `lock` says; return as well the book in force at that instant, and which records are of the dead."""
    # The book first, then persons in key order, here and wherever else both are locked: nobody deadlocks.
    in_force.hold()
    keys = sorted({person.root_id for person in persons})
    # The duplicates too: a record that is locked is neither merged nor parted while the act runs.
    leads_to = {person.pk: person.merged_into_id for person in persons} | dict.fromkeys(keys)
    rows = list(
        Person.objects.select_for_update()
        .filter(pk__in=leads_to)
        .order_by("pk")
        .values_list("pk", "merged_into", "version", "acted_at", "deceased_on")
    )
    found = {key: (merged_into, version, acted_at) for key, merged_into, version, acted_at, _died in rows}
    # They were read before the lock: merged or parted since, the act would be written to somebody else's code.
    moved_meanwhile = any(found[key][0] != root for key, root in leads_to.items())
    if moved_meanwhile or (seen is not None and persons and found[persons[0].root_id][1] != seen):
        raise StalePage()
    book = RuleBook.objects.adopted_last()
    at = after(at, book, *(acted_at for *_rest, acted_at in found.values()))
    Person.objects.filter(pk__in=keys).update(version=F("version") + 1, acted_at=at)
    is_in_force = book is not None and book.adopted_at is not None and book.adopted_at <= at
    deceased = {key for key, *_rest, died in rows if died is not None}
    return at, book if is_in_force else None, deceased


def after(at: datetime, book: RuleBook | None, *acted: datetime | None) -> datetime:
    """Return `at`, or where these acts or the book's adoption lie later, the instant after the last of them.

    Two servers' clocks differ, and whoever waited for a lock brings an instant from before the wait. One that lies
    further ahead than that is no act's, unless the ledger has an event of it: else whatever is entered would count
    from an instant that somebody wrote into a row.
    """
    ahead = [one for one in (book.adopted_at if book else None, *acted) if one is not None and one >= at]
    last = max((one for one in ahead if one - at < DRIFT or ledger.has_event_of(one)), default=None)
    return last + TICK if last is not None else at


def _write_transitions(turn: Turn) -> None:
    # A record that the act itself merged into another no longer has a colour of its own.
    standing = Person.objects.filter(pk__in=turn.before, merged_into=None)
    persons = standing.only("public_id", "deceased_on").in_bulk()
    deceased = {key for key, person in persons.items() if person.deceased_on is not None}
    before, after = turn.before, colours_of(persons, at=turn.at, book=turn.book, deceased=deceased)
    changed = [root for root in sorted(after) if before[root] != after[root]]
    worse, better = _causes(turn, turn.opened), _causes(turn, turn.closed)
    transitions = [
        _transition(turn, persons[root], before[root], after[root], worse, better) for root in changed
    ]
    Transition.objects.bulk_create(transitions)
    for one in transitions:
        # The code that turns is the surviving record's, whichever record of the group has the case.
        colours: dict[str, Any] = {"from": one.from_colour, "to": one.to_colour}
        turn.record("code.turned", one, person=one.person, act=turn.act, clause=one.clause, **colours)


def _causes(turn: Turn, moved: list[Case]) -> dict[int, Case]:
    """Return for each person the gravest of the cases that moved: the one its transition names."""
    grounds, causes = turn.book.policy.grounds, dict[int, Case]()
    for case in (*moved, *turn.recoloured):
        known = causes.get(case.person.root_id)
        if known is None or grounds[case.ground].colour.gravity > grounds[known.ground].colour.gravity:
            causes[case.person.root_id] = case
    return causes


def _transition(
    turn: Turn,
    person: Person,
    before: Colour,
    after: Colour,
    worse: dict[int, Case],
    better: dict[int, Case],
) -> Transition:
    grounds, exits = turn.book.policy.grounds, turn.book.policy.exits
    is_worse = after.gravity > before.gravity
    cause, clause = (worse if is_worse else better).get(person.pk), ""
    if cause is not None and (is_worse or cause.closed_at is None):
        clause = grounds[cause.ground].clause
    elif cause is not None and cause.exit in exits:
        clause = exits[cause.exit].clause
    return Transition(
        person=person,
        at=turn.at,
        from_colour=before.value,
        to_colour=after.value,
        act=turn.act,
        case=cause,
        clause=clause,
        rule_book=turn.book,
        actor=turn.by,
        office=turn.by.office,
    )
