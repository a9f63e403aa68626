"""The locks hold what is asked for, and what is tested is what runs in production."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def asked(file):
    """Return the names of the packages that a page of wishes asks for."""
    return set(re.findall(r"^([a-z][\w-]*)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))


def pinned(file):
    """Return each package of a lock with its version."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z][\w-]*)(?:\[[\w,-]+\])?==([^\s;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_whatever_is_asked_for_is_locked(name):
    assert asked(f"{name}.in") <= pinned(f"{name}.txt").keys()


def test_the_tests_run_on_the_very_packages_of_production():
    assert pinned("requirements.txt").items() <= pinned("requirements-dev.txt").items()
