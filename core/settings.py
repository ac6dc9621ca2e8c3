"""Settings of JobOps. What differs from one installation to the next comes from the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core import environment
from core.environment import env, read

BASE_DIR = Path(__file__).resolve().parent.parent

environment.read_secret_files()
# The demo is the one place where DEBUG is on; it answers to localhost alone.
DEBUG: bool = read(env.bool, "DEBUG", default=False, should_be="on or off (only the demo is on)")
SECRET_KEY = environment.secret_key(demo=DEBUG)
SITE_URL = environment.site_url(demo=DEBUG)
_site = urlsplit(SITE_URL)
_https = _site.scheme == "https"
ALLOWED_HOSTS: list[str] = ["localhost", "127.0.0.1"] if DEBUG else [_site.hostname or ""]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "core.apps.CoreConfig",
    "people",
    "operations",
    "reports",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "core.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_q",
    "guardian",
    "import_export",
    "ninja",
    "simple_history",
]

MIDDLEWARE = [
    "core.serving.proxies.ClientAddress",
    "core.serving.requests.RequestLog",
    "core.serving.languages.AskedLanguage",
    "django.middleware.security.SecurityMiddleware",
    "core.rest.problems.ProblemResponses",
    "core.serving.error_pages.ErrorPages",
    "core.serving.request_checks.RequestChecks",
    "csp.middleware.CSPMiddleware",
    "core.serving.health.Probes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.serving.languages.PersonsLanguage",
    "core.serving.requests.OnRecord",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "core.urls"
WSGI_APPLICATION = "core.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {
                "days": "core.text.days",
                "faults": "core.backoffice.faults",
                "rows": "core.backoffice.rows",
            },
        },
    },
]

# The demo keeps to itself: everybody knows the passwords in its file.
_file = BASE_DIR / "var" / ("demo.sqlite3" if DEBUG else "jobops.sqlite3")
DATABASES = {"default": environment.database(default_file=str(_file))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People and passwords

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["people.hashing.Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in [
        (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
            {"user_attributes": ("username", "first_name", "last_name", "email", "phone")},
        ),
        ("people.passwords.Length", {"min_length": 12}),
        ("django.contrib.auth.password_validation.CommonPasswordValidator", {}),
        ("people.passwords.OwnWords", {}),
    ]
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

# A link by which somebody sets their password is good for three days.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600

# Sign-in is throttled on failures: 10 for an account from one address, 100 from one address.
AXES_HANDLER = "people.throttle.SignInThrottle"
AXES_FAILURE_LIMIT = 10
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "people.throttle.too_many"
AXES_USERNAME_CALLABLE = "people.throttle.account"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Rows: shares are guardian rows on a direct foreign key (operations.JobShare).
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False

# History
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True

# Import and export ask these permissions; each row is asked in core/record/resources.py as well.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_USE_TRANSACTIONS = True

# Region, language and time: the business time zone says what "today" is. Each person may choose
# another language (core/text/languages.py); the order of days and times is everywhere the region's.
REGION = environment.region()
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = REGION.language if REGION.language in dict(LANGUAGES) else "en"
# Ours; then Django's and unfold's English, in the words of this product.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "core/words/locale"]
FORMAT_MODULE_PATH = ["core.formats"]
# unfold's filters ask here.
DATE_INPUT_FORMATS = REGION.formats["DATE_INPUT_FORMATS"]
TIME_ZONE = environment.time_zone()
USE_TZ = True
USE_I18N = True

# Background work. The lock of a task begins when it is fetched: only as many are fetched as there
# are workers, and none is fetched again while it can still run. What fails is not run again by
# itself; a worker that dies leaves its task to the next.
BROKER_URL = environment.broker()
Q_CLUSTER = {
    "name": "jobops",
    **({"redis": BROKER_URL} if BROKER_URL else {"orm": "default"}),
    "time_zone": TIME_ZONE,
    "workers": 2,
    "queue_limit": 2,
    "timeout": 120,
    "retry": 600,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "poll": 1,
    # Of what runs each minute there is soon no end of results: others are not to make way for it.
    "save_limit_per": "func",
    "label": _("Background work"),
    # What takes long has a queue of its own, so that mail never waits for it (core/queues.py): one
    # at a time, for an hour at most.
    "ALT_CLUSTERS": {
        "long": {
            "workers": 1,
            "queue_limit": 1,
            "timeout": 3600,
            "retry": 7500,
            "max_attempts": 1,
            "poll": 2,
            "recycle": 20,
        }
    },
}

# Mail: one address says how it leaves, and the settings of Django and anymail follow.
_mail = environment.mail()
EMAIL_BACKEND = _mail.backend
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.use_tls, _mail.use_ssl
EMAIL_TIMEOUT = _mail.timeout
ANYMAIL = _mail.anymail or {}
# What a provider tells of mail later is taken from one that shows the secret, and of no other.
MAIL_EVENTS = ""
if _secret := environment.mail_webhook_secret(_mail):
    MAIL_EVENTS = _mail.events
    ANYMAIL["WEBHOOK_SECRET"] = f"jobops:{_secret}"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.mail_from(_site.hostname or "localhost")

# Static files: compressed and hashed outside the demo, which serves them as they are.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
_static_storage = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if DEBUG
    else "core.serving.assets.Hashed"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MIMETYPES = {
    ".svg": "image/svg+xml; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}

# Security
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
# The proxies whose X-Forwarded-For and -Proto are believed (serving/proxies.py); of nobody else.
TRUSTED_PROXIES = environment.trusted_proxies()
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
# Bound to this very host, where a browser can be told so: https alone.
SESSION_COOKIE_NAME = "__Host-sessionid" if _https else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _https else "csrftoken"
# No script reads it: pages bring the token in their forms.
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.serving.request_checks.stale_form"
# Nobody stays signed in longer than two weeks, or unused longer than over a weekend.
SESSION_ENGINE = "people.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_IDLE = 3 * 24 * 3600
# They quote what people typed: a cookie would keep that in the browser.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# unfold's build of Alpine evaluates expressions and its widgets style elements in place.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# One line a request; the request's id is on the error page too.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "core.serving.requests.RequestId"}},
    "formatters": {
        "line": {
            "()": "core.serving.log.OneLine",
            "fmt": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": []},
        # Our own line says what these would say again: faults alone come with a traceback.
        "django.request": {"level": "ERROR"},
        # So does it for an address of a list that is refused, which anybody can send.
        "django.security.DisallowedModelAdminLookup": {"level": "CRITICAL"},
        "django.security.DisallowedModelAdminToField": {"level": "CRITICAL"},
        "django.server": {"handlers": ["nowhere"], "propagate": False},
        # Sign-ins that fail are noted by people/sessions.py, with the address.
        "axes": {"level": "ERROR"},
        # Our own tasks say what they did (jobops.tasks).
        "django-q": {"level": "WARNING"},
        # What a paper's stylesheet says for browsers alone, and each step of a font.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}

UNFOLD = {
    "SITE_TITLE": "JobOps",
    "SITE_HEADER": "JobOps",
    "SITE_ICON": "core.backoffice.navigation.icon",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "core.backoffice.navigation.icon"}
    ],
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "core.backoffice.navigation.home_context",
    "TABS": "core.backoffice.navigation.tabs",
    "STYLES": [
        "core.backoffice.navigation.stylesheet",
        "core.backoffice.navigation.lists_stylesheet",
        "core.backoffice.navigation.forms_stylesheet",
    ],
    "SCRIPTS": [
        "core.backoffice.navigation.script",
        "core.backoffice.navigation.accessibility_script",
        "core.backoffice.navigation.dates_script",
        "core.backoffice.navigation.palette_script",
        "core.backoffice.navigation.cursor_script",
    ],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "core.backoffice.navigation.sidebar",
    },
    "ACCOUNT": {"navigation": "core.backoffice.navigation.account"},
    "COLORS": {
        # Unfold's own, but for the lightest, which could not be read on grey: 4.5 to 1.
        "font": {
            "subtle-light": "var(--color-base-600)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-600)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
        "primary": {
            "50": "oklch(97.5% .018 192)",
            "100": "oklch(94.5% .035 192)",
            "200": "oklch(89.5% .06 192)",
            "300": "oklch(82.5% .085 192)",
            "400": "oklch(72% .1 192)",
            "500": "oklch(60% .1 192)",
            "600": "oklch(49% .085 192)",
            "700": "oklch(43% .073 192)",
            "800": "oklch(38% .062 192)",
            "900": "oklch(33% .052 192)",
            "950": "oklch(24% .04 192)",
        },
    },
}
