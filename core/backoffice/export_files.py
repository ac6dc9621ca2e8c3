"""Files that are written in the background, as whoever asked for them sees them; and everything."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.access import can_somewhere
from core.backoffice.once import row_made
from core.export_files import ExportFile, ExportState
from core.exports import everything as all_there_is
from core.exports import letters, writing
from core.exports.files import FORMATS
from core.exports.kinds import exported_by
from core.models import Heartbeat
from core.queues import LONG

# How many of somebody's files stand on the page.
_SHOWN = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The page *Exports*: what can be taken out, and one's own files of the last day."""
    _require_some(request)
    now = timezone.now()
    files = ExportFile.objects.of(request.user).defer("keys", "columns", "query")[:_SHOWN]
    context = {
        **admin.site.each_context(request),
        "title": _("Exports"),
        "files": [_line(row, now) for row in files],
        "kinds": exported_by(request.user),
        "once": uuid.uuid4().hex,
        "takes_everything": all_there_is.may(request.user),
    }
    return TemplateResponse(request, "core/exports.html", context)


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a file is, and the way to it; asked again by itself until it is there."""
    row = _own(request, pk)
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": _("Export"),
        "line": _line(row, now),
        "stands_still": LONG in Heartbeat.objects.late(at=now),
    }
    template = (
        "core/export_state.html" if "HX-Request" in request.headers else "core/export_file.html"
    )
    return TemplateResponse(request, template, context)


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, for whoever asked for it."""
    row = _own(request, pk)
    if row.state != ExportState.READY:
        raise Http404
    known = FORMATS.get(row.format)
    kind = known.content_type if known else "application/zip"
    answer = StreamingHttpResponse(row.content(), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{row.file_name}"'
    answer["Content-Length"] = str(row.size)
    return answer


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a file at once, or stop it from being written."""
    writing.remove(_own(request, pk))
    messages.success(request, _("The export was removed."))
    return redirect("admin:exports")


@require_POST
def everything(request: HttpRequest) -> HttpResponse:
    """*Take everything*."""
    return to_file(request, lambda: writing.request_everything(request.user))


def to_file(request: HttpRequest, ask: Callable[[], ExportFile]) -> HttpResponse:
    """Have a file be written, once for each form; and on to it."""
    pk = row_made(request, lambda: ask().pk)
    if ExportFile.objects.filter(pk=pk).exists():
        return redirect("admin:export_file", pk)
    messages.warning(request, _("This was already saved, and has been deleted since."))
    return redirect("admin:exports")


def _require_some(request: HttpRequest) -> None:
    if not can_somewhere(request.user, "export"):
        raise PermissionDenied(_("You may not do this."))


def _own(request: HttpRequest, pk: int) -> ExportFile:
    """A file of the person's own: to others it is not there."""
    _require_some(request)
    return get_object_or_404(ExportFile.objects.of(request.user), pk=pk)


def _line(row: ExportFile, now: Any) -> dict[str, Any]:
    state = row.state_at(now)
    cut_off = state == ExportState.FAILED and row.state != ExportState.FAILED
    return {
        "row": row,
        "title": letters.title(row),
        "state": state,
        "is_going": state in {ExportState.WAITING, ExportState.RUNNING},
        "problem": writing.cut_off() if cut_off else row.message,
    }
