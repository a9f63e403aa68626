"""The person's own form: fever makes yellow at once, and a clean form after the clinic and the test ends it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ClinicVisit, Declaration, Pass, Person, RuleBook
from cases.models.cases import Channel, EvidenceKind, State
from cases.models.declarations import Mode
from cases.policy import days, exits, spellings
from cases.policy.rulebook import Policy
from cases.selectors import facts
from cases.services.engine import falling, mass_orders, orders, plausible
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, lock, turning
from cases.services.engine.refusals import Refusal, collected
from cases.services.engine.temperatures import require_possible
from cases.services.samples.results import freed_of
from healthcode.core import languages
from healthcode.core.audit import ledger
from healthcode.core.offices.models import Office, User

ACTS = {Mode.ALONE: "declaration.file", Mode.GUIDED: "declaration.guide", Mode.PROXY: "declaration.proxy"}


class OnsetMissing(Refusal):
    code = "declarations.onset.missing"
    message = _("Say since which day there are symptoms.")
    field = "onset_on"


class OnsetTooLongAgo(Refusal):
    code = "declarations.onset.too_long_ago"
    message = _(
        "Symptoms are declared that began at most %(days)s days ago: say since when this illness lasts."
    )
    field = "onset_on"


class ProxyMissing(Refusal):
    code = "declarations.proxy_missing"
    message = _("Name the person who declares for them.")
    field = "proxy"


class FeverDenied(Refusal):
    code = "declarations.fever_denied"
    message = _("A temperature from %(fever)s °C is a fever: tick it, or measure again.")
    field = "fever"


class VisitInFuture(Refusal):
    code = "declarations.visit.in_future"
    message = _("The visit lies in the future.")
    field = "visited_at"


class RecordKnown(Refusal):
    code = "declarations.visit.record_known"
    message = _("This record number is already entered.")
    field = "record_number"


@dataclass(frozen=True)
class Form:
    """What was declared: fever or other symptoms, since when, what the thermometer said."""

    fever: bool
    symptoms: str = ""
    temperature: Decimal | None = None
    onset_on: date | None = None
    proxy: str = ""
    batch_id: int | None = None


def declare(
    person: Person,
    form: Form,
    *,
    mode: Mode,
    by: User,
    at: datetime,
    seen: int | None = None,
    phone: Pass | None = None,
) -> Declaration:
    """Fill in the health-code form (3.2a); without symptoms it ends a fever that is cleared (3.4a).

    `phone`: the one on which the person filled it in themselves; the ledger names it.
    """
    require(by, ACTS[mode], at=at, person=person)
    with turning([person], by=by, at=at, act="declaration.filed", seen=seen) as turn:
        check(person, form, mode, turn)
        declaration = Declaration.objects.create(
            person=person,
            at=turn.at,
            temperature=form.temperature,
            fever=form.fever,
            onset_on=form.onset_on,
            symptoms=form.symptoms,
            mode=mode.value,
            clinic=by.office if mode == Mode.GUIDED else None,
            proxy=form.proxy if mode == Mode.PROXY else "",
            by=by,
            batch_id=form.batch_id,
        )
        own = phone.audit_target if phone else None
        turn.record("declaration.filed", declaration, fever=form.fever, mode=mode.value, phone=own)
        if form.fever:
            open_fever(declaration, turn)
        elif not form.symptoms:
            standing = _standing(person, turn)
            basis = {case.pk: rests for case in standing if (rests := _cleared(case, turn))}
            cleared = [case for case in standing if case.pk in basis]
            turn.end(*cleared, exit="FEVER_CLEARED", basis=basis)
            mass_orders.arrange_after(cleared, turn=turn)
    return declaration


def require_reach(person: Person, mode: Mode, *, by: User, at: datetime) -> None:
    """Refuse to fill in the form of a person out of reach."""
    require(by, ACTS[mode], at=at, person=person)


@transaction.atomic
def record_visit(
    person: Person,
    *,
    visited_at: datetime,
    ruled_out: bool,
    record_number: str,
    elsewhere: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ClinicVisit:
    """Record what a fever clinic found (3.4a). By itself it changes no colour."""
    require(by, "visit.record", at=at, person=person)
    at = lock([person], at=at, seen=seen)
    if visited_at > at:
        raise VisitInFuture()
    plausible.require(visited_at, of=person, field="visited_at", at=at)
    number = spellings.normalise_reference(record_number)
    freed = require_new_record(by.office, elsewhere, number)
    try:
        with transaction.atomic():
            visit = ClinicVisit.objects.create(
                person=person,
                clinic=by.office,
                elsewhere=elsewhere,
                visited_at=visited_at,
                ruled_out=ruled_out,
                record_number=number,
                freed=freed,
                by=by,
                at=at,
            )
    except IntegrityError as error:
        raise RecordKnown() from error
    ledger.record(
        "visit.recorded",
        about=visit,
        by=by,
        at=at,
        ruled_out=ruled_out,
    )
    return visit


def require_new_record(
    clinic: Office, elsewhere: str, number: str, *, besides: ClinicVisit | None = None
) -> int:
    """Refuse a record number that a visit holds now; return how often it was free again."""
    same = ClinicVisit.objects.filter(clinic=clinic, elsewhere=elsewhere, record_number=number)
    rows = list(same.annotate(counts=Exists(ClinicVisit.objects.uncorrected().filter(pk=OuterRef("pk")))))
    if any(row.counts and row != besides for row in rows):
        raise RecordKnown()
    return freed_of(rows)


def check(person: Person, form: Form, mode: Mode, turn: Turn) -> None:
    """Refuse a form that cannot be."""
    for refusal in faults(person, form, mode, book=turn.book.policy, at=turn.at):
        raise refusal


def faults(
    person: Person | None,
    form: Form,
    mode: Mode,
    *,
    unread: Collection[str] = (),
    book: Policy,
    at: datetime,
) -> Iterator[Refusal]:
    """Yield all that is wrong with a form; `unread`: fields of which nobody knows what they are to say."""
    fever_from, temperature, onset_on = book.parameters.fever_celsius, form.temperature, form.onset_on
    if temperature is not None:
        yield from collected(lambda: require_possible(temperature))
        if temperature >= fever_from and not form.fever and "fever" not in unread:
            yield FeverDenied(fever=fever_from)
    if (form.fever or form.symptoms) and onset_on is None and "onset_on" not in unread:
        yield OnsetMissing()
    if onset_on:
        yield from collected(lambda: _check_onset(person, onset_on, book, at))
    if mode == Mode.PROXY and not form.proxy:
        yield ProxyMissing()


def _check_onset(person: Person | None, onset_on: date, book: Policy, at: datetime) -> None:
    today, look_back = days.local_day(at), book.parameters.fever_onset_days
    if onset_on > today:
        raise plausible.InFuture(field="onset_on")
    if person is not None:
        plausible.require(onset_on, of=person, field="onset_on", at=at, book=book)
    if not days.within_look_back(onset_on, today, look_back):
        raise OnsetTooLongAgo(days=look_back)


def open_fever(declaration: Declaration, turn: Turn) -> None:
    """Open the ground of a declared fever (3.2a), if none stands, with the order that the book may ask for it."""
    if not _standing(declaration.person, turn):
        fever = _fever(declaration, turn)
        turn.open(fever)
        orders.order_unplanned(fever, turn)


def bear_fever_anew(voided: Iterable[Case], turn: Turn) -> None:
    """Let another form with a fever bear the yellow: it was filed while a case stood that is voided now (3.2a).

    A form that a voided case was opened by bears nothing any more.
    """
    for case in voided:
        if case.ground != turn.book.policy.fever.key or case.person.deceased_on:
            continue
        cases = Case.objects.of(case.person).filter(ground=case.ground, state=State.VOIDED)
        cited = set(cases.values_list("evidence_ref", flat=True))
        forms = Declaration.objects.uncorrected().filter(person__among=case.person.group, fever=True)
        for form in forms.filter(at__gte=case.first_opened_at).select_related("person").order_by("at", "pk"):
            if cited.isdisjoint(references_of(form)):
                open_fever(form, turn)


def delivered_as(person: Person, form: Form) -> Declaration | None:
    """Return the form that counts of one that a delivery brought in these words, if it says still what that said."""
    fields = ("fever", "symptoms", "temperature", "onset_on", "proxy", "batch_id")
    words = {name: getattr(form, name) for name in fields}
    row = (
        Declaration.objects.filter(person__among=person.group, corrects=None, **words).order_by("pk").first()
    )
    while row is not None and (put_right := Declaration.objects.filter(corrects=row).first()) is not None:
        row = put_right if put_right.batch_id == form.batch_id and not put_right.withdrawn else None
    return row


def fevers_by(form: Declaration) -> QuerySet[Case]:
    """Return the fever that a form made yellow by."""
    cited = {"evidence_kind": EvidenceKind.DECLARATION, "evidence_ref__in": references_of(form)}
    return Case.objects.of(form.person).filter(batch=form.batch_id, **cited)


def _standing(person: Person, turn: Turn) -> QuerySet[Case]:
    fever = turn.book.policy.fever.key
    return Case.objects.of(person).open().filter(ground=fever).select_related("person")


def references_of(form: Declaration) -> list[str]:
    """Return how a case may cite a form: under whichever row of its corrections."""
    return [f"declaration:{key}" for _fact, key in falling.chain_of(form)]


def _fever(declaration: Declaration, turn: Turn) -> Case:
    return Case(
        person=Person.objects.get(pk=declaration.person_id),
        ground=turn.book.policy.fever.key,
        channel=Channel.SELF.value,
        source_office=declaration.by.office,
        entered_by=declaration.by,
        entered_at=turn.at,
        batch_id=declaration.batch_id,
        evidence_kind=EvidenceKind.DECLARATION.value,
        evidence_ref=f"declaration:{declaration.pk}",
        began_on=declaration.onset_on or days.local_day(turn.at),
    )


def _cleared(case: Case, turn: Turn) -> tuple[exits.Rest, ...]:
    """Return what the end of a fever would rest on; nothing while a condition is missing."""
    policy, known = turn.book.policy, facts.facts_of(case, book=turn.book.policy, at=turn.at)
    met = all(one.met for one in exits.conditions(policy, "FEVER_CLEARED", known))
    return exits.basis(policy, "FEVER_CLEARED", known) if met else ()


def still_missing(person: Person, *, at: datetime) -> str:
    """Say what a standing fever still waits for, in the words of the book in force; nothing where none stands."""
    policy = RuleBook.objects.in_force(at).policy
    case = Case.objects.of(person).open().filter(ground=policy.fever.key).select_related("person").first()
    if case is None:
        return ""
    known = facts.facts_of(case, book=policy, at=at)
    missing = [one for one in exits.conditions(policy, "FEVER_CLEARED", known) if not one.met]
    return missing[0].words.text(languages.current()) if missing else ""
