"""The workplace of the offices: a file is a noun. Importing this registers every list and page."""

from cases.admin import (  # noqa: F401
    areas,
    batches,
    cases,
    control,
    declarations,
    documents,
    inquiries,
    moves,
    persons,
    results,
    roster,
    rulebooks,
    setup_files,
    transitions,
    venues,
)
