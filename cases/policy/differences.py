"""What a new rule book changes, in words: ground by ground, measure by measure, parameter by parameter."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import names
from .colours import Colour
from .parts import Ground, RuleBook
from .words import Words

Describe = Callable[[RuleBook, Any], Words]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between the books; `before` or `after` is "nothing" where a book does not have it."""

    clause: str
    subject: Words
    aspect: Words
    before: Words
    after: Words
    weighty: bool
    """Whether it changes what happens to people, and not only the wording."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The differences of one kind of rule, in the order of the book."""

    title: Words
    rows: tuple[Difference, ...]

    @property
    def weighty(self) -> tuple[Difference, ...]:
        """Return what changes what happens to people."""
        return tuple(row for row in self.rows if row.weighty)

    @property
    def wording(self) -> tuple[Difference, ...]:
        """Return what changes the wording alone."""
        return tuple(row for row in self.rows if not row.weighty)


@dataclass(frozen=True, slots=True)
class _Aspect:
    field: str
    label: Words
    describe: Describe
    weighty: bool = True


def chapters(old: RuleBook, new: RuleBook) -> tuple[Chapter, ...]:
    """Compare two books; chapters without a difference are left out."""
    found = (
        Chapter(title, tuple(_rows(aspects, old, new, getattr(old, table), getattr(new, table))))
        for table, title, aspects in _TABLES
    )
    parameters = _rows(_PARAMETERS, old, new, old.parameters.notes, new.parameters.notes)
    clauses = _clauses(old, new)
    every = (
        *found,
        Chapter(Words("参数", "Parameters"), tuple(parameters)),
        Chapter(Words("条款", "Clauses"), tuple(clauses)),
    )
    return tuple(chapter for chapter in every if chapter.rows)


def recoloured(old: RuleBook, new: RuleBook) -> frozenset[str]:
    """Return the grounds that have another colour in the new book."""
    return frozenset(key for key, ground in new.grounds.items() if old.grounds[key].colour != ground.colour)


def refollowed(old: RuleBook, new: RuleBook) -> frozenset[str]:
    """Return the grounds that something else follows in the new book."""
    return frozenset(
        key for key, ground in new.grounds.items() if set(old.grounds[key].follows) != set(ground.follows)
    )


def _rows(
    aspects: Iterable[_Aspect],
    old: RuleBook,
    new: RuleBook,
    before: Mapping[Any, Any],
    after: Mapping[Any, Any],
) -> Iterator[Difference]:
    for key in dict.fromkeys((*after, *before)):
        one, other = before.get(key), after.get(key)
        rule: Any = other or one
        clause = getattr(rule, "clause", "") or ", ".join(getattr(rule, "clauses", ()))
        if one is None or other is None:
            sides = (names.NOTHING, names.PRESENT) if one is None else (names.PRESENT, names.NOTHING)
            yield Difference(clause, rule.words, Words("是否列入", "listed"), *sides, weighty=True)
            continue
        for aspect in aspects:
            if getattr(one, aspect.field) != getattr(other, aspect.field):
                yield Difference(
                    clause,
                    other.words,
                    aspect.label,
                    aspect.describe(old, getattr(one, aspect.field)),
                    aspect.describe(new, getattr(other, aspect.field)),
                    aspect.weighty,
                )


def _clauses(old: RuleBook, new: RuleBook) -> Iterator[Difference]:
    for key, words in new.clauses.items():
        if old.clauses[key] != words:
            subject = Words(f"条款{key}", f"Clause {key}")
            yield Difference(key, subject, _WORDING, old.clauses[key], words, weighty=False)


# --- how a value is put into words ------------------------------------------------------------------------------


def _text(book: RuleBook, value: Words | None) -> Words:
    return value or names.NOTHING


def _remarks(book: RuleBook, value: Sequence[Words]) -> Words:
    return _list(value)


def _raw(book: RuleBook, value: object) -> Words:
    if isinstance(value, bool):
        return names.YES if value else names.NO
    known = names.COUNT_FROM.get(value) if isinstance(value, str) else None
    return known or Words(str(value), str(value))


def _days(book: RuleBook, value: int | None) -> Words:
    return Words(f"{value}天", f"{value} days") if value else Words("无固定期限", "open end")


def _measure(book: RuleBook, key: str | None) -> Words:
    return book.measures[key].words if key else names.NOTHING


def _follows(book: RuleBook, keys: Sequence[str]) -> Words:
    return _list(_following(book, key) for key in keys)


def _following(book: RuleBook, key: str) -> Words:
    if key in book.measures:
        words, green = book.measures[key].words, names.COLOURS[Colour.GREEN]
        return Words(f"{words.zh}（{green.zh}）", f"{words.en} ({green.en.lower()})")
    ground: Ground = book.grounds[key]
    colour = names.COLOURS[ground.colour]
    return Words(f"{ground.words.zh}（{colour.zh}）", f"{ground.words.en} ({colour.en.lower()})")


def _exits(book: RuleBook, keys: Sequence[str]) -> Words:
    return _list(book.exits[key].words for key in keys)


def _conditions(book: RuleBook, keys: Sequence[str]) -> Words:
    return _list(book.conditions[key].words for key in keys)


def _roles(book: RuleBook, keys: Sequence[str]) -> Words:
    return _list(book.roles[key] for key in keys)


def _channels(book: RuleBook, channels: Mapping[str, Sequence[str]]) -> Words:
    ways = (
        Words(f"{_roles(book, roles).zh}（{how.zh}）", f"{_roles(book, roles).en} ({how.en})")
        for how, roles in ((names.CHANNELS[key], roles) for key, roles in channels.items())
    )
    return _list(ways, "；", "; ")


def _looked_up(table: Mapping[Any, Words]) -> Describe:
    def describe(book: RuleBook, value: Any) -> Words:
        return _list(table[key] for key in value) if isinstance(value, tuple) else table[value]

    return describe


def _keys(book: RuleBook, value: Sequence[str]) -> Words:
    return _list(Words(key, key) for key in value)


def _states(book: RuleBook, sentences: Mapping[str, Words]) -> Words:
    return _list(sentences.values(), "\n", "\n")


def _list(many: Iterable[Words], zh: str = "、", en: str = ", ") -> Words:
    words = tuple(many)
    if not words:
        return names.NOTHING
    return Words(zh.join(one.zh for one in words), en.join(one.en for one in words))


_WORDING = Words("文字", "wording")
_CLAUSE = _Aspect("clause", Words("条款", "clause"), _raw)
_WORDS = _Aspect("words", _WORDING, _text, weighty=False)
_OURS = _Aspect("ours", Words("本系统约定", "ours"), _remarks, weighty=False)
_ROLES = _Aspect("roles", Words("谁办理", "whose act"), _roles)
_ADVICE = _Aspect("advice", Words("告知内容", "what people are told"), _text, weighty=False)

_GROUND = (
    _Aspect("colour", Words("颜色", "colour"), _looked_up(names.COLOURS)),
    _Aspect("measure", Words("管控措施", "measure"), _measure),
    _Aspect("follows", Words("期满后", "what follows"), _follows),
    _Aspect("exits", Words("结束方式", "how it ends"), _exits),
    _Aspect("channels", Words("谁录入", "who enters it"), _channels),
    _Aspect("needs", Words("须注明", "what it names"), _looked_up(names.NEEDS)),
    _Aspect("clinical", Words("临床类", "clinical"), _raw),
    _Aspect("discretionary", Words("须复核", "needs a second person"), _raw),
    _CLAUSE,
    _Aspect("entered", Words("录入依据的条款", "entered under"), _keys),
    _WORDS,
    _Aspect("began", Words("起算日期的名称", "name of the day it counts from"), _text, weighty=False),
    _ADVICE,
    _OURS,
)
_MEASURE = (
    _Aspect("days", Words("天数", "days"), _days),
    _Aspect("places", Words("地点", "places"), _looked_up(names.PLACES)),
    _Aspect("gravity", Words("轻重", "gravity"), _raw),
    _CLAUSE,
    _WORDS,
    _OURS,
)
_EXIT = (
    _Aspect("conditions", Words("条件", "conditions"), _conditions),
    _ROLES,
    _CLAUSE,
    _WORDS,
    _OURS,
)
_CONDITION = (
    _ROLES,
    _CLAUSE,
    _WORDS,
    _Aspect("says", Words("提示语", "sentences"), _states, weighty=False),
    _OURS,
)
_MEANING = (
    _Aspect("movement", Words("通行要求", "movement"), _looked_up(names.MOVEMENTS)),
    _Aspect("clauses", Words("条款", "clauses"), _keys),
    _WORDS,
    _ADVICE,
)
_VENUE = (
    _Aspect("yellow_restricted", Words("限制黄码", "yellow restricted"), _raw),
    _Aspect("ride", Words("戴口罩可乘坐的交通工具", "vehicle to be taken with a mask"), _raw),
    _Aspect("admits", Words("记明理由后可进入", "admitted with a reason"), _text),
    _Aspect("admits_fever", Words("发热人员可进入就诊", "admits a fever to be examined"), _raw),
    _CLAUSE,
    _WORDS,
    _OURS,
)
_VEHICLE = (_CLAUSE, _WORDS, _OURS)
_RULE = (_Aspect("requires", Words("要求", "what it asks for"), _keys), _CLAUSE, _WORDS, _OURS)
_PARAMETERS = (_Aspect("value", Words("值", "value"), _raw), _CLAUSE, _WORDS, _OURS)
_TABLES = (
    ("grounds", Words("赋码原因", "Grounds"), _GROUND),
    ("measures", Words("管控措施", "Measures"), _MEASURE),
    ("exits", Words("结束方式", "Exits"), _EXIT),
    ("conditions", Words("条件", "Conditions"), _CONDITION),
    ("colours", Words("各色含义", "What each colour means"), _MEANING),
    ("venues", Words("场所", "Venues"), _VENUE),
    ("vehicles", Words("运送车辆", "Vehicles"), _VEHICLE),
    ("rules", Words("其他规则", "Other rules"), _RULE),
)
