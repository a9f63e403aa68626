"""The pace of callers: all tests together ask faster than anybody may, each as the same few accounts."""

import pytest
from django.conf import settings


@pytest.fixture(scope="session", autouse=True)
def any_pace(django_test_environment: None) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_REQUESTS_PER_MINUTE_OF_TOKENS = 10**9
