"""In which encoding a text is: found while it streams by, never asked."""

import codecs

UTF8, GB18030, UTF16LE, UTF16BE = "UTF-8", "GB18030", "UTF-16LE", "UTF-16BE"
CODECS = {UTF8: "utf-8", GB18030: "gb18030", UTF16LE: "utf-16-le", UTF16BE: "utf-16-be"}
MARKS = {
    codecs.BOM_UTF8: UTF8,
    codecs.BOM_UTF16_LE: UTF16LE,
    codecs.BOM_UTF16_BE: UTF16BE,
    b"\x84\x31\x95\x33": GB18030,
}
LOOKED_AT = 4096  # bytes of the beginning
ALTERNATE = 0.8  # of all NUL bytes on one side of each pair
RARE = 0.5  # of what is no ASCII: in UTF-8 read as GB18030 four of five characters lie beyond GB 2312


class Detector:
    """Watches a text stream by. A mark decides; else what is strict UTF-8, else UTF-16, else GB18030; else none."""

    def __init__(self) -> None:
        self._begin = b""
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._gb18030: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("gb18030")()
        self._is_ascii, self._others, self._rare = True, 0, 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if len(self._begin) < LOOKED_AT:
            self._begin += chunk[: LOOKED_AT - len(self._begin)]
        if self._is_ascii and chunk.isascii():
            return
        self._is_ascii = False
        self._decode(chunk, final=False)

    def found(self) -> str:
        """Return the encoding of what was fed; "" where it is a text in none of them."""
        for mark, name in MARKS.items():
            if self._begin.startswith(mark):
                return name
        self._decode(b"", final=True)
        nuls = [place % 2 for place, byte in enumerate(self._begin) if byte == 0]
        if len(nuls) > len(self._begin) // 20:
            share = sum(nuls) / len(nuls)
            return UTF16LE if share > ALTERNATE else UTF16BE if share < 1 - ALTERNATE else ""
        if self._utf8 is not None:
            return UTF8
        return GB18030 if self._gb18030 is not None and self._rare <= RARE * self._others else ""

    def _decode(self, chunk: bytes, *, final: bool) -> None:
        if self._utf8 is not None:
            try:
                self._utf8.decode(chunk, final)
            except UnicodeDecodeError:
                self._utf8 = None
        if self._gb18030 is not None:
            try:
                text = self._gb18030.decode(chunk, final)
            except UnicodeDecodeError:
                self._gb18030 = None
            else:
                self._count(text)

    def _count(self, text: str) -> None:
        if self._others > 100_000:
            return
        others = "".join(character for character in text if character > "\x7f")
        self._others += len(others)
        self._rare += len(others) - len(others.encode("gb2312", "ignore").decode("gb2312"))
