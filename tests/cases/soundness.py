"""What must hold after any act, for everybody."""

from datetime import datetime, timedelta
from itertools import pairwise

from cases.models import (
    Case,
    ControlOrder,
    Merge,
    Person,
    RuleBook,
    Transition,
)
from cases.models.control import Ending
from cases.policy.colours import Colour, gravest
from cases.policy.days import ZONE
from cases.selectors.colours import colour_at, merged_at, with_gravity

LONG_AFTER = datetime(2027, 8, 29, 9, tzinfo=ZONE)  # than whatever the scenes do


def sound() -> None:
    """Check what holds after any sequence of acts, for everybody."""
    now = LONG_AFTER
    book = RuleBook.objects.in_force(now)
    for person in Person.objects.survivors():
        cases = list(Case.objects.of(person).open())
        grounds = [case.ground for case in cases]
        derived = gravest(book.policy.grounds[ground].colour for ground in grounds)
        if person.deceased_on is None:
            assert colour_at(person, now) == derived
            assert with_gravity(Person.objects.filter(pk=person.pk), at=now).get().gravity == derived.gravity
        else:
            assert colour_at(person, now) == Colour.NONE
        _orders_serve_what_stands(person, cases, book)
    for transition in Transition.objects.select_related("person"):
        assert colour_at(transition.person, transition.at) == transition.to_colour
        just_before = transition.at - timedelta(microseconds=1)
        assert colour_at(transition.person, just_before) == transition.from_colour
    for person in Person.objects.exclude(pk__in=_once_under_another()):
        chain = list(person.transitions.order_by("at"))
        assert all(one.to_colour == two.from_colour for one, two in pairwise(chain))


def _once_under_another() -> set[int]:
    """Return the records that once stood under another: what that one displayed is in its own transitions."""
    merges = Merge.objects.filter(decision="APPROVED").values_list("decided_at", "undone_at")
    instants = {at for both in merges for at in both if at}
    return {key for at in instants for key, root in merged_at(at).items() if key != root}


def _orders_serve_what_stands(person: Person, cases: list[Case], book: RuleBook) -> None:
    standing = [
        one for one in ControlOrder.objects.of(person).standing() if one.kind != "COMMUNITY_MONITORING"
    ]
    red = [case for case in cases if book.policy.grounds[case.ground].colour == Colour.RED]
    # At most one for all of them, or none where control was handed to another province.
    assert len(standing) == bool(red) or (not standing and all(map(_is_served_elsewhere, red)))
    for order in standing:
        rows = list(order.served.select_related("case"))
        # What it served of a human parted since, and is closed, stays on it: it was served so then.
        rows = [row for row in rows if row.case.state == "OPEN"]
        assert all(row.case.person.root_id == person.pk for row in rows)
        ends = [row.until for row in rows]
        assert len(ends) == len(red)
        assert order.until == (None if None in ends else max(ends))


def _is_served_elsewhere(case: Case) -> bool:
    """Tell whether control of a case was handed to another province, and has not come back."""
    last = case.served_by.select_related("order").order_by("-pk").first()
    return last is not None and last.order.ending == Ending.TRANSFERRED_OUT
