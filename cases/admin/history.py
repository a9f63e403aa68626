"""A person's audit trail as sentences: who did what, with its details in words instead of keys."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.admin.columns import exit_words
from cases.models import ExitReport, Fact, HealthLog, Inquiry, RuleBook
from cases.models.areas import Level
from cases.models.batches import Kind as Brings
from cases.models.cases import BASIS_GONE, BY_RULE_BOOK, Channel, EvidenceKind
from cases.models.control import Ending, OrderKind
from cases.models.declarations import Mode
from cases.models.endings import VoidClass
from cases.models.gates import WhyLabel
from cases.models.results import Origin, Outcome
from cases.models.transitions import StoredColour
from cases.services.persons.asking import FoundBy, InVain
from healthcode.core import languages
from healthcode.core.audit.ledger import instant
from healthcode.core.audit.trail import TrailLine
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.staff import OfficeKind, Role

LABELS: dict[str, str | Promise] = {
    "ground": _("ground"),
    "channel": _("how it came"),
    "evidence": _("evidence"),
    "exit": _("ended by"),
    "clause": _("clause"),
    "from": _("from"),
    "to": _("to"),
    "addressee": _("addressed to"),
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
    "persons": _("persons"),
    "city": _("city"),
    "survivor": _("survivor"),
    "how": _("how it ended"),
    "result": _("nucleic acid test result"),
    "destination": _("where to"),
    "letter": _("letter or certificate"),
    "fever": _("fever symptoms"),
    "ruled_out": _("infection ruled out"),
    "kind": _("kind"),
    "level": _("level"),
    "severe": _("severe situation"),
    "released": _("cases"),
    "rows": _("rows"),
    "rejected": _("returned rows"),
    "document": _("document number"),
    "sha256": _("SHA-256"),
    "user": _("user"),
    "role_given": _("role"),
    "office_given": _("office"),
    "head": _("head of the office"),
    "code": _("code"),
    "colour": _("code shown"),
    "passed": pgettext_lazy("gate", "let through"),
    "question": _("question"),
    "answer": _("answer"),
    "finding": pgettext_lazy("inquiry", "finding"),
    "late": _("after its day"),
    "matter": _("about"),
    "why": _("why"),
    "way": _("found by"),
    "venue": _("venue"),
    "place_kind": _("kind"),
    "office": _("office"),
    "division": _("division"),
    "expires": _("expires at"),
    "via": _("by the token"),
    "acts": _("opens"),
    "addresses": _("from these addresses only"),
    "effective": _("effective from"),
    "opened": _("cases opened"),
    "closed": _("cases closed"),
    "standing": _("standing cases of another colour"),
    "outside": _("outside the reader's area"),
    "row": _("row"),
    "accepted": _("accepted"),
    "taken": _("accepted"),
    "reached": _("people within the hour"),
    "resolved": _("evidence can be resolved"),
    "held": _("waiting for a second person"),
    "hold": _("hold of mass coding"),
    "resumes": _("stands again from"),
    "cases": _("cases"),
    "number": _("number of rows"),
    "refused": _("sent back"),
    "voided": _("case voided"),
    "reopened": _("case opened"),
    "results": _("nucleic acid test results"),
    "areas": _("risk areas"),
    "tracks": _("movement tracks"),
    "ended_before": _("until"),
    "batch": _("delivery"),
    "ticket": _("ticket"),
    "step": _("step"),
    "state": _("state"),
    "since": _("from"),
    "asked": _("asked for"),
    "site": _("designated hospital or isolation site"),
    "vehicle": _("vehicle"),
    "device": _("device"),
    "task": _("task"),
    "basis": _("rests on"),
    "answered": _("already answered"),
    "people": _("people"),
    "turned": _("codes turned"),
    "corrects": _("corrects"),
    "leads": _("leads the duty"),
    "office_on_duty": _("office on duty"),
    "at_once": _("entered at once"),
    "reading": _("how the document was read"),
    "attempt": _("attempt"),
    "index": _("index case"),
    "before": _("before"),
    "home_ends": _("home stay ends"),
    "pool": _("persons in one tube"),
    "namesakes": _("of the same name"),
    "prepared_by": _("prepared by"),
    "content": _("what it brings"),
    "letters": _("letters"),
    "left": _("left over"),
    "found": _("findings"),
    "leaves": _("sealed events"),
    "size": _("size"),
    "bytes": _("bytes"),
    "type": _("kind of file"),
    "void": _("void"),
    "day": _("day"),
    "count": _("rows"),
    "serial": _("number"),
    "address_kind": _("kind of address"),
    "times": _("how often"),
    "accounts": _("accounts"),
    "passkey": _("passkey"),
    "phone": _("by the phone"),
}
CHOICES: dict[str, tuple[type[TextChoices], ...]] = {
    "channel": (Channel,),
    "evidence": (EvidenceKind,),
    "measure": (OrderKind,),
    "kind": (OrderKind, VoidClass, OfficeKind, Brings),
    "outcome": (Outcome,),
    "origin": (Origin,),
    "half": (HealthLog.Half,),
    "mode": (Mode,),
    "how": (Ending,),
    "ending": (Ending,),
    "exit": (ExitReport.Exit,),
    "reason_class": (VoidClass,),
    "from": (StoredColour,),
    "to": (StoredColour,),
    "level": (Level,),
    "colour": (StoredColour,),
    "finding": (Inquiry.Finding,),
    "why": (WhyLabel, InVain),
    "way": (FoundBy,),
    "role_given": (Role,),
}
THINGS: dict[str, str | Promise] = {
    "person": _("person"),
    "case": _("case"),
    "order": _("control order"),
    "result": _("nucleic acid test result"),
    "declaration": _("declaration"),
    "pass": pgettext_lazy("door", "pass"),
    "visit": _("fever-clinic visit"),
    "merge": _("merge"),
    "transfer": _("transfer"),
    "area": _("risk area"),
    "batch": _("delivery"),
    "hold": _("hold of mass coding"),
    "venue": _("venue"),
    "gatecheck": _("gate check"),
    "rulebook": _("rule book"),
    "office": _("office"),
    "token": _("token"),
    "user": _("user"),
    "sign": _("sign"),
    "inquiry": _("question of supervision"),
    "transition": _("conversion"),
    "ticket": _("ticket"),
    "draft": _("intake draft"),
    "passkey": _("passkey"),
}
RECORD = re.compile(r"\b(?P<kind>[a-z]+):(?P<key>\d+)\b")  # as the ledger names one
RECEIVERS = ("to", "officer", "addressee")
PLACES = ("city", "division", "to")  # of a row's number some division may have the code
INSTANTS = ("until", "sampled", "expires", "ended_before", "effective")
TRUTHS = {"True": _("yes"), "False": _("no")}
# Lists with no model of their own, as `reads.record_list` and the ledger name them.
LISTS: dict[str, str | Promise] = {
    "contacts": _("Chain of contacts"),
    "round": _("The round: health logs"),
    "worklists": _("Waiting for you"),
    "retention": _("retention periods applied"),
}
RENAMED = {("case.reported", "to"): "addressee"}  # what one key says of some acts and not of others
# of use to a program, not to a reader
LEFT_OUT = (
    *("act", "page", "model", "record", "filters", "facts", "source", "entered_by"),
    *("limit", "moment", "receivers", "digest", "sign", "subject"),
    *("system", "begins", "ends", "above", "first", "last", "root", "batches"),  # of a batch of rows
)


@dataclass(frozen=True)
class Sentence:
    """One event as people read it."""

    at: datetime
    words: str
    actor: str
    office: str
    role: str
    details: tuple[tuple[str, str], ...]

    @property
    def with_receiver(self) -> str:
        """Return what happened, and to whom or where it went."""
        whom = [text for label, text in self.details if label in {str(LABELS[key]) for key in RECEIVERS}]
        return languages.bracketed(self.words, languages.listed(whom))


def sentences(lines: list[TrailLine], *, at: datetime) -> list[Sentence]:
    """Say a trail in sentences; names of actors, offices and divisions come with a query each."""
    named = {text for line in lines for _key, text in line.details}
    people = User.objects.filter(username__in={line.event.actor for line in lines} | named)
    offices = Office.objects.filter(code__in={line.event.office for line in lines} | named)
    places = {text for line in lines for key, text in line.details if key in PLACES and text.isdecimal()}
    divisions = Division.objects.filter(code__in=places)
    names = {one.code: str(one) for one in (*divisions, *offices)} | dict(
        people.values_list("username", "name")
    )
    book = _book(at)
    return [
        Sentence(
            at=line.at,
            words=line.words,
            actor=_actor(line, names),
            office=names.get(line.event.office, line.event.office),
            role=str(Role(line.event.role).label) if line.event.role in Role.values else line.event.role,
            details=tuple(
                _in_words(RENAMED.get((line.event.action, key), key), text, book, names)
                for key, text in line.details
                if text and key not in LEFT_OUT
            ),
        )
        for line in lines
    ]


def _actor(line: TrailLine, names: dict[str, str]) -> str:
    """Name who acted; what the portal did by itself says so."""
    if line.event.role == Role.SYSTEM:
        return str(_("the portal itself"))
    return names.get(line.event.actor, line.event.actor)


def target_name(target: str) -> str:
    """Say what an event is about: the kind of thing and its number, or the list that was read."""
    kind, _colon, key = target.partition(":")
    if kind == "list":
        if key in LISTS:
            return str(LISTS[key])
        try:
            return str(apps.get_model(key)._meta.verbose_name_plural)
        except (LookupError, ValueError):
            return key
    return _thing_named(kind, key)


def _thing_named(kind: str, key: str) -> str:
    """Say a record in words, one that an ending rests on as well; the name itself where it has none."""
    fact = kind.upper()
    words = THINGS.get(kind) or (Fact(fact).label if fact in Fact.values else kind)
    return f"{words} {key}"


def _book(at: datetime) -> dict[str, str]:
    """Return the words of the book's keys; none before the first rule book, when only accounts are made."""
    try:
        policy = RuleBook.objects.in_force(at).policy
    except RuleBook.DoesNotExist:
        return {}
    language = languages.current()
    known = {**policy.exits, **policy.grounds, **policy.venues, **policy.vehicles}
    words = {key: one.words.text(language) for key, one in known.items()}
    return words | {key: exit_words(policy, key) for key in (BASIS_GONE, BY_RULE_BOOK)}


def _in_words(key: str, text: str, book: dict[str, str], names: dict[str, str]) -> tuple[str, str]:
    label = str(LABELS.get(key, key))
    if key in INSTANTS and text.isdecimal():
        return label, f"{timezone.localtime(instant(int(text))):%Y-%m-%d %H:%M}"
    if key in ("ground", "exit", "place_kind", "vehicle") and text in book:
        return label, book[text]
    for choices in CHOICES.get(key, ()):
        if text in choices.values:
            return label, str(choices(text).label)
    is_place = key in PLACES or not text.isdecimal()
    if (text in names and is_place) or text in TRUTHS:
        return label, str(TRUTHS.get(text) or names[text])
    return label, RECORD.sub(lambda found: _thing_named(found["kind"], found["key"]), text)
