"""Is the process up, and is it ready to serve? For load balancers and compose."""

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.models import Heartbeat, is_late
from core.queues import LONG, MAIN


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
    report = {"status": "ok", "database": "ok", "migrations": "ok"}
    # What the clusters do not do, they do later: the web goes on.
    beats = Heartbeat.objects.by_queue()
    clusters = {"cluster": _cluster(beats[MAIN]), "cluster of long work": _cluster(beats[LONG])}
    return JsonResponse(report | clusters)


def _cluster(last: Heartbeat | None) -> str:
    """How a background cluster is."""
    if last is None:
        return "never seen"
    late = is_late(last, at=timezone.now())
    return f"not seen since {last.at.isoformat()}" if late else "ok"


PROBES = {"/healthz": healthz, "/readyz": readyz}


class Probes:
    """Answers the probes whatever host they name: a load balancer knows an address, not a name.

    Neither answer holds anything that the request said; for all else the host is checked.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return PROBES.get(request.path_info, self.get_response)(request)
