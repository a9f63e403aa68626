"""The test databases themselves keep what the other tests lean on."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from healthcode.core.audit import triggers
from tests import databases

pytestmark = pytest.mark.django_db


def stored():
    return set(Permission.objects.values_list("pk", "codename"))


def make(name):
    return ContentType.objects.create(app_label="tests", model=name)


def test_append_only_triggers_stand():
    assert triggers.faults(connection) == []


@pytest.mark.django_db(transaction=True)
def test_emptying_the_tables_brings_back_what_migrations_loaded_and_the_triggers():
    before = stored()
    assert before
    make("left_behind")
    databases.empty()
    assert stored() == before
    assert not ContentType.objects.filter(app_label="tests").exists()
    assert triggers.faults(connection) == []


def test_threads_see_each_others_commits_and_bring_back_their_refusals(together):
    outcomes = together(lambda: make("first").model, lambda: make("second").model, lambda: 1 // 0)
    assert outcomes[:2] == ["first", "second"]
    assert isinstance(outcomes[2], ZeroDivisionError)
    assert set(ContentType.objects.filter(app_label="tests").values_list("model", flat=True)) == {
        "first",
        "second",
    }
