"""Which functions write: found by walking the packages and following, through their code, whom each calls."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import CodeType, FunctionType, ModuleType
from typing import Any

PACKAGES = (
    "cases.services",
    "complaints.services",
    "healthcode.core.acts.attempts",
    "healthcode.core.audit.sealing",
    "healthcode.core.offices",
    "healthcode.portal.recurring",
    "healthcode.portal.signs",
    "healthcode.portal.seals",
)
OURS = ("cases.", "complaints.", "healthcode.")
# Methods of Django's that write; some also only read, and a name may be another's: it is listed then, with a reason.
WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "update",
    "update_or_create",
    "get_or_create",
    "delete",
}
WRITES |= {"_raw_delete", "execute", "executemany"}


def writers() -> Iterator[FunctionType]:
    """Yield every public function of the services that writes, itself or through whom it calls."""
    known: dict[FunctionType, bool] = {}
    for name in _modules():
        for function in vars(import_module(name)).values():
            is_own = inspect.isfunction(function) and function.__module__ == name
            if is_own and not function.__name__.startswith("_") and _writes(function, known):
                yield function


def _modules() -> Iterator[str]:
    for name in PACKAGES:
        package = import_module(name)
        yield name
        for module in walk_packages(getattr(package, "__path__", ()), f"{name}."):
            if ".migrations" not in module.name:
                yield module.name


def _writes(function: FunctionType, known: dict[FunctionType, bool]) -> bool:
    inner = inspect.unwrap(function)
    if inner not in known:
        known[inner] = False  # as long as it is looked at: functions call each other
        names = set(_names(inner.__code__))
        callees = _functions_named(names, inner.__globals__)
        known[inner] = bool(names & WRITES) or any(_writes(one, known) for one in callees)
    return known[inner]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _functions_named(names: set[str], namespace: dict[str, Any]) -> Iterator[FunctionType]:
    """Yield our functions under these names: of the module itself, of modules it imports, and methods of classes."""
    for name in names:
        thing = namespace.get(name)
        if isinstance(thing, ModuleType) and thing.__name__.startswith(OURS):
            for attribute in names:
                yield from _functions_of(vars(thing).get(attribute))
        else:
            yield from _functions_of(thing)


def _functions_of(thing: Any) -> Iterator[FunctionType]:
    if not (getattr(thing, "__module__", None) or "").startswith(OURS):
        return
    members = vars(thing).values() if isinstance(thing, type) else (thing,)
    for member in members:
        plain = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        if inspect.isfunction(plain):
            yield plain
