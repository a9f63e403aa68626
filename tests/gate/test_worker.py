"""The script that answers without a network, and the page that it answers with: kept by names, and naming nobody."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.test import Client

from cases.gate import offline
from tests.factories import register
from tests.gate.conftest import GATE


def kept():
    answer = Client().get(f"{GATE}sw.js")
    assert answer.headers["Content-Type"] == "text/javascript"
    assert "no-cache" in answer.headers["Cache-Control"]
    return json.loads(re.search(r"self\.kept = (.*);", answer.content.decode())[1])


def test_it_keeps_everything_that_the_page_asks_for(keeper):
    page = keeper.open(f"{GATE}offline/").content.decode()
    asked = set(re.findall(r'(?:src|href|data-reader)="(/static/[^"]+)"', page))
    assert asked and asked <= set(kept()["files"])


def test_it_keeps_whatever_its_scripts_import():
    files = kept()["files"]
    for name in (*offline.NAMED, *offline.IMPORTED):
        path = Path(configured.BASE_DIR, "static", name)
        for imported in re.findall(r'from "(\./|\.\./)([\w/.-]+)"', path.read_text()):
            there = (path.parent / imported[0] / imported[1]).resolve()
            assert f"/static/{there.relative_to(Path(configured.BASE_DIR, 'static').resolve())}" in files


def test_it_is_another_as_soon_as_one_file_is(monkeypatch, tmp_path):
    before = offline._version.__wrapped__()
    other = tmp_path / "changed.js"
    other.write_text("// changed")
    monkeypatch.setattr(offline.finders, "find", lambda name: str(other))
    assert offline._version.__wrapped__() != before


def test_in_production_its_names_are_those_of_the_release(settings, tmp_path):
    release = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STATIC_ROOT, settings.STORAGES = tmp_path, {**settings.STORAGES, "staticfiles": release}
    call_command("collectstatic", verbosity=0, interactive=False)
    files = kept()["files"]
    assert any(re.search(r"keep\.[0-9a-f]{12}\.js$", name) for name in files)
    assert [name for name in files if not (tmp_path / name.removeprefix("/static/")).is_file()] == []


def test_the_page_names_nobody_and_bears_no_token(cast, keeper):
    person = register(by=cast.service_xinchang, name="欧阳金丝雀")
    keeper.check(person)
    page = keeper.open(f"{GATE}offline/").content.decode()
    for secret in (cast.gate_school.name, cast.gate_school.username, person.name, "csrfmiddlewaretoken"):
        assert secret not in page


@pytest.mark.parametrize("username", ["service.xinchang", "supervisor.city"])
def test_nobody_else_takes_it_along(cast, username):
    client = Client()
    client.force_login(cast[username], backend="healthcode.core.offices.backends.RoleBackend")
    assert client.get(f"{GATE}offline/").status_code == 403
    assert Client().get(f"{GATE}offline/").status_code == 302


def test_what_it_takes_along_is_what_the_service_decides(cast, keeper, people_of, school):
    page = keeper.open(f"{GATE}offline/").content.decode()
    door = json.loads(re.search(r'<script id="door" type="application/json">(.*?)</script>', page)[1])
    (venue,) = door["venues"]
    for colour in ("GREEN", "YELLOW", "RED"):
        for temperature in ("36.5", "37.8"):
            answer = keeper.check(people_of(colour), temperature)
            taken = venue["answers"][f"{colour}{int(float(temperature) >= door['fever'])}00"]
            assert ("Do not let through" not in answer) == taken["passes"]
            assert taken["why"] in answer
