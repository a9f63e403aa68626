"""Texts that the portal writes where a person would type: stored as a key and values, read in the reader's language.

What is stored begins with a sign that no form leaves at the beginning of a text, so nobody types one.
"""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models
from django.utils import translation
from django.utils.functional import Promise

from healthcode.core.languages import current

MARK = "\x1f"


class OwnWords(str):
    """A text as it is stored; `str` of it is the sentence in the language spoken now."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.text(current())

    def strip(self, _signs: str | None = None) -> "OwnWords":
        """Return it as it is: its mark would count as a blank."""
        return self

    def text(self, language: str) -> str:
        """Return the sentence in a language; the key alone, where this version has no such text."""
        stored = json.loads(stored_of(self).removeprefix(MARK))
        own = OwnText.by_key.get(stored["key"])
        if own is None:
            return str(stored["key"])
        with translation.override(language):
            return str(own.sentence) % stored["values"] if stored["values"] else str(own.sentence)


class OwnText:
    """One of these texts, under a key that stays. Called with its values it is what is stored."""

    by_key: ClassVar[dict[str, "OwnText"]] = {}

    def __init__(self, key: str, sentence: Promise) -> None:
        self.key, self.sentence = key, sentence
        self.by_key[key] = self

    def __call__(self, **values: str | int) -> OwnWords:
        kept = {"key": self.key, "values": values}
        return OwnWords(MARK + json.dumps(kept, ensure_ascii=False, separators=(",", ":")))


def stored_of(text: str) -> str:
    """Return a text as the database has it, whatever language is spoken: what is hashed."""
    return str.__str__(text)


class _Column(models.Field):
    """A column in which the portal's own texts stand beside those that people type."""

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Be a plain column to migrations: the database has text."""
        name, _path, args, options = super().deconstruct()
        plain = "TextField" if isinstance(self, models.TextField) else "CharField"
        return name, f"django.db.models.{plain}", args, options

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        """Return a text; one of the portal's own as such."""
        return OwnWords(value) if value is not None and value.startswith(MARK) else value


class WrittenField(_Column, models.CharField):
    """A short text that a person or the portal wrote."""


class WrittenTextField(_Column, models.TextField):
    """A text of any length that a person or the portal wrote."""
