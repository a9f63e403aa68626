"""A death: one office records it, and the code is being checked; another confirms it, and the code ends.

Two offices can take it back: whoever was ill stands again, with the order they had.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Case, Death, DeathWithdrawal, Fact, Person
from cases.models.cases import State
from cases.models.control import ControlOrder, Ending
from cases.models.proposals import Decision
from cases.models.repeats import standing_repeats
from cases.policy import days
from cases.policy.exits import Rest
from cases.selectors import deaths
from cases.services.engine import falling, orders, references, second_person, waiting_again
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.plans import KEPT
from cases.services.engine.refusals import Refusal
from healthcode.core.audit import ledger
from healthcode.core.offices import seats
from healthcode.core.offices.models import User
from healthcode.core.own_words import OwnText

REPORTED = (
    *("person", "channel", "source_office", "entered_by", "addressed_to"),
    *("stayed_from", "index_case", "risk_area", "batch", "source_key"),
    *(*KEPT.values(), *waiting_again.SAME),
)
DEATH_RECORDED = OwnText("death.recorded", _("The person's death was recorded."))


class DiedInFuture(Refusal):
    code = "persons.death.in_future"
    message = _("The day of death lies in the future.")
    field = "on"


class DiedBeforeBirth(Refusal):
    code = "persons.death.before_birth"
    message = _("The day of death lies before the person's birth.")
    field = "on"


class AlreadyDead(Refusal):
    code = "persons.death.already_recorded"
    message = _("The death has already been recorded.")


class BeingChecked(Refusal):
    code = "persons.death.being_checked"
    message = _("A death of this person is recorded already and waits for a second office.")


class SameKind(Refusal):
    code = "persons.death.same_kind_of_office"
    message = _(
        "A death is confirmed by another of hospital, CDC, control group and community than the one that recorded it."
    )


class NotDead(Refusal):
    code = "persons.death.none_stands"
    message = _("No death of this person is on record (any more).")


class WithdrawalAlreadyProposed(Refusal):
    code = "persons.death.withdrawal_waits"
    message = _("It is proposed already to take this death back; a second office decides.")


@transaction.atomic
def record(
    person: Person, *, on: date, certificate: str, by: User, at: datetime, seen: int | None = None
) -> Death:
    """Record a death: no gate answers for the code from now, and another office confirms it within a day."""
    require(by, "person.record_death", at=at, person=person)
    if on > days.local_day(at):
        raise DiedInFuture()
    if person.birth_date and on < person.birth_date:
        raise DiedBeforeBirth()
    certificate = references.require(certificate, field="certificate")
    at = lock([person], at=at, seen=seen)
    if deaths.standing(person.root_id).exists():
        raise AlreadyDead()
    if deaths.being_checked(person.root_id) is not None:
        raise BeingChecked()
    death = Death.objects.create(
        person=person, on=on, certificate=certificate, proposed_by=by, proposed_at=at
    )
    ledger.record("person.death_recorded", about=death, by=by, at=at, on=on)
    return death


def confirm(death: Death, *, by: User, at: datetime, seen: int | None = None) -> None:
    """Confirm a death as another kind of office: every case and order is closed, the code is deactivated."""
    require(by, "person.confirm_death", at=at, person=death.person)
    person = death.person
    with turning([person], by=by, at=at, act="person.died", seen=seen) as turn:
        _require_another_kind(death, by)
        if deaths.standing(person.root_id).exists():
            raise AlreadyDead()
        second_person.decide(death, act="person.confirm_death", approve=True, by=by, at=turn.at)
        _close_everything(death, turn)
        person.group.update(deceased_on=death.on)
        turn.record("person.died", person, on=death.on, also=[*person.group.order_by("pk"), death])


@transaction.atomic
def refuse(death: Death, *, answer: str, by: User, at: datetime) -> None:
    """Send a recorded death back: the code shows again what it showed."""
    require(by, "person.confirm_death", at=at, person=death.person)
    at = lock([death.person], at=at)
    _require_another_kind(death, by)
    second_person.decide(death, act="person.confirm_death", approve=False, by=by, at=at, answer=answer)
    ledger.record("person.death_refused", about=death, by=by, at=at, notes={"reason": answer})


@transaction.atomic
def propose_withdrawal(
    person: Person, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> DeathWithdrawal:
    """Propose to take a death back: it was recorded of somebody who lives."""
    require(by, "person.withdraw_death", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    if not deaths.standing(person.root_id).exists():
        raise NotDead()
    if DeathWithdrawal.objects.pending().filter(person__among=person.group).exists():
        raise WithdrawalAlreadyProposed()
    withdrawal = DeathWithdrawal.objects.create(person=person, reason=reason, proposed_by=by, proposed_at=at)
    _record("person.death_withdrawal_proposed", withdrawal, reason, by=by, at=at)
    return withdrawal


@falling.begun_anew
def withdraw(
    withdrawal: DeathWithdrawal, *, by: User, at: datetime, seen: int | None = None
) -> falling.Fallen:
    """Take a death back as another office: what ended by it stands again, with the order it had."""
    person = withdrawal.person
    require(by, "person.decide_death_withdrawal", at=at, person=person)
    answered: list[Rest] = [(Fact.DEATH.value, death.pk) for death in deaths.standing(person.root_id)]
    persons = [person, *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="person.death_withdrawn", seen=seen) as turn:
        second_person.decide(
            withdrawal, act="person.decide_death_withdrawal", approve=True, by=by, at=turn.at
        )
        # The human lives: of merged records each may have had a death of its own.
        if not deaths.standing(person.root_id).update(withdrawn_at=turn.at):
            raise NotDead()
        person.group.update(deceased_on=None)
        fallen = falling.answer(answered, turn=turn)
        orders.resume_monitoring(person, turn, after=Ending.CLOSED_DEATH)
        _let_wait_again([key for _fact, key in answered], person, turn)
        taken_back = Death.objects.filter(pk__in=[key for _fact, key in answered])
        turn.record(
            "person.death_withdrawn", person, also=[*person.group.order_by("pk"), *taken_back, withdrawal]
        )
    return fallen


@transaction.atomic
def refuse_withdrawal(withdrawal: DeathWithdrawal, *, answer: str, by: User, at: datetime) -> None:
    """Send the taking back of a death back: the death stands."""
    require(by, "person.decide_death_withdrawal", at=at, person=withdrawal.person)
    at = lock([withdrawal.person], at=at)
    second_person.decide(
        withdrawal, act="person.decide_death_withdrawal", approve=False, by=by, at=at, answer=answer
    )
    _record("person.death_withdrawal_refused", withdrawal, answer, by=by, at=at)


def _require_another_kind(death: Death, by: User) -> None:
    """Any two of the four have to have seen it: a hospital, CDC, the control group, the community."""
    recorded = seats.post_at(death.proposed_by, death.proposed_at)
    if by.role == recorded.role and by.pk != death.proposed_by_id:
        raise SameKind()


def _close_everything(death: Death, turn: Turn) -> None:
    person, certificate = death.person, death.certificate
    for order in ControlOrder.objects.of(person).standing():
        orders.close(order, Ending.CLOSED_DEATH, turn=turn, letter=certificate)
    standing = Case.objects.of(person).open().select_related("person")
    turn.end(*standing, exit="DEATH", basis=[(Fact.DEATH.value, death.pk)], reason=certificate)
    waiting = Case.objects.of(person).filter(state__in=(State.REPORTED, State.HELD))
    # What waited to stand again waits for the death: taken back, it is asked anew.
    reason, bears = DEATH_RECORDED(), [(Fact.DEATH.value, death.pk)]
    turn.refuse(*waiting.select_related("person", "resumes"), reason=reason, bears=bears)


def _let_wait_again(confirmed: list[int], person: Person, turn: Turn) -> None:
    """Let what the death had sent back wait again, each as a new row of its chain: nobody has to make it anew."""
    for death in Death.objects.filter(pk__in=confirmed):
        sent_back = Case.objects.of(person).filter(
            state=State.REFUSED, closed_at=death.decided_at, resumes=None
        )
        # What went back with its hold, or with its delivery, does not come again by itself.
        sent_back = sent_back.exclude(hold__decision=Decision.REFUSED)
        sent_back = sent_back.exclude(Q(batch__state=Batch.State.UNDONE) & ~Exists(standing_repeats()))
        for old in sent_back.select_related("person", "addressed_to", "hold", "origin").order_by("pk"):
            new = Case(entered_at=turn.at, **{name: getattr(old, name) for name in REPORTED})
            new.origin = old.origin or old
            # In the hold while that waits; what else was held waits for the second person who decides such a ground.
            new.hold = old.hold if old.hold and old.hold.decision == Decision.PENDING else None
            waiting_again.let_wait(new, turn)


def _record(action: str, withdrawal: DeathWithdrawal, reason: str, *, by: User, at: datetime) -> None:
    ledger.record(action, about=withdrawal, by=by, at=at, notes={"reason": reason})
