"""Words for the citizen: what the portal writes of the code, and what somebody may add to it."""

import re

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.selectors.explanation import Explanation
from complaints import claims
from complaints.models import Ticket
from complaints.models.choices import ColourSeen, TicketFinding
from complaints.selectors import scripts
from complaints.services import steps
from complaints.services.steps import Step
from healthcode.core.offices.refusals import Refusal

PHONE_NUMBER = re.compile(r"(?<![0-9-])(?:0[0-9]{2,3}-?)?[1-9][0-9]{6,10}(?![0-9-])")
DATE_OR_TICKET = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|JK[0-9]{8}-[0-9]{5}")


class AnotherNumber(Refusal):
    code = "tickets.answer.another_number"
    message = gettext_lazy(
        "The words name the number %(number)s: nobody is told to ring another office (5.0)."
    )
    field = "text"


class AnotherColour(Refusal):
    code = "tickets.answer.another_colour"
    message = gettext_lazy(
        "“%(words)s” says another colour than the code has now (%(live)s): leave the colour out, the portal writes it."
    )
    field = "text"


def require_public(step: Step, text: str, *, least: int, field: str) -> str:
    """Return words that somebody adds for the citizen: no other present colour, nobody else's telephone number.

    Raises TextTooShort, AnotherNumber and AnotherColour on the form's `field`.
    """
    text = steps.require_text(text, least=least, field=field)
    _require_own_numbers(step, text, field)
    if words := claims.untrue(text, step.colour):
        live = ColourSeen(step.colour).label if step.colour else "–"
        raise AnotherColour(field=field, words=words, live=live)
    return text


def outcome(ticket: Ticket, explanation: Explanation | None) -> str:
    """Return what the portal tells of a decision, in the citizen's language: the finding, the code, what ends it."""
    with translation.override(ticket.language):
        found = _found(ticket, explanation) if ticket.finding else ""
    code = scripts.script(explanation, language=ticket.language) if explanation is not None else ""
    return scripts.joined((found, code), ticket.language)


def _found(ticket: Ticket, explanation: Explanation | None) -> str:
    """Return the sentence of a finding. Where no ground stands and none was disputed, none is called right."""
    finding = TicketFinding(ticket.finding)
    grounds = ticket.disputed_case_id is not None or (explanation is not None and explanation.standing)
    if finding == TicketFinding.UPHELD and not grounds:
        return _("We have looked into it: what the portal says of you is right.")
    return FINDINGS[finding]()


FINDINGS = {
    TicketFinding.GROUND_WRONG: lambda: _(
        "We have looked into it: the ground was wrong and has been withdrawn."
    ),
    TicketFinding.END_CONDITION_MET: lambda: _(
        "We have looked into it: what was missing has been entered now."
    ),
    TicketFinding.UPHELD: lambda: _("We have looked into it: the ground is right."),
    TicketFinding.IDENTITY_FIXED: lambda: _(
        "We have looked into it: the details were wrong and are corrected."
    ),
    TicketFinding.OUTSIDE: lambda: _("Whoever is responsible outside has answered."),
    TicketFinding.CONDUCT: lambda: _("We have looked into how you were treated."),
}


def number_in(text: str) -> str:
    """Return the first telephone number of a text; "" where it has none."""
    return next(iter(numbers_in(text)), "")


def numbers_in(text: str) -> list[str]:
    """Return the telephone numbers of a text: neither dates nor the numbers of tickets."""
    return PHONE_NUMBER.findall(DATE_OR_TICKET.sub("", text))


def _require_own_numbers(step: Step, text: str, field: str) -> None:
    """Refuse a text with a telephone number of anybody but the citizen and those who answer for the ticket (5.0)."""
    own = {step.ticket.contact_phone, step.ticket.first_responder.phone, step.by.phone}
    own |= {office.phone for office in (step.ticket.first_office, step.ticket.office, step.by.office)}
    known = {re.sub(r"\D", "", number) for number in own if number}
    for found in numbers_in(text):
        digits = re.sub(r"\D", "", found)
        if not any(digits in number or number in digits for number in known):
            raise AnotherNumber(field=field, number=found)
