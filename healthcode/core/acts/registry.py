"""Which operations there are: every named class of the modules that hold them, in the order pages offer it."""

from inspect import isclass
from types import ModuleType

from healthcode.core.acts.base import Operation


def operations_of(*modules: ModuleType) -> tuple[type[Operation], ...]:
    """Return the operations that these modules define, by `place`, and of one place as they stand written."""
    found = [
        thing
        for module in modules
        for thing in vars(module).values()
        if isclass(thing)
        and issubclass(thing, Operation)
        and thing.__module__ == module.__name__
        and "name" in vars(thing)  # a base that others share has none
    ]
    return tuple(sorted(found, key=lambda one: one.place))
