"""Signs in who looked at whom: look-ups that led to nothing, in vain, and persons whom many looked up."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, IntegerField, Max, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from cases.models import LookUp, Person
from cases.policy.rulebook import Policy
from healthcode.core import languages
from healthcode.core.audit.actions import READS
from healthcode.core.audit.bodies import BodyText
from healthcode.core.audit.ledger import instant, microseconds
from healthcode.core.audit.models import Event
from healthcode.core.offices.refusals import Refusal
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import LIMIT, Sign, SignRow, people, trail_url

# Whoever works on a case often looks the person up once more after the act.
ACT_BEFORE = timedelta(hours=1)
# The number of an event's day of Shanghai.
DAY = ExpressionWrapper((F("at_us") + 8 * 3_600_000_000) / 86_400_000_000, output_field=BigIntegerField())


def without_task(at: datetime, policy: Policy) -> list[SignRow]:
    """Find look-ups that no complaint or case stands behind and after which the looker did nothing for the person."""
    looks = LookUp.objects.filter(at__gte=at - thresholds.LOOK_UP_PERIOD, at__lt=at - thresholds.LOOK_UP_TASK)
    looks = looks.filter(task="").select_related("person", "user__office")
    found = list(looks.order_by("-at", "-pk")[:LIMIT])
    acts = _acts(found, at)
    return [
        SignRow(
            f"look-up:{look.pk}",
            f"{languages.bracketed(look.user.name, look.user.office)} · {look.person} · “{look.purpose}”",
            look.at,
            trail_url(person=str(look.person.public_id), what="looks"),
        )
        for look in found
        if not any(
            -ACT_BEFORE <= acted_at - look.at <= thresholds.LOOK_UP_TASK
            for acted_at in acts.get((look.user.username, str(look.person.public_id)), ())
        )
    ]


def in_vain(at: datetime, policy: Policy) -> list[SignRow]:
    """Find accounts that asked after many numbers in vain: whoever guesses does."""
    since = microseconds(at - thresholds.LOOK_UP_PERIOD)
    asked = Event.objects.filter(action="person.look_up_refused", at_us__gte=since)
    groups = asked.values("actor", "office").annotate(n=Count("pk"), latest=Max("at_us"))
    return _by_account(groups, "person.look_up_refused", thresholds.LOOK_UPS_IN_VAIN)


def refused(at: datetime, policy: Policy) -> list[SignRow]:
    """Find accounts that were refused many pages or addresses: whoever tries doors is."""
    since = microseconds(at - thresholds.REFUSED_PERIOD)
    events = Event.objects.filter(action="access.refused", at_us__gte=since)
    events = events.annotate(times=Cast(BodyText("times"), IntegerField()))
    groups = events.values("actor", "office").annotate(n=Sum("times"), latest=Max("at_us"))
    return _by_account(groups, "access.refused", thresholds.REFUSED_ACCESS)


def refused_log_ins(at: datetime, policy: Policy) -> list[SignRow]:
    """Find days on which many log-ins failed, a third of all or more: somebody tries passwords on many names."""
    events = Event.objects.filter(at_us__gte=microseconds(at - thresholds.REFUSED_PERIOD))
    named, opened = Q(action="session.refused"), Q(action="session.opened")
    events = events.filter(named | opened | Q(action="session.nobody_refused"))
    events = events.annotate(times=Coalesce(Cast(BodyText("times"), IntegerField()), 1), day=DAY)
    found = events.values("day").annotate(
        failed=Coalesce(Sum("times", filter=~opened), 0),
        opened=Count("pk", filter=opened),
        names=Count("target", distinct=True, filter=named),
        latest=Max("at_us", filter=~opened),
    )
    found = found.filter(failed__gte=thresholds.LOG_INS_FAILED, opened__lte=2 * F("failed"))
    words = _("%(failed)s log-ins failed, under %(names)s names that exist")
    return [
        SignRow(
            f"{group['day']}:{group['failed']}",
            str(words) % group,
            instant(group["latest"]),
            trail_url(what="session.refused"),
        )
        for group in found.order_by("-day")
    ]


def refused_by_directory(at: datetime, policy: Policy) -> list[SignRow]:
    """Find reasons for which many log-ins through the directory were refused, and accounts that are not in use."""
    since = microseconds(at - thresholds.REFUSED_PERIOD)
    events = Event.objects.filter(action="session.directory_refused", at_us__gte=since)
    events = events.annotate(why=BodyText("why"), times=Coalesce(Cast(BodyText("times"), IntegerField()), 1))
    groups = events.values("target", "why").annotate(n=Sum("times"), latest=Max("at_us"))
    found = groups.filter(n__gte=thresholds.REFUSED_LOG_INS).order_by("-n", "target", "why")[:LIMIT]
    return [
        SignRow(
            f"{group['target']}:{group['why']}:{group['n']}",
            f"{_reason(group['why']) or group['target']} · {group['n']}",
            instant(group["latest"]),
            trail_url(what="session.directory_refused"),
        )
        for group in found
    ]


def _reason(code: str | None) -> str:
    refusal = Refusal.by_code.get(code or "")
    return str(refusal.message) if refusal else ""


def _by_account(groups: QuerySet[Any, Any], what: str, least: int) -> list[SignRow]:
    """Return the accounts of which so many events of a kind stand, the most first, each with its trail."""
    return [
        SignRow(
            f"{group['actor']}:{group['n']}",
            f"{languages.bracketed(group['actor'], group['office'])} · {group['n']}",
            instant(group["latest"]),
            trail_url(actor=group["actor"], what=what),
        )
        for group in groups.filter(n__gte=least).order_by("-n", "actor")[:LIMIT]
    ]


def looked_up_by_many(at: datetime, policy: Policy) -> list[SignRow]:
    """Find persons whom many people looked up."""
    since = microseconds(at - thresholds.LOOK_UP_PERIOD)
    looks = Event.objects.filter(action="person.looked_up", at_us__gte=since)
    groups = looks.values("person").annotate(n=Count("actor", distinct=True), latest=Max("at_us"))
    found = list(groups.filter(n__gte=thresholds.LOOK_UPS_BY).order_by("-n")[:LIMIT])
    persons = Person.objects.filter(public_id__in=[group["person"] for group in found])
    names = {str(person.public_id): str(person) for person in persons}
    return [
        SignRow(
            f"{group['person']}:{group['n']}",
            f"{names.get(group['person'], group['person'][:8])} · {people(group['n'])}",
            instant(group["latest"]),
            trail_url(person=group["person"], what="looks"),
        )
        for group in found
    ]


def _acts(looks: list[LookUp], at: datetime) -> dict[tuple[str, str], list[datetime]]:
    """Return when the lookers did something for the persons they looked up, by username and opaque id."""
    events = Event.objects.filter(
        person__in={str(look.person.public_id) for look in looks},
        actor__in={look.user.username for look in looks},
        at_us__gte=microseconds(at - thresholds.LOOK_UP_PERIOD - timedelta(days=1)),
    ).exclude(action__in=READS)
    acts: dict[tuple[str, str], list[datetime]] = {}
    for actor, person, at_us in events.values_list("actor", "person", "at_us"):
        acts.setdefault((actor, person), []).append(instant(at_us))
    return acts


SIGNS = (
    Sign(
        "taskless",
        _("Look-ups without a ticket or a task"),
        _(
            "Look-ups outside one's area in %(days)s days that no complaint or case stands behind and that led to no "
            "act on the person."
        ),
        without_task,
        {"days": thresholds.LOOK_UP_PERIOD.days},
    ),
    Sign(
        "in_vain",
        _("Many look-ups in vain"),
        _(
            "Accounts that asked after %(n)s or more numbers within %(days)s days and were told nothing: nobody "
            "registered, somebody outside the area without a purpose, or more within an hour than one account may."
        ),
        in_vain,
        {"n": thresholds.LOOK_UPS_IN_VAIN, "days": thresholds.LOOK_UP_PERIOD.days},
    ),
    Sign(
        "refused_access",
        _("Many pages refused"),
        _(
            "Accounts that asked %(n)s times or more within %(days)s days for pages, addresses or rows that were not "
            "theirs: an old link does so once, whoever tries doors often."
        ),
        refused,
        {"n": thresholds.REFUSED_ACCESS, "days": thresholds.REFUSED_PERIOD.days},
    ),
    Sign(
        "log_ins_refused",
        _("Many log-ins failed"),
        _(
            "Days of the last %(days)s on which %(n)s log-ins or more failed, and a third of all: whoever tries "
            "passwords on many names, or from many places."
        ),
        refused_log_ins,
        {"n": thresholds.LOG_INS_FAILED, "days": thresholds.REFUSED_PERIOD.days},
    ),
    Sign(
        "directory_refused",
        _("Log-ins through the directory refused"),
        _(
            "Reasons for which log-ins that came back from the directory were refused, and accounts not in use that "
            "were named by it, %(n)s times or more within %(days)s days."
        ),
        refused_by_directory,
        {"n": thresholds.REFUSED_LOG_INS, "days": thresholds.REFUSED_PERIOD.days},
    ),
    Sign(
        "watched",
        _("One person looked up by many"),
        _("Persons whom %(n)s or more people looked up within %(days)s days."),
        looked_up_by_many,
        {"n": thresholds.LOOK_UPS_BY, "days": thresholds.LOOK_UP_PERIOD.days},
    ),
)
