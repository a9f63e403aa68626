"""A database of its own, for a cell whose rows other processes have to see."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection


@contextmanager
def of_its_own(name: str) -> Iterator[None]:
    """Work in an empty database of that name, beside the one of the other cells."""
    settings, before = connection.settings_dict, connection.settings_dict["NAME"]
    postgres = connection.vendor == "postgresql"
    if postgres:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    settings["NAME"] = name if postgres else f"{before}.{name}"
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        settings["NAME"] = before
        if postgres:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
