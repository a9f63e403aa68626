"""The shipped file of nginx lets through what the portal takes; `python -m tools.drill front` runs it."""

import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.urls import reverse

from cases.feeds import setup_files
from cases.operations import DESK_OPERATIONS
from cases.operations.deliveries import Deliver
from cases.services.deliveries import receiving
from complaints import feeds
from complaints.services import attachments

FILE = (Path(configured.BASE_DIR) / "deploy" / "nginx" / "healthcode.conf").read_text()
SIZE = re.compile(r"client_max_body_size (\d+)([mk]);")
UNITS = {"k": 1 << 10, "m": 1 << 20}
LOCATION = re.compile(r"location ~ (\S+) \{([^}]*)\}")
FORM = 64 * 1024  # bytes around a file
PLAIN, JSON = 1, 4 / 3  # how much longer a file gets on its way


def sizes(text: str) -> list[int]:
    return [int(number) * UNITS[unit] for number, unit in SIZE.findall(text)]


def bound(address: str) -> int:
    """Return how many bytes nginx lets through to an address."""
    return next(
        (
            sizes(block)[0]
            for pattern, block in LOCATION.findall(FILE)
            if re.search(pattern, address) and sizes(block)
        ),
        sizes(FILE)[0],
    )


@pytest.mark.any_database
@pytest.mark.parametrize("name", [one.name for one in DESK_OPERATIONS if issubclass(one, Deliver)])
def test_a_delivery_by_page_may_be_as_large_as_the_portal_takes(name: str):
    assert bound(reverse("admin:do", args=(name,))) > receiving.LARGEST + FORM


@pytest.mark.any_database
def test_a_delivery_of_a_machine_may_be_as_large_as_the_portal_takes():
    assert bound(reverse("api:uploads")) > receiving.LARGEST


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("address", "largest"),
    [
        ("admin:complaints_letters", feeds.MAX_BYTES),
        ("admin:cases_setupfile_changelist", setup_files.MAX_BYTES),
        ("admin:complaints_ticket_changelist", attachments.MAX_BYTES),
    ],
)
@pytest.mark.parametrize("longer", [PLAIN, JSON])
def test_of_any_other_file_the_portal_itself_says_that_it_is_too_large(
    address: str, largest: int, longer: float
):
    assert bound(reverse(address)) > 1.2 * largest * longer + FORM


@pytest.mark.any_database
def test_a_door_takes_no_file():
    assert bound("/gate/") == bound("/api/v1/gate/checks") == 16 * 1024
