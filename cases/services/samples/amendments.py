"""Fever-clinic visits and health-code forms are corrected and withdrawn: rows that answer an earlier one (3.4a)."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, Case, ClinicVisit, Declaration, Person
from cases.models.declarations import Mode
from cases.models.repeats import borne_by
from cases.policy import spellings
from cases.policy.exits import Rest
from cases.selectors.histories import is_clean
from cases.services.engine import falling, plausible, repeats
from cases.services.engine.authority import require
from cases.services.engine.codes import Turn, turning
from cases.services.engine.refusals import Refusal
from cases.services.samples import declarations
from cases.services.samples.declarations import Form
from healthcode.core.audit.guards import says
from healthcode.core.offices import seats
from healthcode.core.offices.models import User

Row = TypeVar("Row", ClinicVisit, Declaration)


class AlreadyAnswered(Refusal):
    code = "declarations.amendment.already_answered"
    message = _("This row has already been corrected or withdrawn: take the newer one.")
    field = "row"


class RecordedElsewhere(Refusal):
    code = "declarations.amendment.recorded_elsewhere"
    message = _("This was recorded by another office: that office corrects it.")
    field = "row"


class AmendedWithoutReason(Refusal):
    code = "declarations.amendment.reason_missing"
    message = _("Say why it is corrected or withdrawn.")
    field = "reason"


class AnotherVisit(Refusal):
    code = "declarations.amendment.another_visit"
    message = _("Record number or time stays in a correction: another visit is a new entry.")
    field = "visited_at"


class MadeYellow(Refusal):
    code = "declarations.amendment.made_yellow"
    message = _("By this form the code is yellow: what was never so is voided, not taken back by one office.")
    field = "row"


def visits_of(person: Person, by: User) -> QuerySet[ClinicVisit]:
    """Return the visits of a person that a user's office may correct: those it recorded."""
    return ClinicVisit.objects.uncorrected().filter(person__among=person.group, clinic=by.office_id)


def forms_of(person: Person, by: User) -> QuerySet[Declaration]:
    """Return the forms of a person that a user's office may correct: those it filed."""
    forms = Declaration.objects.uncorrected().filter(person__among=person.group)
    filed = [form.pk for form in forms.select_related("by__office") if _office_of(form) == by.office_id]
    return forms.filter(pk__in=filed)


def correct_visit(
    old: ClinicVisit,
    *,
    visited_at: datetime,
    ruled_out: bool,
    record_number: str,
    elsewhere: str = "",
    reason: str,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> ClinicVisit:
    """Enter a new row that replaces a visit; both stay, and what rested on the old one is asked again."""

    def write(turn: Turn) -> ClinicVisit:
        number = spellings.normalise_reference(record_number)
        if number != old.record_number and visited_at != old.visited_at:
            raise AnotherVisit()
        if visited_at > turn.at:
            raise declarations.VisitInFuture()
        plausible.require(visited_at, of=old.person, field="visited_at", at=turn.at)
        declarations.require_new_record(old.clinic, elsewhere, number, besides=old)
        fields = {
            "visited_at": visited_at,
            "ruled_out": ruled_out,
            "record_number": number,
            "elsewhere": elsewhere,
        }
        return _visit(old, turn, reason, **fields)

    return _answer(old, write, "visit.corrected", reason=reason, by=by, at=at, seen=seen)


def withdraw_visit(
    old: ClinicVisit, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> ClinicVisit:
    """Answer a visit with a row that withdraws it: it never was, or was another person's."""

    def write(turn: Turn) -> ClinicVisit:
        names = ("visited_at", "ruled_out", "record_number", "elsewhere")
        return _visit(old, turn, reason, withdrawn=True, **{name: getattr(old, name) for name in names})

    return _answer(old, write, "visit.withdrawn", reason=reason, by=by, at=at, seen=seen)


def correct_form(
    old: Declaration, form: Form, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> Declaration:
    """Enter a new row that replaces a form as it was filed; one with a fever makes yellow, as when it is filed."""

    def write(turn: Turn) -> Declaration:
        declarations.check(old.person, form, Mode(old.mode), turn)
        if not form.fever:
            _require_not_yellow_by(old)
        names = ("temperature", "fever", "onset_on", "symptoms")
        proxy = form.proxy if old.mode == Mode.PROXY else ""
        return _form(old, turn, reason, proxy=proxy, **{name: getattr(form, name) for name in names})

    def follow(row: Declaration, turn: Turn) -> None:
        if form.fever:
            declarations.open_fever(row, turn)

    return _answer(old, write, "declaration.corrected", follow, reason=reason, by=by, at=at, seen=seen)


def withdraw_form(
    old: Declaration, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> Declaration:
    """Answer a form with a row that withdraws it. One by which the code is yellow is voided instead."""

    def write(turn: Turn) -> Declaration:
        _require_not_yellow_by(old)
        names = ("temperature", "fever", "onset_on", "symptoms", "proxy")
        return _form(old, turn, reason, withdrawn=True, **{name: getattr(old, name) for name in names})

    return _answer(old, write, "declaration.withdrawn", reason=reason, by=by, at=at, seen=seen)


def delivered(batch: Batch) -> QuerySet[Declaration]:
    """Return the forms of a delivery, and those put right since that still say what it said."""
    forms = Declaration.objects.uncorrected().filter(borne_by(batch, "form"))
    return forms.select_related("person", "corrects").order_by("person", "pk")


def withdraw_delivered(batch: Batch, *, reason: str, turn: Turn) -> int:
    """Answer every form of a delivery that is taken back with a row that withdraws it; return how many."""
    names = ("temperature", "fever", "onset_on", "symptoms", "proxy")
    forms = list(delivered(batch))
    for old in forms:
        fields = {name: getattr(old, name) for name in names}
        row = _form(old, turn, reason[:200], withdrawn=True, **fields)
        turn.record("declaration.withdrawn", row, corrects=old.pk, notes={"reason": reason})
    return len(forms)


@falling.begun_anew
def _answer(
    old: Row,
    write: Callable[[Turn], Row],
    action: str,
    follow: Callable[[Row, Turn], None] | None = None,
    *,
    reason: str,
    by: User,
    at: datetime,
    seen: int | None,
) -> Row:
    act = "visit.correct" if isinstance(old, ClinicVisit) else "declaration.correct"
    require(by, act, at=at, person=old.person)
    if not says(reason):
        raise AmendedWithoutReason()
    answered: list[Rest] = falling.chain_of(old)
    with turning([old.person, *falling.reached(answered)], by=by, at=at, act=action, seen=seen) as turn:
        if type(old)._default_manager.filter(corrects=old).exists() or old.withdrawn:
            raise AlreadyAnswered()
        if _office_of(old) != by.office_id:
            raise RecordedElsewhere()
        try:
            row = write(turn)
        except IntegrityError as error:  # answered at this very moment by a colleague
            raise AlreadyAnswered() from error
        turn.record(action, row, corrects=old.pk, notes={"reason": reason})
        falling.answer(answered, turn=turn)
        if follow is not None:
            follow(row, turn)
    return row


def _visit(old: ClinicVisit, turn: Turn, reason: str, **fields: object) -> ClinicVisit:
    own = {"person": old.person, "clinic": old.clinic, "by": turn.by, "at": turn.at}
    return ClinicVisit.objects.create(corrects=old, reason=reason, **own, **fields)


def _form(old: Declaration, turn: Turn, reason: str, **fields: object) -> Declaration:
    # It is the form of its own time still; when it was put right stands beside it.
    own = {"person": old.person, "mode": old.mode, "clinic": old.clinic, "by": turn.by, "at": old.at}
    row = Declaration(corrects=old, reason=reason, corrected_at=turn.at, **own, **fields)
    same = is_clean(row) == is_clean(old)
    row.batch_id = old.batch_id if same else None  # it says what the delivery said
    row.save()
    if same and not row.withdrawn:
        repeats.carry_over(old, row, turn)
    return row


def _office_of(row: ClinicVisit | Declaration) -> int:
    """Return the office that recorded a row, wherever its clerk works today."""
    if isinstance(row, ClinicVisit):
        return row.clinic_id
    return seats.post_at(row.by, row.corrected_at or row.at).office.pk


def _require_not_yellow_by(form: Declaration) -> None:
    if (
        Case.objects.of(form.person)
        .open()
        .filter(evidence_kind="DECLARATION", evidence_ref__in=declarations.references_of(form))
        .exists()
    ):
        raise MadeYellow()
