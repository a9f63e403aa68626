"""The standbys that follow the database: how many, and how far behind the last of them is."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

BYTES = 16 * 2**20  # one file of the log: what a busy second writes is far less
SECONDS = 10.0

# Where a role may not see it (`pg_read_all_stats`, deploy/roles.sql) the columns are empty.
FOLLOWING = """
SELECT count(replay_lsn), coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0),
       coalesce(extract(epoch FROM max(replay_lag)), 0)
  FROM pg_stat_replication
 WHERE state = 'streaming'
"""


@dataclass(frozen=True)
class Standbys:
    """How many standbys stream, and how far behind the last one is in what it shows."""

    count: int
    behind: int  # bytes of the log
    seconds: float

    @property
    def is_late(self) -> bool:
        """Tell whether one is missing, or would lose or show more than seconds ago."""
        expected = settings.STANDBYS
        return bool(expected) and (self.count < expected or self.behind > BYTES or self.seconds > SECONDS)


def look() -> Standbys:
    """Ask the database who follows it; SQLite has none."""
    if connection.vendor != "postgresql":
        return Standbys(0, 0, 0.0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        if cursor.fetchone()[0]:
            return Standbys(0, 0, 0.0)
        cursor.execute(FOLLOWING)
        count, behind, seconds = cursor.fetchone()
    return Standbys(int(count), int(behind), float(seconds))
