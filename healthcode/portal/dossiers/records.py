"""The tables of a file that come from the records: conversions, grounds, control, second persons, tests."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.models import Case, Inquiry, Person
from cases.models.proposals import Proposal
from cases.policy.rulebook import Policy
from cases.selectors.story import Story
from complaints.selectors.tables import Table
from healthcode.core import languages
from healthcode.core.audit.actions import words_of
from healthcode.core.offices.staff import Role
from healthcode.portal.trails.moments import CodeAtMoment


def day(value: date | None) -> str:
    """Return a day, or a dash."""
    return f"{value:%Y-%m-%d}" if value else "–"


def minute(value: datetime | None) -> str:
    """Return an instant to the minute in Shanghai, or a dash."""
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else "–"


def who(user: Any) -> str:
    """Return who did something, with the office where it is at hand."""
    if user is None:
        return "–"
    if user.role == Role.SYSTEM or "office" not in user._state.fields_cache:
        return str(user)
    return f"{user} · {user.office}"


def moment_of(moment: CodeAtMoment, policy: Policy) -> Table:
    """Return what the code rested on just after a conversion."""
    rows = [
        (_ground(case.ground, policy), minute(case.opened_at), who(case.opened_by), case.evidence)
        for case in moment.standing
    ]
    heads = (_("ground"), _("standing since"), _("opened by"), _("evidence"))
    title = _("What the code rested on at %(at)s") % {"at": minute(moment.at)}
    return Table("moment", title, heads, tuple(rows))


def conversions(story: Story) -> Table:
    """Return every conversion, the newest first."""
    rows = [
        (
            str(turn.pk),
            minute(turn.at),
            f"{turn.get_from_colour_display()} → {turn.get_to_colour_display()}",
            str(words_of(turn.act)),
            turn.clause or "–",
            languages.bracketed(turn.rule_book.document_number, turn.rule_book.version),
            f"{turn.actor.name} · {turn.office}",
        )
        for turn in story.transitions
    ]
    heads = (
        *(_("number"), _("at"), pgettext("code", "turned"), _("act"), _("clause"), _("rule book")),
        _("actor"),
    )
    return Table("conversions", _("Conversions"), heads, tuple(rows))


def grounds(person: Person, policy: Policy) -> Table:
    """Return every case there ever was, with who entered, opened and closed it."""
    related = ("entered_by__office", "opened_by__office", "closed_by__office", "source_office")
    cases = Case.objects.of(person).select_related(*related).order_by("-entered_at", "-pk")
    rows = [
        (
            str(case.pk),
            _ground(case.ground, policy),
            str(case.get_state_display()),
            case.evidence,
            day(case.began_on),
            f"{minute(case.entered_at)} · {who(case.entered_by)}",
            f"{minute(case.opened_at)} · {who(case.opened_by)}" if case.opened_at else "–",
            " · ".join(filter(None, (minute(case.closed_at), who(case.closed_by), str(case.closing_reason))))
            if case.closed_at
            else "–",
        )
        for case in cases
    ]
    heads = (
        *(_("number"), _("ground"), pgettext("case", "state"), _("evidence"), _("began on")),
        *(_("entered"), _("opened"), pgettext("case", "closed")),
    )
    return Table("grounds", _("Grounds"), heads, tuple(rows))


def control(story: Story) -> Table:
    """Return the control orders, with who answered for them and how they ended."""
    rows = [
        (
            order.measure,
            order.place or "–",
            f"{minute(order.opened_at)} · {who(order.opened_by)}",
            minute(order.until),
            who(order.officer),
            f"{minute(order.ended_at)} · {order.get_ending_display()} · {who(order.ended_by)}"
            if order.ended_at
            else "–",
        )
        for order in story.orders
    ]
    heads = (_("measure"), _("place"), _("ordered"), _("until"), _("responsible control officer"), _("ended"))
    return Table("control", _("Control"), heads, tuple(rows))


def handovers(story: Story) -> Table:
    """Return who handed whose control to whom, and why."""
    rows = [
        (minute(one.at), who(one.from_officer), who(one.to_officer),
         str(one.reason), who(one.by))
        for one in story.handovers
    ]  # fmt: skip
    heads = (_("at"), _("from officer"), _("to officer"), _("reason"), _("actor"))
    return Table("handovers", _("Hand-overs of control"), heads, tuple(rows))


def proposals(story: Story) -> Table:
    """Return what waited for a second person: who proposed it, who decided, and with which reasons."""
    groups: tuple[Iterable[Proposal], ...] = (
        *(story.voids, story.exit_reports, story.releases, story.reversals),
        *(story.home_stays, story.transfers, story.merges),
    )
    found = sorted((one for group in groups for one in group), key=lambda one: one.proposed_at, reverse=True)
    rows = [
        (
            str(one._meta.verbose_name),
            f"{minute(one.proposed_at)} · {who(one.proposed_by)}",
            one.reason or "–",
            str(one.get_decision_display()),  # type: ignore[attr-defined]
            f"{minute(one.decided_at)} · {who(one.decided_by)}" if one.decided_at else "–",
            str(one.answer) or "–",
        )
        for one in found
    ]
    heads = (
        *(pgettext("record", "what"), pgettext("proposal", "proposed"), _("reason"), _("decision")),
        *(pgettext("proposal", "decided"), _("reason of the decision")),
    )
    return Table("proposals", _("What took two people"), heads, tuple(rows))


def inquiries(rows: Iterable[Inquiry]) -> Table:
    """Return what offices were asked, what they answered, and what was found."""
    found = [
        (
            *(str(row.pk), f"{minute(row.asked_at)} · {who(row.asked_by)}", str(row.office), row.question),
            f"{row.last_day:%Y-%m-%d}",
            f"{minute(row.answered_at)} · {who(row.answered_by)}" if row.answered_at else "–",
            row.answer or "–",
            languages.listed(filter(None, (str(row.get_finding_display()), row.reason)), phrases=True) or "–",
        )
        for row in sorted(rows, key=lambda row: row.asked_at, reverse=True)
    ]
    heads = (
        *(_("number"), _("asked"), pgettext("inquiry", "asked office"), _("question")),
        *(_("answer by the end of this day"), _("answered"), _("answer"), pgettext("inquiry", "finding")),
    )
    return Table("inquiries", _("Questions to offices"), heads, tuple(found))


def tests(story: Story) -> Table:
    """Return the results, forms and visits, each as what it said."""
    rows = [
        (
            *(minute(one.sampled_at), _("nucleic acid test result"), str(one.get_outcome_display())),
            f"{one.laboratory} · {one.report_number}",
            f"{who(one.entered_by)} · {one.office}",
            _("corrected") if hasattr(one, "correction") else "",
        )
        for one in story.results
    ]
    rows += [
        (
            *(minute(one.at), _("declaration"), one.symptoms or (_("fever") if one.fever else _("no fever"))),
            *(str(one.get_mode_display()), who(one.by), _("withdrawn") if one.withdrawn else ""),
        )
        for one in story.declarations
    ]
    rows += [
        (
            *(minute(one.visited_at), _("fever-clinic visit")),
            _("infection ruled out") if one.ruled_out else _("infection not ruled out"),
            *(f"{one.clinic} · {one.record_number}", who(one.by)),
            _("withdrawn") if one.withdrawn else "",
        )
        for one in story.visits
    ]
    rows.sort(key=lambda row: row[0], reverse=True)
    heads = (
        *(_("at"), pgettext("record", "what"), _("result")),
        *(_("where and number"), _("entered by"), _("since then")),
    )
    return Table("tests", _("Tests and declarations"), heads, tuple(rows))


def _ground(key: str, policy: Policy) -> str:
    ground = policy.grounds.get(key)
    return ground.words.text(languages.current()) if ground else key
