"""What a file that waits would bring, for whoever decides it: its first rows, what is wrong by now, who looks alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.models import SetupFile
from cases.models.setup_files import SetupKind
from cases.services.engine.refusals import Refusal
from cases.services.setup import contents, files
from healthcode.core.offices import seats
from healthcode.core.offices.models import User

FIRST = 10  # rows
OTHERS = 3  # accounts that one is like, which are named


@dataclass(frozen=True)
class Likeness:
    """An account that is to be granted, and others of that name or telephone, in use or in the same file."""

    row: int
    user: User
    others: Sequence[User]
    more: int  # that are not named
    is_namesake: bool  # else it is the telephone, which colleagues share


@dataclass(frozen=True)
class Overview:
    """A waiting file as its page shows it."""

    first: Sequence[contents.Row]
    faults: Sequence[tuple[int, Refusal]]
    alike: Sequence[Likeness]

    @property
    def has_namesakes(self) -> bool:
        """Tell whether somebody has to make sure that accounts of one name are different people."""
        return any(one.is_namesake for one in self.alike)


NOTHING = Overview((), (), ())


def overview(file: SetupFile, *, at: datetime) -> Overview:
    """Return what a file that waits would bring. Raises Altered where it is not what was prepared."""
    rows = files.rows_of(file)
    if not rows:
        return NOTHING
    wrong = contents.faults(file.kind, rows, at=at)
    faults = [(number, one) for number, found in sorted(wrong.items()) for one in found]
    return Overview(rows[:FIRST], faults, _alike(rows) if file.kind == SetupKind.STAFF else ())


def overview_of(file: SetupFile, at: datetime) -> Overview | None:
    """Return the same; None where what is stored is not what was prepared."""
    try:
        return overview(file, at=at)
    except files.Altered:
        return None


def _alike(rows: Sequence[contents.Row]) -> list[Likeness]:
    users: Sequence[User] = contents.built(SetupKind.STAFF, rows)
    found = []
    for row, user, others in zip(rows, users, seats.alike_each(users), strict=True):
        if others:
            named = sorted(others, key=lambda other: not seats.has_name_of(other, user))
            is_namesake = seats.has_name_of(named[0], user)
            found.append(Likeness(row["row"], user, named[:OTHERS], len(others[OTHERS:]), is_namesake))
    # Namesakes first: of a telephone alone nothing has to be made sure.
    return sorted(found, key=lambda one: not one.is_namesake)
