"""Names of people: two spellings of one, or likely one, or two.

One is what differs in dots, width, spaces, case, the order of Latin words, and how an accent is written without it:
ICAO Doc 9303 writes Ü as UE, a passport of China as YU. Traditional and simplified characters are a likeness alone:
陳 and 陈 are two names that one human often bears.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import permutations, product
from pathlib import Path

from cases.policy.spellings.texts import DASHES, DOTS, HAN, one_spelling

ACCENTS = {
    **{"ä": ("a", "ae"), "ö": ("o", "oe"), "ü": ("u", "ue", "yu", "v"), "å": ("a", "aa")},
    **{"ø": ("o", "oe"), "æ": ("ae",), "œ": ("oe",), "ð": ("d",), "þ": ("th",), "ł": ("l",), "đ": ("d",)},
    **{"ı": ("i",), "ñ": ("n", "nxx")},
}
ACCENTED = 4  # different letters with accents whose spellings are tried
WORDS = 5  # whose order is tried
ABOUT = (("ue", "u"), ("yu", "u"), ("v", "u"), ("oe", "o"), ("ae", "a"), ("aa", "a"), ("ss", "s"))
OF_BEFORE = "・‧•.- "
TYPED = 4  # letters of a Latin name in which one can be mistyped
TABLE = Path(__file__).parent / "data" / "traditional.txt"


def name(typed: str) -> str:
    """Return a name as it is stored: the dots and dashes between its characters are one dot."""
    return re.sub(rf"(?<=[{HAN}]) ?[{DOTS}{DASHES}] ?(?=[{HAN}])", "·", one_spelling(typed))


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are one but for their spelling."""
    return bool(_forms(one) & _forms(other))


def name_key(text: str) -> str:
    """Return one key for the spellings of a name that differ in dots, case, accents and order alone."""
    return min(_forms(text), default="")


def beginnings(text: str) -> set[str]:
    """Return what a stored name may begin with, that somebody searches by what they typed."""
    spelled = name(text)
    words = spelled.split()
    orders = {spelled, " ".join((*words[1:], *words[:1]))}
    cases = {written for one in orders for written in (one, one.upper(), one.title())}
    # Of before there was one dot.
    return cases | {spelled.replace("·", dot) for dot in OF_BEFORE}


def like_name(one: str, other: str) -> bool:
    """Tell whether two names that are not the same are likely to be one human's: somebody has to look."""
    one, other = _simplified(one), _simplified(other)
    forms, others = _forms(one), _forms(other)
    if not forms or not others:
        return False
    return bool(
        forms & others
        or _about(forms) & _about(others)
        or _is_part(one, other)
        or _is_part(other, one)
        or _one_letter_apart(one, other)
    )


def parts_of(text: str) -> list[str]:
    """Return the words of a name; what follows a dot or a dash is another."""
    bare = re.sub(r"['’‘`´]", "", one_spelling(text).casefold())
    return re.findall(r"[^\W_]+", bare)


@cache
def _traditional() -> dict[int, str]:
    pairs = (line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if line)
    return {ord(traditional): simplified for traditional, simplified in pairs}


def _simplified(text: str) -> str:
    return one_spelling(text).translate(_traditional())


def _forms(text: str) -> set[str]:
    """Return a name's letters run together, in each order and without accents in each way; empty of no letters."""
    words = parts_of(text)
    return {form for plain in _plain(words) for form in _orders(plain)} - {""}


def _plain(words: list[str]) -> Iterator[list[str]]:
    accents = sorted({letter for word in words for letter in word if letter in ACCENTS})
    tried = accents[:ACCENTED]
    for chosen in product(*(ACCENTS[letter] for letter in tried)):
        table = str.maketrans(dict(zip(tried, chosen, strict=True)))
        yield [_without_accents(word.translate(table)) for word in words]


def _without_accents(word: str) -> str:
    """Take the accents off Latin letters: off others they make another letter."""
    apart = re.sub("([a-z])[\u0300-\u036f]+", r"\1", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", apart)


def _orders(words: list[str]) -> Iterator[str]:
    if not _is_latin(words) or len(words) > WORDS:
        yield "".join(words)
    else:
        yield from map("".join, permutations(words))


def _is_latin(words: list[str]) -> bool:
    return all(re.fullmatch(r"[a-z0-9]+", word) for word in words)


def _about(forms: set[str]) -> set[str]:
    """Return forms without what is written for accents: MUELLER and MULLER are one then."""
    found = set()
    for form in forms:
        for written, letter in ABOUT:
            form = form.replace(written, letter)
        found.add(form)
    return found


def _is_part(part: str, whole: str) -> bool:
    """Tell whether each word of a name is one of the other's: a middle name, a family's name or a script left out."""
    words, among = parts_of(part), parts_of(whole)
    enough = sum(map(len, words)) >= 2
    return enough and len(words) < len(among) and set(map(_bare, words)) <= set(map(_bare, among))


def _bare(word: str) -> str:
    """Return a word without its accents, and without what is written for them."""
    return min(_about({"".join(plain) for plain in _plain([word])}))


def _one_letter_apart(one: str, other: str) -> bool:
    """Tell whether two Latin names differ by one letter that was mistyped, left out or too many."""
    first, second = "".join(parts_of(one)), "".join(parts_of(other))
    if not (_is_latin([first, second]) and min(len(first), len(second)) >= TYPED):
        return False
    if len(first) > len(second):
        first, second = second, first
    if len(first) == len(second):
        return sum(a != b for a, b in zip(first, second, strict=True)) == 1
    return any(second[:at] + second[at + 1 :] == first for at in range(len(second)))
