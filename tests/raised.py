"""Every refusal is made by some test: a run of the whole suite fails otherwise.

Each process remembers the codes it met; xdist's workers hand theirs to the process that started them.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from healthcode.core.offices.refusals import Refusal
from healthcode.portal.management.commands.render_refusals import every_refusal

met: set[str] = set()
never: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def remembered_refusals() -> Iterator[None]:
    """Remember the code of every refusal that is made."""
    original = Refusal.__init__

    def remember(refusal: Refusal, *args: Any, **values: Any) -> None:
        met.add(refusal.code)
        original(refusal, *args, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Refusal, "__init__", remember)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker of xdist met."""
    met.update(getattr(node, "workeroutput", {}).get("refusals", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run of the whole suite that never made some refusal; a part of it may leave out any."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["refusals"] = sorted(met)
    elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and _is_whole(session):
        never.extend(kind.code for kind in every_refusal() if kind.code not in met)
        if never:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if never:
        terminalreporter.section("refusals that no test raises", red=True)
        terminalreporter.line("\n".join(never))


def _is_whole(session: pytest.Session) -> bool:
    """Say whether all of the suite ran, and ran to its end."""
    config = session.config
    asked = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    chosen = ("keyword", "markexpr", "ignore", "ignore_glob", "deselect", "lf", "last_failed", "collectonly")
    ended = not (session.shouldstop or session.shouldfail)
    return asked and ended and not any(config.getoption(name, None) for name in chosen)
