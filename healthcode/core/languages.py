"""The language in which whoever asks is answered."""

import re
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.utils.translation import get_language

AFTER_A_STOP = re.compile(r"(?<=[。！？；])[ \t\r\n]+")


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


def sentences(parts: Iterable[object]) -> str:
    """Return sentences one after the other: Chinese has no blank between them."""
    return together(" ".join(str(part) for part in parts))


def together(text: str) -> str:
    """Take out the white space that follows a Chinese full stop."""
    return AFTER_A_STOP.sub("", text)


def in_words(values: Mapping[str, object]) -> dict[str, object]:
    """Return what completes a sentence; several things, kept as a list, as the language spoken now lists them."""
    return {name: listed(value) if isinstance(value, list) else value for name, value in values.items()}
