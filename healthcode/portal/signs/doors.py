"""Signs at doors: passes that nobody here made, and codes that were handed to phones again and again."""

from datetime import datetime

from django.db.models import Count, Max
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases.models import GateCheck, Pass, Person
from cases.policy.passing import Why
from cases.policy.rulebook import Policy
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import LIMIT, Sign, SignRow, trail_url


def forged_passes(at: datetime, policy: Policy) -> list[SignRow]:
    """Find doors at which several passes that nobody here made were scanned within one hour."""
    forged = GateCheck.objects.filter(
        why=Why.NOT_OURS.value, at__gte=at - thresholds.FORGED_PERIOD, at__lt=at
    )
    hours = (
        forged.annotate(hour=TruncHour("at"))
        .order_by()
        .values("hour", "venue", "venue__name")
        .annotate(n=Count("pk"), last=Max("at"))
        .filter(n__gte=thresholds.FORGED_AN_HOUR)
        .order_by("-last", "venue")
    )
    return [
        SignRow(
            f"forged:{row['venue']}:{row['hour']:%Y%m%d%H}:{row['n']}",
            f"{row['venue__name']} · {_passes(row['n'])}",
            row["last"],
            reverse("admin:cases_gatecheck_changelist"),
        )
        for row in hours[:LIMIT]
    ]


def many_links(at: datetime, policy: Policy) -> list[SignRow]:
    """Find people whose code was handed to phones unusually often within a day, and by which account last."""
    period = {"kind": Pass.Kind.PHONE, "issued_at__gte": at - thresholds.LINKS_PERIOD, "issued_at__lt": at}
    many = (
        Pass.objects.filter(**period)
        .order_by()
        .values("person")
        .annotate(n=Count("pk"), last=Max("issued_at"))
        .filter(n__gte=thresholds.LINKS_OF_ONE)
        .order_by("-last", "person")[:LIMIT]
    )
    persons = Person.objects.in_bulk([row["person"] for row in many])
    return [
        SignRow(
            f"links:{row['person']}:{row['n']}",
            f"{persons[row['person']]} · {_links(row['n'])}",
            row["last"],
            trail_url(person=str(persons[row["person"]].public_id)),
        )
        for row in many
    ]


def _links(number: int) -> str:
    return ngettext("%(n)s link", "%(n)s links", number) % {"n": number}


def _passes(number: int) -> str:
    return ngettext("%(n)s pass", "%(n)s passes", number) % {"n": number}


SIGNS = (
    Sign(
        "forged_passes",
        _("Passes that nobody here made"),
        _(
            "Doors at which %(number)s and more of them were scanned within one hour of the last %(days)s days."
        ),
        forged_passes,
        {"number": thresholds.FORGED_AN_HOUR, "days": thresholds.FORGED_PERIOD.days},
    ),
    Sign(
        "many_links",
        _("Codes handed to phones again and again"),
        _("People for whom %(number)s and more links were made within the last day: who holds that phone?"),
        many_links,
        {"number": thresholds.LINKS_OF_ONE},
    ),
)
