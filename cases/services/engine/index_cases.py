"""Index cases and whoever rests on them: a chain of reclassifications is one index case (1.1d)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cases.models import Case, ExitReport, Fact, HealthLog, LabResult, Person
from cases.models.cases import BASIS_GONE, State
from cases.models.results import Outcome
from cases.policy.exits import Rest
from cases.selectors import positives
from cases.selectors.chains import chain_of, is_none, resting
from cases.services.engine import mass_orders
from cases.services.engine.codes import Turn
from healthcode.core.own_words import OwnText

UNCLEAR = (Outcome.POSITIVE, Outcome.INCONCLUSIVE, Outcome.PENDING)
FEVER_DAYS = timedelta(days=2)
# What rests on the case in another's place: what waits, and what has ended too, for it may stand again.
MOVED = (State.OPEN, State.REPORTED, State.HELD, State.ENDED)
VOIDED = OwnText("index_case.voided", _("The index case was coded in error."))
EXCLUDED = OwnText("index_case.excluded", _("The index case has been excluded."))
SENT_BACK = OwnText("index_case.sent_back", _("The report of the index case has been sent back."))


@dataclass
class Followed:
    """Whom an index case that is none reached: contacts that go free, and those that are not clear of infection."""

    freed: list[Case] = field(default_factory=list)
    kept: list[Case] = field(default_factory=list)


def contacts_of(index: Case, *states: State) -> list[Case]:
    """Return the cases that rest on an index case, under whichever row of its chain they were entered.

    Without `states` those that stand.
    """
    contacts = Case.objects.filter(index_case__in=chain_of(index), state__in=states or (State.OPEN,))
    return list(contacts.select_related("person", "risk_area", "resumes").order_by("person", "pk"))


def resting_on(index: Case) -> list[Case]:
    """Return the contacts that stand or wait."""
    contacts = resting().filter(index_case__in=chain_of(index))
    return list(contacts.select_related("person", "risk_area", "resumes").order_by("person", "pk"))


def reached(*indexes: Case) -> list[Person]:
    """Return who is locked with an act by which an index case may turn out to be none."""
    return [contact.person for index in indexes for contact in resting_on(index)]


def follow(index: Case, *, basis: list[Rest], reason: str, turn: Turn, exit: str = BASIS_GONE) -> Followed:
    """Let the contacts go whose index case turned out to be none, in whichever way, and send their reports back.

    CDC reads the reason. Whoever is not clear of infection stays, for CDC to decide.
    """
    if not is_none(index):
        return Followed()
    # Read under the lock of the index case: one entered meanwhile cannot be missed.
    resting = resting_on(index)
    turn.require_locked(contact.person for contact in resting)
    standing = [contact for contact in resting if contact.state == State.OPEN]
    turn.refuse(*(contact for contact in resting if contact not in standing), reason=reason)
    kept = [contact for contact in standing if _unclear(contact, turn)]
    freed = [contact for contact in standing if contact not in kept]
    turn.end(*freed, exit=exit, basis=basis)
    mass_orders.arrange_all((contact.person for contact in freed), turn=turn)
    for contact in kept:
        turn.record("case.kept", contact, ground=contact.ground)
    return Followed(freed, kept)


def exclusions_of(index: Case) -> list[Rest]:
    """Return the reports by which an index case was excluded: contacts went free on them."""
    reports = ExitReport.objects.filter(case__in=chain_of(index), exit="EXCLUDED").order_by("pk")
    return [(Fact.REPORT.value, key) for key in reports.values_list("pk", flat=True)]


def move(contacts: Iterable[Case], *, to: Case, turn: Turn) -> None:
    """Let contacts rest on another case: the infected person was recorded under the wrong name."""
    for contact in contacts:
        before, contact.index_case = contact.index_case_id, to
        contact.save(update_fields=("index_case",))
        turn.record("case.index_replaced", contact, index=to.pk, before=before)


def voided() -> str:
    """Return the reason that CDC reads when the index case was voided and none took its place."""
    return VOIDED()


def excluded() -> str:
    """Return the reason that CDC reads when the index case was excluded."""
    return EXCLUDED()


def sent_back() -> str:
    """Return the reason that CDC reads when the report of the index case was sent back."""
    return SENT_BACK()


def _unclear(contact: Case, turn: Turn) -> bool:
    """Tell whether tests, a report of CDC or these days' health log speak against letting somebody go."""
    counted = LabResult.objects.of(contact.person).uncorrected().exclude(outcome=Outcome.LOST)
    last = counted.order_by("-sampled_at", "-pk").first()
    if last is not None and last.outcome in UNCLEAR:
        return True
    if positives.stands_unanswered(contact.person, turn.book.policy):
        return True
    fever_from = turn.book.policy.parameters.fever_celsius
    logs = HealthLog.objects.filter(order__served__case=contact, at__gt=turn.at - FEVER_DAYS)
    return logs.filter(temperature__gte=fever_from).exists()
