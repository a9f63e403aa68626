"""References are compared by their letters and numbers: every spelling of one is one, and two stay two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.policy.spellings import reference_key, same_reference

NUMBERS = st.integers(1, 99_999)
YEARS = st.integers(2000, 2039)
BRACKETS = st.sampled_from(["〔〕", "[]", "（）", "()", "【】", "﹝﹞", "［］", "「」"])
WRITTEN = st.sampled_from(["{}号", "第{}号", "0{}号", "{}號", "{}号文", " {} 号", "第 00{} 號文件", "{}号。"])


def full_width(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in text)


@given(YEARS, NUMBERS, BRACKETS, WRITTEN, st.booleans())
def test_every_spelling_of_a_document_is_one(year, number, brackets, written, wide):
    one = f"浙防指{brackets[0]}{year}{brackets[1]}{written.format(number)}"
    assert same_reference(f"浙防指〔{year}〕{number}号", full_width(one) if wide else one)


@given(st.lists(NUMBERS, min_size=1, max_size=4), st.lists(NUMBERS, min_size=1, max_size=4), BRACKETS)
def test_two_numbers_are_two_however_their_digits_run_on(one, other, brackets):
    def written(numbers):
        return "排查" + "-".join(map(str, numbers)) + brackets + "号"

    assert same_reference(written(one), written(other)) == (one == other)


@given(st.text(max_size=120))
def test_a_key_is_its_own_key_and_no_spelling_is_too_odd(text):
    assert reference_key(reference_key(text)) == reference_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("排查2020-1-12号", "排查2020-11-2号"),
        ("某小区1-12号", "某小区11-2号"),
        ("浙防指〔2020〕12号", "浙防指〔2020〕120号"),
        ("case:1", "case:10"),
        ("NOV12", "V12"),
    ],
)
def test_these_are_two(one, other):
    assert not same_reference(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CA1234/2020-10-31", "ca1234 20201031"),
        ("G7512 2020-01-02", "Ｇ7512／20200102"),
        ("case:1", "case:001"),
        ("NO.2020-77", "2020-77"),
        ("No 省疾控2020-77", "省疾控2020-77"),
        ("编号：ＹＪ2020-77", "yj2020-77"),
        ("№ 12", "12"),
    ],
)
def test_these_are_one(one, other):
    assert same_reference(one, other)
