"""The binary catalogue that gettext reads."""

import struct

MAGIC, REVISION, WORDS_IN_HEADER = 0x950412DE, 0, 7


def dump(entries: dict[str, str]) -> bytes:
    """Return the file: two tables of (length, offset), sources sorted, then all texts, each ended by a zero."""
    pairs = sorted((source.encode(), target.encode()) for source, target in entries.items())
    tables = 4 * WORDS_IN_HEADER
    texts = tables + 2 * 8 * len(pairs)
    index, body = [], b""
    for column in (0, 1):
        for pair in pairs:
            index += [len(pair[column]), texts + len(body)]
            body += pair[column] + b"\0"
    header = (MAGIC, REVISION, len(pairs), tables, tables + 8 * len(pairs), 0, texts)
    return struct.pack(f"<{len(header)}I", *header) + struct.pack(f"<{len(index)}I", *index) + body
