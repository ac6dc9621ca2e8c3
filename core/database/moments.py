"""Points in time, as PostgreSQL tells them, read by Python's own reader.

Each is a text in a row of its own, and a page of jobs has hundreds: Django has them taken apart in
Python, which costs more than to read the rest of the page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import BaseTzLoader  # type: ignore[import-untyped]


class Moments(BaseTzLoader):  # type: ignore[misc]  # Untyped.
    """Reads a `timestamptz`, in UTC."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        """What Python does not read, such as a year of five digits, is left to psycopg."""
        try:
            return datetime.fromisoformat(str(data, "ascii")).astimezone(UTC)
        except ValueError:
            return super().load(data)  # type: ignore[no-any-return]
