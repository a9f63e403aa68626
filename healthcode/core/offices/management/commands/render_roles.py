"""Write docs/roles.md: who may do what, and how far, from the role table itself."""

from healthcode.core.offices.rendered import RenderedPage, in_both_languages, table
from healthcode.core.offices.roles import ACTS, SUPERVISION_AFTER, Act, Decider, Reach, Second
from healthcode.core.offices.staff import OFFICE_KINDS, OfficeKind, Role
from healthcode.core.offices.ways_back import WAYS_BACK, Nothing

HEAD = """# 权限表 / Role table

本页由 `healthcode/core/offices/roles.py` 生成，请勿直接修改。空格即无权；没有超级用户，也没有单独授予的权限。

This page is written by `python manage.py render_roles` from `healthcode/core/offices/roles.py`; do not edit it.
An empty cell means no. There is no superuser and no permission granted to one user alone.
"""

CALLED = f"""办理时限为本系统约定，指南未作规定。超过时限，通知带班领导；超过时限的
{SUPERVISION_AFTER} 倍，同时列入督查。不因逾期自动失效。

The hours are ours; the guide names none. What nobody decided in its hours goes to the leader on duty, after
{SUPERVISION_AFTER} times its hours to supervision as well. Nothing lapses.
"""

ALL_OF_IT = "全部<br>all of it"


def page() -> str:
    """Write the roles, the reaches, who may be the second, what waits for whom, and the role × act matrix."""
    return "\n".join((HEAD, _roles(), _reaches(), _deciders(), _waits(), _ways_back(), _matrix()))


def _roles() -> str:
    rows = (
        (
            f"`{role.value}`",
            in_both_languages(role.label),
            "<br>".join(in_both_languages(OfficeKind(kind).label) for kind in OFFICE_KINDS[role]),
        )
        for role in Role
    )
    return _section("角色", "Roles", table(("key", "角色 Role", "单位 Office"), rows))


def _reaches() -> str:
    rows = ((f"`{reach.value}`", in_both_languages(reach.label)) for reach in Reach)
    return _section("范围", "How far an act reaches", table(("key", "范围 Reach"), rows))


def _deciders() -> str:
    rows = ((f"`{who.value}`", in_both_languages(who.label)) for who in Decider)
    return _section("复核", "Who the second person may be", table(("key", "复核人 Second person"), rows))


def _waits() -> str:
    head = (
        "事项 What is done",
        "立即生效 At once",
        "等待 What waits",
        "由谁 For whom",
        "何时通知 Called after",
    )
    rows = [
        (f"`{key}`<br>{in_both_languages(act.words)}", *_wait(second))
        for key, act in ACTS.items()
        for second in act.seconds
    ]
    rows += [
        (f"`{key}`<br>{in_both_languages(act.words)}", "–", "–", f"`{key}`", _called(act.within))
        for key, act in ACTS.items()
        if act.within is not None
    ]
    rows += [
        (f"`{key}`<br>{in_both_languages(act.words)}", ALL_OF_IT, "–", _never(act), "–")
        for key, act in ACTS.items()
        if act.not_by
    ]
    return _section("无人独办", "Nobody alone", f"{CALLED}\n{table(head, rows)}")


def _never(act: Act) -> str:
    return f"不采信：{in_both_languages(act.not_by).replace('<br>', '<br>never: ')}"


def _wait(second: Second) -> tuple[str, ...]:
    at_once, what = (
        in_both_languages(words) if words else default
        for words, default in ((second.at_once, "–"), (second.what, ALL_OF_IT))
    )
    return at_once, what, f"`{second.act}` ({second.who.value})", _called(second.hours)


def _called(hours: float) -> str:
    return f"{hours:g} h" if hours >= 1 else f"{hours * 60:g} min"


def _ways_back() -> str:
    head = ("事项 What is done", "如何撤回 What takes it back")
    rows = ((f"`{key}`<br>{in_both_languages(act.words)}", _way_back(key)) for key, act in ACTS.items())
    return _section("撤回", "A way back for every act", table(head, rows))


def _way_back(key: str) -> str:
    way = WAYS_BACK[key]
    if isinstance(way, Nothing):
        return in_both_languages(way.words)
    return "<br>".join(f"`{act}` {in_both_languages(ACTS[act].words)}" for act in way)


def _matrix() -> str:
    head = ("操作 Act", "复核 Decided by", *(f"`{role.value}`" for role in Role))
    rows = (
        (
            f"`{key}`<br>{in_both_languages(act.words)}",
            _seconds(act),
            *(act.reach.get(role.value, "") for role in Role),
        )
        for key, act in ACTS.items()
    )
    return _section("谁能做什么", "Who may do what", table(head, rows))


def _seconds(act: Act) -> str:
    cells = []
    for second in act.seconds:
        cells.append(f"`{second.act}` ({second.who.value})")
        if second.what:
            cells.append(in_both_languages(second.what))
    return "<br>".join(cells)


def _section(zh: str, en: str, body: str) -> str:
    return f"## {zh} / {en}\n\n{body}"


class Command(RenderedPage):
    help = "Write docs/roles.md from the role table."
    name = "roles"

    def page(self) -> str:
        return page()
