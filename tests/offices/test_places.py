"""Divisions as people write them: short names before the last are taken, and what was meant is named."""

import pytest

from healthcode.core.offices import places
from tests.factories import DivisionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def yulin() -> None:
    DivisionFactory(code="330624001", name="羽林街道", parent=DivisionFactory(code="330624"))


@pytest.mark.parametrize(
    "written", ["新昌羽林街道", "绍兴新昌羽林街道", "浙江绍兴市新昌 羽林街道", "绍兴新昌县羽林街道"]
)
def test_what_a_division_belongs_to_may_be_written_short(written):
    assert places.find(written).pk == "330624001"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("羽林", "羽林街道"),
        ("羽林街", "羽林街道"),
        ("新昌羽林镇", "羽林街道"),
        ("新昌", "新昌县"),
        ("绍兴新昌市", "新昌县"),
    ],
)
def test_the_division_that_was_meant_is_named_and_not_taken(written, meant):
    with pytest.raises(places.UnknownPlace) as refusal:
        places.find(written)
    assert f"“{meant}”" in str(refusal.value)


@pytest.mark.parametrize("written", ["某地", "县", "33062", "柯桥新昌", "Yulin town"])
def test_of_what_is_no_division_none_is_guessed(written):
    with pytest.raises(places.UnknownPlace) as refusal:
        places.find(written)
    assert refusal.value.values["meant"] == ""


def test_where_two_could_be_meant_none_is_named():
    DivisionFactory(code="330624199", name="羽林镇")
    with pytest.raises(places.UnknownPlace) as refusal:
        places.find("羽林")
    assert refusal.value.values["meant"] == ""
