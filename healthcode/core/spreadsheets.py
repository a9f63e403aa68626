"""Cells for people who open a table in a spreadsheet: it displays them and calculates nothing.

The one rule of every CSV file the house writes. What is put before a cell is taken off again when a file is read, so
that rows sent back to their sender can be corrected and delivered again.
"""

import re

MARK = "'"
# The wide forms too: spreadsheets set to Chinese or Japanese calculate from them. Of a cell with a line break
# some programs read each line as a cell.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t]|.*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", re.DOTALL)
_MARKED = re.compile(rf"\s*{MARK}")


def inert(cell: object) -> str:
    """Return a cell's text, marked where a spreadsheet would calculate from it, or take the mark for its own."""
    text = str(cell)
    return f"{MARK}{text}" if FORMULA.match(text) or _MARKED.match(text) else text


def as_written(cell: str) -> str:
    """Return the text that `inert` made a cell of; a cell it did not make stays as it is."""
    text = cell.removeprefix(MARK)
    return text if text != cell and inert(text) == cell else cell
