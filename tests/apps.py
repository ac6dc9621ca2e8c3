"""The apps of the house, in the order of INSTALLED_APPS: a new one is among them."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = tuple(
    Path(config.path).relative_to(ROOT).as_posix()
    for config in apps.get_app_configs()
    if Path(config.path).parent == ROOT
)
