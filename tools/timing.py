"""How long something takes: variant and baseline in turn, so that both meet the same machine."""

import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

REPETITIONS = 5
NOISY = 1.5  # a baseline whose slowest run is so much slower than its fastest


@dataclass
class Timed:
    """What the repetitions of one thing took, in seconds: wall time, and processor time of app and database."""

    wall: list[float] = field(default_factory=list)
    app: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.wall)


@dataclass
class Cell:
    """One line of the report: a variant, compared with its baseline; a `goal` of 0 is only printed."""

    path: str
    variant: str
    n: int
    took: Timed
    baseline: str
    compared: Timed
    goal: float
    at_most: bool = False  # the goal is a ceiling on variant / baseline, not a floor on baseline / variant

    @property
    def ratio(self) -> float:
        ratio = self.compared.median / self.took.median
        return 1 / ratio if self.at_most else ratio

    @property
    def verdict(self) -> str:
        met = self.ratio <= self.goal if self.at_most else self.ratio >= self.goal
        noisy = max(self.compared.wall) / min(self.compared.wall) > NOISY
        return ("pass" if met else "fail") + (" noisy" if noisy else "")

    def __str__(self) -> str:
        took, sign = self.took, "<=" if self.at_most else ">="
        times = " ".join(f"{value:.4f}" for value in (took.median, min(took.wall), max(took.wall)))
        cpu = " ".join(f"{statistics.median(one):.4f}" for one in (took.app, took.database))
        return (
            f"{self.path} {self.variant} {self.n} {len(took.wall)} {times} {cpu} {self.n / took.median:.0f}/s"
            f" {self.ratio:.2f}={self.baseline} {sign}{self.goal} {self.verdict}"
        )


def in_turn(*acts: Callable[[], object], repetitions: int = REPETITIONS) -> list[Timed]:
    """Run each act so many times, one after the other, after a first round that does not count."""
    timed = [Timed() for _ in acts]
    for number in range(repetitions + 1):
        for act, one in zip(acts, timed, strict=True):
            app, database, began = _own(), _servers(), time.perf_counter()
            act()
            if number:
                one.wall.append(time.perf_counter() - began)
                one.app.append(_own() - app)
                one.database.append(_servers() - database)
    return timed


def _own() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _servers() -> float:
    """Return the processor time of every PostgreSQL process there is; 0 where there is no /proc."""
    ticks = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                text = file.read()
        except (OSError, ValueError):
            continue
        if "(postgres)" in text:
            ticks += sum(map(int, text.rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
