"""Every operation calls a service and is offered somewhere."""

import pkgutil
from importlib import import_module

import pytest

from cases import operations
from cases.operations.gate import CheckGate, GoOn, SendCheck
from healthcode.core.acts.base import Operation
from healthcode.core.acts.registry import operations_of
from healthcode.core.acts.rows import RowOperation


def test_an_operation_that_calls_no_service_cannot_be_made(cast, now):
    class Empty(Operation):
        name, label, act = "empty", "Empty", "person.register"

    with pytest.raises(TypeError, match="perform"):
        Empty(by=cast.community_yulin, at=now)


def test_every_operation_of_every_module_is_offered_somewhere():
    defined = set()
    for module in pkgutil.iter_modules(operations.__path__):
        defined |= set(operations_of(import_module(f"{operations.__name__}.{module.name}")))
    of_rows = {one for one in defined if issubclass(one, RowOperation)}  # their pages name them
    at_doors = {CheckGate, GoOn, SendCheck}
    assert defined == {*operations.PERSON_OPERATIONS, *operations.DESK_OPERATIONS, *of_rows, *at_doors}
