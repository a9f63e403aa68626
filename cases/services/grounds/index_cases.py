"""Index cases and whoever rests on them: a chain of reclassifications is one index case (1.1d)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils.translation import gettext

from cases.models import Basis, Case, ExitReport, Fact, HealthLog, LabResult
from cases.models.cases import BASIS_GONE, State
from cases.models.results import Outcome
from cases.policy.exits import Rest
from cases.selectors import positives
from cases.selectors.chains import chain_of
from cases.services.engine import falling, mass_orders
from cases.services.engine.codes import Turn

UNCLEAR = (Outcome.POSITIVE, Outcome.INCONCLUSIVE, Outcome.PENDING)
FEVER_DAYS = timedelta(days=2)
# What rests on the case in another's place: what waits, and what has ended too, for it may stand again.
MOVED = (State.OPEN, State.REPORTED, State.HELD, State.ENDED)


def contacts_of(index: Case, *states: State) -> list[Case]:
    """Return the cases that rest on an index case, under whichever row of its chain they were entered.

    Without `states` those that stand.
    """
    contacts = Case.objects.filter(index_case__in=chain_of(index), state__in=states or (State.OPEN,))
    return list(contacts.select_related("person", "risk_area").order_by("person", "pk"))


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


def free(contacts: Iterable[Case], *, basis: list[Rest], turn: Turn, exit: str = BASIS_GONE) -> list[Case]:
    """End the contacts of an index case that is none; whoever is not clear of infection stays, for CDC to decide.

    Return those that stay.
    """
    contacts = list(contacts)
    kept = [contact for contact in contacts if _unclear(contact, turn)]
    gone = [contact for contact in contacts if contact not in kept]
    turn.end(*gone, exit=exit, basis=basis)
    mass_orders.arrange_all((contact.person for contact in gone), turn=turn)
    for contact in kept:
        turn.record("case.kept", contact, ground=contact.ground)
    return kept


def freed_by_void(voided: Iterable[Case]) -> dict[int, set[Rest]]:
    """Return by the contact's key the voids of these index cases by which contacts went free."""
    contacts = {contact.pk for index in voided for contact in contacts_of(index, State.ENDED)}
    freed: dict[int, set[Rest]] = defaultdict(set)
    for basis in Basis.objects.filter(case__in=contacts, fact=Fact.VOID, key__isnull=False):
        assert basis.key is not None
        freed[basis.case_id].add((Fact.VOID.value, basis.key))
    return freed


def come_back(voided: Sequence[Case], *, to: Case, turn: Turn) -> None:
    """Let contacts rest on the index case that two people entered again; whom its void had freed stand again."""
    freed = freed_by_void(voided)
    contacts = [contact for index in voided for contact in contacts_of(index, *MOVED)]
    if not {contact.person.root_id for contact in contacts} <= turn.before.keys():
        raise falling.Grown()
    move(contacts, to=to, turn=turn)
    falling.answer_each(freed, turn=turn)


def send_reports_back(index: Case, reason: str, turn: Turn) -> None:
    """Send back the reports of contacts that nobody entered yet: they have lost their ground, and CDC reads why."""
    for contact in contacts_of(index, State.REPORTED):
        waiting = Case.objects.filter(pk=contact.pk, state=State.REPORTED)
        closed = {"closed_at": turn.at, "closed_by": turn.by, "closing_reason": reason}
        if waiting.update(state=State.REFUSED, **closed):
            contact.refresh_from_db()
            turn.record("case.refused", contact, ground=contact.ground, notes={"reason": reason})


def voided() -> str:
    """Return the reason that CDC reads when the index case was voided and none took its place."""
    return gettext("The index case was coded in error.")


def excluded() -> str:
    """Return the reason that CDC reads when the index case was excluded."""
    return gettext("The index case has been excluded.")


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
