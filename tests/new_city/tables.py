"""Files of a new city as an administrator writes them, and the way they go: prepared by one, granted by another."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from openpyxl import Workbook

from cases.feeds import setup_files
from cases.models import SetupFile
from cases.services.setup import files
from tests.factories import EPOCH, Cast

NOW = EPOCH + timedelta(days=300)
OFFICES = ("单位代码", "单位名称", "单位类别", "辖区")
STAFF = ("登录名", "姓名", "手机号", "角色", "单位")
VENUES = ("场所名称", "场所类别", "管理单位")


def table(heading: Sequence[str], *rows: Sequence[str]) -> bytes:
    """Return a CSV as a spreadsheet saves it."""
    out = io.StringIO()
    csv.writer(out).writerows([heading, *rows])
    return out.getvalue().encode("utf-8-sig")


def workbook(heading: Sequence[str], *rows: Sequence[Any]) -> bytes:
    """Return the same as XLSX."""
    book, out = Workbook(), io.BytesIO()
    for row in (heading, *rows):
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


def prepared(kind: str, content: bytes, *, by: str = "admin.one", at: Any = NOW) -> SetupFile:
    """Prepare a file; raises FaultyRows or what else is wrong with it."""
    read = setup_files.read(content, kind=kind, at=at)
    return setup_files.prepare(read, file_name="名册.csv", by=Cast()[by], at=at)


def granted(kind: str, content: bytes, *, at: Any = NOW, **fields: Any) -> SetupFile:
    """Prepare a file as one administrator and grant it as the other."""
    file = prepared(kind, content, at=at)
    files.decide(file, approve=True, by=Cast()["admin.two"], at=at, **fields)
    file.refresh_from_db()
    return file


def faults_of(kind: str, content: bytes) -> dict[int, list[tuple[str, str]]]:
    """Return what is wrong with a file: by row the codes of the refusals, each with its column."""
    try:
        prepared(kind, content)
    except files.FaultyRows as refusal:
        return {row: [(one.field, one.code) for one in wrong] for row, wrong in refusal.faults.items()}
    return {}
