"""A text as it is compared: what nobody sees in it makes no difference."""

import re
import unicodedata
from functools import lru_cache

# Beside the format characters: what only chooses a glyph, and letters of Hangul that are blank.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
DASHES = r"\-‐-―−"  # within a character class
DOTS = "·.‧・•∙⋅●。ㆍᐧ"  # full width and half are one by then
HAN = "㐀-䶿一-鿿豈-﫿〇\U00020000-\U0003fffd"


def one_spelling(text: str) -> str:
    """Return a text as it is compared: full width made half, nothing invisible in it, single spaces."""
    # Millions of rows are numbers and codes.
    return " ".join(text.split()) if text.isascii() else _one_spelling(text)


@lru_cache(maxsize=50_000)
def _one_spelling(text: str) -> str:
    seen = UNSEEN.sub("", "".join(one for one in _compatible(text) if unicodedata.category(one) != "Cf"))
    return " ".join(_compatible(seen).split())


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def laboratory(name: str) -> str:
    """Return a laboratory's name: between characters and brackets no space says anything."""
    near = f"{HAN}()"
    return re.sub(rf"(?<=[{near}]) | (?=[{near}])", "", one_spelling(name))
