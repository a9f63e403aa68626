"""The settings and .env.example name the same variables."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def names(file, pattern):
    return set(re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_variable_is_described_and_every_description_is_of_a_variable():
    read = names("healthcode/settings.py", r"""env(?:\.\w+)?\(\s*["'](\w+)["']""")
    assert read == names(".env.example", r"^#?([A-Z][A-Z_]+)=")
