"""Signs that somebody was let in: passwords granted anew, tokens, the server's own door, too few who could grant."""

import json
from collections import defaultdict
from datetime import date, datetime
from itertools import chain

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.policy import days
from cases.policy.rulebook import Policy
from healthcode.core.audit import actions, ledger
from healthcode.core.audit.bodies import BodyText
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import User
from healthcode.core.offices.staff import Role
from healthcode.portal.signs import thresholds
from healthcode.portal.signs.sign import LIMIT, Sign, SignRow, trail_url

LET_IN = (
    "account.password_reset",
    "account.glass_broken",
    "account.second_factor_removal_asked",
    "account.second_factor_removed",
    "account.recovery_code_used",
    "token.issued",
    "office.opened",
    "setup_file.letters_printed",
)


def credentials(at: datetime, policy: Policy) -> list[SignRow]:
    """Find whose password was taken away, which machine was given a token, which office opened, who was let in."""
    since = ledger.microseconds(at - thresholds.CREDENTIALS_PERIOD)
    events = Event.objects.filter(action__in=LET_IN, at_us__gte=since)
    # A new city's first offices are the system's; those of a file are counted by its letters.
    in_set_up = Q(role=Role.SYSTEM) | Q(prepared_by__isnull=False)
    events = events.annotate(prepared_by=BodyText("prepared_by")).exclude(in_set_up, action="office.opened")
    return [
        SignRow(
            str(event.pk),
            " · ".join([str(actions.ACTIONS[event.action].words), event.actor, *_concerned(event)]),
            ledger.instant(event.at_us),
            trail_url(what=event.action),
        )
        for event in events.order_by("-at_us", "-pk")[:LIMIT]
    ]


def _concerned(event: Event) -> list[str]:
    """Return whose credential it was, or which office, where that is not who acted."""
    body = json.loads(event.body)
    name = body.get("user") or body.get("code")
    return [name] if name and name != event.actor else []


def codes_used(at: datetime, policy: Policy) -> list[SignRow]:
    """Find accounts that were opened on a device of whoever prepared or granted them, and how many others a day."""
    since = ledger.microseconds(at - thresholds.CREDENTIALS_PERIOD)
    events = Event.objects.filter(action="account.opened", at_us__gte=since).order_by("-at_us", "-pk")[:LIMIT]
    names = {event.actor for event in events}
    users = User.objects.filter(username__in=names)
    givers = {
        name: [giver for giver in both if giver]
        for name, *both in users.values_list("username", "granted_by__username", "created_by__username")
    }
    devices = _devices({*names, *chain.from_iterable(givers.values())}, since)
    found, others = list[SignRow](), defaultdict[date, list[datetime]](list)
    for event in events:
        when, own = ledger.instant(event.at_us), devices[event.actor]
        shared = [giver for giver in givers.get(event.actor, []) if own & devices[giver]]
        if shared:
            text = " · ".join([event.actor, *shared])
            found.append(SignRow(f"device:{event.pk}", text, when, trail_url(actor=event.actor)))
        else:
            others[days.local_day(when)].append(when)
    url = trail_url(what="account.opened")
    return found + [
        SignRow(f"{day}:{len(found)}", str(_("accounts opened: %(n)s")) % {"n": len(found)}, max(found), url)
        for day, found in others.items()
    ]


def _devices(names: set[str], since: int) -> defaultdict[str, set[str]]:
    """Return the devices on which these accounts logged in lately, by username."""
    opened = Event.objects.filter(actor__in=names, action="session.opened", at_us__gte=since)
    found = defaultdict[str, set[str]](set)
    for name, device in opened.annotate(device=BodyText("device")).values_list("actor", "device"):
        found[name] |= {device} if device else set()
    return found


def few_administrators(at: datetime, policy: Policy) -> list[SignRow]:
    """Find that one more closed account would leave nobody who could open it again."""
    names = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    left = [user.username for user in names]
    if len(left) >= thresholds.ADMINISTRATORS:
        return []
    url = reverse("admin:offices_user_changelist")
    return [SignRow(" ".join(left), " · ".join(left), None, f"{url}?role__exact={Role.ADMINISTRATOR}")]


SIGNS = (
    Sign(
        "credentials",
        _("Somebody was let in"),
        _(
            "In the last %(days)s days: passwords and second factors taken away by two administrators, recovery codes "
            "used, tokens granted to machines, offices opened, administrators let in at the server, letters printed "
            "of a file."
        ),
        credentials,
        {"days": thresholds.CREDENTIALS_PERIOD.days},
    ),
    Sign(
        "codes_used",
        _("Activation codes used"),
        _(
            "Two administrators together could open somebody's account. In the last %(days)s days: accounts opened "
            "on a device on which whoever prepared or granted them logs in, each with the names, and how many others a "
            "day."
        ),
        codes_used,
        {"days": thresholds.CREDENTIALS_PERIOD.days},
    ),
    Sign(
        "few_administrators",
        _("Too few administrators"),
        _("Fewer than %(n)s in use: when one is away or locked out, nobody can be granted anything."),
        few_administrators,
        {"n": thresholds.ADMINISTRATORS},
    ),
)
