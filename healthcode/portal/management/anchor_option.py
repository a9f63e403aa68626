"""The option of commands that compare the ledger with what was kept of it elsewhere."""

from argparse import FileType
from collections.abc import Iterable
from typing import TextIO

from django.core.management.base import CommandParser

from healthcode.core.audit import checkpoints
from healthcode.core.audit.checkpoints import Checkpoint


def add_anchors(parser: CommandParser, words: str) -> None:
    """Let a command take files of checkpoints; `words` say which."""
    files = FileType(encoding="utf-8")
    words = f"{words}; may be given several times"
    parser.add_argument("--anchor", action="append", default=[], type=files, metavar="FILE", help=words)


def read_anchors(files: Iterable[TextIO]) -> list[Checkpoint]:
    """Return the checkpoints in files or mails. Raises NotACheckpoint."""
    return [one for file in files for one in checkpoints.parse(file.read())]
