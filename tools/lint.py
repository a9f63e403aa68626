"""Check everything that needs no test: each step's output is shown only when it fails."""

import os
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import NamedTuple

# As production would be, with secrets of the right shape that protect nothing.
DEPLOYED = {
    "PRODUCTION": "true",
    "ALLOWED_HOSTS": "portal.example.gov.cn",
    "CSRF_TRUSTED_ORIGINS": "https://portal.example.gov.cn",
    "DATABASE_URL": "postgres://portal@db.example.gov.cn/portal?sslmode=verify-full",
    "SECRET_KEY": "0Z3vYkq9Wn5tR1xLb7Ec4Jd8Mf2Gh6Ps0Au3Vi9Ky5Qw1To7-Bz8Nc4Xm6Sd2Fg",
    "VAULT_KEYS": urlsafe_b64encode(bytes(range(32))).decode(),
    "VAULT_INDEX_KEY": urlsafe_b64encode(bytes(range(32, 64))).decode(),
    "SEAL_KEY": urlsafe_b64encode(bytes(range(64, 96))).decode(),
    "PASS_KEYS": ",".join(
        f"{number}:{kind}:{urlsafe_b64encode(bytes([number] * 32)).decode()}"
        for number, kind in ((1, "phone"), (2, "paper"))
    ),
}


class LintStep(NamedTuple):
    name: str
    command: str
    environment: Mapping[str, str] = MappingProxyType({})


STEPS = (
    LintStep("types", "mypy"),  # first: it takes the longest
    LintStep("format", "ruff format --check --output-format concise ."),
    LintStep("rules", "ruff check --output-format concise ."),
    LintStep("nothing unused", "tools.unused"),
    LintStep("layers", "lint-imports --no-cache"),
    LintStep("what others wrote", "tools.vendored"),
    LintStep("templates", "djlint --lint --quiet templates"),
    LintStep("migrations", "manage.py makemigrations --check --dry-run"),
    LintStep("settings of production", "manage.py check --deploy --fail-level WARNING", DEPLOYED),
    LintStep("translations", "tools.messages check"),
    LintStep("the rendered rule book", "manage.py render_policy --check"),
    LintStep("the rendered role table", "manage.py render_roles --check"),
    LintStep("the rendered refusals", "manage.py render_refusals --check"),
)


def argv(command: str) -> list[str]:
    """Return the command, run by this interpreter or from beside it."""
    program, *arguments = command.split()
    if program == "manage.py":
        return [sys.executable, program, *arguments]
    if program.startswith("tools."):
        return [sys.executable, "-m", program, *arguments]
    return [os.path.join(os.path.dirname(sys.executable), program), *arguments]


def passes(step: LintStep) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        argv(step.command),
        env={**os.environ, **step.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    failed = done.returncode != 0
    line = f"{'FAILED' if failed else 'ok':<7} {step.name} ({time.monotonic() - began:.1f} s)"
    print(f"{line}\n{done.stdout}" if failed else line, flush=True)
    return not failed


def main() -> int:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(passes, STEPS))
    print(f"{sum(results)} of {len(results)} checks passed.")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
