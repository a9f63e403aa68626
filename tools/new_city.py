"""Measure a new city by file, through the pages: offices and staff prepared, looked at, granted, and the letters.

    DATABASE_URL=sqlite:////tmp/new.sqlite3 python -m tools.new_city
    python -m tools.postgres -- python -m tools.new_city    # on a throwaway PostgreSQL
    OFFICES=200 ACCOUNTS=500 python -m tools.new_city       # smaller

The database has to be empty.
"""

import csv
import io
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

OFFICES = int(os.environ.get("OFFICES", "2000"))
ACCOUNTS = int(os.environ.get("ACCOUNTS", "5000"))
OFFICE_HEADING = ("单位代码", "单位名称", "单位类别", "辖区", "电话")
STAFF_HEADING = ("登录名", "姓名", "手机号", "角色", "单位")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙朱马胡郭林何高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
OWN = "four-words-in-a-row"
Row = Sequence[str]


def main() -> int:
    """Measure both files on an empty database."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("bootstrap", "admin1", "admin2", stdout=io.StringIO())
    measure("offices", "OFFICES", workbook(OFFICE_HEADING, offices()))
    measure("staff", "STAFF", workbook(STAFF_HEADING, staff("a")))
    measure("as many again, CSV", "STAFF", text(STAFF_HEADING, staff("b")))
    return 0


def measure(what: str, kind: str, content: bytes) -> None:
    """Print what each page of a file costs, from the upload to the letters."""
    from cases.models import SetupFile

    one, two = browser("admin1"), browser("admin2")
    upload = io.BytesIO(content)
    upload.name = "new-city.xlsx" if content.startswith(b"PK") else "new-city.csv"
    with timed(f"{what}: prepared ({len(content) // 1024} KB)"):
        one.post("/cases/setupfile/do/prepare/", {"kind": kind, "file": upload, "_confirm": "1"})
    file = SetupFile.objects.latest("pk")
    page = f"/cases/setupfile/{file.pk}"
    with timed(f"{what}: looked at"):
        two.get(f"{page}/change/")
    answer = {"decision": "approve", "two_people": "on", "_confirm": "1"}
    with timed(f"{what}: granted"):
        two.post(f"{page}/do/decide/", answer)
    file.refresh_from_db()
    if file.decision != "APPROVED":
        raise SystemExit(f"{what} was not granted")
    if kind == "STAFF":
        with timed(f"{what}: letters"):
            letters = two.post(f"{page}/do/letters/", {"_confirm": "1"}, follow=True).content
        print(f"  {letters.count(b'<article')} letters in {len(letters) / 2**20:.1f} MB", flush=True)


def browser(username: str) -> Any:
    """Return a browser in which an administrator has just logged in."""
    from django.test import Client
    from django.utils import timezone

    from healthcode.core.offices import own_passwords
    from healthcode.core.offices.models import User

    user = User.objects.get(username=username)
    if user.password_is_temporary:
        own_passwords.change(user, OWN, at=timezone.now())
        user.refresh_from_db()
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print seconds, statements and the peak of memory of this process so far."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    begun = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        yield
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{connection.vendor} {what}: {seconds:.1f} s, {len(captured)} statements, {peak} MB", flush=True)


def offices() -> Iterator[Row]:
    """Yield offices: communities of every township of the city, and a hundredth each of what else there is."""
    from django.conf import settings

    from healthcode.core.offices.models import Division

    townships = Division.objects.filter(code__startswith=settings.HOME_CITY, code__regex="^.{9}$")
    codes = [code for (code,) in townships.order_by("code").values_list("code")]
    others = ("定点医院", "隔离点", "综合服务点", "发热门诊", "场所")
    for number in range(OFFICES):
        kind = others[number // 20 % len(others)] if number % 20 == 0 else "社区"
        yield (f"office-{number}", f"第{number}{kind}", kind, codes[number % len(codes)], f"0575-{number:08}")


def staff(series: str) -> Iterator[Row]:
    """Yield accounts, a few in each community; of a hundred names one is a namesake's."""
    communities = [number for number in range(OFFICES) if number % 20]
    for number in range(ACCOUNTS):
        name = (
            SURNAMES[number % 20]
            + GIVEN[number // 20 % 20]
            + GIVEN[number // 400 % 20]
            + series * (number % 100 > 0)
        )
        role = "社区管控人员" if number % 3 else "管控责任人"
        office = f"office-{communities[number % len(communities)]}"
        yield (f"{series}.{number}", name, f"13{ord(series) % 10}{number:08}", role, office)


def workbook(heading: Row, rows: Iterator[Row]) -> bytes:
    """Return rows as XLSX."""
    from openpyxl import Workbook

    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in (heading, *rows):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def text(heading: Row, rows: Iterator[Row]) -> bytes:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows((heading, *rows))
    return out.getvalue().encode()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcode.settings")
    sys.exit(main())
