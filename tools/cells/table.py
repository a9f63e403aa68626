"""The cells of `make bench`: name and function, in the order they are measured. A new hot path is a line here."""

from collections.abc import Callable, Iterable

from tools.cells.audit import reading, verifying, writing
from tools.cells.desk import looking_up
from tools.cells.door import checking
from tools.cells.feed import delivering
from tools.cells.mass import opening
from tools.cells.pages import in_a_city
from tools.cells.phones import refreshing
from tools.cells.reconcile import linear
from tools.cells.row_by_row import applying
from tools.cells.withdrawal import withdrawing
from tools.timing import Cell

CELLS: dict[str, Callable[[int], Iterable[Cell]]] = {
    "reconcile": linear,  # before cells that write events about rows which are not there
    "event": writing,
    "verify": verifying,
    "trail": reading,
    "mass": opening,
    "withdrawal": withdrawing,
    "feed": delivering,
    "feed-rows": applying,
    "desk": looking_up,
    "pages": in_a_city,
    "door": checking,
    "phone": refreshing,
}
