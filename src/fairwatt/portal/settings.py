"""Django's settings, from the data folder and the environment.

``FAIRWATT_HOME`` is the data folder (made by ``fairwatt start`` or ``fairwatt demo``). Nothing secret has a
default: the key is read from ``FAIRWATT_SECRET_KEY`` or from ``HOME/secret_key``.
docs/reference/settings.md lists every variable.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from fairwatt.portal.environment import mail_settings, read, read_flag, read_list
from fairwatt.portal.single_sign_on import read_providers

PACKAGE = Path(__file__).resolve().parent


def _secret_key(home: Path) -> str:
    if key := read("SECRET_KEY"):
        return key
    path = home / "secret_key"
    if path.is_file() and (key := path.read_text().strip()):
        return key
    raise ImproperlyConfigured(
        f"No secret key: {path} does not exist and FAIRWATT_SECRET_KEY is not set. "
        "Run `fairwatt start --home DIR`, which makes the data folder and its key."
    )


def _database(home: Path) -> dict[str, object]:
    url = read("DATABASE_URL")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / "fairwatt.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"FAIRWATT_DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


FAIRWATT_HOME = Path(read("HOME")).expanduser().resolve()
FAIRWATT_PROJECT_FILE = Path(read("PROJECT_FILE") or FAIRWATT_HOME / "project.toml")
BASE_URL = read("BASE_URL").rstrip("/")
_base = urlsplit(BASE_URL)
IS_HTTPS = _base.scheme == "https"
IS_PUBLIC = _base.hostname not in {"127.0.0.1", "localhost", "::1"}

SECRET_KEY = _secret_key(FAIRWATT_HOME)
DEBUG = read_flag("DEBUG")
ALLOWED_HOSTS = sorted(
    {_base.hostname or "localhost", *read_list("ALLOWED_HOSTS")}
    | (set() if IS_PUBLIC else {"127.0.0.1", "localhost", "[::1]"})
)
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "fairwatt.records",
    "fairwatt.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "csp",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fairwatt.portal.middleware.Arrivals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fairwatt.portal.middleware.OneLook",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fairwatt.portal.middleware.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "fairwatt.portal.middleware.ErrorPages",
]

ROOT_URLCONF = "fairwatt.portal.urls"
WSGI_APPLICATION = "fairwatt.portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],  # before allauth's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fairwatt.portal.context.frame",
            ],
        },
    },
]

DATABASES = {"default": _database(FAIRWATT_HOME)}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # a first picture of some 20 kB for each dataset and file, and small things
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "records.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "fairwatt.portal.forms.entrance.LoginForm",
    "signup": "fairwatt.portal.forms.entrance.SignupForm",
    "reset_password": "fairwatt.portal.forms.entrance.ResetPasswordForm",
    "reset_password_from_key": "fairwatt.portal.forms.entrance.ResetPasswordKeyForm",
    "change_password": "fairwatt.portal.forms.entrance.ChangePasswordForm",
    "add_email": "fairwatt.portal.forms.entrance.AddEmailForm",
}
ACCOUNT_SIGNUP_FORM_CLASS = "fairwatt.portal.forms.accounts.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PUBLIC
SIGN_ON_PROVIDERS = read_providers(Path(read("SIGN_ON_FILE") or FAIRWATT_HOME / "sign_on.toml"))
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"APPS": [provider.as_app() for provider in SIGN_ON_PROVIDERS], "OAUTH_PKCE_ENABLED": True}
}
SOCIALACCOUNT_ONLY = False
# the providers are the data manager's choice: an address that they vouch for may open the account that has it
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_ADAPTER = "fairwatt.portal.sign_on_adapter.SignOnAdapter"  # … but not everybody's account
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = None  # served from the packages themselves: nothing to collect
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/portal/.+-[0-9a-f]{10}\.[a-z0-9]+$"  # the name carries the content's hash
WHITENOISE_ALLOW_ALL_ORIGINS = False

FAIRWATT_API_REQUESTS_PER_MINUTE = int(read("API_REQUESTS_PER_MINUTE"))
FAIRWATT_WRITE_BEHIND = True  # what a page need not wait for is written by a thread
FAIRWATT_DATACITE_PASSWORD = read("DATACITE_PASSWORD")
FAIRWATT_SIGNING_KEY = read("SIGNING_KEY")  # blank: in the data folder
FAIRWATT_STORE = read("STORE")
FAIRWATT_STORE_CACHE_BYTES = round(float(read("STORE_CACHE_GB")) * 1e9)
FAIRWATT_ENGINE = read("ENGINE")
FAIRWATT_DOWNLOADS_AT_ONCE = int(read("DOWNLOADS_AT_ONCE"))
FAIRWATT_KEPT_EXPORTS_BYTES = round(float(read("KEPT_EXPORTS_GB")) * 1e9)

FORM_RENDERER = "fairwatt.portal.forms.drawing.FieldRenderer"
CSRF_FAILURE_VIEW = "fairwatt.portal.pages.errors.csrf_failure"

globals().update(mail_settings(read("EMAIL_URL")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read("FROM_EMAIL")

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_HANDLERS = [
    "fairwatt.portal.plain_uploads.PlainUploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # Dash reads it to send the header
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = IS_HTTPS and IS_PUBLIC
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS and IS_PUBLIC else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if read_flag("BEHIND_PROXY") else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        # Chromium follows a form's redirects too: to the organisations' sign-in, if there is one
        "form-action": [SELF, *sorted({provider.origin for provider in SIGN_ON_PROVIDERS})],
        "frame-ancestors": [NONE],
    },
}
