"""Is the process up, and is it ready to serve? For load balancers and compose."""

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.requests import request_id


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and has every migration; else 503, saying which of the two fails."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    if missing:
        names = [f"{migration.app_label}.{migration.name}" for migration, _back in missing]
        return JsonResponse({"status": "unavailable", "migrations": names}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "migrations": "ok"})


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours: it shows the id that finds it in the log."""
    return render(request, "500.html", {"request_id": request_id()}, status=500)
