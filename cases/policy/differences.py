"""What a new rule book changes, in words: ground by ground, measure by measure, parameter by parameter."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import names
from .colours import Colour
from .parts import Ground, Policy
from .words import Bilingual

Describe = Callable[[Policy, Any], Bilingual]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between the books; `before` or `after` is "nothing" where a book does not have it."""

    clause: str
    subject: Bilingual
    aspect: Bilingual
    before: Bilingual
    after: Bilingual
    weighty: bool
    """Whether it changes what happens to people, and not only the wording."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The differences of one kind of rule, in the order of the book."""

    title: Bilingual
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
    label: Bilingual
    describe: Describe
    weighty: bool = True


def chapters(old: Policy, new: Policy) -> tuple[Chapter, ...]:
    """Compare two books; chapters without a difference are left out."""
    found = (
        Chapter(title, tuple(_rows(aspects, old, new, getattr(old, table), getattr(new, table))))
        for table, title, aspects in _TABLES
    )
    parameters = _rows(_PARAMETERS, old, new, old.parameters.notes, new.parameters.notes)
    clauses = _clauses(old, new)
    every = (
        *found,
        Chapter(Bilingual("参数", "Parameters"), tuple(parameters)),
        Chapter(Bilingual("条款", "Clauses"), tuple(clauses)),
    )
    return tuple(chapter for chapter in every if chapter.rows)


def recoloured(old: Policy, new: Policy) -> frozenset[str]:
    """Return the grounds that have another colour in the new book."""
    return frozenset(key for key, ground in new.grounds.items() if old.grounds[key].colour != ground.colour)


def refollowed(old: Policy, new: Policy) -> frozenset[str]:
    """Return the grounds that something else follows in the new book."""
    return frozenset(
        key for key, ground in new.grounds.items() if set(old.grounds[key].follows) != set(ground.follows)
    )


def _rows(
    aspects: Iterable[_Aspect],
    old: Policy,
    new: Policy,
    before: Mapping[Any, Any],
    after: Mapping[Any, Any],
) -> Iterator[Difference]:
    for key in dict.fromkeys((*after, *before)):
        one, other = before.get(key), after.get(key)
        rule: Any = other or one
        clause = getattr(rule, "clause", "") or ", ".join(getattr(rule, "clauses", ()))
        if one is None or other is None:
            sides = (names.NOTHING, names.PRESENT) if one is None else (names.PRESENT, names.NOTHING)
            yield Difference(clause, rule.words, Bilingual("是否列入", "listed"), *sides, weighty=True)
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


def _clauses(old: Policy, new: Policy) -> Iterator[Difference]:
    for key, words in new.clauses.items():
        if old.clauses[key] != words:
            subject = Bilingual(f"条款{key}", f"Clause {key}")
            yield Difference(key, subject, _WORDING, old.clauses[key], words, weighty=False)


# --- how a value is put into words ------------------------------------------------------------------------------


def _text(book: Policy, value: Bilingual | None) -> Bilingual:
    return value or names.NOTHING


def _remarks(book: Policy, value: Sequence[Bilingual]) -> Bilingual:
    return _list(value)


def _raw(book: Policy, value: object) -> Bilingual:
    return names.value(value)


def _days(book: Policy, value: int | None) -> Bilingual:
    return Bilingual(f"{value}天", f"{value} days") if value else Bilingual("无固定期限", "open end")


def _measure(book: Policy, key: str | None) -> Bilingual:
    return book.measures[key].words if key else names.NOTHING


def _follows(book: Policy, keys: Sequence[str]) -> Bilingual:
    return _list(_following(book, key) for key in keys)


def _following(book: Policy, key: str) -> Bilingual:
    if key in book.measures:
        words, green = book.measures[key].words, names.COLOURS[Colour.GREEN]
        return Bilingual(f"{words.zh}（{green.zh}）", f"{words.en} ({green.en.lower()})")
    ground: Ground = book.grounds[key]
    colour = names.COLOURS[ground.colour]
    return Bilingual(f"{ground.words.zh}（{colour.zh}）", f"{ground.words.en} ({colour.en.lower()})")


def _exits(book: Policy, keys: Sequence[str]) -> Bilingual:
    return _list(book.exits[key].words for key in keys)


def _conditions(book: Policy, keys: Sequence[str]) -> Bilingual:
    return _list(book.conditions[key].words for key in keys)


def _roles(book: Policy, keys: Sequence[str]) -> Bilingual:
    return _list(book.roles[key] for key in keys)


def _channels(book: Policy, channels: Mapping[str, Sequence[str]]) -> Bilingual:
    ways = (
        Bilingual(f"{_roles(book, roles).zh}（{how.zh}）", f"{_roles(book, roles).en} ({how.en})")
        for how, roles in ((names.CHANNELS[key], roles) for key, roles in channels.items())
    )
    return _list(ways, "；", "; ")


def _looked_up(table: Mapping[Any, Bilingual]) -> Describe:
    def describe(book: Policy, value: Any) -> Bilingual:
        return _list(table[key] for key in value) if isinstance(value, tuple) else table[value]

    return describe


def _keys(book: Policy, value: Sequence[str]) -> Bilingual:
    return _list(Bilingual(key, key) for key in value)


def _states(book: Policy, sentences: Mapping[str, Bilingual]) -> Bilingual:
    return _list(sentences.values(), "\n", "\n")


def _list(many: Iterable[Bilingual], zh: str = "、", en: str = ", ") -> Bilingual:
    words = tuple(many)
    if not words:
        return names.NOTHING
    return Bilingual(zh.join(one.zh for one in words), en.join(one.en for one in words))


_WORDING = Bilingual("文字", "wording")
_CLAUSE = _Aspect("clause", Bilingual("条款", "clause"), _raw)
_WORDS = _Aspect("words", _WORDING, _text, weighty=False)
_OURS = _Aspect("ours", Bilingual("本系统约定", "ours"), _remarks, weighty=False)
_ROLES = _Aspect("roles", Bilingual("谁办理", "whose act"), _roles)
_ADVICE = _Aspect("advice", Bilingual("告知内容", "what people are told"), _text, weighty=False)

_GROUND = (
    _Aspect("colour", Bilingual("颜色", "colour"), _looked_up(names.COLOURS)),
    _Aspect("measure", Bilingual("管控措施", "measure"), _measure),
    _Aspect("follows", Bilingual("期满后", "what follows"), _follows),
    _Aspect("exits", Bilingual("结束方式", "how it ends"), _exits),
    _Aspect("channels", Bilingual("谁录入", "who enters it"), _channels),
    _Aspect("needs", Bilingual("须注明", "what it names"), _looked_up(names.NEEDS)),
    _Aspect("clinical", Bilingual("临床类", "clinical"), _raw),
    _Aspect("discretionary", Bilingual("须复核", "needs a second person"), _raw),
    _CLAUSE,
    _Aspect("entered", Bilingual("录入依据的条款", "entered under"), _keys),
    _WORDS,
    _Aspect("began", Bilingual("起算日期的名称", "name of the day it counts from"), _text, weighty=False),
    _ADVICE,
    _OURS,
)
_MEASURE = (
    _Aspect("days", Bilingual("天数", "days"), _days),
    _Aspect("places", Bilingual("地点", "places"), _looked_up(names.PLACES)),
    _Aspect("gravity", Bilingual("轻重", "gravity"), _raw),
    _CLAUSE,
    _WORDS,
    _OURS,
)
_EXIT = (
    _Aspect("conditions", Bilingual("条件", "conditions"), _conditions),
    _ROLES,
    _CLAUSE,
    _WORDS,
    _OURS,
)
_CONDITION = (
    _ROLES,
    _CLAUSE,
    _WORDS,
    _Aspect("says", Bilingual("提示语", "sentences"), _states, weighty=False),
    _OURS,
)
_MEANING = (
    _Aspect("movement", Bilingual("通行要求", "movement"), _looked_up(names.MOVEMENTS)),
    _Aspect("clauses", Bilingual("条款", "clauses"), _keys),
    _WORDS,
    _ADVICE,
)
_VENUE = (
    _Aspect("yellow_restricted", Bilingual("限制黄码", "yellow restricted"), _raw),
    _Aspect("ride", Bilingual("戴口罩可乘坐的交通工具", "vehicle to be taken with a mask"), _raw),
    _Aspect("admits", Bilingual("记明理由后可进入", "admitted with a reason"), _text),
    _Aspect("admits_fever", Bilingual("发热人员可进入就诊", "admits a fever to be examined"), _raw),
    _CLAUSE,
    _WORDS,
    _OURS,
)
_VEHICLE = (_CLAUSE, _WORDS, _OURS)
_RULE = (_Aspect("requires", Bilingual("要求", "what it asks for"), _keys), _CLAUSE, _WORDS, _OURS)
_PARAMETERS = (_Aspect("value", Bilingual("值", "value"), _raw), _CLAUSE, _WORDS, _OURS)
_TABLES = (
    ("grounds", Bilingual("赋码原因", "Grounds"), _GROUND),
    ("measures", Bilingual("管控措施", "Measures"), _MEASURE),
    ("exits", Bilingual("结束方式", "Exits"), _EXIT),
    ("conditions", Bilingual("条件", "Conditions"), _CONDITION),
    ("colours", Bilingual("各色含义", "What each colour means"), _MEANING),
    ("venues", Bilingual("场所", "Venues"), _VENUE),
    ("vehicles", Bilingual("运送车辆", "Vehicles"), _VEHICLE),
    ("rules", Bilingual("其他规则", "Other rules"), _RULE),
)
