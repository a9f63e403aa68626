"""Write docs/refusals.md: every reason why an act is not done, with its code, from the refusals themselves."""

from importlib import import_module
from pkgutil import walk_packages

from healthcode.core.offices.api.problems import status_of
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.rendered import RenderedPage, in_both_languages, table

PACKAGES = ("healthcode.core", "cases", "complaints", "healthcode.portal")
HEAD = """# 拒绝原因 / Refusals

本页由代码中的拒绝原因生成，请勿直接修改。接口以 RFC 9457 问题详情答复，`code` 不变，供程序判断；
文字供人阅读，可能改动。`%(…)s` 处填入当时的数值；斜体处每次答复各有其文字。

This page is written by `python manage.py render_refusals` from the refusals in the code; do not edit it.
The API answers with a problem (RFC 9457): machines go by `code`, which stays; words are for people and may change.
Where `%(…)s` stands, the answer has the value. What stands in italics has another sentence in each answer.
"""


def every_refusal() -> list[type[Refusal]]:
    """Return all refusals in order of their codes, wherever in the portal they are."""
    for name in PACKAGES:
        package = import_module(name)
        for module in walk_packages(package.__path__, f"{name}."):
            if ".migrations" not in module.name:
                import_module(module.name)
    ours = (kind for kind in Refusal.by_code.values() if kind.__module__.startswith(PACKAGES))
    return sorted(ours, key=lambda kind: kind.code)


def page() -> str:
    """Return code, HTTP status and sentence of every refusal."""
    rows = ((f"`{kind.code}`", str(status_of(kind.code)), _sentence(kind)) for kind in every_refusal())
    return f"{HEAD}\n{table(('code', 'HTTP', '原因 Reason'), rows)}"


def _sentence(kind: type[Refusal]) -> str:
    """Return the sentence shown to people, or what the class says of it where each answer has its own."""
    if kind.message is Refusal.message:
        return f"*{(kind.__doc__ or '').strip()}*"
    return in_both_languages(kind.message)


class Command(RenderedPage):
    help = "Write docs/refusals.md from the refusals."
    name = "refusals"

    def page(self) -> str:
        return page()
