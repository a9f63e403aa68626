"""What waits for a second person about the city: holds of mass coding, deliveries."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Batch, Case, MassHold, RuleBook, Transition, Undo
from cases.models.cases import LIVE
from cases.selectors import holds
from cases.selectors.pending import Fact, Pending, listed, of_proposal
from cases.selectors.roster import Matter, Roster
from healthcode.core import languages


def timed(one: Pending, roster: Roster) -> Pending:
    """Say when something that concerns the city is due, and who is on duty to decide it."""
    return replace(one, wait=roster.wait(Matter(one.key, one.at, by=one.by)))


def waiting_hold(hold: MassHold, at: datetime) -> Pending:
    """Return what waits in a hold of mass coding, for whoever decides it (3.1c)."""
    ground = RuleBook.objects.in_force(at).policy.grounds.get(hold.ground)
    rests = [f"“{ref}” · {office} · {number}" for ref, office, number in holds.references(hold)]
    of_falls = ((_("would stand again by facts taken back by"), str(hold.office)),) if hold.office else ()
    facts: tuple[Fact, ...] = (
        (_("ground"), ground.words.text(languages.current()) if ground else hold.ground),
        *of_falls,
        (_("evidence"), listed(rests)),
        (_("evidence can be resolved"), _("yes") if hold.resolved else _("no")),
        (_("People it would reach, by township"), townships_line(holds.by_township(hold))),
    )
    return of_proposal("hold.decide", _("hold of mass coding"), hold, facts)


def brought_in(batch: Batch) -> Pending:
    """Return what a file would do that somebody brought in for a source, for whoever confirms it."""
    preview = batch.preview
    codes = sum(one["people"] for one in preview.get("turned", ()))
    facts: tuple[Fact, ...] = (
        (_("delivery"), f"{batch.pk} · {batch.get_kind_display()} · {batch.file_name}"),
        (_("source"), str(batch.office)),
        (_("covering letter"), batch.letter),
        (_("rows"), str(batch.row_count)),
        (_("SHA-256"), batch.sha256),
        (_("accepted"), str(preview.get("new", 0))),
        (_("waits for a person"), str(preview.get("held", 0))),
        (pgettext_lazy("rows", "returned"), str(preview.get("rejected", 0))),
        (_("Codes that would turn"), str(codes)),
    )
    by = batch.brought_by or batch.delivered_by
    title = _("file brought in for a source")
    return Pending("batch.confirm_brought", title, by, batch.delivered_at, "", facts)


def proposed_undo(undo: Undo) -> Pending:
    """Return what taking a delivery back would undo, for whoever decides it."""
    batch = undo.batch
    live = Case.objects.filter(batch=batch, state__in=LIVE)
    codes = Transition.objects.filter(case__batch=batch).values("person").distinct().count()
    facts: tuple[Fact, ...] = (
        (_("delivery"), f"{batch.pk} · {batch.get_kind_display()} · {batch.file_name}"),
        (_("office"), str(batch.office)),
        (_("accepted"), str(batch.accepted)),
        (_("cases"), str(live.count())),
        (_("Codes that turned"), str(codes)),
        (_("nucleic acid test results"), str(batch.results.count())),
        (_("movement tracks"), str(batch.presences.count())),
        (_("people it registered"), _("stay registered")),
    )
    return of_proposal("batch.decide_undo", _("taking back of a delivery"), undo, facts)


def townships_line(found: list[tuple[str, int]]) -> str:
    return listed([f"{name} {people}" for name, people in found])
