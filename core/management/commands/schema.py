"""Write the schema of the API: `make schema`."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.rest.api import api


class Command(BaseCommand):
    """Writes docs/openapi.json anew."""

    help = "Write the schema of the API to docs/openapi.json."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        (settings.BASE_DIR / "docs/openapi.json").write_text(written())


def written() -> str:
    """The schema as it is kept."""
    return json.dumps(api.get_openapi_schema(), indent=1, ensure_ascii=False, default=str) + "\n"
