"""Typed reading of a TOML document, with errors that name line and key."""

import re
import tomllib
from collections.abc import Collection, Iterator
from decimal import Decimal
from difflib import get_close_matches

from . import faults
from .locate import Path, key_lines
from .words import Bilingual, placeholders

_SYNTAX_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_SYNTAX_END = " (at end of document)"


class RuleBookError(ValueError):
    """A rule book that cannot be used, with the line and the key to correct."""

    def __init__(self, fault: Bilingual, line: int | None, key: str) -> None:
        where = faults.place(line, key)
        self.words = Bilingual(
            "：".join(part for part in (where.zh, fault.zh) if part),
            ": ".join(part for part in (where.en, fault.en) if part),
        )
        super().__init__(self.words.en)
        self.message = fault.en
        self.line = line
        self.key = key


def read(text: str) -> "Section":
    """Read a TOML document; RuleBookError when it is not one."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text) from error
    return Section(data, (), key_lines(text))


def _syntax_error(message: str, text: str) -> RuleBookError:
    found = _SYNTAX_LINE.search(message)
    if found:
        return RuleBookError(faults.no_toml(message[: found.start()]), int(found[1]), "")
    last = text.rstrip("\n").count("\n") + 1
    return RuleBookError(faults.no_toml(message.removesuffix(_SYNTAX_END)), last, "")


class Section:
    """One table of the document; every reader takes a key and refuses what does not fit."""

    def __init__(self, data: dict[str, object], path: Path, lines: dict[Path, int]) -> None:
        self.path = path
        self._data = data
        self._lines = lines

    @property
    def name(self) -> str:
        return self.path[-1]

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def error(self, fault: Bilingual, *keys: str) -> RuleBookError:
        """Make an error that points at a key, or at the nearest table that exists."""
        path = (*self.path, *keys)
        near = path
        while near and near not in self._lines:
            near = near[:-1]
        return RuleBookError(fault, self._lines.get(near, 1), _dotted(path))

    def allow(self, *keys: str) -> "Section":
        """Refuse any key that is not one of these."""
        for key in self._data:
            self.check(key, keys, key)
        return self

    def check(self, value: str, known: Collection[str], *keys: str, what: str = "key") -> None:
        """Refuse a value that is not known, offering the nearest one that is."""
        if value in known:
            return
        near = get_close_matches(value, sorted(known), n=1)
        raise self.error(faults.unknown(what, value, *near), *keys)

    def section(self, key: str) -> "Section":
        """Return the table under a key."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise self.error(faults.NO_TABLE, key)
        return Section(value, (*self.path, key), self._lines)

    def sections(self, key: str, known: Collection[str], what: str) -> Iterator["Section"]:
        """Yield the tables under a key, in the order of the document."""
        group = self.section(key)
        for name in group:
            group.check(name, known, name, what=what)
            yield group.section(name)

    def text(self, key: str) -> str:
        """Return a text that is not blank."""
        value = self._get(key)
        if not isinstance(value, str):
            raise self.error(faults.NO_TEXT, key)
        if not value.strip():
            raise self.error(faults.BLANK, key)
        return value

    def words(self, *fills: str) -> Bilingual:
        """Return this table's own `zh` and `en`, which may use the given placeholders."""
        for key in ("zh", "en"):
            self._check_template(key, fills)
        return Bilingual(zh=self.text("zh"), en=self.text("en"))

    def words_at(self, key: str, *fills: str) -> Bilingual:
        """Return the words under a key."""
        return self.section(key).allow("zh", "en").words(*fills)

    def ours(self) -> tuple[Bilingual, ...]:
        """Return the remark that marks a default of ours, when there is one."""
        return (self.words_at("ours"),) if "ours" in self else ()

    def choice(self, key: str, known: Collection[str], what: str) -> str:
        """Return a text that is one of the known ones."""
        value = self.text(key)
        self.check(value, known, key, what=what)
        return value

    def integer(self, key: str, *, least: int = 0) -> int:
        """Return a whole number that is not below the least."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(faults.NO_INTEGER, key)
        if value < least:
            raise self.error(faults.too_small(least), key)
        return value

    def decimal(self, key: str) -> Decimal:
        """Return a number, exactly as written."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.error(faults.NO_NUMBER, key)
        number = Decimal(value)
        if not number.is_finite():
            raise self.error(faults.NO_NUMBER, key)
        return number

    def boolean(self, key: str) -> bool:
        """Return true or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise self.error(faults.NO_BOOLEAN, key)
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; false when it is not there."""
        return self.boolean(key) if key in self else False

    def choices(self, key: str, known: Collection[str], what: str) -> tuple[str, ...]:
        """Return a list of known texts, none of them twice and at least one."""
        value = self._get(key)
        if not isinstance(value, list):
            raise self.error(faults.NO_LIST, key)
        if not value:
            raise self.error(faults.EMPTY, key)
        for index, item in enumerate(value):
            if not isinstance(item, str):
                raise self.error(faults.NO_TEXT, key, str(index))
            self.check(item, known, key, str(index), what=what)
            if item in value[:index]:
                raise self.error(faults.twice(item), key, str(index))
        return tuple(value)

    def optional_choices(self, key: str, known: Collection[str], what: str) -> tuple[str, ...]:
        """Return a list of known texts; empty when it is not there."""
        return self.choices(key, known, what) if key in self else ()

    def _get(self, key: str) -> object:
        if key not in self._data:
            raise self.error(faults.MISSING, key)
        return self._data[key]

    def _check_template(self, key: str, fills: tuple[str, ...]) -> None:
        text = self.text(key)
        try:
            used = placeholders(text)
        except ValueError as error:
            raise self.error(faults.no_template(str(error)), key) from error
        for name in sorted(used):
            self.check(name, fills, key, what="placeholder")


def _dotted(path: Path) -> str:
    bare = re.compile(r"[A-Za-z0-9_-]+")
    return ".".join(part if bare.fullmatch(part) else f'"{part}"' for part in path)
