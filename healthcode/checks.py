"""The set-up has to be sound before anybody is let in: checks with ids, and a refusal to start.

Django runs them before `runserver`, `migrate` and every other command that asks for checks; a WSGI server runs none,
so `healthcode.wsgi` calls `refuse_unsound_setup` itself.
"""

import base64
import binascii
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from cases.passes import keys
from healthcode.core.audit import checkpoints
from healthcode.core.offices.addresses import is_private_way

SECRET_LENGTH, SECRET_VARIETY = 50, 10
VAULT_KEY_BYTES = 32
INDEX_KEY_LENGTH = 32
LEDGER = ("audit_event", "audit_leaf", "audit_seal")  # no model is at hand when this module is read
# Of whoever is connected, as PostgreSQL knows it.
OF_LEDGER = " FROM pg_class WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace"
OWNS = "SELECT bool_or(pg_has_role(current_user, relowner, 'USAGE'))" + OF_LEDGER
OVERWRITES = "SELECT bool_or(has_table_privilege(pg_class.oid, 'UPDATE, DELETE, TRUNCATE'))" + OF_LEDGER
PROMISED = ("django-insecure-", "changeme", "secret")


@register(Tags.security)
def setup_is_sound(**_: Any) -> list[CheckMessage]:
    """Check secrets, hosts and database; what is harmless on one's own machine is an error in production."""
    found = [*_debug_in_public(), *_vault(), *_seal(), *_passes(), *_webhook(), *_directory()]
    if settings.PRODUCTION:
        found += [*_production_secret(), *_production_hosts(), *_production_database()]
    return found


@register(Tags.database, deploy=True)
def pages_are_not_compiled(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a PostgreSQL that compiles the plan of every page: a pooler may drop what the connection asks for."""
    return [_compiling(alias) for alias in databases or () if _compiles(connections[alias])]


def _compiles(connection: BaseDatabaseWrapper) -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        return bool(cursor.fetchone() == ("on",))


def _compiling(alias: str) -> CheckMessage:
    return Error(
        f"jit is on in database “{alias}”: each page would wait seconds for its plan to be compiled.",
        hint="Apply deploy/roles.sql, or ALTER ROLE … SET jit = off for the role that connects.",
        id="healthcode.E011",
    )


@register(Tags.database, deploy=True)
def nobody_serves_as_owner(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse to serve as the ledger's owner, as a superuser, or as whoever else may write over it."""
    served = [alias for alias in databases or () if settings.PRODUCTION]
    return [
        fault(alias)
        for alias in served
        for fault, tables, question in ((_owning, LEDGER[:1], OWNS), (_overwriting, LEDGER, OVERWRITES))
        if _is_true_of(connections[alias], tables, question)
    ]


def _is_true_of(connection: BaseDatabaseWrapper, tables: Sequence[str], question: str) -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(question, [list(tables)])
        return bool(cursor.fetchone() == (True,))


def _owning(alias: str) -> CheckMessage:
    return Error(
        f"The portal connects to database “{alias}” as the ledger's owner or as a superuser.",
        hint="Serve as web and work: `manage.py database_grants` prints what makes them.",
        id="healthcode.E014",
    )


def _overwriting(alias: str) -> CheckMessage:
    return Error(
        f"What the portal connects to database “{alias}” as may write over the ledger.",
        hint="Run what `manage.py database_grants` prints once more: the first `migrate` made tables since.",
        id="healthcode.E020",
    )


def refuse_unfit_connection() -> None:
    """Raise ImproperlyConfigured if what this process connects as could alter the ledger, or compiles pages."""
    refuse_compiled_pages()
    for fault in nobody_serves_as_owner([DEFAULT_DB_ALIAS]):
        raise ImproperlyConfigured(f"The portal does not start:\n({fault.id}) {fault.msg} {fault.hint}")


def refuse_compiled_pages() -> None:
    """Raise ImproperlyConfigured if the database compiles the plans of pages."""
    for fault in pages_are_not_compiled([DEFAULT_DB_ALIAS]):
        raise ImproperlyConfigured(f"The portal does not start:\n({fault.id}) {fault.msg} {fault.hint}")


def refuse_unsound_setup() -> None:
    """Raise ImproperlyConfigured, naming every fault and its remedy, unless the set-up is sound."""
    faults = setup_is_sound()
    if faults:
        report = "\n".join(f"({fault.id}) {fault.msg} {fault.hint}" for fault in faults)
        raise ImproperlyConfigured(f"The portal does not start:\n{report}")


def _production_secret() -> Iterator[CheckMessage]:
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's own answer to an empty one
        secret = ""
    short = len(secret) < SECRET_LENGTH or len(set(secret)) < SECRET_VARIETY
    if short or secret.lower().startswith(PROMISED):
        yield Error(
            "SECRET_KEY is weak.",
            hint='Set it to the output of: python -c "import secrets; print(secrets.token_urlsafe(64))".',
            id="healthcode.E001",
        )


def _debug_in_public() -> Iterator[CheckMessage]:
    public = [host for host in settings.ALLOWED_HOSTS if not _is_local(host)]
    if settings.DEBUG and (settings.PRODUCTION or public):
        yield Error(
            f"DEBUG shows the program's inside on {', '.join(public) or 'a production host'}.",
            hint="Unset DEBUG, or serve 127.0.0.1 and localhost only.",
            id="healthcode.E002",
        )


def _vault() -> Iterator[CheckMessage]:
    if not settings.VAULT_KEYS or not all(_is_vault_key(key) for key in settings.VAULT_KEYS):
        yield Error(
            "VAULT_KEYS is missing, or holds something else than 32 bytes in URL-safe base64.",
            hint="Make one as .env.example says; keep the old ones behind it, or what they encrypted is lost.",
            id="healthcode.E003",
        )
    if len(settings.VAULT_INDEX_KEY) < INDEX_KEY_LENGTH:
        yield Error(
            "VAULT_INDEX_KEY is missing or shorter than 32 characters.",
            hint='Set it to the output of: python -c "import secrets; print(secrets.token_urlsafe(32))".',
            id="healthcode.E004",
        )


def _seal() -> Iterator[CheckMessage]:
    if not _is_vault_key(settings.SEAL_KEY):
        yield Error(
            "SEAL_KEY is missing, or is something else than 32 bytes in URL-safe base64.",
            hint="Make one as .env.example says; name the one before in SEAL_RETIRED_KEYS, or its seals do not verify.",
            id="healthcode.E007",
        )
    for key in settings.SEAL_RETIRED_KEYS:
        try:
            checkpoints.retired(key)
        except ValueError:
            yield Error(
                f"SEAL_RETIRED_KEYS holds “{key}”, which is no public key of a sealing key.",
                hint="Each is what `manage.py seal_audit --key` printed while the key was in use.",
                id="healthcode.E008",
            )


def _passes() -> Iterator[CheckMessage]:
    for fault in keys.faults():
        yield Error(
            f"PASS_KEYS or PASS_RETIRED_KEYS is wrong. {fault}",
            hint="Write each as .env.example says: number:kinds:key, one key for phone and another for paper.",
            id="healthcode.E021",
        )


def _webhook() -> Iterator[CheckMessage]:
    if not settings.HOTLINE_WEBHOOK_URL:
        return
    url = urlsplit(settings.HOTLINE_WEBHOOK_URL)
    if url.scheme != "https" and not (url.scheme == "http" and _is_local(url.hostname or "")):
        yield Error(
            "HOTLINE_WEBHOOK_URL is not an HTTPS address: answers to citizens would travel in the open.",
            hint="Set an https:// address, or leave it empty: then the answers wait in the outbox.",
            id="healthcode.E009",
        )
    if len(settings.HOTLINE_WEBHOOK_SECRET) < INDEX_KEY_LENGTH:
        yield Error(
            "HOTLINE_WEBHOOK_SECRET is missing or shorter than 32 characters.",
            hint='Set it to the output of: python -c "import secrets; print(secrets.token_urlsafe(32))".',
            id="healthcode.E010",
        )


def _directory() -> Iterator[CheckMessage]:
    if not settings.OIDC_ISSUER:
        return
    if not is_private_way(settings.OIDC_ISSUER):
        yield Error(
            "OIDC_ISSUER is not an HTTPS address: whoever listens on the way could log in as anybody.",
            hint="Set the issuer as the directory names itself, with https://.",
            id="healthcode.E017",
        )
    missing = [
        name for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_CLAIM") if not getattr(settings, name)
    ]
    if missing:
        yield Error(
            f"OIDC_ISSUER is set, and {', '.join(missing)} is not.",
            hint="The claim is the one whose value is the username here, and that nobody can change for themselves.",
            id="healthcode.E018",
        )


def _production_hosts() -> Iterator[CheckMessage]:
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is empty or lets every host name in.",
            hint="Name the hosts under which the portal is reached.",
            id="healthcode.E005",
        )


def _production_database() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Error(
            "Production runs on PostgreSQL, and DATABASE_URL names SQLite or nothing.",
            hint="Set DATABASE_URL=postgres://user:password@host:5432/name.",
            id="healthcode.E006",
        )
    elif not _reaches_its_own(settings.DATABASES["default"]):
        yield Error(
            "The database is on another machine, and the connection to it is not one that proves whose it is.",
            hint="Add ?sslmode=verify-full to DATABASE_URL, and sslrootcert where the system does not know who signed.",
            id="healthcode.E019",
        )


def _reaches_its_own(database: Mapping[str, Any]) -> bool:
    """Tell whether nobody on the way can read along or answer in the database's place (ASVS V12.3)."""
    options = database.get("OPTIONS", {})
    if options.get("sslmode") == "verify-full":
        return True
    hosts = str(options.get("host") or database.get("HOST", "")).split(",")
    return all(not host or host.startswith("/") or _is_local(host) for host in hosts)


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_vault_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == VAULT_KEY_BYTES
    except (binascii.Error, ValueError):
        return False
