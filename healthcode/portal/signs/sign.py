"""What a sign is, and how the finders word their rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import ngettext

from cases.models.cases import cited
from cases.policy.rulebook import Policy
from healthcode.core import languages

LIMIT = 2000  # groups that one finder looks at
REFERENCE = ("ground", "evidence_kind", "evidence_ref")


@dataclass(frozen=True)
class SignRow:
    """One thing that looks wrong. `identity` changes when what it counts grows, so that it is fresh again."""

    identity: str
    text: str
    since: datetime | None
    url: str


@dataclass(frozen=True, eq=False)
class Sign:
    """One thing to look for: its words, the function that finds its rows, and the numbers its meaning names."""

    key: str
    label: str | Promise
    meaning: str | Promise
    find: Callable[[datetime, Policy], list[SignRow]]  # at an instant, under the policy then in force
    values: Mapping[str, object]

    @property
    def explanation(self) -> str:
        return str(self.meaning) % self.values


def people(number: int) -> str:
    """Return a number of people in words."""
    return ngettext("%(n)s person", "%(n)s persons", number) % {"n": number}


def evidence(group: Mapping[str, Any], policy: Policy) -> str:
    """Return the ground and the reference of a group of cases (`REFERENCE`) in words."""
    ground = policy.grounds.get(group["ground"])
    words = ground.words.text(languages.current()) if ground else group["ground"]
    return f"{words} · “{cited(group['evidence_ref'])}”"


def trail_url(**filters: object) -> str:
    """Return the address of the trail that a row leads to."""
    return f"{reverse('admin:audit_event_changelist')}?{urlencode(filters)}"
