"""Production's settings, with the floors beside its pages."""

from core.settings import *  # noqa: F403
from core.settings import BASE_DIR

ROOT_URLCONF = "bench.urls"
STATIC_ROOT = BASE_DIR / "var/bench-static"
