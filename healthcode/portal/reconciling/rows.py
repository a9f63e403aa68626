"""Every row that decides something, compared with the last event that commits to it, and the event with its row."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from healthcode.core.audit.collected import FIRST, Committed, between
from healthcode.core.audit.commitments import deciding, digest, digest_of_gone
from healthcode.core.audit.findings import Finding, FindingKind
from healthcode.portal.reconciling import cases
from healthcode.portal.reconciling.comparing import CHUNK, chunks_of, covering

DIFFERS = _("%(record)s is not what the ledger says of it: %(fields)s.")
UNTOLD = _("%(record)s is not in the ledger.")
DELETED = _("%(record)s is in the ledger and nowhere else.")

# Where older events tell more than that something differs: which fields, by the rows' keys.
COMPARED: Mapping[Any, tuple[Any, Callable[[list[Any]], Mapping[int, list[str]]]]] = {
    Case: (cases.ROWS, cases.differences)
}


def rows() -> Iterator[Finding]:
    """Compare every row of every table that decides something."""
    for model in deciding():
        yield from _of(model)


def _of(model: Any) -> Iterator[Finding]:
    found = (model._default_manager.only(*model.audit_fields), _nothing)
    stored, differences = COMPARED.get(model, found)
    last = FIRST
    for chunk in chunks_of(stored):
        # As many again may be gone: more than that are found when the next stretch is read.
        committed_to = between(model.audit_name, last, chunk[-1].pk, limit=2 * CHUNK)
        named = differences(chunk)
        for row in chunk:
            yield from _compare(row, committed_to.pop(row.pk, None), named.get(row.pk, []))
        yield from _gone(model, committed_to)
        last = chunk[-1].pk
    yield from _gone(model, between(model.audit_name, last, limit=CHUNK))


def _compare(row: Any, committed: Committed | None, fields: list[str]) -> Iterator[Finding]:
    name = row.audit_name
    if committed is None:
        yield Finding(FindingKind(f"{name}_untold", UNTOLD), {"record": _called(type(row), row.pk)})
    elif fields or committed.digest != digest(row, committed.at_us):
        since = gettext("changed since event %(event)s") % {"event": committed.event}
        values = {"record": _called(type(row), row.pk), "fields": fields or since}
        yield Finding(FindingKind(f"{name}_differs", DIFFERS), values, covering(committed.event))


def _gone(model: Any, committed_to: Mapping[int, Committed]) -> Iterator[Finding]:
    for key, committed in committed_to.items():
        if committed.digest == digest_of_gone(f"{model.audit_name}:{key}", committed.at_us):
            continue
        kind = FindingKind(f"{model.audit_name}_deleted", DELETED)
        yield Finding(kind, {"record": _called(model, key)}, covering(committed.event))


def _nothing(_chunk: list[Any]) -> Mapping[int, list[str]]:
    return {}


def _called(model: Any, key: int) -> str:
    return f"{capfirst(model._meta.verbose_name)} {key}"
