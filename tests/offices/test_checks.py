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
    "PASS_KEYS": [f"{one}:{kind}:{'A' * 42}{one}=" for one, kind in ((4, "phone"), (8, "paper"))],
    "PASS_RETIRED_KEYS": [],
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
        ("E021", {"PASS_KEYS": ["1:phone+paper:short"]}),
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


def as_production_reads(*names: str) -> list[str]:
    """Return settings as a server of production reads them: no test can switch these over."""
    secrets = {
        name: ",".join(value) if isinstance(value, list) else value
        for name, value in SOUND.items()
        if name.startswith(("SECRET", "VAULT", "SEAL_KEY", "PASS_KEYS"))
    }
    environment = {
        **os.environ,
        "PRODUCTION": "true",
        "DJANGO_SETTINGS_MODULE": "healthcode.settings",
        **secrets,
    }
    asked = ", ".join(names)
    imports = "import django; django.setup(); from healthcode.portal import devices; from django.conf import settings"
    code = f"{imports}; print({asked})"
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def test_every_cookie_of_production_is_of_the_host_alone():
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "SESSION_COOKIE_SECURE")
    more = ("CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN")
    read = as_production_reads("devices.COOKIE", *(f"settings.{name}" for name in (*names, *more)))
    cookies = ["__Host-device", "__Host-session", "__Host-csrf", "__Host-language"]
    assert read == [*cookies, "True", "True", "True", "None", "None"]


def test_production_is_reached_over_https_alone_for_a_year():
    assert as_production_reads("settings.SECURE_SSL_REDIRECT", "settings.SECURE_HSTS_SECONDS") == [
        "True",
        "31536000",
    ]
