"""The page of an import: where it stands, with its rows, and the ways on from there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from core.access import can_somewhere, visible_to
from core.backoffice.imports import rows
from core.backoffice.imports.kinds import can_be_undone, import_of, is_at_work, kinds_of
from core.declarations import FileKind
from core.imported import UNDONE_WITHIN, Import, ImportKept, ImportState
from core.imports.delimited import DELIMITERS
from core.imports.earlier import remembers_rows
from core.imports.encodings import ENCODINGS
from core.imports.kinds import resource
from core.models import Heartbeat
from core.queues import LONG

# The steps of the conversation, and at which of them an import stands.
_STEPS = (
    gettext_lazy("Upload"),
    gettext_lazy("Match"),
    gettext_lazy("Preview"),
    gettext_lazy("Import"),
)
_AT = {ImportState.UPLOADED: 2, ImportState.PREVIEWING: 3, ImportState.PREVIEWED: 3}
_DOES = {
    ImportState.PREVIEWING: gettext_lazy("The file is being checked."),
    ImportState.APPLYING: gettext_lazy("The rows are being imported."),
    ImportState.UNDOING: gettext_lazy("The import is being undone."),
}
_TEMPLATES = {
    ImportState.PREVIEWED: "core/imports/preview.html",
    ImportState.APPLIED: "core/imports/applied.html",
    ImportState.UNDONE: "core/imports/undone.html",
    ImportState.STOPPED: "core/imports/ended.html",
    ImportState.FAILED: "core/imports/ended.html",
}
# How many lines of what stays a page shows.
KEPT = 200
# How many people it names.
NAMED = 5


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands."""
    load = import_of(request, pk)
    if load.state == ImportState.UPLOADED:
        return redirect("admin:import_match", pk)
    kind = kinds_of(request.user)[load.kind]
    context = frame(request, load, kind)
    if is_at_work(load):
        context |= {**_progress(load), "stands_still": _stands_still(load)}
        return TemplateResponse(request, "core/imports/progress.html", context)
    context |= _ways(request, load) | _rows(request, load, kind)
    return TemplateResponse(request, _TEMPLATES[ImportState(load.state)], context)


def frame(request: HttpRequest, load: Any, kind: FileKind) -> dict[str, Any]:
    """What stands at the head of each page of an import."""
    return {
        **admin.site.each_context(request),
        "title": _("Import of %(file)s") % {"file": load.file_name},
        "load": load,
        "kind": kind,
        "steps": [(str(step), number) for number, step in enumerate(_STEPS, 1)],
        "at": _AT.get(ImportState(load.state), 4),
        "encoding": ENCODINGS.get(load.encoding, load.encoding),
        "delimiter": DELIMITERS.get(load.delimiter, load.delimiter),
        "is_kept": load.is_kept,
        "can_be_discarded": load.state in Import.OPEN,
    }


def _ways(request: HttpRequest, load: Any) -> dict[str, Any]:
    taken = load.new + load.changed
    return {
        "taken": taken,
        "is_all": not load.refused,
        "loaded": loaded_before(load) if load.state == ImportState.PREVIEWED else [],
        # Rows may be refused because they were loaded before.
        "can_insist": load.refused and resource(load.kind).makes_anew and remembers_rows(load.kind),
        "notified": _notified_text(request, load) if load.state == ImportState.APPLIED else "",
        "can_be_undone": can_be_undone(load),
        "until": load.applied_at and load.applied_at + UNDONE_WITHIN,
        "log": _log(request, load.change_set),
        "undo_log": _log(request, load.undo_change_set),
        "kept_lines": list(_kept(load)) if load.kept else [],
        "left_out": max(load.kept - KEPT, 0),
    }


def _notified_text(request: HttpRequest, load: Import) -> str:
    """Who gets a mail because of the import."""
    told = load.people_told
    if told is None:
        return _("The people affected are told by mail, as with any other change.")
    if not told:
        return _("No mail is sent: nobody else is affected.")
    rows = visible_to(request.user, get_user_model()._default_manager.filter(pk__in=told))
    names = [person.name for person in rows.order_by("first_name", "last_name")[: NAMED + 1]]
    shown = [*names[:NAMED], "…"] if len(names) > NAMED else names
    sentence = ngettext(
        "%(number)d person is told by mail, unless they chose not to be: %(names)s",
        "%(number)d people are told by mail, unless they chose not to be: %(names)s",
        len(told),
    )
    return sentence % {"number": len(told), "names": ", ".join(shown) or "–"}


def _log(request: HttpRequest, change_set: Any) -> str:
    """Where the audit log shows all that one act wrote; empty for who may not read it."""
    if not change_set or not can_somewhere(request.user, "audit"):
        return ""
    return f"{reverse('admin:audit_log')}?act={change_set}"


def _kept(load: Import) -> Any:
    return ImportKept.objects.filter(load=load).order_by("pk")[:KEPT]


def loaded_before(load: Import) -> list[Import]:
    """The same file, where it was taken in and not undone: the last time first, a few of them."""
    same = Import.objects.filter(
        kind=load.kind, digest=load.digest, state=ImportState.APPLIED, applied_at__isnull=False
    )
    return list(same.exclude(pk=load.pk).order_by("-applied_at")[:3])


def _rows(request: HttpRequest, load: Any, kind: FileKind) -> dict[str, Any]:
    shown = request.GET.get("kind", "")
    found = rows.page(load, kind, request.user, shown=shown, cursor=request.GET.get("cursor"))
    return {
        "shown": shown,
        "tabs": rows.tabs(load, shown),
        "rows": found,
        "is_swept": not load.is_kept and not found.lines,
    }


# How far it is


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, for the script of its page; `is_over` where there is more to be seen."""
    load = import_of(request, pk)
    if not request.accepts("application/json"):
        raise Http404
    return JsonResponse({**_progress(load), "is_over": not is_at_work(load)})


def _progress(load: Any) -> dict[str, Any]:
    return {"seen": load.seen, "total": load.total, "says": _says(load), "so_far": _so_far(load)}


def _says(load: Any) -> str:
    if load.is_stop_asked:
        return _("Stopping. Nothing will be saved.")
    if not load.is_in_hand:
        return _("Waiting for a worker.")
    return str(_DOES.get(ImportState(load.state), load.get_state_display()))


def _so_far(load: Any) -> str:
    """How many rows, in words."""
    if not load.total or not load.is_in_hand:
        return ""
    numbers = {"seen": number_format(load.seen), "total": number_format(load.total)}
    return _("Row %(seen)s of %(total)s") % numbers


def _stands_still(load: Any) -> bool:
    """Is there nobody who would take it up?"""
    return not load.is_in_hand and LONG in Heartbeat.objects.late(at=timezone.now())
