"""What can be wrong with a rule book, in both languages."""

from .words import Bilingual

MISSING = Bilingual("缺少此项。", "Is missing.")
BLANK = Bilingual("不能为空白。", "Must not be blank.")
EMPTY = Bilingual("不能为空。", "Must not be empty.")
NO_TABLE = Bilingual("应为表（table）。", "Must be a table.")
NO_TEXT = Bilingual("应为文本。", "Must be a text.")
NO_LIST = Bilingual("应为列表。", "Must be a list.")
NO_INTEGER = Bilingual("应为整数。", "Must be a whole number.")
NO_NUMBER = Bilingual("应为数字。", "Must be a number.")
NO_BOOLEAN = Bilingual("应为 true 或 false。", "Must be true or false.")
CLAUSE_MISSING = Bilingual(
    "第一至第四部分的每一条款都须写明。", "Every clause of sections 1 to 4 must be present."
)
DAYS_AND_OPEN_END = Bilingual(
    "天数（days）和无固定期限（open_end）只能写一项。", "Has either days or an open end."
)
RESTRICTED_RIDE = Bilingual(
    "交通工具（ride）允许黄码人员戴口罩乘坐，不能同时列为限制进入。",
    "A ride is open to yellow with a mask: it is not restricted.",
)

_KINDS = {
    "key": "键",
    "role": "角色",
    "clause": "条款",
    "colour": "颜色",
    "colour of a ground": "赋码颜色",
    "ground": "赋码原因",
    "measure": "管控措施",
    "measure or ground": "管控措施或赋码原因",
    "movement": "通行要求",
    "need": "须注明的事项",
    "exit": "结束方式",
    "condition": "条件",
    "place": "地点",
    "rule": "规则",
    "requirement": "要求",
    "placeholder": "占位符",
    "day to count from": "起算日",
}


def unknown(what: str, value: str, near: str = "") -> Bilingual:
    """Say that a name is not known, and which one may have been meant."""
    hint = Bilingual(f"是否应为“{near}”？", f" Did you mean {near!r}?") if near else Bilingual("", "")
    return Bilingual(f"未知的{_KINDS[what]}“{value}”。{hint.zh}", f"Unknown {what} {value!r}.{hint.en}")


def too_small(least: int) -> Bilingual:
    """Say that a number is below the least that makes sense."""
    return Bilingual(f"不能小于{least}。", f"Must be at least {least}.")


def twice(item: str) -> Bilingual:
    """Say that a list names something twice."""
    return Bilingual(f"“{item}”重复。", f"{item!r} stands here twice.")


def no_template(why: str) -> Bilingual:
    """Say that a sentence's braces cannot be filled in."""
    return Bilingual(f"花括号有误：{why}。", f"Is no valid template: {why}.")


def no_toml(why: str) -> Bilingual:
    """Say that the document is not TOML; the parser's own words stay English."""
    return Bilingual(f"不是有效的 TOML 文本（{why}）。", f"{why}.")


def nameless_role(role: str) -> Bilingual:
    """Say that a role acts which the book does not name."""
    return Bilingual(f"[roles] 中没有角色“{role}”的名称。", f"Role {role!r} has no name under [roles].")


def never_ends(key: str) -> Bilingual:
    """Say that a ground that opens by itself has a measure without days, so that it would never end."""
    return Bilingual(
        f"“{key}”自行接续，其管控措施须有天数。",
        f"{key!r} follows by itself, so it needs a measure with days.",
    )


def uncited(clause: str) -> Bilingual:
    """Say that a quoted clause is cited by no rule."""
    return Bilingual(f"没有任何规则落实条款{clause}。", f"No row carries clause {clause}.")


def place(line: int | None, key: str) -> Bilingual:
    """Say where a fault is."""
    zh = [f"第{line}行"] if line is not None else []
    en = [f"line {line}"] if line is not None else []
    keys = [key] if key else []
    return Bilingual("，".join((*zh, *keys)), ": ".join((*en, *keys)))
