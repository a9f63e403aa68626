"""Days and times as offices write them: one meaning, or none."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.policy import spellings

DAY = date(2026, 11, 1)  # a Sunday
NINE = datetime(2026, 11, 1, 9, 30)  # noqa: DTZ001 - as it is written


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-01", "2026-11-1", "2026/11/1", "2026.11.1", "2026. 11. 1", "20261101", "2026 - 11 - 01"),
        *("2026年11月1日", "2026年11月01号", "2026年11月1", "2026 年 11 月 1 日", "２０２６年１１月１日"),
        *("2026年11月1日星期日", "2026年11月1日 星期天", "2026-11-01（周日）", "2026/11/1 礼拜天"),
        *("二〇二六年十一月一日", "二零二六年十一月一号", "二○二六年十一月一日"),
        *("46327", "2026/11/1 0:00", "2026-11-01 00:00:00", "\u200b2026-11-01\ufeff"),
    ],
)
def test_a_day_is_one_in_every_usual_writing(text):
    assert spellings.day(text) == DAY
    assert spellings.moment(text) is None or spellings.moment(text).time() == datetime.min.time()


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-01 09:30", "2026/11/1 9:30", "2026.11.1 9：30", "20261101 09:30", "202611010930"),
        *("2026-11-01T09:30:00", "2026年11月1日9时30分", "2026年11月1日 上午9点30分", "2026年11月1日9点半"),
        *("2026-11-01 早上9:30", "2026-11-01 9:30 AM", "2026年11月1日星期日 9:30", "20261101T093000"),
        *(
            "二〇二六年十一月一日9时30分",
            "46327.395833333336",
            "2026-11-01 上午09:30",
            "2026-11-01 09:30:00.000",
        ),
    ],
)
def test_an_instant_is_one_in_every_usual_writing(text):
    assert spellings.moment(text) == NINE


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("下午3点", 15, 0),
        ("下午15:30", 15, 30),
        ("晚上8点一刻", 20, 15),
        ("中午12点", 12, 0),
        ("中午1点", 13, 0),
        ("下午12:10", 12, 10),
        ("凌晨2点三刻", 2, 45),
        ("凌晨12:05", 0, 5),
        ("12:00 AM", 0, 0),
        ("12:00 PM", 12, 0),
    ],
)
def test_a_part_of_the_day_says_which_half(text, hour, minute):
    assert spellings.moment(f"2026-11-01 {text}") == datetime(2026, 11, 1, hour, minute)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("26-11-01", "four_digits"),
        ("26.11.1", "four_digits"),
        ("26年11月1日", "four_digits"),
        ("261101", "four_digits"),
        ("11/1/2026", "year_first"),
        ("01-11-2026 09:30", "year_first"),
        ("1.11.2026", "year_first"),
        ("11月1日", "no_year"),
        ("11-1", "no_year"),
        ("11/1 09:30", "no_year"),
        ("2026111", "two_digits"),
        ("20261", "two_digits"),
        ("2026-02-30", "no_such_day"),
        ("2026年13月1日", "no_such_day"),
        ("20260431", "no_such_day"),
        ("0026-11-01", "no_such_day"),
        ("9999-12-31", "no_such_day"),
        ("2026年11月1日星期一", "no_such_day"),
        ("2026-11-01 25:00", "no_such_time"),
        ("2026-11-01 上午12点", "no_such_time"),
        ("2026-11-01 晚上12点", "no_such_time"),
        ("2026-11-01 上午13:30", "no_such_time"),
        ("去年", ""),
        ("2026-W44-7", ""),
        ("26111", ""),
        ("2026", ""),
        ("90000", ""),
    ],
)
def test_what_may_be_more_than_one_day_is_none_and_says_why(text, why):
    assert (spellings.day(text), spellings.moment(text), spellings.unclear(text)) == (None, None, why)


@pytest.mark.parametrize("text", ["2026-11-01 9:5", "2026-11-01 9:", "2026-11-01 9"])
def test_a_time_whose_minutes_are_cut_off_is_none(text):
    assert spellings.moment(text) is None


DATES = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(DATES, st.times())
def test_whatever_the_day_each_writing_means_the_same(on, at):
    at = at.replace(microsecond=0)
    both = datetime.combine(on, at)
    for text in (
        f"{on:%Y-%m-%d}",
        f"{on.year}.{on.month}.{on.day}",
        f"{on:%Y%m%d}",
        f"{on.year}年{on.month}月{on.day}号",
    ):
        assert spellings.day(text) == on
        assert spellings.moment(f"{text} {at:%H:%M:%S}") == both
        assert spellings.moment(text) is None


@given(st.text("0123456789-/.年月日号 :时点半上下午", max_size=20))
def test_whatever_is_written_a_day_a_time_and_the_reason_fit_together(text):
    on, at, why = spellings.day(text), spellings.moment(text), spellings.unclear(text)
    assert not why or (on, at) == (None, None) or why == "no_such_time"
    if on and at:
        assert at - datetime.combine(on, datetime.min.time()) < timedelta(days=1)
