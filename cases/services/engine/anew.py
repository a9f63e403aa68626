"""An act whose reach grew between the reading and the lock begins anew, before anybody is told."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from cases.services.engine.refusals import Grown

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 3


def begun_anew(service: Callable[P, R]) -> Callable[P, R]:
    """Let an act begin anew, three times at most, where its reach grew between the reading and the lock."""

    @wraps(service)
    def act(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS - 1):
            with suppress(Grown), transaction.atomic():
                return service(*args, **kwargs)
        with transaction.atomic():
            return service(*args, **kwargs)

    return act
