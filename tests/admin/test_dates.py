"""Days and instants are written in one style, on every page and in both languages."""

from datetime import date, datetime

import pytest
from django.utils import formats, translation

from cases.policy.days import ZONE


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_day_and_an_instant_are_written_as_they_sort(language):
    with translation.override(language):
        assert formats.localize(date(2026, 11, 3)) == "2026-11-03"
        assert formats.localize(datetime(2026, 11, 3, 16, 5, tzinfo=ZONE)) == "2026-11-03 16:05"
