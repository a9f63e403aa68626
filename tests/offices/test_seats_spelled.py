"""Two accounts are one human's however name and telephone are written."""

import pytest

from healthcode.core.offices.models import User
from healthcode.core.offices.seats import are_one_human


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("张三", "13805750001"),
        ("张 三", "138 0575 0001"),
        ("张\u200b三", "+86 13805750001"),
        ("张三", "１３８０５７５０００１"),
        ("張三", "13805750001"),
    ],
)
def test_one_human_is_one_however_their_name_and_telephone_are_written(name, phone):
    assert are_one_human(User(pk=1, name="张三", phone="13805750001"), User(pk=2, name=name, phone=phone))


@pytest.mark.parametrize(("name", "phone"), [("李四", "13805750001"), ("张三", "13805750002"), ("张三", "")])
def test_two_humans_are_two(name, phone):
    assert not are_one_human(User(pk=1, name="张三", phone="13805750001"), User(pk=2, name=name, phone=phone))
