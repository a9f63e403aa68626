"""A trail as a table for a spreadsheet: UTF-8 with its mark, and no cell that a spreadsheet would execute."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import languages
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed
from healthcode.core.spreadsheets import inert
from healthcode.portal.trails.descriptions import DescribedEvent, describe
from healthcode.portal.trails.query import Trail

LIMIT = 50_000
CHUNK = 500


def export(trail: Trail, *, by: User, at: datetime) -> Iterator[str]:
    """Record the export, and return the lines of its file, newest event first."""
    if not by.may("audit.export"):
        raise NotAllowed()
    filters = {field: value for field, value in asdict(trail).items() if value and field != "person"}
    asked = sorted(f"{field}={value}" for field, value in filters.items())
    ledger.record("audit.exported", by=by, at=at, about=Event, person=trail.person, limit=LIMIT, asked=asked)
    return _lines(trail, at, languages.current())


def _lines(trail: Trail, at: datetime, language: str) -> Iterator[str]:
    """Yield the lines. They are streamed when the request is over: its language has to be put back for each chunk."""
    with override(language):
        heading = [_("number"), _("at"), _("what"), _("username"), _("office"), _("person"), _("details")]
        first_line = "\ufeff" + _line([*heading, _("action"), _("leaf hash")])
    yield first_line
    events = trail.events(LIMIT)
    while chunk := list(islice(events, CHUNK)):
        with override(language):
            lines = [_line(_cells(row)) for row in describe(chunk, at=at)]
        yield from lines


def _cells(row: DescribedEvent) -> list[str]:
    event = row.event
    details = "; ".join(f"{label}: {value}" for label, value in row.details)
    at = f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"
    words = [str(event.pk), at, row.sentence, event.actor, event.office, event.person, details]
    return [*words, event.action, event.leaf]


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([inert(cell) for cell in cells])
    return buffer.getvalue()
