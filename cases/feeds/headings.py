"""The heading of a table: found below titles, each of its words known, each once."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from django.utils.translation import gettext as _

from cases.feeds.rows import Columns, NotATable
from healthcode.core.languages import listed, sentences
from healthcode.core.tables.words import word_of

BESIDES = frozenset(
    {"行号", "问题字段", "原因", "序号"}
)  # ours, in a file of returned rows; and a count of rows
# What offices call a column otherwise; it only says which one was meant.
MEANT = {
    "联系电话": "手机号",
    "电话": "手机号",
    "联系方式": "手机号",
    "手机": "手机号",
    "身份证号": "证件号码",
    "身份证号码": "证件号码",
    "证件号": "证件号码",
    "住址": "详细地址",
    "地址": "详细地址",
    "居住地": "现居住地区划",
    "检测结果": "结果",
    "机构": "检测机构",
}


def matches(cells: Iterable[object], columns: Columns) -> int:
    """Return how many columns a row names."""
    words = {word_of(cell) for cell in cells}
    return len({name for word, name in columns.items() if word_of(word) in words or name in words})


def place_of(rows: Sequence[Sequence[object]], columns: Columns) -> int:
    """Return which of the first rows is the heading: the one that names most columns, at least two of them."""
    counts = [matches(row, columns) for row in rows]
    best = max(range(len(rows)), key=lambda place: (counts[place], -place), default=0)
    return best if rows and counts[best] > 1 else 0


def names_of(cells: Sequence[object], columns: Columns, required: Sequence[str]) -> list[str]:
    """Return the column of each cell of a heading, "" for one to be passed over. Raises NotATable."""
    known = {word_of(word): name for word, name in columns.items()}
    first: dict[str, str] = {}  # what a column is called otherwise is taken, and never asked for
    for word, name in columns.items():
        first.setdefault(name, word)
    known |= {name: name for name in first}
    words = [word_of(cell) for cell in cells]
    names = [known.get(word, "") for word in words]
    unknown = [word for word in words if word and word not in known and word not in BESIDES]
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    missing = [word for name, word in first.items() if name in required and name not in names]
    faults = []
    if missing:
        faults.append(_("These columns are missing: %(columns)s.") % {"columns": listed(missing)})
    if unknown:
        free = [word for word, name in columns.items() if name not in names]
        named = listed(_named(word, free) for word in unknown)
        faults.append(_("No such columns: %(columns)s.") % {"columns": named})
    if doubled:
        twice = [first[name] for name in doubled]
        faults.append(_("These columns stand there twice: %(columns)s.") % {"columns": listed(twice)})
    if faults:
        raise NotATable(sentences(faults))
    return names


def _named(word: str, free: Sequence[str]) -> str:
    """Name an unknown word, with the column that was probably meant."""
    meant = MEANT.get(word, "")
    close = [meant] if meant in free else get_close_matches(word, free, n=1, cutoff=0.5)
    return _("“%(word)s” (“%(meant)s”?)") % {"word": word, "meant": close[0]} if close else f"“{word}”"
