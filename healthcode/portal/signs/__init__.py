"""What looks wrong. A sign is a finder and its `Sign` row in one of the subject files, its numbers in `thresholds.py`.

`cases.py`, `deliveries.py`, `control.py`, `pairs.py`, `lookups.py`, `doors.py`, `credentials.py` and `ledger.py` hold
the signs; `board.py` gathers and marks them, `pages.py` shows them.
"""
