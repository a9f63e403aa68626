"""Numbers of reports, records and documents, and what a reference is compared by."""

import re
import unicodedata
from functools import lru_cache

from cases.policy.spellings.texts import DASHES, one_spelling


def normalise_reference(number: str) -> str:
    """Return the one spelling of a report's or record's number: no spaces, one kind of dash, capitals."""
    return re.sub(f"[{DASHES}]", "-", one_spelling(number)).replace(" ", "").upper()


LABEL = re.compile(r"^(?:no(?=[\d\u4e00-\u9fff])|(?:编号|文号|号码)(?=.))+")  # says that a number follows


@lru_cache(maxsize=50_000)
def reference_key(reference: str) -> str:
    """Return what a reference is compared by: its letters and numbers, without brackets, dashes and other spellings.

    Two numbers stay two: 1-12 is not 11-2. A number has no zeros before it, a document's no 第, and 號 is 号; what only
    says that a number follows (No., 编号) is no part of it.
    """
    text = one_spelling(reference).casefold().replace("號", "号")
    text = re.sub(r"第(?=\W*\d)", "", text)
    text = re.sub(r"号文件?$", "号", re.sub(r"\W+$", "", text))
    key, number_before = "", False
    for part in re.findall(r"\d+|[^\W\d_]+", text):
        is_number = part[0].isdecimal()
        if is_number and number_before:
            key += "-"
        key += _number(part) if is_number else part
        number_before = is_number
    return LABEL.sub("", key)


def _number(digits: str) -> str:
    """Return a number without zeros before it; a day written in one, 20201031, as its year, month and day."""
    digits = "".join(str(unicodedata.decimal(digit)) for digit in digits)
    day = re.fullmatch(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", digits)
    return "-".join(part.lstrip("0") or "0" for part in (day.groups() if day else (digits,)))


def same_reference(one: str, other: str) -> bool:
    """Tell whether two references are the same but for their spelling; one without letters and digits is none."""
    key = reference_key(one)
    return bool(key) and key == reference_key(other)
