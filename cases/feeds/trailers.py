"""What closes a text: the trailer that says how many rows it has, and its hash.

A trailer is the last line alone, and says exactly `#END,<rows>,<SHA-256 of everything before it>`. What was cut off or
changed on the way then comes back as a whole.
"""

import hashlib
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _

from cases.feeds.rows import NotATable
from healthcode.core.tables.texts import LONGEST_LINE, TRAILER


class Digests:
    """The hashes of a file that streams by: of the whole of it, and of what stands before its trailer.

    It keeps the last line alone, so that a file is hashed while its rows are read, and is never opened again for it.
    """

    def __init__(self) -> None:
        self._whole, self._before = hashlib.sha256(), hashlib.sha256()
        self._last, self._within = b"", False  # the last line so far; whether one too long to keep goes on

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces as they are, hashed in passing."""
        for piece in pieces:
            self._add(piece)
            yield piece

    @property
    def trailer(self) -> bytes | None:
        """Return the last line if it is a trailer."""
        last = self._last.strip()
        return last if last.partition(b",")[0] == TRAILER.encode() else None

    @property
    def ends_in_a_line(self) -> bool:
        """Tell whether the last line has its end; in UTF-16LE half a character follows the byte of one."""
        return self._last.endswith((b"\n", b"\r", b"\r\0")) or not self._last.strip(b"\0")

    def compare(self, rows: int, *, declared_rows: int | None, declared_sha256: str, is_text: bool) -> None:
        """Refuse a file that is not what its sender declared, beside it or in its trailer."""
        declared = [(declared_rows, declared_sha256, self._whole.hexdigest())]
        if self.trailer is not None and is_text:
            declared.append((*_declared_in(self.trailer), self._before.hexdigest()))
        for number, digest, found in declared:
            if number is not None and number != rows:
                raise NotATable(
                    _("%(declared)s rows were declared, %(found)s came."), declared=number, found=rows
                )
            if digest and digest.lower() != found:
                raise NotATable(_("The file is not the one that was declared: its SHA-256 differs."))

    def _add(self, piece: bytes) -> None:
        self._whole.update(piece)
        if self._within:
            end = piece.find(b"\n") + 1 or len(piece)
            self._before.update(piece[:end])
            self._within, piece = not piece[:end].endswith(b"\n"), piece[end:]
        text = self._last + piece
        earlier = text[: text.rfind(b"\n", 0, -1) + 1]
        filled = len(earlier.rstrip())  # empty lines before a trailer belong to nothing
        end = earlier.find(b"\n", filled) + 1 if filled else 0
        if (
            len(text) - end > LONGEST_LINE
        ):  # no trailer: a file without line ends is not kept in memory for it
            end, self._within = len(text), not text.endswith(b"\n")
        self._before.update(text[:end])
        self._last = text[end:]


def _declared_in(trailer: bytes) -> tuple[int | None, str]:
    _mark, _comma, rest = trailer.decode("ascii", "replace").partition(",")
    rows, _comma, digest = rest.partition(",")
    if not rows.strip().isdecimal() or not digest.strip():
        raise NotATable(_("The last line has to say #END, the number of rows and the SHA-256."))
    return int(rows), digest.strip()
