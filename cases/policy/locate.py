"""The line of each key in a TOML document, which tomllib does not report."""

import tomllib
from bisect import bisect_right

Path = tuple[str, ...]

_SPACE = " \t"
_BLANK = " \t\r\n"
_QUOTES = ('"""', "'''", '"', "'")


def key_lines(text: str) -> dict[Path, int]:
    """Map each key path to its line, items of arrays by their index; the text must be valid TOML."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


class _Scan:
    """One pass over a document that tomllib has accepted, so that only its shape matters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._starts = [0, *(index + 1 for index, char in enumerate(text) if char == "\n")]
        self._counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._skip(_BLANK):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path: Path = ()
        for name, line in self._names():
            path = self._latest((*path, name))
            self.lines.setdefault(path, line)
        self.at += 2 if array else 1
        if not array:
            # A header is a better place to point at than an earlier [table.sub].
            self.lines[path] = line
            return path
        index = self._counts.get(path, 0)
        self._counts[path] = index + 1
        item = (*path, str(index))
        self.lines[item] = line
        return item

    def _latest(self, path: Path) -> Path:
        """Step into the last item when a header goes on below an array of tables."""
        parent = path[:-1]
        count = self._counts.get(parent)
        return (*parent, str(count - 1), path[-1]) if count else path

    def _pair(self, table: Path) -> None:
        path = table
        for name, line in self._names():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _names(self) -> list[tuple[str, int]]:
        names = []
        while True:
            self._skip(_SPACE)
            line = self._line()
            names.append((self._name(), line))
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _name(self) -> str:
        start = self.at
        if self.text[start] in "\"'":
            self._string()
            return _unquoted(self.text[start : self.at])
        while self.text[self.at].isalnum() or self.text[self.at] in "_-":
            self.at += 1
        return self.text[start : self.at]

    def _value(self, path: Path) -> None:
        char = self.text[self.at]
        if char == "[":
            self._array(path)
        elif char == "{":
            self._inline(path)
        elif char in "\"'":
            self._string()
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\r\n":
                self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._skip(_BLANK) and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            item = (*path, str(index))
            self.lines[item] = self._line()
            self._value(item)
            index += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip(_BLANK) and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
            else:
                self._pair(path)
        self.at += 1

    def _string(self) -> None:
        quote = next(quote for quote in _QUOTES if self.text.startswith(quote, self.at))
        self.at += len(quote)
        while not self.text.startswith(quote, self.at):
            escaped = quote[0] == '"' and self.text[self.at] == "\\"
            self.at += 2 if escaped else 1
        self.at += len(quote)
        # A multi-line string may end in up to two quotes of its own.
        while len(quote) == 3 and self.text.startswith(quote[0], self.at):
            self.at += 1

    def _skip(self, chars: str) -> bool:
        """Move past blanks, and comments where a line may end; say whether anything is left."""
        while self.at < len(self.text):
            if self.text[self.at] in chars:
                self.at += 1
            elif self.text[self.at] == "#" and "\n" in chars:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return True
        return False

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)


def _unquoted(name: str) -> str:
    return next(iter(tomllib.loads(f"{name} = 0")))
