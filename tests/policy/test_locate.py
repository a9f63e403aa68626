"""Where a key stands, for every way TOML has of writing one."""

import tomllib

import pytest

from cases.policy import shipped
from cases.policy.locate import key_lines


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2\n", ("b",), 2),
        ("# note\r\n\r\na = 1\r\n", ("a",), 3),
        ("\n[t]\nx = 1\n", ("t",), 2),
        ("\n[t]\nx = 1\n", ("t", "x"), 3),
        ("[t . u]\n'x y' . \"z\" = 1", ("t", "u", "x y", "z"), 2),
        ('["1.1a"]\nzh = "x"', ("1.1a", "zh"), 2),
        ('"\\u0041" = 1', ("A",), 1),
        ("a = [\n  1, # one\n  [2,\n 3],\n]\nb = 1", ("a", "1", "1"), 4),
        ("a = [\n  1,\n]\nb = 1", ("b",), 4),
        ("a = [{ x = 1 },\n { x = 2 }]", ("a", "1", "x"), 2),
        ("a = { b.c = 1, d = [1, 2] }", ("a", "b", "c"), 1),
        ('a = """\n[no]\nno = 1\n"""\nb = 1', ("b",), 5),
        ("a = '''\n''no'''''\nb = 1", ("b",), 3),
        ('a = "# \\" ]"\nb = 1', ("b",), 2),
        ("[[r]]\nx = 1\n[[r]]\nx = 2\n[r.s]\ny = 3", ("r", "1", "s", "y"), 6),
        ("d = 2020-08-24 10:00:00 # then\nb = true", ("b",), 2),
    ],
)
def test_a_key_is_found_at_its_line(text, path, line):
    assert key_lines(text)[path] == line


def test_text_inside_a_string_is_no_key():
    assert key_lines('a = """\nno = 1\n"""') == {("a",): 1}


def _paths(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _paths(item, (*path, str(key)))


@pytest.mark.parametrize("version", shipped.VERSIONS)
def test_every_key_of_a_shipped_book_has_a_line(version):
    text = shipped.text(version)
    assert set(_paths(tomllib.loads(text))) == set(key_lines(text))
