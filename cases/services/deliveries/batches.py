"""Deliveries as acts: received, confirmed, withdrawn, taken back. What is in them is read by `cases.feeds`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cases.models import (
    Batch,
    Case,
    Fact,
    Person,
    Presence,
    RejectedRow,
    Repeat,
    SourceRecord,
    Undo,
    WaitingTrack,
)
from cases.models.cases import BASIS_GONE, LIVE, CaseQuerySet, State
from cases.models.proposals import Decision
from cases.models.repeats import borne_by, standing_repeats
from cases.policy.exits import Rest
from cases.selectors import chains, decidable, monitoring
from cases.services.deliveries import undone_areas, undone_results
from cases.services.engine import (
    falling,
    index_cases,
    mass_orders,
    second_person,
    standing_again,
    tracks,
    waiting_again,
)
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.counting import count_alone
from cases.services.engine.dialects import in_parts
from cases.services.engine.locking import lock_all
from cases.services.engine.refusals import Grown, NotAllowed, Refusal
from cases.services.samples import amendments, declarations
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class DeliveryNotWaiting(Refusal):
    code = "deliveries.not_waiting"
    message = _("This delivery is not waiting for that (any more).")


class NotYourDelivery(Refusal):
    code = "deliveries.another_office"
    message = _("This delivery is another office's.")


@transaction.atomic
def confirm(batch: Batch, *, by: User, at: datetime) -> Batch:
    """Let a checked delivery be applied, by somebody of the office that sent it.

    One that was brought in for a source is confirmed by another office (`batch.confirm_brought`).
    """
    batch = _locked(batch)
    if batch.brought_by:
        require(by, "batch.confirm_brought", at=at)
        _require_another(batch, by)
    else:
        _require_own(batch, by, at)
    if batch.state != Batch.State.CHECKED:
        raise DeliveryNotWaiting()
    batch.state, batch.confirmed_by, batch.confirmed_at = Batch.State.APPLYING.value, by, at
    batch.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    ledger.record("batch.confirmed", about=batch, by=by, at=at)
    return batch


@transaction.atomic
def cancel(batch: Batch, *, by: User, at: datetime) -> Batch:
    """Withdraw a delivery before any of it was applied; what of a failed one was applied is taken back instead."""
    batch = _own(batch, by, at)
    if batch.state not in (Batch.State.RECEIVED, Batch.State.CHECKED, Batch.State.FAILED) or batch.applied:
        raise DeliveryNotWaiting()
    _close(batch, at)
    ledger.record("batch.cancelled", about=batch, by=by, at=at)
    return batch


@transaction.atomic
def send_back(batch: Batch, *, reason: str, by: User, at: datetime) -> Batch:
    """Send a file back that somebody brought in for a source: nothing of it counts."""
    require(by, "batch.confirm_brought", at=at)
    batch = _locked(batch)
    if batch.state != Batch.State.CHECKED or not batch.brought_by:
        raise DeliveryNotWaiting()
    _require_another(batch, by)
    second_person.require_reason(reason)
    batch.fault_text = reason[:300]
    _close(batch, at)
    ledger.record("batch.sent_back", about=batch, by=by, at=at, notes={"reason": reason})
    return batch


def _require_another(batch: Batch, by: User) -> None:
    assert batch.brought_by is not None
    if not decidable.decides(decidable.deliveries(by), batch):
        raise NotAllowed()
    second_person.require_another(batch.brought_by, by, act="batch.confirm_brought", since=batch.delivered_at)


def _close(batch: Batch, at: datetime) -> None:
    batch.state, batch.finished_at = Batch.State.CANCELLED.value, at
    batch.save(update_fields=["state", "finished_at", "fault_text"])


@transaction.atomic
def decide_row(row: RejectedRow, state: RejectedRow.State, *, by: User, at: datetime) -> Batch:
    """Decide about a row whose known number came with other content: taken after all, or left out."""
    batch = _own(row.batch, by, at)
    waiting = RejectedRow.objects.filter(pk=row.pk, state=RejectedRow.State.HELD)
    if not waiting.update(state=state, decided_by=by, decided_at=at):
        raise DeliveryNotWaiting()
    ledger.record(
        "batch.row_decided", about=batch, by=by, at=at, row=row.row, taken=state == RejectedRow.State.TAKEN
    )
    return batch


def keep_repeats(batch: Batch, repeats: Sequence[Repeat], *, by: User, at: datetime) -> None:
    """Write down what a delivery says again, in the transaction of the rows that say it."""
    if repeats:
        Repeat.objects.bulk_create(repeats)
        ledger.record("batch.repeated", about=batch, by=by, at=at, also=repeats, rows=len(repeats))


@transaction.atomic
def propose_undo(batch: Batch, *, reason: str, by: User, at: datetime) -> Undo:
    """Ask that a whole delivery be taken back; nothing changes before a duty lead agrees."""
    batch = _own(batch, by, at)
    has_failed = batch.state == Batch.State.FAILED and batch.applied
    if batch.state != Batch.State.APPLIED and not has_failed:
        raise DeliveryNotWaiting()
    if batch.undos.filter(decision=Decision.PENDING).exists():
        raise DeliveryNotWaiting()
    undo = Undo.objects.create(batch=batch, reason=reason, proposed_by=by, proposed_at=at)
    ledger.record("batch.undo_proposed", about=undo, by=by, at=at, notes={"reason": reason})
    return undo


@falling.begun_anew
@transaction.atomic
def decide_undo(undo: Undo, *, approve: bool, answer: str = "", by: User, at: datetime) -> int:
    """Agree or disagree; agreed, every act of the delivery is made good by its opposite, in one transaction.

    Cases that wait are sent back, standing ones voided, results and forms withdrawn, what it released stands again,
    areas not yet decided are sent back, tracks dropped. Persons it registered stay. Of an area that was decided the
    opposite waits for another duty lead; return how many wait.
    """
    require(by, "batch.decide_undo", at=at)
    if not decidable.decides(decidable.undos(by), undo):
        raise NotAllowed()
    if not approve:
        second_person.decide(undo, act="batch.decide_undo", approve=False, answer=answer, by=by, at=at)
        ledger.record("batch.undo_refused", about=undo, by=by, at=at, notes={"reason": answer})
        return 0
    batch = Batch.objects.select_for_update().get(pk=undo.batch_id)
    forms = list(amendments.delivered(batch))
    answered = [*_cases_as_facts(batch), (Fact.DELIVERY.value, batch.pk)]
    answered += [rest for form in forms for rest in falling.chain_of(form)]
    persons = _persons_of(batch)
    persons += [case.person for case in (*_contacts_of(batch), *tracks.led_by(batch))]
    persons += [form.person for form in forms]
    persons += [case.person for case in _last_repeated(batch)]
    persons += [case.person for case in _bearing(batch)]
    persons += falling.reached(answered)
    count_alone()  # before anybody is locked
    tested = undone_results.reached(batch)
    at = lock_all({*tested, *(person.root_id for person in persons)}, at=at)
    if undone_results.reached(batch) != tested:
        raise Grown()
    second_person.decide(undo, act="batch.decide_undo", approve=True, answer=answer, by=by, at=at)
    results = undone_results.undo(batch, tested, reason=undo.reason, by=by, at=at)
    with turning(persons, by=by, at=at, act="batch.undone") as turn:
        counts = _make_good(undo, batch, answered, turn)
        counts |= {"results": results.withdrawn, "reopened": counts["reopened"] + results.resumed}
        falling.ask_tracks(turn.before, turn)
        batch.state, batch.finished_at = Batch.State.UNDONE.value, turn.at
        batch.save(update_fields=["state", "finished_at"])
        SourceRecord.objects.filter(batch=batch).delete()  # what is sent again corrected is new
        waiting = undone_areas.propose_opposites(batch, undo.reason, turn)
        turn.record("batch.undone", undo, also=[batch], notes={"reason": undo.reason}, **counts)
    return waiting


@transaction.atomic
def record_return(batch: Batch, *, by: User, at: datetime) -> None:
    """Write that the returned rows, which hold personal data, were read by the office that sent them."""
    _require_own(batch, by, at)
    ledger.record("batch.rows_read", about=batch, by=by, at=at)


def _persons_of(batch: Batch) -> list[Person]:
    """Return whom the delivery's live cases are about."""
    live = _borne_by(batch).filter(state__in=LIVE).select_related("person")
    return [case.person for case in live]


def _borne_by(batch: Batch) -> CaseQuerySet:
    """Return the cases that go with a delivery: no other one says the same."""
    return Case.objects.filter(borne_by(batch, "case"))


def _repeated(cases: Sequence[Case]) -> Iterator[int]:
    """Yield the keys of those cases that a delivery which stands says again."""
    for part in in_parts([case.pk for case in cases]):
        yield from Case.objects.filter(Exists(standing_repeats()), pk__in=part).values_list("pk", flat=True)


def _last_repeated(batch: Batch) -> CaseQuerySet:
    """Return the live cases that no delivery opened, and that this one alone says again: tracks bore them once."""
    others = standing_repeats().exclude(batch=batch)
    again = Repeat.objects.filter(batch=batch, case__batch=None).values("case")
    mine = Case.objects.filter(~Exists(others), pk__in=again, batch=None, state__in=LIVE)
    return mine.select_related("person", "risk_area").order_by("person", "pk")


def _cases_as_facts(batch: Batch) -> list[Rest]:
    """Return the delivery's cases as facts: an ending can rest on one (a contact who fell ill, a positive's answer)."""
    cases = list(_borne_by(batch).filter(state__in=LIVE))
    return [
        *(rest for case in cases if case.state == State.OPEN for rest in chains.as_facts(case)),
        *((Fact.ANSWER.value, case.origin_pk) for case in cases),
    ]


def _bearing(batch: Batch) -> list[Case]:
    """Return the delivery's ended cases of people who are under something that an ending opened."""
    return monitoring.of_the_held(_borne_by(batch).bearing().filter(risk_area=None))


def _contacts_of(batch: Batch) -> list[Case]:
    """Return the contacts of others that rest, or wait to, on a chain which a case of this delivery belongs to."""
    brought = _borne_by(batch).annotate(first=Coalesce("origin", "pk")).values("first")
    on_chain = Q(index_case__in=brought) | Q(index_case__origin__in=brought)
    contacts = Case.objects.filter(on_chain, state__in=LIVE).exclude(batch=batch)
    return list(contacts.select_related("person", "index_case__origin").order_by("person", "pk"))


def _make_good(undo: Undo, batch: Batch, answered: list[Rest], turn: Turn) -> dict[str, Any]:
    """Return what was done, counted."""
    reason, led = undo.reason, list(tracks.led_by(batch))
    turn.require_locked(case.person for case in led)
    fallen_tracks = tracks.borne_alone(batch, led, at=turn.at)
    borne = {case.pk for case in led} - {case.pk for case in fallen_tracks}
    live = _borne_by(batch).filter(state__in=LIVE)
    own = [case for case in live.select_related("person").order_by("person", "pk") if case.pk not in borne]
    repeated = set(_repeated(fallen_tracks))
    others = [case for case in fallen_tracks if case.batch_id != batch.pk and case.pk not in repeated]
    others += tracks.borne_by_none(_last_repeated(batch), book=turn.book.policy, at=turn.at)
    refused = [case for case in (*own, *others) if case.state != State.OPEN]
    turn.refuse(*refused, reason=reason)
    standing = [case for case in own if case.state == State.OPEN]
    turn.void(*standing, reason=reason)
    waiting_again.report_infections(standing, turn)
    # Nobody's error but the delivery's: opened when the area was listed, or by another one that said the same.
    gone = [case for case in others if case.state == State.OPEN]
    turn.end(*gone, exit=BASIS_GONE, basis=[(Fact.UNDO.value, undo.pk)], reason=reason)
    mass_orders.arrange_all((case.person for case in (*standing, *gone)), turn=turn)
    bearing = _bearing(batch)
    turn.require_locked(case.person for case in bearing)
    standing_again.end_what_it_opened(*bearing, turn=turn, by=(Fact.UNDO.value, undo.pk))
    mass_orders.arrange_all((case.person for case in bearing), turn=turn)
    for index in {contact.index_case for contact in _contacts_of(batch) if contact.index_case}:
        # Reclassified meanwhile it stands by another word; cured or dead it was infectious all the same.
        index_cases.follow(index, basis=[(Fact.CASE.value, index.pk)], reason=reason, turn=turn)
    forms = amendments.withdraw_delivered(batch, reason=reason, turn=turn)
    declarations.bear_fever_anew(standing, turn)
    fallen = falling.answer(answered, turn=turn, approved=True)
    sent_back = undone_areas.send_back(batch, reason, turn)
    dropped, _rows = Presence.objects.filter(batch=batch).delete()
    dropped += WaitingTrack.objects.filter(batch=batch).delete()[0]
    return {
        "refused": len(refused),
        "voided": len(standing),
        "ended": len(gone),
        "reopened": len(fallen.resumed),
        "forms": forms,
        "areas": sent_back,
        "tracks": dropped,
    }


def _own(batch: Batch, by: User, at: datetime) -> Batch:
    batch = _locked(batch)
    _require_own(batch, by, at)
    return batch


def _locked(batch: Batch) -> Batch:
    return Batch.objects.select_for_update().get(pk=batch.pk)


def _require_own(batch: Batch, by: User, at: datetime) -> None:
    if batch.state == Batch.State.FAILED and by.may("batch.bring"):
        return  # the bureau sees to what the portal could not do, whoever sent it: a machine reads no list
    require(by, "batch.bring" if batch.brought_by else f"batch.{batch.kind.lower()}", at=at)
    if batch.answering_office_id != by.office_id:
        raise NotYourDelivery()
