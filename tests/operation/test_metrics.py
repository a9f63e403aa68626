"""What a monitor reads, and that each alert is about something it can read."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
import yaml
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from cases.models.batches import Batch
from healthcode.core.audit import skew
from healthcode.portal.operation import metrics, standbys, status
from tests.factories import Cast

RULES = Path(configured.BASE_DIR) / "deploy" / "prometheus" / "healthcode.rules.yml"
SAMPLE = re.compile(r'(healthcode_[a-z_]+)(?:\{of="([a-z]+)"\})? (-?[0-9.e+-]+)')


def read() -> dict[tuple[str, str], float]:
    lines = [line for line in metrics.text().splitlines() if not line.startswith("#")]
    found = [SAMPLE.fullmatch(line) for line in lines]
    assert all(found)
    return {(match[1], match[2] or ""): float(match[3]) for match in found if match}


def alerts() -> dict[str, Any]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_anybody_within_may_read_them(db: None, client: Client):
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith(
        "text/plain; version=0.0.4"
    )
    assert "healthcode_ready 1" in answer.content.decode()


def test_each_gauge_says_what_it_is(db: None):
    names = {name for name, _of in read()}
    helped = set(re.findall(r"# HELP (\S+) .", metrics.text()))
    assert names <= helped == set(re.findall(r"# TYPE (\S+) gauge", metrics.text()))


def test_every_alert_asks_for_a_gauge_that_is_there(db: None):
    there = {name for name, _of in read()}
    asked = {name for rule in alerts().values() for name in re.findall(r"healthcode_[a-z_]+", rule["expr"])}
    assert asked and asked <= there


def test_whatever_can_be_late_has_an_alert(db: None):
    asked = {
        one
        for rule in alerts().values()
        for names in re.findall(r'of=~?"([a-z|]+)"', rule["expr"])
        for one in names.split("|")
    }
    assert asked == set(metrics.EVERYTHING)


def test_every_alert_says_whether_somebody_is_woken(db: None):
    assert {rule["labels"]["night"] for rule in alerts().values()} == {"wake", "morning"}


@pytest.mark.parametrize(("days", "late"), [(0, 0), (1, 1)])
def test_a_timer_that_stopped_is_late(cast: Cast, days: int, late: int):
    status.beat("tick", at=timezone.now() - timedelta(days=days))
    assert read()["healthcode_late", "tick"] == late


def test_what_was_never_heard_of_is_an_alert_too(db: None):
    assert read()["healthcode_late", "tick"] == 1


@pytest.mark.parametrize(("minutes", "late"), [(29, False), (31, True)])
def test_a_delivery_that_nobody_looked_through(cast: Cast, minutes: int, late: bool):
    Batch.objects.create(
        kind="RESULTS",
        office=cast.service_xinchang.office,
        delivered_by=cast.service_xinchang,
        delivered_at=timezone.now() - timedelta(minutes=minutes),
        sha256="0" * 64,
    )
    assert ("deliveries" in status.look().late) is late


@pytest.mark.parametrize(
    ("url", "hours", "late"),
    [("", 3, False), ("https://h.example", 1, False), ("https://h.example", 3, True)],
)
def test_an_answer_that_does_not_reach_the_hotline(
    cast: Cast, settings: Any, url: str, hours: int, late: bool
):
    settings.HOTLINE_WEBHOOK_URL = url
    at = timezone.now() - timedelta(hours=hours)
    with mock.patch.object(status.Message.objects, "filter") as queued:
        queued.return_value.order_by.return_value.values_list.return_value.first.return_value = at
        assert ("outbox" in status.look().late) is late


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(("free", "late"), [(11, False), (9, True)])
def test_a_disk_that_is_nearly_full(db: None, settings: Any, tmp_path: Path, free: int, late: bool):
    settings.VAR_DIR = tmp_path
    with mock.patch.object(status.shutil, "disk_usage", return_value=Usage(100, 100 - free, free)):
        assert ("disk" in status.look().late) is late
        assert read()["healthcode_disk_free_ratio", "var"] == free / 100


def test_clocks_that_run_apart_are_told(db: None):
    with mock.patch.object(skew, "measure", return_value=timedelta(seconds=-3)):
        assert read()["healthcode_clock_apart_seconds", ""] == 3


@pytest.mark.parametrize(
    ("expected", "following", "late"),
    [
        (0, (0, 0, 0.0), False),
        (1, (1, 0, 0.0), False),
        (1, (0, 0, 0.0), True),
        (2, (1, 0, 0.0), True),
        (1, (1, standbys.BYTES + 1, 0.0), True),
        (1, (1, 0, standbys.SECONDS + 1), True),
    ],
)
def test_a_standby_that_is_missing_or_behind(
    db: None, settings: Any, expected: int, following: tuple[int, int, float], late: bool
):
    settings.STANDBYS = expected
    with mock.patch.object(standbys, "look", return_value=standbys.Standbys(*following)):
        assert ("standby" in status.look().late) is late
        assert read()["healthcode_standbys", ""] == following[0]


def test_a_database_that_nobody_follows_says_so(db: None):
    assert standbys.look() == standbys.Standbys(0, 0, 0.0)
