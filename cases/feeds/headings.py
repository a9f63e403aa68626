"""The heading of a table: found below titles, each of its words known, each once."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.feeds.rows import Columns, NotATable
from cases.services.engine.refusals import Refusal
from healthcode.core.languages import sentences
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
    "电话号码": "手机号",
    "联系人电话": "手机号",
    "本人电话": "手机号",
    "身份证号": "证件号码",
    "身份证号码": "证件号码",
    "证件号": "证件号码",
    "身份证件号码": "证件号码",
    "公民身份号码": "证件号码",
    "住址": "详细地址",
    "家庭住址": "详细地址",
    "居住地址": "详细地址",
    "现住址": "详细地址",
    "地址": "详细地址",
    "居住地": "现居住地区划",
    "检测结果": "结果",
    "机构": "检测机构",
}


class ColumnsMissing(NotATable):
    code = "deliveries.heading.missing"
    message = gettext_lazy("These columns are missing: %(columns)s.")


class ColumnsUnknown(NotATable):
    code = "deliveries.heading.unknown"
    message = gettext_lazy("No such columns: %(columns)s.")


class ColumnsTwice(NotATable):
    code = "deliveries.heading.twice"
    message = gettext_lazy("These columns stand there twice: %(columns)s.")


class TwoEncodings(NotATable):
    """A heading in UTF-8 above rows in GB18030: as the latter it reads as other characters."""

    code = "deliveries.heading.two_encodings"
    message = gettext_lazy(
        "The heading is in UTF-8 and a row below it in GB18030: was one file copied into another? Save the table anew."
    )


class HeadingRefused(NotATable):
    """A heading with more than one thing wrong: all of them at once."""

    code = "deliveries.heading.several"

    def __init__(self, faults: Sequence[NotATable]) -> None:
        super().__init__()
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return sentences(self.faults)

    @property
    def parts(self) -> Sequence[Refusal]:
        return self.faults


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
    faults: list[NotATable] = []
    if any(_read_otherwise(word) in known for word in unknown):
        raise TwoEncodings()
    if missing:
        faults.append(ColumnsMissing(columns=missing))
    if unknown:
        free = [word for word, name in columns.items() if name not in names]
        faults.append(ColumnsUnknown(columns=[_named(word, free) for word in unknown]))
    if doubled:
        faults.append(ColumnsTwice(columns=[first[name] for name in doubled]))
    if faults:
        raise faults[0] if len(faults) == 1 else HeadingRefused(faults)
    return names


def _read_otherwise(word: str) -> str:
    """Return what a word is whose UTF-8 was read as GB18030; nothing of one that is another's."""
    try:
        return word_of(word.encode("gb18030").decode())
    except UnicodeError:
        return ""


def _named(word: str, free: Sequence[str]) -> object:
    """Name an unknown word, with the column that was probably meant."""
    meant = MEANT.get(word, "")
    close = [meant] if meant in free else get_close_matches(word, free, n=1, cutoff=0.5)
    return NAMED(word, close[0]) if close else f"“{word}”"


NAMED = lazy(lambda word, meant: _("“%(word)s” (“%(meant)s”?)") % {"word": word, "meant": meant}, str)
