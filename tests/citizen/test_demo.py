"""The demo's phones: real links, on the demo's own machine and nowhere else."""

import re

import pytest
from django.test import Client

from cases.models import Pass
from healthcode.core.vault.embedded import DEMO_PASSWORD
from tests.factories import register

PHONES = "/demo/phone/"


@pytest.fixture
def demo(cast, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    (tmp_path / DEMO_PASSWORD).write_text("x")
    return register(by=cast.service_xinchang, name="王小明")


def test_a_button_opens_somebodys_phone_by_a_link_that_is_used_up(demo):
    client = Client()
    page = client.get(PHONES).content.decode()
    (key,) = re.findall(r'name="person" value="(\d+)"', page)
    answer = client.post(PHONES, {"person": key})
    assert re.fullmatch(r"/p/[\w-]{32}/", answer.url)
    client.post(answer.url)
    page = client.get("/p/").content.decode()
    assert "王**" in page and Pass.objects.get().person == demo


def test_it_is_there_for_nobody_elsewhere(demo):
    away = Client(REMOTE_ADDR="10.0.0.7")
    assert away.get(PHONES).status_code == away.post(PHONES, {"person": demo.pk}).status_code == 404
    assert not Pass.objects.exists()


@pytest.mark.parametrize("missing", ["demo", "production"])
def test_it_is_not_there_without_the_demo_nor_in_production(demo, settings, missing):
    if missing == "demo":
        (settings.VAR_DIR / DEMO_PASSWORD).unlink()
    settings.PRODUCTION = missing == "production"
    assert Client().get(PHONES).status_code == 404


@pytest.mark.parametrize("key", ["", "x", "999999", "٣"])
def test_nobody_is_handed_over_for_a_key_of_nobody(demo, key):
    assert Client().post(PHONES, {"person": key}).status_code == 404
