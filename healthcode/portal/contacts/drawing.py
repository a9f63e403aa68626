"""The geometry of a tree in lines: whoever rests on somebody stands below and further in."""

from collections.abc import Iterator
from dataclasses import dataclass

from cases.selectors.contact_chain import LEVELS, ChainMember

ROW, INDENT, LEFT = 44, 34, 16  # the height of a line, how far in each level is, the middle of the first
ROOM = 640  # of the words
BAND = 18  # lines that are drawn as one piece: a printed page breaks between two


@dataclass(frozen=True)
class DrawnMember:
    """A line of the tree: somebody, or without a member those who are only counted."""

    member: ChainMember | None
    x: int
    y: int
    unreached: int = 0
    left_out: int = 0

    @property
    def shape_x(self) -> int:
        return self.x - 9

    @property
    def shape_y(self) -> int:
        return self.y - 9

    @property
    def words_x(self) -> int:
        return self.x + 17


@dataclass(frozen=True)
class Joint:
    """A line from below somebody's shape to the left of the one in a line further down."""

    x: int
    top: int
    bottom: int

    @property
    def path(self) -> str:
        return f"M{self.x} {self.top}V{self.bottom}H{self.x + INDENT - 13}"

    def reaches(self, top: int, bottom: int) -> bool:
        """Tell whether it comes between two heights."""
        return self.top < bottom and self.bottom > top


@dataclass(frozen=True)
class Band:
    """A piece of the tree: its lines, and the joints that come into it."""

    top: int
    rows: tuple[DrawnMember, ...]
    joints: tuple[str, ...]

    @property
    def height(self) -> int:
        return len(self.rows) * ROW


@dataclass(frozen=True)
class DrawnTree:
    """Everything the template draws: lines of people, and the lines that join them."""

    rows: tuple[DrawnMember, ...]
    joints: tuple[Joint, ...]  # from whoever is rested on to whoever rests
    width: int = LEFT + LEVELS * INDENT + ROOM

    @property
    def bands(self) -> Iterator[Band]:
        """Return the pieces from top to bottom, which join without a gap; a joint is cut where its piece ends."""
        for first in range(0, len(self.rows), BAND):
            rows = self.rows[first : first + BAND]
            top, bottom = first * ROW, (first + len(rows)) * ROW
            yield Band(top, rows, tuple(one.path for one in self.joints if one.reaches(top, bottom)))


def draw(index: ChainMember) -> DrawnTree:
    """Lay out a chain, one line a person, each followed by whoever rests on them and by how many more do."""
    rows: list[DrawnMember] = []
    joints: list[Joint] = []
    _add(index, rows, joints)
    return DrawnTree(tuple(rows), tuple(joints))


def _add(member: ChainMember, rows: list[DrawnMember], joints: list[Joint]) -> None:
    here = _line(rows, member.level, member)
    for one in member.below:
        joints.append(_joint(here, len(rows)))
        _add(one, rows, joints)
    if member.unreached or member.left_out:
        joints.append(_joint(here, len(rows)))
        _line(rows, member.level + 1, None, member)


def _line(
    rows: list[DrawnMember], level: int, member: ChainMember | None, of: ChainMember | None = None
) -> DrawnMember:
    counts = (of.unreached, of.left_out) if of is not None else (0, 0)
    rows.append(DrawnMember(member, LEFT + level * INDENT, len(rows) * ROW + ROW // 2, *counts))
    return rows[-1]


def _joint(above: DrawnMember, place: int) -> Joint:
    return Joint(above.x, above.y + 13, place * ROW + ROW // 2)
