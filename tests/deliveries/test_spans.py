"""The database reckons an instant some seconds later by itself, and says what Python says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from cases.models import Presence
from cases.models.spans import SecondsLater
from healthcode.core.offices.models import Division
from tests.cases.scenes import Scene
from tests.factories import Cast

HALF_HOUR = timedelta(minutes=30)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def track(cast: Cast):
    """Return a function: a track that began at an instant and was so long."""

    def make(began: datetime, length: timedelta) -> Presence:
        return Presence.objects.create(
            person=Scene(cast).person(),
            kind=Presence.Kind.STAY,
            division=Division.objects.get(pk="330624001"),
            from_at=began,
            until_at=began + length,
            source=cast.bureau_one.office,
            recorded_by=cast.bureau_one,
        )

    return make


@pytest.mark.parametrize("fraction", [0, 1, 500_000, 999_500, 999_999])
@pytest.mark.parametrize(
    "began", [datetime(2026, 11, 2, 23, 45, 59, tzinfo=UTC), datetime(2024, 2, 28, 23, 59, 59, tzinfo=UTC)]
)
@pytest.mark.parametrize("off", [-MICROSECOND, timedelta(0), MICROSECOND])
def test_a_span_is_long_enough_to_the_microsecond(track, fraction, began, off):
    made = track(began.replace(microsecond=fraction), HALF_HOUR + off)
    long_enough = Presence.objects.filter(until_at__gte=SecondsLater("from_at", HALF_HOUR))
    assert list(long_enough) == list(Presence.objects.filter(until_at__gte=F("from_at") + HALF_HOUR))
    assert list(long_enough) == ([made] if off >= timedelta(0) else [])


def test_only_whole_seconds_are_added():
    with pytest.raises(ValueError, match=r"0:00:00\.5"):
        SecondsLater("from_at", timedelta(milliseconds=500))
