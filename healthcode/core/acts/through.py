"""Where a page stands in a list that is worked through. The address says it, so that Back and a second window work."""

import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

PARAMETER = "through"
SETTLED = "settled"  # in the address: the act of this place was done
_PLACE = re.compile(r"([a-z_]{1,40})\.([\w-]{1,40})\.(\d{1,4})", re.ASCII)


@dataclass(frozen=True)
class ListPlace:
    """One row of a list that somebody works through: the list, the mark of the walk, the row's place from 0."""

    key: str
    mark: str
    number: int

    def __str__(self) -> str:
        return f"{self.key}.{self.mark}.{self.number}"

    @property
    def url(self) -> str:
        """Return the address that leads to the first row from here on that still waits."""
        return reverse("admin:through", args=(self.key, self.mark, self.number))

    @property
    def next_url(self) -> str:
        """Return the address that leads past this row."""
        return reverse("admin:through", args=(self.key, self.mark, self.number + 1))


def place_of(request: HttpRequest) -> ListPlace | None:
    """Return the place that the address names; None where nothing is worked through."""
    found = _PLACE.fullmatch(request.GET.get(PARAMETER, ""))
    return ListPlace(found[1], found[2], int(found[3])) if found else None


def with_place(address: str, place: ListPlace | None) -> str:
    """Return an address at which one stays in the list that is worked through."""
    if place is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}{PARAMETER}={place}"


def after(request: HttpRequest) -> str:
    """Return where an act leads in a list that is worked through; "" outside one."""
    place = place_of(request)
    return f"{place.url}?{SETTLED}=1" if place else ""
