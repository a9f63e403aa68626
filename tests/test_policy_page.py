"""docs/policy.md says what the books say."""

import pytest

pytest.importorskip("pytest_django")


@pytest.fixture
def call(settings):
    from django.core.management import call_command

    return call_command


@pytest.fixture
def page(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs" / "policy.md"


def test_the_page_is_not_stale(call, capsys):
    call("render_policy", check=True)
    assert "up to date" in capsys.readouterr().out


def test_a_missing_page_is_stale(call, page):
    from django.core.management import CommandError

    with pytest.raises(CommandError, match="stale"):
        call("render_policy", check=True)


def test_checking_writes_nothing(call, page):
    from django.core.management import CommandError

    page.write_text("old")
    with pytest.raises(CommandError):
        call("render_policy", check=True)
    assert page.read_text() == "old"


def test_a_stale_page_is_rewritten(call, page):
    page.write_text("old")
    call("render_policy")
    call("render_policy", check=True)
