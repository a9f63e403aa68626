"""Whoever serves pages does all its work, and can neither switch a guard off nor touch the ledger."""

from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.test import Client
from django.utils import timezone

from cases.models import GateCheck
from healthcode.checks import refuse_unfit_connection
from healthcode.core.audit import batches
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts
from tests.factories import register

ON_POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'")
pytestmark = pytest.mark.django_db
LEDGER = ("audit_event", "audit_leaf", "audit_seal")
NEVER = (
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in (*LEDGER, "cases_case", "cases_transition")),
    *(f"DROP TABLE {table}" for table in ("audit_event", "cases_case")),
    *(f"TRUNCATE {table} CASCADE" for table in (*LEDGER, "cases_case")),
    *(f"DELETE FROM {table}" for table in LEDGER),
    "UPDATE audit_event SET actor = 'nobody'",
    "DROP TRIGGER audit_event_no_change ON audit_event",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "ALTER TABLE cases_gatecheck DISABLE TRIGGER USER",
    "SET session_replication_role = replica",
    "CREATE TABLE another (id int)",
    "ALTER TABLE cases_case OWNER TO web",
)


def grants(*arguments: str) -> str:
    printed = StringIO()
    call_command("database_grants", *arguments, stdout=printed)
    return printed.getvalue()


@pytest.fixture
def roles(cast):
    """Make the roles in this test's transaction: they are of the whole cluster else."""
    with connection.cursor() as cursor:
        cursor.execute(grants())


def act_as(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")


def is_refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except Error:
        return True
    return False


@ON_POSTGRESQL
@pytest.mark.parametrize("role", ["web", "work"])
def test_who_serves_does_its_work_and_can_do_nothing_to_the_guards(cast, roles, role):
    register(by=cast.service_xinchang)
    act_as(role)
    client = Client()
    client.force_login(cast.supervisor_city)
    assert client.get("/").status_code == client.get("/cases/person/").status_code == 200
    before = Event.objects.count()
    register(by=cast.service_xinchang)
    assert Event.objects.count() > before
    assert [one for one in NEVER if not is_refused(one)] == []


@ON_POSTGRESQL
def test_the_timer_seals_checks_without_owning_a_table(cast, roles):
    act_as("work")
    now = timezone.now()
    assert batches.seal(by=accounts.system(at=now), at=now) == 0  # what is not committed waits
    assert batches.oldest_unsealed(GateCheck) is None


@ON_POSTGRESQL
def test_a_reader_reads_and_writes_nothing(cast, roles):
    act_as("reader")
    assert Event.objects.count() >= 0
    assert is_refused("UPDATE cases_person SET name = 'x'") and is_refused("DELETE FROM cases_person")


@ON_POSTGRESQL
def test_tables_to_come_are_granted_as_those_that_are_there(cast, roles):
    act_as("owner")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.to_come (id serial PRIMARY KEY)")
    act_as("web")
    assert not is_refused("INSERT INTO public.to_come DEFAULT VALUES")
    assert is_refused("DROP TABLE public.to_come")


@ON_POSTGRESQL
def test_nobody_waits_for_ever(cast, roles):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolconfig FROM pg_roles WHERE rolname = ANY(%s)", [["web", "reader"]])
        settings = dict(cursor.fetchall())
    assert {"statement_timeout=10s", "lock_timeout=8s"} <= set(settings["web"])
    assert "default_transaction_read_only=on" in settings["reader"]


@ON_POSTGRESQL
def test_production_does_not_serve_as_the_owner(cast, roles, settings):
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="E014"):
        refuse_unfit_connection()
    act_as("web")
    refuse_unfit_connection()


@ON_POSTGRESQL
@pytest.mark.parametrize("right", ["UPDATE ON audit_event", "DELETE ON audit_leaf", "TRUNCATE ON audit_seal"])
def test_production_does_not_serve_as_a_role_that_the_ledger_was_not_taken_from(cast, roles, settings, right):
    """As it is between the first `migrate` and the second run of what `database_grants` prints."""
    settings.PRODUCTION = True
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT {right} TO work")
    act_as("web")
    refuse_unfit_connection()
    act_as("work")
    with pytest.raises(ImproperlyConfigured, match="E020"):
        refuse_unfit_connection()


def test_the_roles_go_by_the_names_that_are_asked_for():
    text = grants("--web", "portal_web")
    assert "TO portal_web, work" in text and " web" not in text.split("-- A page")[1].replace(
        "portal_web", ""
    )


@pytest.mark.parametrize("name", ["work", "x; DROP TABLE", "Web"])
def test_a_name_that_is_none_or_taken_is_refused(name):
    with pytest.raises(CommandError):
        grants("--web", name)
