"""A document of the register is struck by two people: there is none, or it reads otherwise (3.1c).

What came to count on it falls with it, unless another takes its place: what cites the one rests on the other then.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Document, Extension, Fact, Strike
from cases.models.cases import BASIS_GONE, State
from cases.policy.spellings import one_spelling
from cases.selectors import monitoring, register
from cases.services.engine import falling, lapsing, mass_orders, second_person, standing_again
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.counting import count_alone
from cases.services.engine.refusals import NotAllowed, Refusal
from cases.services.grounds import document_register
from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import scope
from healthcode.core.offices.models import User


class NotInRegister(Refusal):
    code = "documents.not_standing"
    message = _("This document is not in the register (any more).")
    field = "document"


class StrikeWaits(Refusal):
    code = "documents.strike.already_proposed"
    message = _("It is proposed already to strike this document; a second person decides.")
    field = "document"


class ReplacementIncomplete(Refusal):
    code = "documents.strike.replacement_incomplete"
    message = _(
        "Number, issuer and day of the document in hand are all needed, or none where there is no such document."
    )
    field = "number"


class NothingCorrected(Refusal):
    code = "documents.strike.nothing_corrected"
    message = _("The register has this document exactly so.")
    field = "number"


class ReadsOtherwise(Refusal):
    code = "documents.strike.reads_otherwise"
    message = _("The register has %(number)s as issued by %(issuer)s on %(day)s.")
    field = "number"


class StrikesCityOnly(NotAllowed):
    code = "documents.strike.city_only"
    message = _("What a document bears lies anywhere in the city: the city decides whether it is struck.")


@transaction.atomic
def propose(
    document: Document,
    *,
    number: str = "",
    issuer: str = "",
    issued_on: date | None = None,
    reason: str,
    by: User,
    at: datetime,
) -> Strike:
    """Propose to strike a document: there is none, or what is given here stands in its place. Nothing changes yet."""
    require(by, "document.propose_strike", at=at)
    second_person.require_reason(reason)
    document = _standing(document)
    number, issuer = one_spelling(number), one_spelling(issuer)
    _require_replacement(document, number, issuer, issued_on, at)
    try:
        with transaction.atomic():
            strike = Strike.objects.create(
                document=document,
                number=number,
                issuer=issuer,
                issued_on=issued_on,
                reason=reason,
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise StrikeWaits() from error
    ledger.record("document.strike_proposed", about=strike, by=by, at=at, notes={"reason": reason})
    return strike


@falling.begun_anew
def decide(strike: Strike, *, approve: bool, answer: str = "", by: User, at: datetime) -> int:
    """Strike the document, or send the proposal back; return how many cases fell with it."""
    require(by, "document.decide_strike", at=at)
    if not scope.covers(by.jurisdiction, settings.HOME_CITY):
        raise StrikesCityOnly()
    if not approve:
        second_person.decide(strike, act="document.decide_strike", approve=False, answer=answer, by=by, at=at)
        ledger.record("document.strike_refused", about=strike, by=by, at=at, notes={"reason": answer})
        return 0
    count_alone()  # whoever cites the document at this moment is counted before it is struck, or after
    reached = [case.person for case in (*_live(strike, at), *_bearing(strike, at))]
    reached += [one.order.person for one in _extensions(strike)]
    with turning(reached, by=by, at=at, act="document.struck") as turn:
        second_person.decide(
            strike, act="document.decide_strike", approve=True, answer=answer, by=by, at=turn.at
        )
        _standing(
            strike.document
        )  # whoever extends an order on it at this moment did so before, or finds it struck
        live, bearing, extensions = _live(strike, turn.at), _bearing(strike, turn.at), _extensions(strike)
        turn.require_locked(case.person for case in (*live, *bearing))
        turn.require_locked(one.order.person for one in extensions)
        # Before the cases: an order is arranged by what is left of it.
        paused = _lapse(strike, extensions, turn)
        changed: list[Recorded] = [*_strike(strike, turn), *paused]
        _fall(live, bearing, strike, turn)
        turn.record("document.struck", strike, also=changed, cases=len(live), notes={"reason": strike.reason})
    return len(live)


def _standing(document: Document) -> Document:
    """Return the document, its row held: of two that strike it at once the second finds it struck."""
    row = Document.objects.standing().select_for_update().filter(pk=document.pk).first()
    if row is None:
        raise NotInRegister()
    return row


def _require_replacement(
    document: Document, number: str, issuer: str, issued_on: date | None, at: datetime
) -> None:
    if not (number or issuer or issued_on):
        return
    if not (number and issuer and issued_on):
        raise ReplacementIncomplete()
    document_register.require_plausible(number, issued_on, at)
    known = document_register.standing(number)
    if known == document and known.reads(issuer, issued_on) and known.number == number:
        raise NothingCorrected()
    if known is not None and known != document and not known.reads(issuer, issued_on):
        raise ReadsOtherwise(number=known.number, issuer=known.issuer, day=f"{known.issued_on:%Y-%m-%d}")


def _live(strike: Strike, at: datetime) -> list[Case]:
    """Return what falls with the document, if nothing takes its place."""
    if strike.number:
        return []
    return list(
        register.live_on(strike.document, at).select_related("person", "resumes").order_by("person", "pk")
    )


def _bearing(strike: Strike, at: datetime) -> list[Case]:
    """Return the ended cases on the document of people who are under something that an ending opened."""
    if strike.number:
        return []
    return monitoring.of_the_held(register.ended_on(strike.document, at))


def _extensions(strike: Strike) -> list[Extension]:
    """Return what extends an order by the document, if nothing takes its place: one that has ended may go on again."""
    return [] if strike.number else register.extensions_on(strike.document)


def _lapse(strike: Strike, extensions: Sequence[Extension], turn: Turn) -> list[Extension]:
    """Let the orders end sooner that stand; return what extended the others, and counts no more if they go on."""
    standing = [] if strike.number else register.extended_on(strike.document)
    for order, gone in standing:
        lapsing.lapse(order, gone, turn=turn)
    taken_back = {one.pk for _order, gone in standing for one in gone}
    paused = [one for one in extensions if one.pk not in taken_back]
    lapsing.withdraw(paused, turn.at)
    return paused


def _strike(strike: Strike, turn: Turn) -> list[Document]:
    """Write that the document is struck, and what stands in its place; return the rows that changed."""
    document = _standing(strike.document)
    _require_replacement(document, strike.number, strike.issuer, strike.issued_on, turn.at)
    struck: dict[str, Any] = {"struck_at": turn.at, "struck_by": turn.by}
    if strike.number and document_register.standing(strike.number) == document:
        # Under the same number: it makes room first.
        Document.objects.filter(pk=document.pk).update(**struck)
    if strike.number:
        struck["replaced_by"] = _replacement(strike, turn)
    Document.objects.filter(pk=document.pk).update(**struck)
    document.refresh_from_db()
    return [document]


def _replacement(strike: Strike, turn: Turn) -> Document:
    assert strike.issued_on is not None
    known = document_register.standing(strike.number)
    if known is not None:
        return known
    reading: dict[str, Any] = {
        "number": strike.number,
        "issuer": strike.issuer,
        "issued_on": strike.issued_on,
    }
    document = document_register.store(**reading, by=turn.by, at=turn.at)
    turn.record("document.entered", document, facts=document.key)
    return document


def _fall(live: Sequence[Case], bearing: Sequence[Case], strike: Strike, turn: Turn) -> None:
    gone = (Fact.STRIKE.value, strike.pk)
    standing = [case for case in live if case.state == State.OPEN]
    waiting = [case for case in live if case.state != State.OPEN]
    turn.end(*standing, exit=BASIS_GONE, basis=[gone], reason=strike.reason)
    turn.refuse(*waiting, reason=strike.reason, bears=[gone])
    standing_again.end_what_it_opened(*bearing, turn=turn, by=gone)
    mass_orders.arrange_all((case.person for case in (*standing, *bearing)), turn=turn)
