"""Two servers' clocks differ, and whoever waited for a lock brings an instant from before the wait."""

from datetime import timedelta

DRIFT = timedelta(minutes=1)  # what clocks differ by, and longer than a lock is waited for
