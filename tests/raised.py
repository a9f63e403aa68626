"""Every refusal is made and every event written by some test: a run of the whole suite fails otherwise.

Each process remembers the keys it met; xdist's workers hand theirs to the process that started them.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from healthcode.core.audit import bulk, ledger
from healthcode.core.audit.actions import ACTIONS, require_written
from healthcode.core.offices.refusals import Refusal
from healthcode.portal.management.commands.render_refusals import every_refusal

met: set[str] = set()  # codes of refusals and keys of events
never: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def remembered() -> Iterator[None]:
    """Remember the code of every refusal that is made, and the key of every event that is written."""
    original = Refusal.__init__

    def made(refusal: Refusal, *args: Any, **values: Any) -> None:
        met.add(refusal.code)
        original(refusal, *args, **values)

    def written(action: str) -> None:
        met.add(action)
        require_written(action)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Refusal, "__init__", made)
        for module in (ledger, bulk):
            patch.setattr(module, "require_written", written)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker of xdist met."""
    met.update(getattr(node, "workeroutput", {}).get("met", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run of the whole suite that never made some refusal or event; a part of it may leave out any."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["met"] = sorted(met)
    elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and _is_whole(session):
        written = (key for key, action in ACTIONS.items() if not action.dropped)
        never.extend(key for key in (*(kind.code for kind in every_refusal()), *written) if key not in met)
        if never:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if never:
        terminalreporter.section("refusals and events that no test makes", red=True)
        terminalreporter.line("\n".join(never))


def _is_whole(session: pytest.Session) -> bool:
    """Say whether all of the suite ran, and ran to its end."""
    config = session.config
    asked = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    chosen = ("keyword", "markexpr", "ignore", "ignore_glob", "deselect", "lf", "last_failed", "collectonly")
    ended = not (session.shouldstop or session.shouldfail)
    return asked and ended and not any(config.getoption(name, None) for name in chosen)
