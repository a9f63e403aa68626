"""The pace of callers and of machines: all tests together ask faster than anybody may, and none is timed."""

import hypothesis
import pytest
from django.conf import settings

# A machine with other work takes a second for what takes a millisecond: that is no fault of what is tested.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def any_pace(django_test_environment: None) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_REQUESTS_PER_MINUTE_OF_TOKENS = 10**9
