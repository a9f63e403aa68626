import re
from collections.abc import Callable

import pytest

from cases.policy import shipped
from cases.policy.parts import Policy
from cases.policy.reader import RuleBookError
from cases.policy.rulebook import parse

ROLES = frozenset(
    {
        *("cdc", "group", "hospital", "community", "officer", "service_point", "clinic", "province"),
        *("feed", "citizen", "gate", "hotline", "bureau", "complaint_lead", "duty_lead", "policy_editor"),
        *("supervisor", "administrator", "system"),
    }
)


@pytest.fixture(scope="session")
def roles() -> frozenset[str]:
    return ROLES


@pytest.fixture(scope="session")
def guide() -> str:
    return shipped.text("shaoxing-2020-91")


@pytest.fixture(scope="session")
def book(guide: str) -> Policy:
    return parse(guide, roles=ROLES)


@pytest.fixture(scope="session")
def provincial() -> Policy:
    return parse(shipped.text("zhejiang-notice"), roles=ROLES)


class Editor:
    """The guide's book with one thing changed in one of its tables."""

    def __init__(self, text: str) -> None:
        self.text = text

    def without_table(self, name: str) -> "Editor":
        return Editor(re.sub(rf"(?ms)^\[{re.escape(name)}\]\n.*?(?=^\[|\Z)", "", self.text))

    def without(self, table: str, key: str) -> "Editor":
        return self._in(table, rf"(?m)^{re.escape(key)}[ .].*\n", "")

    def having(self, table: str, line: str) -> "Editor":
        """Replace the line of the same key, or add it."""
        key = line.split(" =")[0].strip()
        start, end = self._span(table)
        part = self.text[start:end]
        found = re.search(rf"(?m)^{re.escape(key)} *=.*$", part)
        changed = part.replace(found[0], line) if found else part.rstrip("\n") + f"\n{line}\n\n"
        return Editor(self.text[:start] + changed + self.text[end:])

    def line_of(self, start_of_line: str) -> int:
        lines = self.text.split("\n")
        return next(number for number, line in enumerate(lines, 1) if line.startswith(start_of_line))

    def _span(self, table: str) -> tuple[int, int]:
        start = self.text.index(f"[{table}]\n")
        end = self.text.find("\n[", start)
        return start, len(self.text) if end < 0 else end

    def _in(self, table: str, pattern: str, replacement: str) -> "Editor":
        start, end = self._span(table)
        changed, count = re.subn(pattern, replacement, self.text[start:end])
        assert count, f"{pattern} is not in {table}"
        return Editor(self.text[:start] + changed + self.text[end:])


@pytest.fixture
def guide_editor(guide: str) -> Editor:
    return Editor(guide)


@pytest.fixture
def fault() -> Callable[[Editor], RuleBookError]:
    """Parse a book that must be refused, and return the refusal."""

    def refuse(edited: Editor) -> RuleBookError:
        with pytest.raises(RuleBookError) as caught:
            parse(edited.text, roles=ROLES)
        return caught.value

    return refuse
