import pytest

from tools.placeholders import mismatches, placeholders


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%(until)s of %(days)d", ["%(days)d", "%(until)s"]),
        ("100%% of {name!r} and {0:>3}", ["{0:>3}", "{name!r}"]),
        ("{{ kept }} and %%(not)s", []),
        ("37.3% fever", []),
    ],
)
def test_placeholders_are_found(text, found):
    assert placeholders(text) == found


def test_the_one_form_of_a_plural_says_its_number_even_where_the_singular_does_not():
    source = ("One person", "%(count)d people")
    assert list(mismatches(source, ("%(count)d人",))) == []
    assert list(mismatches(source, ("一人",))) == ["placeholders [] instead of ['%(count)d']"]


def test_line_breaks_at_the_edges_are_kept():
    assert list(mismatches("Ends.\n", ("届满。",))) == ["line break at the end"]
