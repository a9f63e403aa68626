"""Rows in which a spreadsheet adds up what stands above them: they are about nobody."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

WORDS = "总计|合计|小计|共计|总数|总人数|grandtotal|subtotal|total|sum"
HINT = re.compile(
    "[计共总tsTSｔｓＴＳ]"
)  # one of them is in every such word: nearly no row is looked at closer
LABEL = re.compile(rf"({WORDS})[:：]?")
# "共3人", "合计：3例": the word and its number in one cell.
SENTENCE = re.compile(rf"(共|{WORDS})[:：]?\d+(人|例|条|份|名|行)?")
AMOUNT = re.compile(r"-?\d{1,3}(,?\d{3})*(\.\d+)?%?(人|例|条|份|名|行)?|[-–—/]|=.*")
LONGEST = 12  # digits of an amount: an identity number is none


def is_sum(cells: Sequence[Any]) -> bool:
    """Tell whether a row holds the word for a sum, and amounts alone beside it.

    Whoever is really called so has a number of a document beside the name, and stays a row.
    """
    if not any(HINT.search(cell) for cell in cells if isinstance(cell, str)):
        return False
    filled = [text for text in map(_plain, cells) if text]
    others = [text for text in filled if not (LABEL.fullmatch(text) or SENTENCE.fullmatch(text))]
    return len(others) < len(filled) and all(map(_is_amount, others))


def _plain(cell: Any) -> str:
    return "".join(unicodedata.normalize("NFKC", "" if cell is None else str(cell)).split()).casefold()


def _is_amount(text: str) -> bool:
    return bool(AMOUNT.fullmatch(text)) and sum(one.isdigit() for one in text) <= LONGEST
