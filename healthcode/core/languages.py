"""The language in which whoever asks is answered."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language

T = TypeVar("T")
AFTER_A_STOP = re.compile(r"(?<=[。！？；])[ \t\r\n]+")


class Texts(dict[str, str]):
    """One text in each language of the house, by the tag of the language."""

    def __str__(self) -> str:
        return self.text(current())

    def text(self, language: str) -> str:
        """Return the text in a language; in whichever there is, where that one has none."""
        return self.get(language) or next(iter(self.values()), "")


def in_each(value: object) -> Texts:
    """Return what a value says in each language of the house."""
    found = Texts()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = str(spoken(value))
    return found


def each_in(language: str, items: Iterable[T]) -> Iterator[T]:
    """Yield items made in a language, whichever is spoken when they are asked for: an answer streams after its page."""
    iterator = iter(items)
    while True:
        with translation.override(language):
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item


def current() -> str:
    """Return the tag of the language spoken now, such as "en"; the house's own where none was chosen."""
    return get_language() or settings.LANGUAGE_CODE


def is_chinese(language: str = "") -> bool:
    """Tell whether a language, by default the one spoken now, is Chinese: it has marks of its own."""
    return (language or current()).startswith("zh")


def colon() -> str:
    """Return what stands between a label and its value."""
    return "：" if is_chinese() else ": "


def entry(label: object, value: object) -> str:
    """Return a value behind its label."""
    return f"{label}{colon()}{value}"


def bracketed(text: object, note: object) -> str:
    """Return a text with a note in brackets behind it; without one where there is none."""
    if not note:
        return str(text)
    return f"{text}（{note}）" if is_chinese() else f"{text} ({note})"


def listed(items: Iterable[object], *, language: str = "", phrases: bool = False) -> str:
    """Return items one after the other, with the marks of a language between them; `phrases` have commas themselves."""
    chinese = is_chinese(language)
    mark = ("；" if chinese else "; ") if phrases else "、" if chinese else ", "
    return mark.join(str(item) for item in items)


def quoting(text: str) -> str:
    """Return a text with the quotation marks that stand within others of a Chinese one made single."""
    found, depth = [], 0
    for mark in text:
        depth += (mark == "“") - (mark == "”")
        inner = {"“": "‘", "”": "’"}.get(mark, mark)
        found.append(inner if (mark == "“" and depth > 1) or (mark == "”" and depth > 0) else mark)
    return "".join(found)


def sentences(parts: Iterable[object]) -> str:
    """Return sentences one after the other: Chinese has no blank between them."""
    return together(" ".join(str(part) for part in parts))


def together(text: str) -> str:
    """Take out the white space that follows a Chinese full stop."""
    return AFTER_A_STOP.sub("", text)


def in_words(values: Mapping[str, object]) -> dict[str, object]:
    """Return what completes a sentence, in the language spoken now."""
    return {name: spoken(value) for name, value in values.items()}


def spoken(value: object) -> object:
    """Return a value in the language spoken now: several things, kept as a list, as that language lists them."""
    if isinstance(value, list):
        return listed(spoken(one) for one in value)
    text = getattr(value, "text", None)  # of the rule book's words too, which say the same in both languages
    return text(current()) if callable(text) else value
