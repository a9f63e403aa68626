"""Control served elsewhere: that a place accepts somebody, and its certificate, each on two offices' word."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Certificate, ControlOrder, Fact, LabResult, Person, Relocation, RuleBook
from cases.models.control import Ending
from cases.models.elsewhere import NumberSource
from cases.models.proposals import Decision
from cases.models.results import Origin, Outcome
from cases.policy.exits import Rest
from cases.selectors import elsewhere, facts
from cases.services.control.standing import NoOrder, order_of
from cases.services.engine import falling, plausible, references, second_person
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.refusals import Refusal
from cases.services.samples import corrections, reports, results
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User


class AlreadyElsewhere(Refusal):
    code = "control.elsewhere.already"
    message = _("This control is served elsewhere already, or it is proposed.")


class NotOfCity(Refusal):
    code = "control.elsewhere.not_the_city"
    message = _(
        "That control goes on elsewhere is confirmed by the city's control group; "
        "what that group proposed, by the city's CDC."
    )


class ServedHere(Refusal):
    code = "control.end.served_here"
    message = _("This control is served here: its responsible officer ends it (clause 3.3).")


class NotVerified(Refusal):
    code = "control.certificate.not_verified"
    message = _(
        "Say how the certificate was verified: by which letter of reply, or who confirmed it by telephone, when, "
        "and where the number came from."
    )
    field = "reply_letter"


class CertificateWaits(Refusal):
    code = "control.certificate.waits"
    message = _("A certificate of this control is recorded already and waits for CDC.")


class CertificateKnown(Refusal):
    code = "control.certificate.known"
    message = _("A certificate of this control has been confirmed already.")


class ExposedSinceRelocation(Refusal):
    code = "control.elsewhere.exposed_since"
    message = _(
        "Another exposure has come since this was proposed: send it back, and let it be proposed anew."
    )
    field = "decision"


class NotOfLevel(Refusal):
    code = "control.certificate.another_level"
    message = _("A certificate is confirmed by the CDC of the level whose control group recorded it.")


class NoCertificate(Refusal):
    code = "control.certificate.none"
    message = _("There is no confirmed certificate to take back.")


@dataclass(frozen=True)
class Verified:
    """How a certificate was verified: by a letter, or by a call to a number that did not come with it."""

    reply_letter: str = ""
    called_name: str = ""
    called_at: datetime | None = None
    number_from: str = ""


def confirmed_of(order: ControlOrder) -> Certificate | None:
    """Return the certificate on which an order may end: two offices stand for it, and nobody took it back.

    One from before a later exposure says nothing of that.
    """
    confirmed = Certificate.objects.filter(order=order, decision=Decision.APPROVED, withdrawn_at=None)
    last = confirmed.order_by("-pk").first()
    return None if last is None or _exposed_since(order, last.proposed_at) else last


def _exposed_since(order: ControlOrder, at: datetime) -> bool:
    """Tell whether an order came to serve another case after an instant."""
    return order.served.come_after(at).exists()


@transaction.atomic
def propose_elsewhere(
    person: Person, *, place: str, letter: str, by: User, at: datetime, seen: int | None = None
) -> Relocation:
    """Propose that control goes on at a place elsewhere that has accepted the person by letter."""
    require(by, "order.propose_elsewhere", at=at, person=person)
    letter = references.require(letter, field="letter")
    at = lock([person], at=at, seen=seen)
    order = order_of(person)
    if order.elsewhere or Relocation.objects.pending().filter(order=order).exists():
        raise AlreadyElsewhere()
    move = Relocation.objects.create(order=order, place=place, letter=letter, proposed_by=by, proposed_at=at)
    ledger.record("order.elsewhere_proposed", about=move, by=by, at=at, notes={"letter": letter})
    return move


@transaction.atomic
def decide_elsewhere(
    move: Relocation, *, approve: bool, answer: str = "", by: User, at: datetime, seen: int | None = None
) -> None:
    """Let an order be served elsewhere as the city's control group, or send that back; its days go on."""
    order = move.order
    require(by, "order.decide_elsewhere", at=at, person=order.person)
    if not elsewhere.may_accept(by, move):
        raise NotOfCity()
    at = lock([order.person], at=at, seen=seen)
    if approve and _exposed_since(order, move.proposed_at):
        raise ExposedSinceRelocation()
    second_person.decide(move, act="order.decide_elsewhere", approve=approve, by=by, at=at, answer=answer)
    if not approve:
        ledger.record("order.elsewhere_refused", about=move, by=by, at=at, notes={"reason": answer})
        return
    standing = ControlOrder.objects.standing().filter(pk=order.pk)
    if not standing.update(elsewhere=True, place=move.place, letter=move.letter):
        raise NoOrder()
    order.refresh_from_db()
    ledger.record("order.changed", about=move, by=by, at=at, notes={"reason": move.letter}, also=[order])


@transaction.atomic
def record_certificate(
    person: Person,
    *,
    number: str,
    issuer: str,
    verified: Verified,
    sample: LaboratoryReport | None = None,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Certificate:
    """Record a certificate of isolation served elsewhere; control may end on it once CDC confirms it."""
    require(by, "order.record_certificate", at=at, person=person)
    number = references.require(number, field="number")
    at = lock([person], at=at, seen=seen)
    order = order_elsewhere(person)
    if confirmed_of(order) is not None:
        raise CertificateKnown()
    if Certificate.objects.pending().filter(order=order).exists():
        raise CertificateWaits()
    tested = {}
    if sample is not None:
        sample = reports.plausible_sample(person, sample, at=at, book=RuleBook.objects.in_force(at).policy)
        tested = {name: getattr(sample, name) for name in ("sampled_at", "laboratory", "report_number")}
    certificate = Certificate.objects.create(
        order=order,
        number=number,
        issuer=issuer,
        **_verified(verified, at),
        **tested,
        proposed_by=by,
        proposed_at=at,
    )
    ledger.record(
        "order.certificate_recorded", about=certificate, by=by, at=at, notes={"certificate": number}
    )
    return certificate


def decide_certificate(
    certificate: Certificate,
    *,
    approve: bool,
    answer: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Confirm a certificate as the CDC of the level, with the test it names; or send it back."""
    order = certificate.order
    person = order.person
    require(by, "order.decide_certificate", at=at, person=person)
    if not elsewhere.may_confirm(by, certificate):
        raise NotOfLevel()
    with turning([person], by=by, at=at, act="order.certificate_confirmed", seen=seen) as turn:
        second_person.decide(
            certificate, act="order.decide_certificate", approve=approve, by=by, at=turn.at, answer=answer
        )
        if not approve:
            turn.record("order.certificate_refused", certificate, notes={"reason": answer})
            return
        if order_elsewhere(person).pk != order.pk:
            raise NoOrder()
        if certificate.sampled_at is not None:
            _store_sample(person, certificate, turn)
        turn.record("order.certificate_confirmed", certificate)


@falling.begun_anew
def withdraw_certificate(
    certificate: Certificate, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> falling.Fallen:
    """Take a certificate back that was false, with the test that came in by it: what had ended on either stands again.

    One office may, for it protects.
    """
    person = certificate.order.person
    require(by, "order.withdraw_certificate", at=at, person=person)
    second_person.require_reason(reason)
    stored = _stored_by(certificate)
    answered: list[Rest] = [(Fact.CERTIFICATE.value, certificate.pk)]
    answered += [fact for result in stored for fact in falling.chain_of(result)]
    persons = [person, *(result.person for result in stored), *falling.reached(answered)]
    with turning(persons, by=by, at=at, act="order.certificate_withdrawn", seen=seen) as turn:
        if _stored_by(certificate) != stored:
            raise falling.Grown()
        confirmed = Certificate.objects.filter(
            pk=certificate.pk, decision=Decision.APPROVED, withdrawn_at=None
        )
        if not confirmed.update(withdrawn_at=turn.at, withdrawn_by=by):
            raise NoCertificate()
        certificate.refresh_from_db()
        corrections.withdraw_all(stored, reason=reason, turn=turn)
        fallen = falling.answer(answered, turn=turn)
        turn.record("order.certificate_withdrawn", certificate, notes={"reason": reason})
    return fallen


def order_elsewhere(person: Person) -> ControlOrder:
    """Return the order that is served elsewhere or was handed to another province; refuse one served here."""
    order = facts.order_behind(person)
    if order is None:
        raise NoOrder()
    if not order.elsewhere and order.ending != Ending.TRANSFERRED_OUT:
        raise ServedHere()
    return order


def _verified(verified: Verified, at: datetime) -> dict[str, object]:
    """Return how it was verified, as it is stored; refuse what nobody could go back to."""
    if verified.reply_letter.strip():
        letter = references.require(verified.reply_letter, field="reply_letter")
        return {"reply_letter": letter}
    name = verified.called_name.strip()
    if len(name) < 2 or verified.called_at is None or verified.number_from not in NumberSource.values:
        raise NotVerified()
    if verified.called_at > at:
        raise plausible.InFuture(field="called_at")
    return {"called_name": name, "called_at": verified.called_at, "number_from": verified.number_from}


def _store_sample(person: Person, certificate: Certificate, turn: Turn) -> None:
    assert certificate.sampled_at is not None
    sample = LaboratoryReport(
        certificate.sampled_at,
        Outcome.NEGATIVE.value,
        certificate.laboratory,
        certificate.report_number,
        origin=Origin.VERIFIED.value,
    )
    try:
        results.write(person, sample, turn=turn)
    except results.ReportKnown:  # it came by another way meanwhile
        return


def _stored_by(certificate: Certificate) -> list[LabResult]:
    """Return what counts now of the test that came in by a certificate: nothing where it was known before.

    No two acts on a person are of one instant: what was stored at the confirmation was stored by it.
    """
    if certificate.sampled_at is None or certificate.decided_at is None:
        return []
    rows = LabResult.objects.filter(
        entered_at=certificate.decided_at,
        entered_by=certificate.decided_by,
        sampled_at=certificate.sampled_at,
        person__among=certificate.order.person.group,
    )
    result = rows.first()
    while result is not None and (later := LabResult.objects.filter(corrects=result).first()):
        result = later
    return [] if result is None or result.outcome == Outcome.WITHDRAWN else [result]
