"""An instant that somebody wrote: a day alone is none, however it is written."""

import re
import unicodedata
from datetime import datetime, time

from django.utils.timezone import localtime

HAS_TIME = re.compile(r":|[T ]\d")


def is_day_alone(written: object, read: datetime) -> bool:
    """Tell whether what was read as midnight was written without a time: `2026-12-01`, `20261201`, `2026-W49-2`."""
    text = unicodedata.normalize("NFKC", str(written)).strip()
    return localtime(read).time() == time() and HAS_TIME.search(text) is None
