"""Settings: one file, every value from the environment, each with a default that serves development.

`XUNZHANG_ENV=production` takes the development defaults away: a missing value is refused
with a sentence that names it.
"""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import database
from jurisdictions.calendars.zone import ZONE_NAME

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """The value of an environment variable without surrounding space; `default` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def env_flag(name: str, default: bool) -> bool:
    """A yes/no variable: 1, true, yes, on or 0, false, no, off."""
    value = env(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")


def env_int(name: str, default: int) -> int:
    """A whole number."""
    value = env(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def env_list(name: str) -> list[str]:
    """Values separated by commas."""
    return [part.strip() for part in env(name).split(",") if part.strip()]


ENVIRONMENT = env("XUNZHANG_ENV", "development")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured(f"XUNZHANG_ENV must be development or production, not {ENVIRONMENT!r}.")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env_flag("XUNZHANG_DEBUG", default=not PRODUCTION)
VAR_DIR = database.var_directory()


def required_in_production(name: str, what: str) -> str:
    """The variable's value; in production a missing one is refused."""
    value = env(name)
    if PRODUCTION and not value:
        raise ImproperlyConfigured(f"Production needs {name}: {what}.")
    return value


def development_secret(directory: Path = VAR_DIR) -> str:
    """A random key of this working copy, kept under var/ so that sessions survive a restart."""
    path = directory / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by its user alone
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # of several that start at once the first one's key holds
            os.link(draft, path)
        os.unlink(draft)
    if kept := path.read_text().strip():
        return kept
    raise ImproperlyConfigured(f"{path} is empty: delete it and start again.")


# --- What production must be given --------------------------------------------------------------------------

if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("Production refuses XUNZHANG_DEBUG: it shows source and settings to visitors. Unset it.")
SECRET_KEY = required_in_production("SECRET_KEY", "a random text of at least 50 characters, kept secret")
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("Production needs a SECRET_KEY of at least 50 characters.")
SECRET_KEY = SECRET_KEY or development_secret()
DATABASE_URL = required_in_production("DATABASE_URL", "postgres://user:password@host:5432/name")
BROKER_URL = required_in_production("BROKER_URL", "the address of Redis, redis://host:6379/0")
required_in_production("ALLOWED_HOSTS", "the host names people type, separated by commas")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]", "testserver"]
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("Production refuses ALLOWED_HOSTS=*: name the hosts.")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

# --- Apps and requests --------------------------------------------------------------------------------------

INSTALLED_APPS = [
    *(() if PRODUCTION else ("demo",)),
    "config.apps.ConfigConfig",
    "regulation",
    "funding",
    "acceptance",
    "approvals",
    "projects",
    "workflow",
    "accounts",
    "jurisdictions",
    "rendering",
    "django_prometheus",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "pgtrigger",
    "django_structlog",
]

# No ATOMIC_REQUESTS: CountyMiddleware opens the transaction of a request, so that the tenant scope and the
# database role hold for all of it and for nothing else.
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.CompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.SlidingSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.ReadableMiddleware",
    "config.middleware.NoNullsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.LoggingMiddleware",
    "accounts.middleware.FirstPasswordMiddleware",
    "accounts.middleware.CountyMiddleware",
    "workflow.notices.sending.SendingMiddleware",
    "config.middleware.NothingHereMiddleware",
    "config.middleware.FormAddressMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# Read once, in development too: a page that reads its templates anew takes twice the time. An edited one shows after
# the server was started again; Django's own server does that by itself.
TEMPLATE_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "workflow.desk.frame.frame",
                *(() if PRODUCTION else ("demo.sign_in.offer",)),
            ],
            "loaders": [("django.template.loaders.cached.Loader", TEMPLATE_LOADERS)],
            "builtins": [
                "django.templatetags.i18n",
                "django_cotton.templatetags.cotton",
                "accounts.templatetags.shown",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# --- Database, queue, cache ---------------------------------------------------------------------------------

EMBEDDED_DATABASE = not DATABASE_URL
DATABASES = {
    "default": {
        **(dj_database_url.parse(DATABASE_URL) if DATABASE_URL else database.embedded_settings()),
        "CONN_MAX_AGE": env_int("DATABASE_CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "TEST": {"NAME": env("XUNZHANG_TEST_DB", "test_xunzhang"), "TEMPLATE": "template0"},
    }
}
# Whether what pages ask again and again is prepared on a connection: not behind a pooler that lends a connection for a
# transaction.
DATABASE_PREPARES = env_flag("DATABASE_PREPARES", default=True)
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name PostgreSQL: postgres://user:password@host:5432/name.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

EMBEDDED_BROKER = not BROKER_URL
CELERY_BROKER_URL = BROKER_URL or "filesystem://"
if CELERY_BROKER_URL.startswith("filesystem:"):
    BROKER_DIR = VAR_DIR / "broker"
    for name in ("messages", "processed", "control"):
        (BROKER_DIR / name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": env_int("BROKER_VISIBILITY_SECONDS", 3600)}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Three queues, each with worker processes of its own: a mail server that hangs or a long export holds no deadline.
QUEUE_PREFIX = env("CELERY_QUEUE", "xunzhang")
QUEUES = {room: f"{QUEUE_PREFIX}-{room}" for room in ("timers", "mail", "jobs")}
CELERY_TASK_QUEUES = {name: {"exchange": name, "routing_key": name} for name in QUEUES.values()}
CELERY_TASK_DEFAULT_QUEUE = QUEUES["jobs"]
CELERY_TASK_DEFAULT_EXCHANGE = CELERY_TASK_DEFAULT_ROUTING_KEY = QUEUES["jobs"]
CELERY_TASK_ROUTES = {
    "workflow.tasks.sweep": {"queue": QUEUES["timers"]},
    "workflow.tasks.deliver": {"queue": QUEUES["mail"]},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ALWAYS_EAGER = env_flag("CELERY_EAGER", default=False)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = ZONE_NAME
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# A wake-up that nobody took before the next one is useless: it expires.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "workflow.tasks.sweep", "schedule": crontab(), "options": {"expires": 55}},
    "deliver": {"task": "workflow.tasks.deliver", "schedule": crontab(), "options": {"expires": 55}},
    "jobs": {"task": "workflow.tasks.work_jobs", "schedule": crontab(), "options": {"expires": 55}},
    "daily": {
        "task": "workflow.tasks.daily",
        "schedule": crontab(hour=0, minute=10),
        "options": {"expires": 3600},
    },
}

CACHE_URL = env("CACHE_URL") or (BROKER_URL if BROKER_URL.startswith(("redis:", "rediss:")) else "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "xunzhang",
    }
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "xunzhang"}
}

# Compiled rule versions that one process keeps in memory (about half a megabyte each).
RULE_VERSIONS_KEPT = env_int("RULE_VERSIONS_KEPT", 256)

# --- People and sessions ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_MINIMUM_LENGTH = env_int("PASSWORD_MINIMUM_LENGTH", 10)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MINIMUM_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
# Attempts, counted by address (ip) and by account (key), in the cache that all web processes share.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key"}
# How many proxies add to X-Forwarded-For: what stands further left in it, whoever asks may have written. With none
# the header is not read. The address counted is one and the same on pages and for programs (`NUM_PROXIES` below).
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 1 if env_flag("BEHIND_PROXY", default=False) else 0)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES must be 0 or more.")
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session goes on; all others end with the old password
SOCIALACCOUNT_ONLY = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Xunzhang"

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = env_int("SESSION_IDLE_SECONDS", 2 * 60 * 60)
SESSION_TOUCH_SECONDS = min(300, max(1, SESSION_COOKIE_AGE // 4))
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- What the browser may do --------------------------------------------------------------------------------

HTTPS = env_flag("XUNZHANG_HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env_flag("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # htmx, Chart.js and tom-select set style attributes; style sheets still come from here alone.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Messages carry the tones of the page.
MESSAGE_TAGS = {
    message_levels.DEBUG: "info",
    message_levels.SUCCESS: "good",
    message_levels.WARNING: "warn",
    message_levels.ERROR: "bad",
}

# --- Language and time --------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = ZONE_NAME
USE_I18N = True
USE_TZ = True

# --- Files --------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static", ("howto", BASE_DIR / "docs" / "howto" / "pictures")]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
MEDIA_ROOT = Path(env("DOCUMENTS_DIR", str(VAR_DIR / "documents")))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT)},
    },
    "staticfiles": {
        "BACKEND": "config.static_storage.ModuleStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# The ends of the audit chains, kept outside the database: in production on a disk of its own.
AUDIT_HEADS_DIR = Path(env("AUDIT_HEADS_DIR", str(VAR_DIR / "audit-heads")))
FILE_UPLOAD_PERMISSIONS = 0o640
UPLOAD_MAX_BYTES = env_int("UPLOAD_MAX_BYTES", 50 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = env_int("FORM_MAX_BYTES", 5 * 1024 * 1024)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 50

# --- Mail ---------------------------------------------------------------------------------------------------

EMAIL_HOST = env("EMAIL_HOST")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env("EMAIL_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_PASSWORD")
EMAIL_USE_TLS = env_flag("EMAIL_TLS", default=False)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", "xunzhang@localhost")
# Where people reach the program, https://host: e-mails lead there. Without it they say where to look in words.
SITE_URL = env("SITE_URL")

# --- Interface for programs ---------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.DatedTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["accounts.bodies.BodyParser"],
    "DEFAULT_RENDERER_CLASSES": ["accounts.bodies.AnswerRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "EXCEPTION_HANDLER": "accounts.api.on_error",
    "DEFAULT_SCHEMA_CLASS": "accounts.api_schema.CountySchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.UserRateThrottle",
        "rest_framework.throttling.AnonRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": env("API_RATE", "600/min"),
        "anon": env("API_RATE_ANONYMOUS", "60/min"),
        "token": env("API_RATE_TOKEN", "10/min"),
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
    "PAGE_SIZE": 50,
    "COERCE_DECIMAL_TO_STRING": True,
}
API_TOKEN_DAYS = env_int("API_TOKEN_DAYS", 90)
SPECTACULAR_SETTINGS = {
    "TITLE": "Xunzhang 循章",
    "DESCRIPTION": "Projects, declarations, steps, decisions and rules of a county.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ProjectState": "projects.models.ProjectState",
        "Standing": "projects.models.Standing",
        "FilingState": "workflow.models.FilingState",
        "StepState": "workflow.models.StepState",
    },
}

# --- Logs and measurements ----------------------------------------------------------------------------------

DJANGO_STRUCTLOG_CELERY_ENABLED = True
PROMETHEUS_EXPORT_MIGRATIONS = False
METRICS_TOKEN = env("METRICS_TOKEN")
LOG_LEVEL = env("LOG_LEVEL", "INFO")

from config.logs import LOGGING  # noqa: E402, F401
