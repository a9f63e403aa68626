"""Where a ticket goes: one row per category, derived from section 5 of the guide.

A problem with the code itself goes to the big-data bureau (5.1), and so does every letter of the hotline (5.2),
whatever its category. [D] marks what the guide is silent about: such a row, and every priority, is our default.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cases.policy.colours import Colour
from cases.policy.rulebook import Ground

BUREAU, LEAD = "BUREAU", "LEAD"  # the city big-data bureau; the complaint lead
MIXED_UP = "C03"  # urgent where it stops somebody
DISPUTED = ("RED", "YELLOW")  # colours that block somebody's movement


@dataclass(frozen=True)
class Route:
    """One category: who handles what the first contact cannot settle, who is asked to assist, how urgent it is."""

    office: str
    assist: str
    priority: int
    problem: bool  # is it a problem with the code, so that handing it on is the likely outcome?


ROUTES = {
    #      handled by     asked to assist                      priority  a problem with the code?
    "C01": Route(BUREAU, "officer",                            1, True),   # control ended, still red (3.3)
    "C02": Route(BUREAU, "service_point",                      1, True),   # test missing or not synchronised (3.4b)
    "C03": Route(BUREAU, "",                                   2, True),   # name or number wrong; persons mixed up [D]
    "C04": Route(BUREAU, "",                                   1, True),   # movement track wrong (3.1c, 3.2b)
    "C05": Route(BUREAU, "",                                   1, True),   # region or its level wrong (1.2b, 1.4)
    "C06": Route(BUREAU, "clinic",                             2, False),  # fever declared (3.4a)
    "C07": Route(BUREAU, "cdc",                                1, True),   # case or close contact disputed (1.1a-d)
    "C08": Route(BUREAU, "community",                          1, True),   # overseas stay disputed (1.1e)
    "C09": Route(BUREAU, "community",                          2, False),  # elderly, child, no telephone: by proxy [D]
    "C10": Route(BUREAU, "",                                   2, False),  # passport; Hong Kong, Macao, Taiwan [D]
    "C11": Route(LEAD,   "",                                   2, False),  # told to apply for a Shaoxing code (4.2)
    "C12": Route(BUREAU, "",                                   1, True),   # coloured by another city or province [D]
    "C13": Route(BUREAU, "",                                   2, False),  # page or display at fault [D]
    "C14": Route(LEAD,   "",                                   3, False),  # refused with green, conduct, other [D]
}  # fmt: skip
# What people with such a ground mostly come about: the first line that is true of it.
GUESSES: tuple[tuple[Callable[[Ground], bool], str], ...] = (
    (lambda ground: ground.clinical, "C07"),
    (lambda ground: ground.rests_on_overseas_stay, "C08"),
    (lambda ground: ground.rests_on_area and ground.ends_by_test, "C02"),
    (lambda ground: ground.rests_on_area, "C05"),
    (lambda ground: ground.automatic, "C04"),
    (lambda ground: ground.self_declared, "C06"),
    (lambda ground: ground.discretionary and ground.colour == Colour.RED, "C07"),
    (lambda ground: ground.discretionary, "C05"),
    (lambda ground: ground.ends_with_control, "C01"),
)


def guess(ground: Ground | None, *, control_over: bool = False) -> str:
    """Guess the category from the gravest standing ground; past the last day it is mostly control that goes on."""
    if control_over:
        return "C01"
    if ground is None:
        return "C14"
    return next((category for true_of, category in GUESSES if true_of(ground)), "C14")


def priority(category: str, colour: str, *, disputed: bool) -> int:
    """Return 1, 2 or 3; whoever is stopped by a colour they dispute comes first."""
    if colour in DISPUTED and (disputed or category == MIXED_UP):
        return 1
    return ROUTES[category].priority


def office(category: str, *, letter: bool = False) -> str:
    """Return who handles a ticket of this category."""
    return BUREAU if letter else ROUTES[category].office
