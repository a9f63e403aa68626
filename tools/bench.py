"""Measure the hot paths, each against a baseline of the same run: what counts is the ratio, not the machine.

    make bench                      # every cell, small, on SQLite and on a throwaway PostgreSQL
    SCALE=2000000 make bench        # as large as a city
    python -m tools.bench verify    # the cells whose names begin so, on the database of DATABASE_URL

A cell is a function that takes the scale and returns one or more `Cell`s; it is listed in `tools/cells/table.py`.
It makes its own data inside a transaction or a database of its own, and measures variant and baseline in turn.
"""

import os
import platform
import sys

HEADER = "path variant n reps median min max cpu_app cpu_db rate ratio_to goal verdict"


def main(names: list[str]) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tools.cells.table import CELLS

    call_command("migrate", verbosity=0)
    scale = int(os.environ.get("SCALE", "200000"))
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    versions = f"python {platform.python_version()} django {django.get_version()}"
    print(f"# {connection.vendor} {connection.get_database_version()} {versions} scale {scale}")
    print(f"# cores {os.cpu_count()} load {load} {platform.machine()}")
    print(HEADER, flush=True)
    failed = False
    for name, measure in CELLS.items():
        if names and not name.startswith(tuple(names)):
            continue
        for cell in measure(scale):
            print(cell, flush=True)
            failed |= cell.verdict == "fail"  # on a noisy machine the line is printed, and proves nothing
    return int(failed)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcode.settings")
    sys.exit(main(sys.argv[1:]))
