"""Every answer is private, and what lies beside the program is its owner's alone."""

import stat
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from healthcode.core.offices import account_rules, accounts
from healthcode.core.vault.embedded import secrets_of
from tests.factories import EPOCH, PASSWORD


@pytest.mark.parametrize(
    "path", ["/", "/login/", "/nowhere/", "/api/v1/persons", "/api/nowhere", "/cases/person/", "/gate/"]
)
@pytest.mark.parametrize("logged_in", [False, True])
def test_no_answer_is_kept_by_a_cache_or_lends_the_machine_to_others(cast, path, logged_in):
    client = Client()
    if logged_in:
        client.force_login(cast.community_yulin)
    headers = client.get(path).headers
    assert "no-store" in headers["Cache-Control"]
    camera = "camera=(self)" if path == "/gate/" else "camera=()"
    assert camera in headers["Permissions-Policy"] and "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_cookie_is_read_by_a_script(cast):
    client = Client()
    client.get("/login/")
    client.post("/login/", {"username": cast.community_yulin.username, "password": PASSWORD})
    assert {"csrftoken", "sessionid"} <= client.cookies.keys()
    assert all(cookie["httponly"] for cookie in client.cookies.values())


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/v1/nowhere"])
def test_a_post_to_no_address_of_the_api_is_a_problem_like_any_other(cast, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.community_yulin)
    answer = client.post(path, {}, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("username", ["new\nclerk", "new clerk", "<new>", "new\u202eclerk", ""])
def test_a_username_has_no_spaces_breaks_or_marks(cast, username):
    fields = {
        "username": username,
        "name": "新账号",
        "role": "community",
        "office": cast.office("community-yulin"),
    }
    with pytest.raises(account_rules.UsernameOdd):
        accounts.create(**fields, by=cast.admin_one, at=EPOCH)


def test_nobody_else_on_the_machine_reads_the_folder_of_the_embedded_set_up(tmp_path: Path):
    folder = tmp_path / "var"
    secrets_of(folder)
    database = folder / "portal.sqlite3"
    database.write_text("")
    database.chmod(0o644)
    folder.chmod(0o755)
    secrets_of(folder)  # at the next start
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, database)] == [0o700, 0o600]


def test_an_account_page_refuses_an_odd_username_on_its_field(cast):
    client = Client()
    client.force_login(cast.admin_one)
    typed = {"username": "new clerk", "full_name": "新账号", "role": "community"}
    typed["office"] = cast.office("community-yulin").pk
    page = client.post(
        reverse("admin:offices_user_do", args=("create",)), {**typed, "_confirm": "1"}, follow=True
    )
    assert "登录名只能" in page.content.decode()
