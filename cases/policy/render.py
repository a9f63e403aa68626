"""The rule book as a page to read: Chinese first, English below, each row with its clause."""

from collections.abc import Iterable, Sequence

from . import names
from .colours import Colour
from .parts import Exit, Ground, Measure, ParameterNote, Policy, VenueKind
from .words import Bilingual

OURS = Bilingual("本系统约定", "ours")

_MASKED = Bilingual("否，须正确佩戴口罩", "no, with a mask worn correctly")


def page(books: Sequence[Policy]) -> str:
    """Write the whole page: the book to be in force, then the others."""
    head = (
        "# 政策版本 / Rule books\n\n"
        "本页由规则文本生成，请勿直接修改。标明“本系统约定 / ours”的，为政策文件未作规定之处。\n\n"
        "This page is written by `python manage.py render_policy` from `cases/policy/rulebooks/`; "
        "do not edit it. What is labelled “本系统约定 / ours” is where the policy is silent or open.\n"
    )
    states = [Bilingual("启用的版本", "The book in force")]
    states += [Bilingual("未启用的版本", "Not in force")] * (len(books) - 1)
    parts = [
        f"# {state.zh} / {state.en}\n\n{render(book)}" for state, book in zip(states, books, strict=True)
    ]
    return "\n".join((head, *parts))


def render(book: Policy) -> str:
    """Write one rule book as Markdown, in the guide's order."""
    title = f"## {book.document_number} {book.title.zh}\n\n{book.title.en} · `{book.version}`\n"
    sections = (
        *(title, _grounds(book), _measures(book), _venues(book), _vehicles(book), _exits(book), _rules(book)),
    )
    return "\n".join((*sections, _parameters(book), _clauses(book)))


def _grounds(book: Policy) -> str:
    rows = [
        (
            "<br>".join(dict.fromkeys((ground.clause, *ground.entered))),
            _cell(ground.words),
            _cell(names.COLOURS[ground.colour]),
            *_ground_cells(book, ground),
        )
        for ground in sorted(
            book.grounds.values(), key=lambda ground: (-ground.colour.gravity, ground.clause)
        )
    ]
    head = (
        "条款 Clause | 赋码原因 Ground | 颜色 Colour | 谁录入 Who enters | 管控措施 Measure | 结束方式 Exits"
    )
    meanings = [
        f"- **{meaning.words.zh}** / {meaning.words.en} ({', '.join(meaning.clauses)})："
        f"{meaning.advice.zh} {meaning.advice.en}"
        for meaning in book.colours.values()
    ]
    return _section(
        Bilingual("赋码原因", "Grounds"),
        _table(head, rows),
        _ours((ground.clause, ground.words, ground.ours) for ground in book.grounds.values()),
        _heading(Bilingual("各色含义", "What each colour means")),
        "\n".join(meanings) + "\n",
    )


def _ground_cells(book: Policy, ground: Ground) -> tuple[str, str, str]:
    return (
        _entered(book, ground),
        _measure(book, ground),
        _list(book.exits[key].words for key in ground.exits),
    )


def _entered(book: Policy, ground: Ground) -> str:
    ways = [_way(book, channel, roles) for channel, roles in ground.channels.items()]
    if ground.needs:
        ways.append(
            Bilingual(
                "须注明：" + "、".join(names.NEEDS[need].zh for need in ground.needs),
                "names: " + ", ".join(names.NEEDS[need].en for need in ground.needs),
            )
        )
    return _list(ways)


def _way(book: Policy, channel: str, roles: Sequence[str]) -> Bilingual:
    """Name who comes after whom where one reports or proposes; else each may act alone."""
    one_by_one = channel in ("REPORTED", "GROUP")
    who = _names(book, roles, Bilingual("→", " → ") if one_by_one else Bilingual("或", " or "))
    how = names.CHANNELS[channel]
    return Bilingual(f"{who.zh}（{how.zh}）", f"{who.en} ({how.en})")


def _names(book: Policy, roles: Sequence[str], between: Bilingual) -> Bilingual:
    return Bilingual(
        between.zh.join(book.roles[role].zh for role in roles),
        between.en.join(book.roles[role].en for role in roles),
    )


def _measure(book: Policy, ground: Ground) -> str:
    first = [_with_days(book.measures[ground.measure])] if ground.measure else []
    then = [_following(book, key) for key in ground.follows]
    if not first and ground.colour is Colour.RED:
        first = [Bilingual("按所依据的规定", "as the cited rule says")]
    return _list([*first, *then]) if first or then else names.NONE.zh


def _following(book: Policy, key: str) -> Bilingual:
    if key in book.measures:
        measure = _with_days(book.measures[key])
        return Bilingual(f"期满后：{measure.zh}（绿码）", f"then: {measure.en} (green)")
    ground = book.grounds[key]
    name = _with_days(book.measures[ground.measure]) if ground.measure else ground.words
    colour = names.COLOURS[ground.colour]
    return Bilingual(f"期满后：{name.zh}（{colour.zh}）", f"then: {name.en} ({colour.en.lower()})")


def _with_days(measure: Measure) -> Bilingual:
    days = _days(measure)
    return Bilingual(f"{measure.words.zh}（{days.zh}）", f"{measure.words.en} ({days.en})")


def _days(measure: Measure) -> Bilingual:
    if measure.days is None:
        return Bilingual("无固定期限", "open end")
    return Bilingual(f"{measure.days}天", f"{measure.days} days")


def _measures(book: Policy) -> str:
    ordered = sorted(book.measures.values(), key=lambda measure: -measure.gravity)
    rows = [
        (
            measure.clause,
            _cell(measure.words),
            _cell(_days(measure)),
            _list(names.PLACES[place] for place in measure.places),
            str(measure.gravity),
        )
        for measure in ordered
    ]
    return _section(
        Bilingual("管控措施", "Measures"),
        "数字大的较重，替代较轻的措施。 The higher number is the graver measure, which supersedes.\n",
        _table("条款 Clause | 措施 Measure | 天数 Days | 地点 Place | 轻重 Gravity", rows),
        _ours((measure.clause, measure.words, measure.ours) for measure in ordered),
    )


def _venues(book: Policy) -> str:
    def row(venue: VenueKind) -> tuple[str, ...]:
        restricted = _MASKED if venue.ride else names.YES if venue.yellow_restricted else names.NO
        admits = f"{_cell(venue.admits)} {_label()}" if venue.admits else names.NONE.zh
        return venue.clause, _cell(venue.words), _cell(restricted), admits

    head = "条款 Clause | 场所 Venue | 限制黄码 Yellow restricted | 记明理由后可进入 Admitted with a reason"
    return _section(
        Bilingual("场所", "Venues"),
        _table(head, map(row, book.venues.values())),
        _ours((venue.clause, venue.words, venue.ours) for venue in book.venues.values()),
    )


def _vehicles(book: Policy) -> str:
    rows = [(one.clause, _cell(one.words)) for one in book.vehicles.values()]
    return _section(
        Bilingual("运送车辆", "Vehicles"),
        _table("条款 Clause | 车型 Vehicle", rows),
        _ours((one.clause, one.words, one.ours) for one in book.vehicles.values()),
    )


def _exits(book: Policy) -> str:
    def row(exit: Exit) -> tuple[str, ...]:
        conditions = [book.conditions[key].words for key in exit.conditions]
        numbered = "<br>".join(f"{index}. {words.zh} {words.en}" for index, words in enumerate(conditions, 1))
        roles = _names(book, exit.roles, Bilingual("、", ", "))
        return exit.clause or _label(), _cell(exit.words), numbered, _cell(roles)

    used = dict.fromkeys(key for exit in book.exits.values() for key in exit.conditions)
    remarks = [(exit.clause, exit.words, exit.ours) for exit in book.exits.values()]
    remarks += [(one.clause, one.words, one.ours) for one in map(book.conditions.__getitem__, used)]
    return _section(
        Bilingual("结束方式和条件", "Exits and their conditions"),
        "所列条件须全部满足。 All conditions of an exit are needed.\n",
        _table(
            "条款 Clause | 结束方式 Exit | 条件 Conditions | 谁办理 Whose act", map(row, book.exits.values())
        ),
        _ours(remarks),
    )


def _rules(book: Policy) -> str:
    rows = [
        (rule.clause, _cell(rule.words), _list(rule.ours) or names.NONE.zh) for rule in book.rules.values()
    ]
    head = f"条款 Clause | 规则 Rule | {OURS.zh} / {OURS.en}"
    return _section(Bilingual("其他规则", "Other rules"), _table(head, rows))


def _parameters(book: Policy) -> str:
    def row(note: ParameterNote) -> tuple[str, ...]:
        ours = _list(note.ours) or names.NONE.zh
        return note.clause, f"{_cell(note.words)}<br>`{note.key}`", _value(note.value), ours

    head = f"条款 Clause | 参数 Parameter | 值 Value | {OURS.zh} / {OURS.en}"
    return _section(Bilingual("参数", "Parameters"), _table(head, map(row, book.parameters.notes.values())))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return _cell(names.YES if value else names.NO)
    return str(value)


def _clauses(book: Policy) -> str:
    rows = [(clause, _cell(words)) for clause, words in book.clauses.items()]
    return _section(Bilingual("条款", "Clauses"), _table("条款 Clause | 内容 Text", rows))


def _section(title: Bilingual, *parts: str) -> str:
    return "\n".join((f"### {title.zh} / {title.en}\n", *(part for part in parts if part)))


def _heading(title: Bilingual) -> str:
    return f"#### {title.zh} / {title.en}\n"


def _ours(remarks: Iterable[tuple[str, Bilingual, tuple[Bilingual, ...]]]) -> str:
    rows = [(clause, _cell(name), _cell(remark)) for clause, name, ours in remarks for remark in ours]
    return _table(f"条款 Clause | 事项 About | {OURS.zh} / {OURS.en}", rows) if rows else ""


def _label() -> str:
    return f"**{OURS.zh} / {OURS.en}**"


def _cell(words: Bilingual) -> str:
    return "<br>".join(text for text in (words.zh, words.en) if text)


def _list(many: Iterable[Bilingual]) -> str:
    return "<br>".join(_cell(words) for words in many)


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    titles = head.split(" | ")
    lines = [f"| {head} |", "|" + " --- |" * len(titles)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
