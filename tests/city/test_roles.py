"""What the database is asked for before anybody is let in."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from healthcode.checks import refuse_compiled_pages

pytestmark = pytest.mark.django_db


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_no_plan_of_a_page_is_compiled():
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_database_that_compiles_every_page_is_refused():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = on")
    with pytest.raises(ImproperlyConfigured, match=r"deploy/roles\.sql"):
        refuse_compiled_pages()


def test_one_that_does_not_is_served():
    refuse_compiled_pages()
