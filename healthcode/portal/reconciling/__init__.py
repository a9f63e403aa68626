"""Reconciliation: the ledger folded, event by event, has to equal what is stored.

The seals prove that the ledger is what was sealed; this shows that what is stored is what the ledger says. Every table
whose model says which of its fields decide is compared row by row (`rows.py`). What else is kept has a check of its
own, a function that yields what does not fit: it goes into `records.py`, or where it is a part of what is compared into
`parts.py`, with its line in `CHECKS`.
"""

from collections.abc import Iterator

from healthcode.core.audit.collected import collected
from healthcode.core.audit.findings import Finding
from healthcode.portal.reconciling import clocks, conversions, parts, records, rows

CHECKS = (rows.rows, conversions.conversions, *parts.CHECKS, *clocks.CHECKS, *records.CHECKS)


def findings() -> Iterator[Finding]:
    """Yield everything that is stored otherwise than the ledger says."""
    with collected():
        for check in CHECKS:
            yield from check()
