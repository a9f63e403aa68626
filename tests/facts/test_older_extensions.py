"""Extensions from before each was a row of its own: told from the ledger, so that they can be shortened as well."""

import itertools

import pytest

from cases.models import ControlOrder, Extension, OrderCase
from cases.operations.reversals import Shorten
from cases.policy import days
from cases.services import control
from healthcode.core.audit import ledger
from healthcode.portal.reconciling import findings
from tests.cases.scenes import DUE, Scene, day, fresh, later, order_of, refused, sound


def extended_before(scene: Scene, *numbers: int, recorded: bool = True):
    """Return a contact whose order was extended as the version before did it: no row says so, only the ledger."""
    person = scene.clinical(scene.person()).person
    for hours, number in enumerate(numbers, start=1):
        order, until = order_of(person), days.midnight(day(number))
        ControlOrder.objects.filter(pk=order.pk).update(until=until)
        OrderCase.objects.filter(order=order).update(until=until)
        notes = {"reason": "变异株", "document": f"省指挥部{number}号"} if recorded else {}
        by = scene.cast.group_xinchang
        ledger.record(
            "order.changed", about=fresh(order), by=by, at=later(hours=hours), until=until, notes=notes
        )
    return fresh(person)


def shorter(scene: Scene, person, number: int | None = None):
    by, until = scene.cast.group_xinchang, day(number) if number else None
    return control.propose_shorter(fresh(person), until_day=until, reason="期限算错", by=by, at=later(days=1))


@pytest.mark.parametrize("numbers", [(20,), (20, 25)])
def test_it_is_shortened_to_what_the_book_asks_for(scene: Scene, numbers):
    person = extended_before(scene, *numbers)
    assert Shorten.offered(person, by=scene.cast.group_xinchang, at=later(days=1))
    asked = shorter(scene, person)
    rows = list(Extension.objects.order_by("pk").values_list("before", "until", "document", "by__username"))
    ends = [DUE, *(days.midnight(day(number)) for number in numbers)]
    documents = [f"省指挥部{number}号" for number in numbers]
    assert rows == [
        (*pair, document, "group.xinchang")
        for pair, document in zip(itertools.pairwise(ends), documents, strict=True)
    ]
    control.decide_shorter(fresh(asked), approve=True, by=scene.cast.duty_xinchang, at=later(days=2))
    assert order_of(person).until == DUE
    assert list(findings()) == []
    sound()


def test_what_is_added_since_is_measured_from_the_books_end(scene: Scene):
    person = extended_before(scene, 25)
    scene.registered("省指挥部2号")
    refused(control.ExtensionTooLong, scene.extended, person, 32, at=later(days=1))
    scene.extended(person, 28, at=later(days=1))
    assert Extension.objects.count() == 2


def test_an_end_that_no_document_moved_is_the_books(scene: Scene):
    """As far as anybody knows: nothing says of it that it was extended."""
    person = extended_before(scene, 20, recorded=False)
    refused(control.NotExtended, shorter, scene, person)
    assert not Shorten.offered(person, by=scene.cast.group_xinchang, at=later(days=1))
