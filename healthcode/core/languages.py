"""The language in which whoever asks is answered."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.utils.translation import get_language


def current() -> str:
    """Return the tag of the language spoken now, such as "en"; the house's own where none was chosen."""
    return get_language() or settings.LANGUAGE_CODE


def listed(items: Iterable[object], *, language: str = "", phrases: bool = False) -> str:
    """Return items one after the other, with the marks of a language between them; `phrases` have commas themselves."""
    is_chinese = (language or current()).startswith("zh")
    mark = ("；" if is_chinese else "; ") if phrases else "、" if is_chinese else ", "
    return mark.join(str(item) for item in items)


def in_words(values: Mapping[str, object]) -> dict[str, object]:
    """Return what completes a sentence; several things, kept as a list, as the language spoken now lists them."""
    return {name: listed(value) if isinstance(value, list) else value for name, value in values.items()}
