"""`make covered` leaves a test out on PostgreSQL only where others send its statements."""

from tools.covering import Test as Noted
from tools.covering import stay


def noted(*sends: str, seconds: float = 1, fixed: bool = False) -> Noted:
    return Noted({(one,) for one in sends}, seconds, fixed)


def test_every_statement_is_sent_by_a_test_that_stays():
    tests = {"a": noted("1", "2"), "b": noted("2", "3"), "c": noted("1", "2", "3", "4"), "d": noted("5")}
    assert stay(tests) == {"c", "d"}


def test_of_two_alike_the_quicker_stays():
    assert stay({"slow": noted("1", seconds=2), "quick": noted("1")}) == {"quick"}


def test_what_races_stays_and_covers_others():
    assert stay({"race": noted("1", seconds=9, fixed=True), "quick": noted("1")}) == {"race"}


def test_what_was_taken_first_goes_where_those_after_it_send_all_of_it():
    tests = {
        "first": noted("1", "2", "3", "4", seconds=3),
        "left": noted("1", "2", "5", seconds=3),
        "right": noted("3", "4", "6", seconds=3),
    }
    assert stay(tests) == {"left", "right"}
