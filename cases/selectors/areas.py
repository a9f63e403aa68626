"""Risk areas that wait for a second person, and what is read before deciding one."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import AreaChange, Basis, Case, Person, RiskArea, RuleBook
from cases.models.cases import LIVE, CaseQuerySet
from cases.selectors import positives, presences, undecided
from cases.selectors.pending import Fact, Pending, of_proposal
from cases.selectors.pending_city import townships_line
from healthcode.core.offices import scope
from healthcode.core.offices.models import User


def areas_for(user: User) -> QuerySet[RiskArea]:
    """Return the proposed areas that this user may decide as the second person: nobody of a county."""
    proposed = undecided.waiting(RiskArea).exclude(proposed_by=user)
    return (proposed if _of_city(user) else proposed.none()).select_related(
        "division__parent", "proposed_by__office"
    )


def changes_for(user: User) -> QuerySet[AreaChange]:
    """Return the proposed changes of areas that this user may decide as the second person."""
    proposed = undecided.waiting(AreaChange).exclude(proposed_by=user)
    return (proposed if _of_city(user) else proposed.none()).select_related(
        "area__division__parent", "proposed_by__office"
    )


def of_place(areas: QuerySet[RiskArea], user: User) -> QuerySet[RiskArea]:
    """Keep the areas about which this user may propose something: a county's own, or any."""
    return areas if _of_city(user) else areas.filter(scope.within(user.jurisdiction, "division"))


def proposed_area(area: RiskArea, at: datetime) -> Pending:
    """Return what a proposed listing says, for whoever decides it (1.4)."""
    facts: tuple[Fact, ...] = (
        *_place(area),
        (_("test required"), _("yes") if area.test_required else _("no")),
        (_("source document"), area.source_document),
        (_("assessment of the provincial health commission"), area.assessment_document),
        (_("consent of the provincial leading group"), area.consent_document),
        (
            _("People it would reach, by township"),
            townships_line(presences.townships(area, at=at)) or _("nobody"),
        ),
    )
    return of_proposal("area.decide", _("risk area"), area, facts)


def proposed_change(change: AreaChange, at: datetime) -> Pending:
    """Return what a proposed change of an area would do, for whoever decides it."""
    facts: tuple[Fact, ...] = ((_("what is proposed"), change.get_kind_display()), *_place(change.area))
    if change.kind == AreaChange.Kind.LIFT:
        facts += ((_("test still due"), _("yes") if change.test_still_due else _("no")),)
    label = _("Cases that stand again") if change.kind == AreaChange.Kind.UNLIFT else _("Cases that end")
    return of_proposal(
        "area.decide", _("change of a risk area"), change, (*facts, (label, str(_moved(change, at))))
    )


def _place(area: RiskArea) -> tuple[Fact, ...]:
    return (
        (_("area"), area.name),
        (pgettext_lazy("risk area", "place"), area.venue),
        (_("division"), str(area.division or "")),
        (_("level"), area.get_level_display()),
        (_("severe situation"), _("yes") if area.severe else _("no")),
        (pgettext_lazy("time", "from"), f"{localtime(area.from_at):%Y-%m-%d %H:%M}"),
    )


def _moved(change: AreaChange, at: datetime) -> int:
    """Count the cases that a change would end, or let stand again."""
    if change.kind == AreaChange.Kind.UNLIFT:
        last = Case.objects.unresumed()
        rests = Basis.objects.filter(fact="AREA", key=change.area_id, case__in=last)
        return rests.values("case").distinct().count()
    live = Case.objects.filter(risk_area=change.area, state__in=LIVE)
    return ending_with(change, at).count() if change.kind == AreaChange.Kind.LIFT else live.count()


def ending_with(change: AreaChange, at: datetime) -> CaseQuerySet:
    """Find what ends with an area: not of whoever CDC has to look at first, as the exit asks of one case."""
    if change.test_still_due:
        return Case.objects.none()
    ended = RuleBook.objects.in_force(at).policy.keys_where(lambda ground: ground.ends_with_area)
    doubted = Person.objects.group_of(*positives.doubted_anywhere(at))
    return Case.objects.open().filter(risk_area=change.area, ground__in=ended).exclude(person__in=doubted)


def _of_city(user: User) -> bool:
    return scope.covers(user.jurisdiction, settings.HOME_CITY)
