"""Reconciliation: the ledger folded, event by event, has to equal what is stored.

The seals prove that the ledger is what was sealed; this shows that what is stored is what the ledger says. Each
kind of record has a check: a function that yields what does not fit. A new one goes into
`records.py`, with its line in `CHECKS`.
"""

from collections.abc import Iterator

from healthcode.core.audit.findings import Finding
from healthcode.portal.reconciling import cases, conversions, records

CHECKS = (cases.cases, conversions.conversions, *records.CHECKS)


def findings() -> Iterator[Finding]:
    """Yield everything that is stored otherwise than the ledger says."""
    for check in CHECKS:
        yield from check()
