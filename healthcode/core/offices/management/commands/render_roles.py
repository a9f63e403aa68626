"""Write docs/roles.md: who may do what, and how far, from the role table itself."""

from healthcode.core.offices.act_words import ACT_WORDS, REACH_WORDS
from healthcode.core.offices.rendered import RenderedPage, in_both_languages, table
from healthcode.core.offices.roles import ACTS, OFFICE_KINDS, Kind, Role

HEAD = """# 权限表 / Role table

本页由 `healthcode/core/offices/roles.py` 生成，请勿直接修改。空格即无权；没有超级用户，也没有单独授予的权限。

This page is written by `python manage.py render_roles` from `healthcode/core/offices/roles.py`; do not edit it.
An empty cell means no. There is no superuser and no permission granted to one user alone.
"""


def page() -> str:
    """Write the roles, the reaches, and the whole role × act matrix."""
    return "\n".join((HEAD, _roles(), _reaches(), _matrix()))


def _roles() -> str:
    rows = (
        (
            f"`{role.value}`",
            in_both_languages(role.label),
            "<br>".join(in_both_languages(Kind(kind).label) for kind in OFFICE_KINDS[role]),
        )
        for role in Role
    )
    return _section("角色", "Roles", table(("key", "角色 Role", "单位 Office"), rows))


def _reaches() -> str:
    rows = ((f"`{reach.value}`", in_both_languages(words)) for reach, words in REACH_WORDS.items())
    return _section("范围", "How far an act reaches", table(("key", "范围 Reach"), rows))


def _matrix() -> str:
    head = ("操作 Act", *(f"`{role.value}`" for role in Role))
    rows = (
        (f"`{act}`<br>{in_both_languages(ACT_WORDS[act])}", *(reaches.get(role.value, "") for role in Role))
        for act, reaches in ACTS.items()
    )
    return _section("谁能做什么", "Who may do what", table(head, rows))


def _section(zh: str, en: str, body: str) -> str:
    return f"## {zh} / {en}\n\n{body}"


class Command(RenderedPage):
    help = "Write docs/roles.md from the role table."
    name = "roles"

    def page(self) -> str:
        return page()
