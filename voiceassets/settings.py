"""The one settings module; every deployment value comes through `env` and fails loudly."""

from __future__ import annotations

from pathlib import Path

from voiceassets import env
from voiceassets.runtime.layout import STARTER_BASE

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VOICEASSETS_VAR", str(BASE_DIR / "var")))

SECRET_KEY = env.text("VOICEASSETS_SECRET_KEY")
# What was signed or sealed under the keys before is still good; the newest is SECRET_KEY.
SECRET_KEY_FALLBACKS = list(env.words("VOICEASSETS_OLD_SECRET_KEYS", ()))
DEBUG = False
ALLOWED_HOSTS = list(env.words("VOICEASSETS_HOSTS", ("localhost", "127.0.0.1", "[::1]")))
PUBLIC_URL = env.text("VOICEASSETS_PUBLIC_URL", "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "voiceassets.web",  # before allauth, whose layout it replaces
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "voiceassets.core",
    "voiceassets.audit",
    "voiceassets.accounts",
    "voiceassets.tenants",
    "voiceassets.storage",
    "voiceassets.jobs",
    "voiceassets.provenance",
    "voiceassets.webhooks",
    "voiceassets.speakers",
    "voiceassets.voiceprints",
    "voiceassets.consent",
    "voiceassets.corpus",
    "voiceassets.registry",
    "voiceassets.assets",
    "voiceassets.api",
    "voiceassets.workers",
    "voiceassets.runtime",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "voiceassets.web.middleware.ContentSecurity",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "voiceassets.api.middleware.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "voiceassets.web.middleware.RotateSessions",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
ROOT_URLCONF = "voiceassets.urls"
WSGI_APPLICATION = "voiceassets.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"

# --- records
# A process keeps so many connections open for its next request, each for so long.
DATABASE_KEPT_OPEN = env.integer("DATABASE_KEPT_OPEN", 16)
DATABASE_CONN_MAX_AGE_S = env.integer("DATABASE_CONN_MAX_AGE_S", 60)
DATABASES = {
    "default": {
        **env.database("DATABASE_URL"),
        # Of a thread; what it gives back after a request is kept for the next one (core/postgres).
        "CONN_MAX_AGE": 0 if DATABASE_KEPT_OPEN else DATABASE_CONN_MAX_AGE_S,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False

# --- signing in
HTTPS = PUBLIC_URL.startswith("https://")
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Browsers keep a cookie of this name to this host and to TLS.
_HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}va_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = env.integer("SESSION_AGE_S", 12 * 3600)
CSRF_COOKIE_NAME = f"{_HOST_ONLY}va_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "voiceassets.web.views.forged"
X_FRAME_OPTIONS = "DENY"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
ACCOUNT_ADAPTER = "voiceassets.web.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever is invited has shown that the mailbox is theirs
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # accounts.lockout counts those, in the database
MFA_ADAPTER = "voiceassets.web.adapters.AuthenticatorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "voiceassets.web.forms.CodeForm",
    "reauthenticate": "voiceassets.web.forms.CodeAgainForm",
}
MFA_TOTP_ISSUER = "Voice Assets"
USERSESSIONS_TRACK_ACTIVITY = True
USERSESSIONS_ADAPTER = "voiceassets.web.adapters.SessionsAdapter"
# One provider of identities, which is trusted to say whose a mailbox is.
OIDC_ISSUER = env.text("OIDC_ISSUER", "")
SOCIALACCOUNT_ADAPTER = "voiceassets.web.adapters.IdentityAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "company",
                "name": env.text("OIDC_NAME", "Company sign-in"),
                "client_id": env.text("OIDC_CLIENT_ID"),
                "secret": env.text("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
# Codes that were used and requests that were counted, shared by every process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
    }
}

# --- mail
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("EMAIL_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "voice-assets@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"  # where letters lie as long as there is no mail server

# --- work
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "visibility_timeout": 86_400,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
REDIS_URL = env.text("REDIS_URL")
JOB_LEASE_S = env.integer("JOB_LEASE_S", 15)
SWEEP_EVERY_S = 1
# How many jobs may wait for an engine: in all, and of one company.
JOBS_WAITING_MOST = {
    "interactive": (
        env.integer("INTERACTIVE_WAITING_MOST", 1_000),
        env.integer("INTERACTIVE_WAITING_MOST_EACH", 200),
    ),
    "batch": (
        env.integer("BATCH_WAITING_MOST", 100_000),
        env.integer("BATCH_WAITING_MOST_EACH", 20_000),
    ),
}

# --- audit
AUDIT_KEY_FILE = Path(env.text("AUDIT_KEY_FILE", str(VAR_DIR / "secrets" / "audit-ed25519.pem")))
# Wraps the keys that seal what is known about people; without it nothing of that can be read.
MASTER_KEY_FILE = Path(env.text("MASTER_KEY_FILE", str(VAR_DIR / "secrets" / "master.keys")))
AUDIT_CHECKPOINT_DIR = Path(env.text("AUDIT_CHECKPOINT_DIR", str(VAR_DIR / "audit")))
# A bucket for copies of them, such as s3://checkpoints/log; its Object Lock keeps them as they are.
AUDIT_CHECKPOINT_STORE = env.text("AUDIT_CHECKPOINT_STORE", "")
# How long events of each class say who, what and how; 0 is for good.
AUDIT_RETENTION_DAYS = {
    "access": env.integer("AUDIT_RETENTION_ACCESS_DAYS", 730),
    "operations": env.integer("AUDIT_RETENTION_OPERATIONS_DAYS", 1_095),
    "evidence": env.integer("AUDIT_RETENTION_EVIDENCE_DAYS", 3_650),
}

# --- objects
OBJECT_STORE = env.text("OBJECT_STORE", f"file://{VAR_DIR / 'objects'}")
OBJECT_STORE_ENDPOINT = env.text("OBJECT_STORE_ENDPOINT", "")
# How long a bucket may be silent before a request to it is given up, or sent again.
OBJECT_STORE_TIMEOUT_S = env.integer("OBJECT_STORE_TIMEOUT_S", 60)
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_BYTES", 2 * 1024**3)
UPLOAD_URL_TTL_S = env.integer("UPLOAD_URL_TTL_S", 900)
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024**2
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024**2

# --- voices
# Sentences that decode together in one process, and requests under way before one is put back.
ENGINE_SLOTS = env.integer("ENGINE_SLOTS", 16)
ENGINE_REQUESTS = env.integer("ENGINE_REQUESTS", 64)
# Approved voices that a worker loads before it takes requests, the newest first.
ENGINE_PRELOAD = env.integer("ENGINE_PRELOAD", 8)
# Of PyTorch; 0 leaves it to OMP_NUM_THREADS.
ENGINE_THREADS = env.integer("ENGINE_THREADS", 0)
# cpu, or cuda:0 and the like.
ENGINE_DEVICE = env.text("ENGINE_DEVICE", "cpu")
# float32, float16, bfloat16, int8, or auto; and exact or fast (docs/serving.md).
ENGINE_ARITHMETIC = env.text("ENGINE_ARITHMETIC", "float32")
ENGINE_PRECISION = env.text("ENGINE_PRECISION", "exact")
# A folder with a Whisper model; recordings without a transcript get words from it.
TRANSCRIBER_DIR = Path(_folder) if (_folder := env.text("TRANSCRIBER_DIR", "")) else None
# What voices are trained from; the base that comes with the house if no other is named.
BASE_MODEL_DIR = Path(env.text("BASE_MODEL_DIR", str(STARTER_BASE)))
MLFLOW_TRACKING_URI = env.text(
    "MLFLOW_TRACKING_URI", f"sqlite:///{VAR_DIR / 'mlflow' / 'mlflow.db'}"
)
# Where the tracking file's artefacts lie; a tracking server keeps them itself.
MLFLOW_ARTIFACT_DIR = (
    VAR_DIR / "mlflow" / "artifacts" if MLFLOW_TRACKING_URI.startswith("sqlite:") else None
)
LABEL_PROVIDER = env.text("LABEL_PROVIDER", "voice-assets")
LABEL_CUE = env.one_of("LABEL_CUE", ("rhythm", "speech"), "rhythm")
LABEL_PLACE = env.one_of("LABEL_PLACE", ("start", "middle", "end"), "start")
# Files that lack what these laws want are not given out (codes of `provenance/laws.py`).
LABEL_LAWS = env.words("LABEL_LAWS", ("CN",))
# The certificate that content credentials are signed with; one for development is made if missing.
C2PA_DIR = Path(env.text("C2PA_DIR", str(VAR_DIR / "secrets" / "c2pa")))
# An inaudible mark in speech, where the package for it is installed (extra `watermark`).
LABEL_WATERMARK = env.boolean("LABEL_WATERMARK", True)
WORK_DIR = VAR_DIR / "work"

# Opens voiceprints and links them to speakers; keep it apart from backups of the database.
VOICEPRINT_KEY_FILE = Path(
    env.text("VOICEPRINT_KEY_FILE", str(VAR_DIR / "secrets" / "voiceprints.key"))
)
# How alike the same voice is, for each encoder; `manage.py calibrate_voiceprints` writes it.
VOICEPRINT_THRESHOLDS = Path(
    env.text(
        "VOICEPRINT_THRESHOLDS", str(BASE_DIR / "voiceassets" / "voiceprints" / "thresholds.json")
    )
)

# --- webhooks
# Networks of our own that messages may go to, in CIDR notation; then also without TLS and to any
# port. Without any, only public addresses are reached.
WEBHOOK_NETWORKS = list(env.words("WEBHOOK_NETWORKS", ()))

# --- the API
# How many proxies of ours a request passes; each adds the address it saw to X-Forwarded-For.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
# A key may send so many requests in so many seconds, all at once if it has not sent any before.
API_RATE_QUOTA = env.integer("API_RATE_QUOTA", 6000)
API_ANONYMOUS_QUOTA = env.integer("API_ANONYMOUS_QUOTA", 20)
API_RATE_WINDOW_S = env.integer("API_RATE_WINDOW_S", 60)
# How many requests may hold a thread of a web process for long, as streams and waiting calls do.
# The threads beyond answer everybody else, and the probes of whoever watches over the process.
API_LONG_REQUESTS = env.integer("API_LONG_REQUESTS", 16)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["voiceassets.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["voiceassets.api.permissions.Declared"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "voiceassets.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Voice Assets",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "voiceassets.core.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
