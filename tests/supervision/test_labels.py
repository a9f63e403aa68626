"""Whoever reads a trail finds no word of the program in it: every field of an event has a label."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

from cases.admin import history
from cases.models.cases import BASIS_GONE, BY_RULE_BOOK
from cases.services.persons.asking import FoundBy, InVain
from healthcode.core.audit.models import Event
from healthcode.core.audit.trail import TrailLine
from tests.cases.scenes import T
from tests.factories import DivisionFactory

pytestmark = pytest.mark.any_database
ROOT = Path(__file__).parents[2]
WRITERS = {"record", "entry", "_record", "_entry"}
# Of those functions themselves, and of acts that are called so too.
PARAMETERS = {
    "about",
    "by",
    "at",
    "also",
    "gone",
    "notes",
    "person",
    "reason",
    "action",
    "remember",
    "seen",
    "case",
}


def fields_of_events() -> dict[str, str]:
    """Return the fields that the services write into events, each with a place where that is done."""
    found = {}
    for package in (
        "cases/services",
        "cases/feeds",
        "complaints/services",
        "healthcode/core",
        "healthcode/portal",
    ):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and name_of(node.func) in WRITERS:
                    place = f"{file.relative_to(ROOT)}:{node.lineno}"
                    found |= {one.arg: place for one in node.keywords if one.arg}
    return found


def name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_every_field_of_an_event_has_a_label_or_is_left_out():
    fields = fields_of_events()
    assert len(fields) > 60
    labelled = {*history.LABELS, *history.LEFT_OUT, *PARAMETERS}
    assert {name: place for name, place in fields.items() if name not in labelled} == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ticket:7", "ticket 7"),
        ("result:1, death:2", "nucleic acid test result 1, record of the death 2"),
        ("at 09:30", "at 09:30"),
    ],
)
def test_a_record_named_in_an_event_is_said_in_words(text, words):
    with translation.override("en"):
        assert history._in_words("basis", text, {}, {}) == ("rests on", words)


@pytest.mark.parametrize(
    ("field", "value"), [("why", one.value) for one in InVain] + [("way", one.value) for one in FoundBy]
)
def test_why_a_look_up_was_in_vain_stands_in_words(field, value):
    with translation.override("zh-hans"):
        _label, words = history._in_words(field, value, {}, {})
    assert words != value and not words.isascii()


@pytest.mark.parametrize("exit", [BASIS_GONE, BY_RULE_BOOK])
def test_an_ending_that_no_rule_book_names_stands_in_words(cast, exit):
    line = TrailLine(Event(actor="cdc.city", office="cdc-city", role="cdc"), T, "", (("exit", exit),))
    with translation.override("zh-hans"):
        [sentence] = history.sentences([line], at=T)
    [(_label, words)] = sentence.details
    assert words != exit and not words.isascii()


def test_the_number_of_a_row_is_not_read_as_the_division_of_that_code(cast):
    DivisionFactory(code="45", name="某自治区")
    event = Event(actor="cdc.city", office="cdc-city", role="cdc")
    line = TrailLine(event, T, "", (("corrects", "45"), ("division", "45")))
    [sentence] = history.sentences([line], at=T)
    assert [text for _label, text in sentence.details] == ["45", "某自治区"]


@pytest.mark.parametrize(
    ("action", "label"), [("case.reported", "addressed to"), ("responsible.changed", "to")]
)
def test_whom_a_report_is_for_is_not_read_as_a_change(cast, action, label):
    line = TrailLine(Event(action=action, actor="cdc.city"), T, "", (("to", "group-city"),))
    with translation.override("en"):
        [sentence] = history.sentences([line], at=T)
    assert [name for name, _text in sentence.details] == [label]


def test_every_list_that_was_read_is_named_in_words():
    named = set[str]()
    for folder in ("cases", "complaints", "healthcode"):
        for path in (ROOT / folder).rglob("*.py"):
            named |= set(re.findall(r'(?:record_list\(\s*"|about="list:)([\w.]+)"', path.read_text()))
    assert {"contacts", "round", "worklists", "retention", "cases.person"} <= named
    with translation.override("zh-hans"):
        assert [name for name in named if history.target_name(f"list:{name}").isascii()] == []
