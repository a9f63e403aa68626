"""One human recorded twice: propose, approve; and by two people undo. Nothing moves, so undoing is exact."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import (
    Basis,
    Case,
    Certificate,
    ClinicVisit,
    Death,
    Declaration,
    Fact,
    LabResult,
    Merge,
    Opinion,
    Person,
    Reversal,
)
from cases.models.cases import LIVE
from cases.models.control import Ending
from cases.models.proposals import Decision
from cases.policy.colours import Colour
from cases.policy.exits import Rest
from cases.selectors import deaths
from cases.services import area_index
from cases.services.engine import counting, falling, orders, own_contacts, parting, reversing, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import lock, turning
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet


class SameRecord(Refusal):
    code = "persons.merge.same_record"
    message = _("These are already one record.")
    field = "other"


class OneIsDead(Refusal):
    code = "persons.merge.one_is_dead"
    message = _("A death is recorded on one of the two records only: record it on the other first.")
    field = "other"


class NotMerged(Refusal):
    code = "persons.merge.not_merged"
    message = _("This record is not merged into another.")


@transaction.atomic
def propose(duplicate: Person, survivor: Person, *, reason: str, by: User, at: datetime) -> Merge:
    """Propose that two records are one human."""
    require(by, "person.propose_merge", at=at, person=duplicate)
    require(by, "person.propose_merge", at=at, person=survivor)
    if duplicate.root_id == survivor.root_id:
        raise SameRecord()
    merge = Merge.objects.create(
        duplicate=duplicate, survivor=survivor, reason=reason, proposed_by=by, proposed_at=at
    )
    _record("person.merge_proposed", merge, by=by, at=at, reason=reason)
    return merge


@transaction.atomic
def approve(merge: Merge, *, by: User, at: datetime) -> None:
    """Join two records: the code is the gravest over both, so a merge never lowers a colour."""
    require(by, "person.approve_merge", at=at)
    persons = [merge.duplicate, merge.survivor]
    with turning(persons, by=by, at=at, act="person.merged") as turn:
        second_person.decide(merge, act="person.approve_merge", approve=True, by=by, at=turn.at)
        if merge.duplicate.root_id == merge.survivor.root_id:
            raise SameRecord()
        if Colour.NONE in (colours := set(turn.before.values())) and len(colours) > 1:
            raise OneIsDead()
        moved = _follow_merges(merge.duplicate.root_id, merge.survivor.root_id)
        survivor = Person.objects.get(pk=merge.survivor.root_id)
        own_contacts.end(_of_themselves(survivor), basis=(Fact.MERGE.value, merge.pk), turn=turn)
        # Whoever is under control here under one number is here, though handed to another province under the other.
        orders.arrange(survivor, turn=turn, new=orders.needs_of(survivor))
        # A code that turns names the gravest case of those that stand on the joined records.
        turn.recoloured.extend(Case.objects.of(survivor).open().select_related("person"))
        _record("person.merged", merge, by=by, at=turn.at, also=moved)
        falling.ask_tracks([survivor.pk], turn)  # passages of records that are one human now add up


@transaction.atomic
def refuse(merge: Merge, *, answer: str, by: User, at: datetime) -> None:
    """Send a merge proposal back."""
    require(by, "person.approve_merge", at=at)
    second_person.decide(merge, act="person.approve_merge", approve=False, by=by, at=at, answer=answer)
    _record("person.merge_refused", merge, by=by, at=at, reason=answer)


@transaction.atomic
def propose_undo(merge: Merge, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Reversal:
    """Propose to part two records again that are two humans; nothing changes until a second person agrees."""
    person = merge.duplicate
    require(by, "person.propose_unmerge", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    if not _active().filter(pk=merge.pk).exists():
        raise NotMerged()
    return reversing.propose(Reversal.Kind.MERGE, person, reason=reason, by=by, at=at, merge=merge)


@falling.begun_anew
def decide_undo(
    reversal: Reversal,
    *,
    approve: bool,
    answer: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> falling.Fallen:
    """Part two records as the second person, or send that back: each has the cases it always had.

    Whatever had ended by a fact of the other record is asked again.
    """
    require(by, "person.decide_unmerge", at=at)
    merge = reversal.merge
    assert merge is not None
    duplicate = merge.duplicate
    survivor = duplicate.merged_into or duplicate
    counting.count_alone()  # which facts it answers is only known once the records are parted
    with turning([survivor, duplicate], by=by, at=at, act="person.unmerged", seen=seen) as turn:
        if not reversing.decide(reversal, approve=approve, answer=answer, by=by, at=turn.at):
            return falling.Fallen()
        if not _active().filter(pk=merge.pk).update(undone_at=turn.at, undone_by=by):
            raise NotMerged()
        merge.refresh_from_db()
        members = set(Person.objects.group_of(survivor.pk).values_list("pk", flat=True))
        moved = _follow_merges(survivor.pk)
        records = Person.objects.filter(pk__in=members)
        records.update(acted_at=turn.at)
        # Of a longer chain it need not be the duplicate itself that stands on its own again.
        apart = list(records.survivors().order_by("pk"))
        for record in apart:
            turn.part(record, survivor)
        alive = _let_live(apart)
        parting.part(apart, turn=turn)
        fallen = falling.answer_each(_facts_of_others(members), turn=turn)
        falling.ask_tracks((record.pk for record in apart), turn)
        for record in alive:
            orders.resume_monitoring(record, turn, after=Ending.CLOSED_DEATH)
        # The same rows in hand would commit to what they were before somebody lived again.
        moved = list(Person.objects.filter(pk__in=[one.pk for one in moved]).order_by("pk"))
        _record("person.unmerged", merge, by=by, at=turn.at, also=[*moved, reversal])
    return fallen


def _active() -> "QuerySet[Merge]":
    return Merge.objects.filter(decision=Decision.APPROVED, undone_at=None)


def _let_live(apart: Sequence[Person]) -> list[Person]:
    """Let those live again whose death was recorded of the other human only; return them."""
    alive = [one for one in apart if one.deceased_on and not deaths.standing(one.pk).exists()]
    for person in alive:
        person.group.update(deceased_on=None)
        person.refresh_from_db()
    return alive


# Facts that are one human's, by the way from their row to that human's record.
OF_ONE_HUMAN: dict[Fact, tuple[Any, str]] = {
    Fact.RESULT: (LabResult, "person"),
    Fact.VISIT: (ClinicVisit, "person"),
    Fact.FORM: (Declaration, "person"),
    Fact.OPINION: (Opinion, "person"),
    Fact.DEATH: (Death, "person"),
    Fact.ANSWER: (Case, "person"),
    Fact.CERTIFICATE: (Certificate, "order__person"),
}


def _of_themselves(person: Person) -> "QuerySet[Case]":
    """Return the contacts of an infection that is of the same human, as the joined records say."""
    contacts = Case.objects.of(person).filter(index_case__person__among=person.group, state__in=LIVE)
    return contacts.select_related("person", "resumes").order_by("pk")


def _facts_of_others(members: set[int]) -> dict[int, set[Rest]]:
    """Return by case, for the endings of these records, the facts they rest on that are another human's now."""
    roots = {person.pk: person.root_id for person in Person.objects.filter(pk__in=members)}
    gone: dict[int, set[Rest]] = defaultdict(set)
    for fact, (table, of) in OF_ONE_HUMAN.items():
        rests = Basis.objects.filter(fact=fact, case__person__in=members, key__isnull=False)
        named = list(rests.values_list("case", "case__person", "key"))
        rows = table._default_manager.filter(pk__in=[key for *_case, key in named])
        holders = dict(rows.values_list("pk", of))
        for case, person, key in named:
            if key is not None and roots[person] != roots.get(holders[key]):
                gone[case].add((fact.value, key))
    # Who was a contact of themselves as long as the records were one.
    joined = Basis.objects.filter(fact=Fact.MERGE, case__person__in=members, key__isnull=False)
    for case, person, index, key in joined.values_list(
        "case", "case__person", "case__index_case__person", "key"
    ):
        if key is not None and roots[person] != roots.get(index):
            gone[case].add((Fact.MERGE.value, key))
    return dict(gone)


def _follow_merges(*roots: int) -> list[Person]:
    """Point every record of these groups at the survivor that the approved merges lead to; return the records."""
    members = Person.objects.group_of(*roots)
    keys = set(members.values_list("pk", flat=True))
    active = Merge.objects.filter(duplicate__in=keys, decision=Decision.APPROVED, undone_at=None)
    active = active.order_by("decided_at", "pk")
    leads_to: dict[int, int] = {}
    for duplicate, survivor in active.values_list("duplicate", "survivor"):
        start = _end(duplicate, leads_to)
        goal = _end(survivor, leads_to)
        if start != goal:
            leads_to[start] = goal
    for key in keys:
        root = _end(key, leads_to)
        Person.objects.filter(pk=key).update(merged_into=None if root == key else root)
    records = list(Person.objects.filter(pk__in=keys).order_by("pk"))
    area_index.follow(*records)
    return records


def _end(key: int, leads_to: dict[int, int]) -> int:
    while key in leads_to:
        key = leads_to[key]
    return key


def _record(
    action: str,
    merge: Merge,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    also: Iterable[Recorded] = (),
) -> None:
    ledger.record(
        action,
        about=merge,
        by=by,
        at=at,
        survivor=str(merge.survivor.public_id),
        also=also,
        notes={"reason": reason},
    )
