"""A trail as a table for a spreadsheet."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import chain, islice

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from healthcode.core import languages
from healthcode.core.audit import ledger
from healthcode.core.audit.models import Event
from healthcode.core.offices import exports
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import NotAllowed
from healthcode.portal.trails.descriptions import DescribedEvent, describe
from healthcode.portal.trails.query import Trail

LIMIT = 50_000
CHUNK = 500


def export(trail: Trail, *, filters: Sequence[str], by: User, at: datetime) -> Iterator[list[str]]:
    """Record the export, and return the rows of its table, newest event first; `filters` say in words what is asked."""
    if not by.may("audit.export"):
        raise NotAllowed()
    used = {field: value for field, value in asdict(trail).items() if value and field != "person"}
    asked = sorted(f"{field}={value}" for field, value in used.items())
    ledger.record("audit.exported", by=by, at=at, about=Event, person=trail.person, limit=LIMIT, asked=asked)
    above = exports.about(_("Audit trail"), by=by, at=at, filters=filters)
    return chain(above, _rows(trail, at, languages.current()))


def _rows(trail: Trail, at: datetime, language: str) -> Iterator[list[str]]:
    """Yield the rows. They are streamed when the request is over: its language has to be put back for each chunk."""
    with override(language):
        heading = [_("number"), _("at"), _("what"), _("username"), _("office"), _("person"), _("details")]
        heading += [pgettext("raw form", "action"), _("leaf hash")]
    yield heading
    events = trail.events(LIMIT)
    while chunk := list(islice(events, CHUNK)):
        with override(language):
            rows = [_cells(row) for row in describe(chunk, at=at)]
        yield from rows


def _cells(row: DescribedEvent) -> list[str]:
    event = row.event
    details = languages.listed((languages.entry(label, value) for label, value in row.details), phrases=True)
    at = f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"
    words = [str(event.pk), at, row.sentence, event.actor, event.office, event.person, details]
    return [*words, event.action, event.leaf]
