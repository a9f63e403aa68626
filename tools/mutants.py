"""Break the code that decides, one small fault at a time, and see whether the tests notice.

`make mutants` takes a sample of all faults (COUNT=200, SEED=1), on SQLite. The tests run once to see which of them come
to which statement. Each fault is then tried in a process forked from that one, on a database of its own, by the tests
that come to it: those that noticed a fault in that file before come first, then the quickest. A fault that no test
notices is shown with its lines: write the test, or say why the code may as well be so. One whose tests take too long
together is not judged; one that lets a single test go on for a minute of a processor is noticed.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from tools import faults
from tools.faults import Fault

ENGINE = (
    "admission", "authority", "codes", "counting", "evidence", "fall_holds", "falling", "holds", "in_force",
    "index_cases", "mass_admission", "no_ground", "officers", "orders", "plausible", "reversing", "second_person",
    "standing_again", "tracks",
)  # fmt: skip
GROUNDS = ("cases", "claims", "exit_reversals", "exits", "freed_contacts", "late_falls", "voids")
DECIDE = (
    *("cases/policy/exits.py", "cases/policy/parts.py"),
    *(f"cases/services/engine/{name}.py" for name in ENGINE),
    *(f"cases/services/grounds/{name}.py" for name in GROUNDS),
)
TESTS = tuple(f"tests/{name}" for name in ("policy", "cases", "facts", "deliveries", "roster", "last_write"))
SECONDS = 60  # of a processor, for the tests of one fault
CONTROL = 100  # tests that run without a fault, to see that a process of its own makes none fail
FIRST = 12  # tests that are tried before whole modules are
CAUGHT, SURVIVED, STOPPED = "caught", "SURVIVED", "not judged"


class Tried(NamedTuple):
    """A fault, whether a test noticed it and which, and how many tests ran of those that come to it."""

    fault: Fault
    word: str
    noticed_by: str
    ran: int
    concerned: int
    seconds: float


class Trial:
    """A plugin of pytest whose run is the trial: what each test comes to, then fault after fault."""

    def __init__(self, chosen: list[Fault], jobs: int, seconds: int) -> None:
        self.chosen, self.jobs, self.seconds = chosen, jobs, seconds
        self.tried: list[Tried] = []
        self.came_to: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.lasted: Counter[str] = Counter()
        self.noticed: dict[str, Counter[str]] = defaultdict(Counter)
        self.red: set[str] = set()
        self.items: list[pytest.Item] = []
        self._now: set[tuple[str, int]] = set()
        self._running: dict[int, tuple[Fault, int, int, float]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = session.items
        self._see_what_is_reached(session.items)
        from django.db import connection

        connection.close()  # the processes to come must not share it
        self._begin(_no_fault(), session.items[:: len(session.items) // CONTROL + 1])
        self._wait()
        if self.tried.pop().word != SURVIVED:
            pytest.exit("Without any fault a test fails in a process of its own.")
        for fault in self.chosen:
            if len(self._running) == self.jobs:
                self._wait()
            self._begin(fault, self._concerned(fault, session.items))
        while self._running:
            self._wait()
        return True

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.lasted[report.nodeid] += int(report.duration * 1000)
        if report.failed:
            self.red.add(report.nodeid)

    @pytest.hookimpl
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Keep apart what the set-up came to: a fixture of the module serves all of its tests."""
        self.came_to[str(item.path)] |= self._now

    def _see_what_is_reached(self, items: list[pytest.Item]) -> None:
        began = time.monotonic()
        stored = [item for item in items if "db" in getattr(item, "fixturenames", ())]
        _run(stored[0], items)  # makes what lasts for the whole run
        for file in DECIDE:
            faults.watch(file, lambda file, line: self._now.add((file, line)))
        for item, following in zip(items, [*items[1:], None], strict=True):
            self._now = set()
            _run(item, items, following)
            self.came_to[item.nodeid] = self._now
        for file in DECIDE:
            faults.unwatch(file)
        seconds = time.monotonic() - began
        print(f"\n{len(items)} tests were watched ({seconds:.0f} s); red: {sorted(self.red)}", flush=True)

    def _concerned(self, fault: Fault, items: list[pytest.Item]) -> list[pytest.Item]:
        """Return the tests that come to the statement, in the order in which to try them."""
        place, noticed = (fault.file, fault.statement), self.noticed[fault.file]
        alone = {item.nodeid for item in items if place in self.came_to[item.nodeid]}
        reach = [item for item in items if item.nodeid in alone or place in self.came_to[str(item.path)]]
        likely = sorted(
            (item for item in reach if item.nodeid not in self.red),
            key=lambda item: (-noticed[item.nodeid], item.nodeid not in alone, self.lasted[item.nodeid]),
        )
        modules = Counter[str]()
        for item in likely[FIRST:]:
            modules[str(item.path)] += self.lasted[item.nodeid]
        return likely[:FIRST] + sorted(
            likely[FIRST:], key=lambda item: (modules[str(item.path)], str(item.path))
        )

    def _begin(self, fault: Fault, concerned: list[pytest.Item]) -> None:
        if not concerned:
            self._log(Tried(fault, SURVIVED, "", 0, 0, 0.0))
            return
        answer, write = os.pipe()
        if child := os.fork():
            os.close(write)
            self._running[child] = (fault, answer, len(concerned), time.monotonic())
            return
        ended = 2
        try:
            ended = self._try(fault, concerned, write)
        finally:
            os._exit(ended)

    def _try(self, fault: Fault, concerned: list[pytest.Item], write: int) -> int:
        """In a process of its own: run the tests until one fails."""
        # What waits for ever is stopped, and what works for ever: no test takes a minute of a processor.
        signal.alarm(self.seconds * 60)
        signal.setitimer(signal.ITIMER_PROF, self.seconds * 2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        database, began, ran = _own_database(), time.process_time(), 0
        faults.put_in(fault)
        self.red.clear()
        try:
            for item, following in zip(concerned, [*concerned[1:], None], strict=True):
                _run(item, self.items, following)
                ran += 1
                if self.red or time.process_time() - began > self.seconds:
                    break
        finally:
            os.unlink(database)
        os.write(write, f"{ran} {next(iter(self.red), '')}".encode())
        return 1 if self.red else 0 if ran == len(concerned) else 2

    def _wait(self) -> None:
        child, status = os.wait()
        fault, answer, concerned, began = self._running.pop(child)
        count, _, noticed_by = os.read(answer, 10_000).decode().partition(" ")
        os.close(answer)
        words = {0: SURVIVED, 1: CAUGHT, -signal.SIGPROF: CAUGHT}
        word = words.get(os.waitstatus_to_exitcode(status), STOPPED)
        if noticed_by:
            self.noticed[fault.file][noticed_by] += 1
        self._log(Tried(fault, word, noticed_by, int(count or 0), concerned, time.monotonic() - began))

    def _log(self, tried: Tried) -> None:
        self.tried.append(tried)
        fault, ran = tried.fault, f"{tried.ran} of {tried.concerned} tests, {tried.seconds:.0f} s"
        where = f"{tried.word} {fault.file}:{fault.line} ({ran}) {tried.noticed_by}"
        print(f"{len(self.tried)}. {where}\n{fault.diff}", flush=True)


def _run(item: pytest.Item, items: list[pytest.Item], following: pytest.Item | None = None) -> None:
    """Run one test; without one that follows, keep what lasts for the whole run."""
    after = following or next(other for other in items if other.path != item.path)
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)


def _no_fault() -> Fault:
    text = Path(DECIDE[0]).read_text(encoding="utf-8")
    return Fault(DECIDE[0], 0, 0, text, text)


def _own_database() -> str:
    from django.conf import settings
    from django.db import connection

    shared = connection.settings_dict["NAME"]
    own = f"{shared}-{os.getpid()}"
    shutil.copy(shared, own)
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = own
    return own


def sample(count: int, seed: int, only: list[str]) -> list[Fault]:
    """Return so many of all faults whose "path:line" has one of `only`, the same for the same seed."""
    every = [fault for file in DECIDE for fault in faults.faults(file)]
    if only:
        every = [fault for fault in every if any(part in f"{fault.file}:{fault.line} " for part in only)]
    print(f"{len(every)} faults can be made; {min(count, len(every))} are tried (seed {seed}).", flush=True)
    return random.Random(seed).sample(every, min(count, len(every)))  # noqa: S311 - nothing secret


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--skip", type=int, default=0, help="so many of the sample were tried before")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seconds", type=int, default=SECONDS)
    options.add_argument(
        "--only",
        action="append",
        default=[],
        help="a part of the path, or the path and its line, of what to break",
    )
    options.add_argument("tests", nargs="*", default=TESTS)
    asked = options.parse_args()
    faults_left = sample(asked.count, asked.seed, asked.only)[asked.skip :]
    trial = Trial(faults_left, asked.jobs, asked.seconds)
    pytest.main(["-p", "no:cacheprovider", "--capture=no", *asked.tests], plugins=[trial])
    words = Counter(tried.word for tried in trial.tried)
    judged = words[CAUGHT] + words[SURVIVED]
    share = f"{100 * words[CAUGHT] / judged:.0f} %" if judged else "none"
    print(
        f"\n{words[CAUGHT]} of {judged} faults were noticed ({share}); {words[STOPPED]} could not be judged."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
