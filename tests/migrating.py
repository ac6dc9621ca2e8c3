"""The database as migrations leave it at any point."""

from __future__ import annotations

from typing import Any

from django.apps import apps as now
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate(*targets: tuple[str, str]) -> Any:
    """The models as they are then."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    return executor.loader.project_state(list(targets)).apps if targets else now
