"""What a picker asks of the database: as much for six rows as for one, in every operation that has one."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from django import forms
from django.db import connection
from django.db.models.sql.where import WhereNode
from django.forms.models import ModelChoiceIterator
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Batch, LabResult, Person
from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from cases.operations.gate import CheckGate
from cases.operations.results import CorrectResult
from cases.operations.venues import OpenVenue
from cases.services.deliveries import batches
from complaints.models import Ticket
from complaints.operations import TICKET_OPERATIONS
from complaints.operations.base import TicketOperation
from complaints.services import findings
from healthcode.core.acts.base import Operation
from healthcode.core.acts.widgets import with_widgets
from healthcode.core.offices.models import Office, User
from tests.cases.scenes import Scene, T, later
from tests.complaints.desk import NEXT, Desk
from tests.deliveries.conftest import brought_in
from tests.factories import Cast, DivisionFactory, guarded
from tests.last_write import deliveries as sendings
from tests.last_write import grounds, roster, supervision

pytestmark = pytest.mark.any_database
DEAREST = 2  # queries of one picker: its rows, and the words of the rule book
ASKED_OF = (*PERSON_OPERATIONS, *DESK_OPERATIONS, *TICKET_OPERATIONS, CheckGate, OpenVenue)


class Repeated(ModelChoiceIterator):
    """Every row of a picker so many times, each as if it had just been read."""

    def __init__(self, field: Any, *, number: int) -> None:
        super().__init__(field)
        self.number = number

    def __iter__(self) -> Iterator[Any]:
        for row in self.queryset:
            yield from (self.choice(deepcopy(row)) for _number in range(self.number))


def pickers(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in fields.items() if isinstance(one, forms.ModelChoiceField)}


WITH_PICKERS = [one for one in ASKED_OF if pickers(one.base_fields)]


@pytest.fixture(scope="module")
def subjects(kept: None) -> Callable[[type[Operation]], Person | Ticket | None]:
    """Make one row of whatever can be picked; return a function: the subject of an operation."""
    scene = Scene(Cast())
    for code in ("3301", "33"):
        DivisionFactory(code=code, parent=None)
    person = scene.person()
    scene.clinical(person)
    scene.tested(person, at=T)
    scene.exit_reported(scene.clinical(scene.person(), "CONFIRMED"), "DISCHARGED")
    scene.void_proposed(scene.overseas(scene.person()))
    grounds.releasing(scene)
    feverish = scene.person()
    scene.fever(feverish)
    scene.visit(feverish, at=later(hours=1))
    scene.change_proposed(scene.listed(division=DivisionFactory(code="330624")), "LIFT")
    scene.strike_proposed(scene.documented())
    scene.documented("浙防指〔2020〕13号")
    guarded()
    sendings.in_conflict(scene)
    applied = Batch.objects.filter(state="APPLIED").first()
    batches.propose_undo(applied, reason="x", by=scene.cast.cdc_xinchang, at=T)
    sendings.holding(scene)
    brought_in(scene, "CODES")
    roster.shift_entered(scene)()
    supervision.asked(scene)
    ticket = Desk(scene).taken()
    other = Office.objects.filter(kind="CDC").first()
    findings.ask_office(ticket, office=other, question="病案如何？", by=ticket.owner, at=NEXT)

    def subject(operation: type[Operation]) -> Person | Ticket | None:
        if operation.alone:
            return None
        return ticket if issubclass(operation, TicketOperation) else person

    return subject


def cost(form: Operation, name: str, number: int) -> int:
    """Return what rendering one picker costs, when every row of its model could be picked and there are so many."""
    field: Any = form.fields[name]
    rows = field.queryset.all()
    rows.query.where = WhereNode()  # how it reads its rows is asked here, not which
    field.queryset, field.iterator = rows, partial(Repeated, number=number)
    form.fields = {name: field}
    with CaptureQueriesContext(connection) as asked:
        html = str(with_widgets(form)[name])
    assert html.count('value="') >= number
    return len(asked)


@pytest.mark.parametrize("operation", WITH_PICKERS, ids=lambda one: f"{one.__module__}-{one.name}")
def test_a_picker_costs_the_same_for_six_rows_as_for_one(cast, subjects, operation):
    users = {user.role: user for user in cast.everybody(machines=True) if user.may(operation.act)}
    walked = set()

    def form(user: User) -> Operation:
        return operation(subject=subjects(operation), by=user, at=later(days=1))

    for user in users.values():
        for name in pickers(form(user).fields):
            one, six = (cost(form(user), name, number) for number in (1, 6))
            assert one == six <= DEAREST, (name, user.role)
            walked.add(name)
    assert walked  # some were offered to somebody


def test_results_are_told_apart_by_time_outcome_laboratory_and_number(cast, subjects):
    person = subjects(CorrectResult)
    form = CorrectResult(subject=person, by=cast.hospital_city, at=later(days=1))
    row = LabResult.objects.get(person=person)
    label = form.fields["result"].label_from_instance(row)  # type: ignore[attr-defined]
    assert label == f"2026-11-02 09:00 · {row.get_outcome_display()} · 新昌县检测中心 · {row.report_number}"


def test_not_to_answer_is_a_choice_in_words(cast, red, at_desk):
    address = reverse("admin:cases_person_do", args=(red().pk, "log-health"))
    page = at_desk(cast.officer_yulin).get(address).content.decode()
    assert re.search(r'name="missed" value=""[^>]*>\s*none\b', page)


def test_what_to_do_with_ticked_rows_is_asked_in_words(cast, red, at_desk):
    red()
    page = at_desk(cast.service_xinchang).get(reverse("admin:cases_person_changelist")).content.decode()
    assert re.search(r'<option value=""[^>]*>please choose</option>', page) and ">---------<" not in page
