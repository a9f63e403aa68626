"""The portal does not start on an unsound set-up."""

import base64
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from healthcode import checks

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")

SOUND = {
    "PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "".join(chr(40 + number) for number in range(60)),
    "ALLOWED_HOSTS": ["portal.example.gov.cn"],
    "VAULT_KEYS": [base64.urlsafe_b64encode(bytes(32)).decode()],
    "VAULT_INDEX_KEY": "k" * 32,
    "SEAL_KEY": base64.urlsafe_b64encode(bytes(32)).decode(),
    "SEAL_RETIRED_KEYS": [],
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
}


def reached(**way):
    return {"default": {"ENGINE": "django.db.backends.postgresql", **way}}


def found(settings, **changes):
    for name, value in {**SOUND, **changes}.items():
        setattr(settings, name, value)
    return [fault.id for fault in checks.setup_is_sound()]


def test_a_sound_production_set_up_starts(settings):
    assert found(settings) == []


@pytest.mark.parametrize(
    ("fault", "changes"),
    [
        ("E001", {"SECRET_KEY": "short"}),
        ("E001", {"SECRET_KEY": "a" * 60}),
        ("E001", {"SECRET_KEY": ""}),
        ("E001", {"SECRET_KEY": "django-insecure-" + SOUND["SECRET_KEY"]}),
        ("E002", {"DEBUG": True}),
        ("E002", {"DEBUG": True, "PRODUCTION": False}),
        ("E003", {"VAULT_KEYS": []}),
        ("E003", {"VAULT_KEYS": ["not base64!"]}),
        ("E003", {"VAULT_KEYS": [base64.urlsafe_b64encode(bytes(16)).decode()]}),
        ("E004", {"VAULT_INDEX_KEY": ""}),
        ("E004", {"VAULT_INDEX_KEY": "k" * 31}),
        ("E005", {"ALLOWED_HOSTS": ["*"]}),
        ("E005", {"ALLOWED_HOSTS": []}),
        ("E007", {"SEAL_KEY": ""}),
        ("E007", {"SEAL_KEY": base64.urlsafe_b64encode(bytes(31)).decode()}),
        ("E008", {"SEAL_RETIRED_KEYS": ["healthcode/3306+00000000+AAAA"]}),
        ("E006", {"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}),
        ("E019", {"DATABASES": reached(HOST="db.example.gov.cn")}),
        ("E019", {"DATABASES": reached(HOST="10.1.2.3", OPTIONS={"sslmode": "require"})}),
        ("E019", {"DATABASES": reached(OPTIONS={"host": "127.0.0.1,10.1.2.3"})}),
    ],
)
def test_an_unsound_one_is_named(settings, fault, changes):
    assert found(settings, **changes) == [f"healthcode.{fault}"]


@pytest.mark.parametrize(
    "way",
    [
        {"HOST": "127.0.0.1"},
        {"HOST": "localhost"},
        {"HOST": "/var/run/postgresql"},
        {"OPTIONS": {"host": "/var/run/postgresql"}},
        {"HOST": "db.example.gov.cn", "OPTIONS": {"sslmode": "verify-full"}},
    ],
)
def test_a_database_on_the_machine_or_one_that_proves_whose_it_is_is_sound(settings, way):
    assert found(settings, DATABASES=reached(**way)) == []


def test_debug_on_ones_own_machine_is_allowed(settings):
    assert (
        found(settings, PRODUCTION=False, DEBUG=True, ALLOWED_HOSTS=["127.0.0.1", "localhost", "[::1]"]) == []
    )


def test_every_fault_says_what_to_do(settings):
    found(settings, SECRET_KEY="", DEBUG=True, VAULT_KEYS=[], VAULT_INDEX_KEY="", ALLOWED_HOSTS=["*"])
    assert all(fault.hint for fault in checks.setup_is_sound())


def test_the_refusal_names_fault_and_remedy(settings):
    found(settings, VAULT_KEYS=[])
    with pytest.raises(ImproperlyConfigured, match=r"healthcode\.E003.*VAULT_KEYS.*\.env\.example"):
        checks.refuse_unsound_setup()


def test_the_server_process_refuses_to_start():
    kept = {name: value for name, value in os.environ.items() if name not in (*SOUND, "DATABASE_URL")}
    environment = {**kept, "PRODUCTION": "true", "SECRET_KEY": "weak"}
    started = subprocess.run(
        [sys.executable, "-c", "import healthcode.wsgi"], env=environment, capture_output=True, text=True
    )
    assert started.returncode == 1
    assert "The portal does not start" in started.stderr


def test_every_cookie_of_production_is_of_the_host_alone():
    """Read as a server reads them: no test can switch these settings over."""
    secrets = {
        name: ",".join(value) if isinstance(value, list) else value
        for name, value in SOUND.items()
        if name.startswith(("SECRET", "VAULT", "SEAL_KEY"))
    }
    environment = {
        **os.environ,
        "PRODUCTION": "true",
        "DJANGO_SETTINGS_MODULE": "healthcode.settings",
        **secrets,
    }
    asked = (
        "from django.conf import settings as s; from healthcode.portal import devices as d;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, d.COOKIE,"
        " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, s.SESSION_COOKIE_DOMAIN)"
    )
    command = [sys.executable, "-c", f"import django; django.setup(); {asked}"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [
        *("__Host-session", "__Host-csrf", "__Host-language", "__Host-device"),
        *("True", "True", "True", "None"),
    ]
