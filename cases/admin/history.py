"""A person's audit trail as sentences: who did what, and what it said, in words instead of keys."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.models import ExitReport, HealthLog, RuleBook
from cases.models.cases import Channel, EvidenceKind, VoidClass
from cases.models.control import Ending, OrderKind
from cases.models.declarations import Mode
from cases.models.results import Origin, Outcome
from cases.models.transitions import Colour
from cases.policy.rulebook import RuleBook as Policy
from healthcode.audit.ledger import EPOCH, MICROSECOND
from healthcode.audit.trail import Line
from healthcode.offices.models import Office, User
from healthcode.offices.roles import Role

LABELS: dict[str, str | Promise] = {
    "ground": _("ground"),
    "channel": _("how it came"),
    "evidence": _("evidence"),
    "exit": _("ended by"),
    "clause": _("clause"),
    "from": _("from"),
    "to": _("to"),
    "measure": _("measure"),
    "until": _("until"),
    "officer": _("responsible control officer"),
    "outcome": _("result"),
    "origin": _("origin"),
    "sampled": _("sampled at"),
    "on": _("day"),
    "half": _("half-day"),
    "mode": _("how"),
    "ending": _("how it ended"),
    "reason": _("reason"),
    "purpose": _("purpose"),
    "fields": _("fields"),
    "city": _("city"),
}
CHOICES: dict[str, type[TextChoices]] = {
    "channel": Channel,
    "evidence": EvidenceKind,
    "measure": OrderKind,
    "kind": OrderKind,
    "outcome": Outcome,
    "origin": Origin,
    "half": HealthLog.Half,
    "mode": Mode,
    "ending": Ending,
    "exit": ExitReport.Exit,
    "reason_class": VoidClass,
    "from": Colour,
    "to": Colour,
}
INSTANTS = ("until", "sampled")
LEFT_OUT = ("act", "page", "model", "filters", "outside")  # of use to a program, not to a reader


@dataclass(frozen=True)
class Sentence:
    """One event as people read it."""

    at: datetime
    words: str
    actor: str
    office: str
    role: str
    details: tuple[tuple[str, str], ...]


def sentences(lines: list[Line], *, at: datetime) -> list[Sentence]:
    """Say a trail in sentences; names of actors and offices come with two queries."""
    named = {text for line in lines for _key, text in line.details}
    people = User.objects.filter(username__in={line.event.actor for line in lines} | named)
    offices = Office.objects.filter(code__in={line.event.office for line in lines} | named)
    names = {office.code: str(office) for office in offices} | dict(people.values_list("username", "name"))
    policy = RuleBook.objects.in_force(at).policy
    return [
        Sentence(
            at=line.at,
            words=line.words,
            actor=names.get(line.event.actor, line.event.actor),
            office=names.get(line.event.office, line.event.office),
            role=str(Role(line.event.role).label) if line.event.role in Role.values else line.event.role,
            details=tuple(
                _said(key, text, policy, names) for key, text in line.details if key not in LEFT_OUT
            ),
        )
        for line in lines
    ]


def _said(key: str, text: str, policy: Policy, names: dict[str, str]) -> tuple[str, str]:
    label = str(LABELS.get(key, key))
    if key in INSTANTS and text.isdecimal():
        return label, f"{timezone.localtime(EPOCH + int(text) * MICROSECOND):%Y-%m-%d %H:%M}"
    if text in policy.grounds:
        return label, policy.grounds[text].words.text(get_language() or "")
    if key == "exit" and text in policy.exits:
        return label, policy.exits[text].words.text(get_language() or "")
    choices = CHOICES.get(key)
    if choices is not None and text in choices.values:
        return label, str(choices(text).label)
    return label, names.get(text, text)
