"""Settings, from the environment alone, in reading order. Every variable is described in `.env.example`.

Without any environment this is the embedded set-up: SQLite under `var/`, secrets made once and kept there.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from healthcode.core.vault.embedded import secrets_of

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- which set-up -----------------------------------------------------------------------------------------
PRODUCTION = env.bool("PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- secrets: production names its own, the embedded set-up keeps generated ones under var/ -----------------
_embedded = {} if PRODUCTION else secrets_of(VAR_DIR)
SECRET_KEY = env.str("SECRET_KEY", default=_embedded.get("SECRET_KEY", ""))
VAULT_KEYS = env.list("VAULT_KEYS", default=_embedded.get("VAULT_KEYS", []))
VAULT_INDEX_KEY = env.str("VAULT_INDEX_KEY", default=_embedded.get("VAULT_INDEX_KEY", ""))
SEAL_KEY = env.str("SEAL_KEY", default=_embedded.get("SEAL_KEY", ""))
SEAL_RETIRED_KEYS = env.list("SEAL_RETIRED_KEYS", default=[])
PASS_KEYS = env.list("PASS_KEYS", default=_embedded.get("PASS_KEYS", []))
PASS_RETIRED_KEYS = env.list("PASS_RETIRED_KEYS", default=[])

# --- database: SQLite is the embedded default, PostgreSQL is production -------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # select_for_update is a no-op on SQLite: writers queue at BEGIN IMMEDIATE instead.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Python keeps 128 compiled statements, and one act sends a hundred: it takes a tenth less with all kept.
        "cached_statements": 1000,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A page asks for few rows in many ways: the planner takes that for much work, and compiling it takes seconds.
    # A page that is looked up is nearly always in memory, or on a disk without a needle (ADR 240).
    options = "-c jit=off -c random_page_cost=1.1"
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", options)
    # Of a check at a door, and of who asks for a page: all other statements have their values in them, and are planned
    # each time.
    prepares = env.bool("PREPARED_STATEMENTS", default=True)
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0 if prepares else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- rooms of the house ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "healthcode.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
    "healthcode.core.audit",
    "healthcode.core.offices",
    "healthcode.core.acts",
    "healthcode.core.administration",
    "cases",
    "complaints",
    "healthcode.portal",
    "django_tasks_db",  # behind the portal, whose `db_worker` takes the place of its own
]
MIDDLEWARE = [
    "healthcode.portal.operation.pages.OperationMiddleware",
    "healthcode.portal.operation.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "healthcode.core.offices.headers.PrivateAnswersMiddleware",  # below the static files: those are anybody's
    "cases.api.door.DoorMiddleware",  # a device's check goes no further than here
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "healthcode.core.offices.bodies.WholeFormsMiddleware",  # before anything reads a form
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "healthcode.core.offices.middleware.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "healthcode.core.acts.interrupted.InterruptedFormsMiddleware",  # around what asks for a log-in
    "healthcode.core.offices.middleware.EntryMiddleware",
    "healthcode.core.offices.refused_access.RefusedAccessMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "healthcode.urls"
WSGI_APPLICATION = "healthcode.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["healthcode.core.acts.form_marks"],
            "libraries": {
                "acts": "healthcode.core.acts.tags",
                "portal": "cases.admin.tags",
                "records": "healthcode.core.offices.record_tags",
                "work": "healthcode.portal.tags",
            },
        },
    }
]

# --- who is let in -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "offices.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "healthcode.core.offices.backends.RoleBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "healthcode.core.offices.one_time.CodeHasher",  # of codes that the portal drew, never of what a human chose
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "healthcode.core.offices.passwords.HardToGuess"},
]
PASSWORDS_REFUSED = env.str(
    "PASSWORDS_REFUSED", default=""
)  # a file, one password a line, beside the lists shipped
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# "required" of every role that decides, lets in or reads outside its area; "offered" to all.
SECOND_FACTOR = env.str("SECOND_FACTOR", default="required" if PRODUCTION else "offered")
# Log-in through a directory of the government (OpenID Connect), beside username and password; empty: there is none.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_CLAIM = env.str("OIDC_CLAIM", default="")  # whose value is the username here
OIDC_SCOPES = env.str("OIDC_SCOPES", default="openid profile")
OIDC_NAME = env.str("OIDC_NAME", default="")  # on the button of the log-in page
PASS_PAPER_DAYS = env.int("PASS_PAPER_DAYS", default=14)  # how long a printed pass counts
PASS_PHONE_HOURS = env.int("PASS_PHONE_HOURS", default=12)  # how long a phone shows the code by one link
PASS_LINK_SECONDS = env.int("PASS_LINK_SECONDS", default=120)
PASS_LINKS_PER_HOUR = env.int("PASS_LINKS_PER_HOUR", default=10)  # for one person
TOKEN_DAYS = env.int("TOKEN_DAYS", default=365)  # how long a machine's token lives at the longest
# Minutes without a request after which a session ends: of roles that need a second factor, and of the others (a door).
IDLE_MINUTES = env.int("IDLE_MINUTES", default=30)
IDLE_MINUTES_OF_OTHERS = env.int("IDLE_MINUTES_OF_OTHERS", default=480)
FRESH_LOG_IN_MINUTES = env.int(
    "FRESH_LOG_IN_MINUTES", default=15
)  # for credentials, exports and full numbers
SESSION_ENGINE = "healthcode.core.offices.session_store"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=8 * 3600)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True  # the forms carry the token; no script of ours reads a cookie
if PRODUCTION:  # no neighbour under the same domain can set these; a browser takes them over TLS only
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_SECURE = PRODUCTION
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.5  # hours
LOG_INS_FAILED_PER_ADDRESS = env.int("LOG_INS_FAILED_PER_ADDRESS", default=40)  # within that time, any name
LOG_INS_FAILED_IN_ALL = env.int("LOG_INS_FAILED_IN_ALL", default=400)  # the same of all addresses
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_CLIENT_IP_CALLABLE = "healthcode.core.offices.addresses.client_address"
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

# --- transport and content security ------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.int("PROXY_COUNT", default=0) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- mail: only the ledger's checkpoints leave by it ---------------------------------------------------------
vars().update(env.email("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="healthcode@localhost")

# --- language and time -------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "healthcode" / "locale"]
FORMAT_MODULE_PATH = ["healthcode.locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # stored in UTC, shown and counted in days of Shanghai

# --- static files ------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static" if PRODUCTION else None  # embedded: served from where they lie
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- API ---------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "healthcode.core.offices.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["healthcode.core.offices.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["healthcode.core.offices.api.parsing.ObjectParser"],
    "DEFAULT_FILTER_BACKENDS": ["healthcode.core.offices.api.filtering.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "healthcode.core.offices.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "healthcode.core.offices.api.schema.PortalSchema",
    "EXCEPTION_HANDLER": "healthcode.core.offices.api.problems.problem_response",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Health-code portal",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],  # choices stay where they are: operations share names of fields, not their choices
}

# --- background work: a queue in the database and workers, or a thread of the one embedded process -------------
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend" if PRODUCTION else "healthcode.background.ThreadBackend"
    }
}

# --- how the house behaves ---------------------------------------------------------------------------------
HOME_CITY = env.str("HOME_CITY", default="3306")  # the city whose prevention office runs this portal
SEAL_ORIGIN = env.str("SEAL_ORIGIN", default=f"healthcode/{HOME_CITY}")  # the name on the ledger's seals
ANCHOR_MAIL = env.list("ANCHOR_MAIL", default=[])  # who keeps the ledger's checkpoints, once a day by mail
# Outside the database, and of every backup of it: the ledger's last checkpoint, and who was erased.
KEPT_DIR = env.str("KEPT_DIR", default=str(VAR_DIR / "kept"))
BACKUP_URL = env.str("BACKUP_URL", default="")  # of a role that may take a base backup
STANDBYS = env.int("STANDBYS", default=0)  # that have to follow the database
LOOK_UP_MINUTES = env.int("LOOK_UP_MINUTES", default=30)  # how long an exact look-up opens a person's page
LOOK_UPS_PER_HOUR = env.int("LOOK_UPS_PER_HOUR", default=30)  # of one account
LOOK_UPS_PER_HOUR_OF_MACHINES = env.int("LOOK_UPS_PER_HOUR_OF_MACHINES", default=6000)
HOTLINE_WEBHOOK_URL = env.str("HOTLINE_WEBHOOK_URL", default="")  # where answers to the hotline's letters go
HOTLINE_WEBHOOK_SECRET = env.str("HOTLINE_WEBHOOK_SECRET", default="")
# Of one account in a browser, of one token; each process of the server counts for itself.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=300)
API_REQUESTS_PER_MINUTE_OF_TOKENS = env.int("API_REQUESTS_PER_MINUTE_OF_TOKENS", default=1200)
GATE_CHECKS_PER_MINUTE = env.int("GATE_CHECKS_PER_MINUTE", default=60)  # of one account; faster is no door
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "text")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "healthcode.portal.operation.json_lines.JsonFormatter"},
        "text": {"format": "%(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    # A line for each request, where something reads them.
    "loggers": {"healthcode.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"}},
}
