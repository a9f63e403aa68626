"""The rule book stays in force while an act runs: whoever adopts another waits, and then everybody waits for them.

Without it, an act that had read the old book could commit a colour that the new one no longer gives, on a person
whom the adoption had not seen. Locks are always taken in this order: the book, then persons in key order.
"""

from django.db import connection

from cases.models import GroundChannel, RuleBook

KEY = 20200824  # of the advisory lock; the day of the guide


def hold() -> None:
    """Keep the book in force until the transaction ends: any number of acts do so side by side."""
    _take("pg_advisory_xact_lock_shared")


def change() -> None:
    """Wait until no act is under way, and let none begin before the transaction ends."""
    _take("pg_advisory_xact_lock")


def admit(book: RuleBook) -> list[GroundChannel]:
    """Write down which grounds come in by which channels once a book is in force: the database refuses all others."""
    return GroundChannel.objects.bulk_create(
        GroundChannel(rule_book=book, ground=ground.key, channel=channel)
        for ground in book.policy.grounds.values()
        for channel in ground.channels
    )


def _take(function: str) -> None:
    # An advisory lock and not the book's row: FOR SHARE would write to that one row for every act of the city.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [KEY])
    # SQLite: transactions begin IMMEDIATE, so that there is only ever one that writes.
