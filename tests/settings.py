"""The settings as the tests run them: production's, with what the environment would give."""

import os

os.environ.setdefault("SECRET_KEY", "for-tests-alone-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF")
os.environ.setdefault("SITE_URL", "http://testserver")

from core.settings import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files as they lie in the apps: nothing is collected first.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
