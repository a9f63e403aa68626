"""A whole file: its tables in their order, with a number of queries that does not grow with the matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.models import GateCheck, Inquiry, RuleBook
from cases.policy.rulebook import Policy
from cases.selectors.explanation import Explanation, explain
from cases.selectors.story import Story, story
from complaints.models import Ticket, TicketEvent
from complaints.selectors.tables import Table
from healthcode.core import languages
from healthcode.core.audit import batched
from healthcode.core.audit.actions import READS
from healthcode.core.audit.models import Event
from healthcode.portal.dossiers import records
from healthcode.portal.dossiers.matters import DossierMatter
from healthcode.portal.dossiers.records import minute, who
from healthcode.portal.timelines.drawing import DrawnTimeline, draw
from healthcode.portal.timelines.stories import lanes
from healthcode.portal.trails import moments
from healthcode.portal.trails.descriptions import DescribedEvent, describe

NEWEST = 300  # events of each kind that a file shows; a trail goes on


@dataclass(frozen=True)
class Dossier:
    """Everything about one matter as it stood at an instant."""

    matter: DossierMatter
    at: datetime
    explanation: Explanation | None
    timeline: DrawnTimeline | None
    tables: tuple[Table, ...]
    more: frozenset[str]  # tables that go on in the trail


def gather(matter: DossierMatter, *, at: datetime) -> Dossier:
    """Gather a matter's file as of now."""
    tables: list[Table] = []
    explanation, timeline = None, None
    if matter.person is not None:
        explanation, whole = explain(matter.person, at=at), story(matter.person)
        policy = explanation.book.policy
        timeline = draw(lanes(matter.person, whole, policy, at=at), until=at)
        tables += _of_person(matter, whole, policy)
    tables += _of_desk(matter)
    tables.append(records.inquiries(_asked(matter)))
    done, looks = _events(matter, at, looks=False), _events(matter, at, looks=True)
    tables += [
        _trail("looks", _("Who looked"), looks),
        _trail("done", _("What was done, by the ledger"), done),
    ]
    more = {key for key, rows in (("looks", looks), ("done", done)) if len(rows) > NEWEST}
    return Dossier(matter, at, explanation, timeline, tuple(tables), frozenset(more))


def _of_person(matter: DossierMatter, whole: Story, policy: Policy) -> list[Table]:
    person = matter.person
    assert person is not None
    tables = []
    if matter.turn is not None:
        then = RuleBook.objects.in_force(matter.turn.at).policy
        tables.append(records.moment_of(moments.code_at(person, at=matter.turn.at), then))
    return [
        *tables,
        *(records.conversions(whole), records.grounds(person, policy), records.control(whole)),
        *(records.handovers(whole), records.proposals(whole), records.tests(whole)),
    ]


def _of_desk(matter: DossierMatter) -> list[Table]:
    """Return the person's tickets and what happened to each; of a ticket without a person, its own."""
    one = Q(pk=matter.ticket.pk) if matter.ticket is not None else Q()
    mine = Q(person__among=matter.person.group) if matter.person is not None else Q()
    tickets = list(Ticket.objects.filter(one | mine).select_related("office", "owner").order_by("-pk"))
    rows = [
        (
            *(ticket.number, minute(ticket.received_at), str(ticket.get_category_display())),
            *(str(ticket.get_state_display()), f"{ticket.office}"),
            *(str(ticket.get_finding_display() or "–"), ticket.decision_reason or "–"),
        )
        for ticket in tickets
    ]
    heads = (_("number"), _("received at"), _("category"), _("state"), _("handled by"), _("finding"),
             _("reason of the finding"))  # fmt: skip
    events = TicketEvent.objects.filter(ticket__in=tickets).select_related("ticket", "actor__office")
    steps = [
        (
            *(event.ticket.number, minute(event.at), str(event.get_kind_display())),
            *(who(event.actor), _("yes") if event.is_public else _("no")),
            event.body or "–",
        )
        for event in events.order_by("-at", "-pk")
    ]
    step_heads = (_("ticket"), _("at"), _("what"), _("actor"), _("said to the citizen"), _("words"))
    return [
        Table("tickets", _("Tickets"), heads, tuple(rows)),
        Table("steps", _("What happened to the tickets"), step_heads, tuple(steps)),
    ]


def _asked(matter: DossierMatter) -> QuerySet[Inquiry]:
    """Return what offices were asked about this matter, or about its person."""
    mine = Q(person__among=matter.person.group) if matter.person is not None else Q()
    rows = Inquiry.objects.filter(Q(about=matter.about.audit_target) | mine)
    return rows.select_related("office", "asked_by__office", "answered_by__office", "closed_by__office")


def _events(matter: DossierMatter, at: datetime, *, looks: bool) -> list[DescribedEvent]:
    """Return the newest events, one more than are shown where there are more: looks alone, or all but looks."""
    found = Event.objects.filter(_named(matter))
    if not looks:
        return describe(list(found.exclude(action__in=READS).order_by("-at_us", "-pk")[: NEWEST + 1]), at=at)
    newest = [*found.filter(action__in=READS).order_by("-at_us", "-pk")[: NEWEST + 1], *_checks(matter)]
    newest.sort(key=lambda one: (one.at_us, one.pk), reverse=True)
    return describe(newest[: NEWEST + 1], at=at)


def _checks(matter: DossierMatter) -> list[Event]:
    """Return the newest checks of the person's code at doors: looks as well, in a table of their own."""
    if matter.person is None:
        return []
    rows = batched.listed(GateCheck).filter(person__in=matter.person.group.values("pk"))
    return [check.as_event() for check in rows.order_by("-at", "pk")[: NEWEST + 1]]


def _named(matter: DossierMatter) -> Q:
    if matter.person is None:
        return Q(target=matter.about.audit_target)
    public_ids = matter.person.group.values_list("public_id", flat=True)
    return Q(person__in=[str(public_id) for public_id in public_ids])


def _trail(key: str, title: str, events: Sequence[DescribedEvent]) -> Table:
    rows = [
        (
            *(str(one.event.pk), minute(one.at), one.sentence),
            languages.listed((languages.entry(label, value) for label, value in one.details), phrases=True)
            or "–",
        )
        for one in events[:NEWEST]
    ]
    return Table(key, title, (_("number"), _("at"), _("what"), _("details")), tuple(rows))
