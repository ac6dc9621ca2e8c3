"""The audit log: one screen over everything on record, and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.access import can, visible_to
from core.backoffice.log_form import LogForm, Sources, recorded, records_of
from core.database.cursors import Cursor
from core.declarations import View, collected
from core.owned import link_to_owned
from core.record import act_list, spreadsheet, timeline
from core.record.act_list import ActPage, ActRecord
from core.record.timeline import Entry

# Entries that are read at once for CSV.
_CSV_PART = 500

# What a record leads to


def _pages_of(user: Any, entries: list[Entry]) -> dict[tuple[str, int], tuple[str, str]]:
    """Address and name of the page of what each entry is about, where there is one to be seen."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        name, key = _subject(entry)
        wanted.setdefault(name, set()).add(key)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for name, keys in wanted.items():
        model: Any = recorded()[name]
        if not admin.site.is_registered(model):
            continue
        there = visible_to(user, model._base_manager.filter(pk__in=keys))
        page = f"admin:{model._meta.app_label}_{name}_change"
        labels = there.values_list("pk", model.label_field)
        found |= {(name, pk): (reverse(page, args=[pk]), label) for pk, label in labels}
    return found


def _subject(entry: Entry) -> tuple[str, int]:
    """What has a page: the row itself, or the one that it belongs to."""
    link = link_to_owned(recorded()[entry.kind]._meta.label_lower)
    if link is None or entry.owned_id is None:
        return entry.kind, entry.object_id
    return link.owned.model.split(".")[1], entry.owned_id


def _lines(user: Any, entries: list[Entry]) -> list[dict[str, Any]]:
    pages = _pages_of(user, entries)
    lines = []
    for entry in entries:
        url, label = pages.get(_subject(entry), ("", ""))
        # What belongs to another row says of which it is.
        owned = label if _subject(entry)[0] != entry.kind else ""
        records = f"?kind={entry.kind}&object={entry.object_id}"
        line = {"entry": entry, "sentence": entry.as_sentence(url), "url": url}
        lines.append({**line, "owned": owned, "records": records})
    return lines


def _acts(request: HttpRequest, acts: list[ActRecord]) -> list[dict[str, Any]]:
    """Each act with its lines, and where all of its rows are."""
    lines = iter(_lines(request.user, [entry for act in acts for entry in act.entries]))
    return [
        {
            "act": act,
            "lines": [next(lines) for _entry in act.entries],
            "whole": f"?act={act.change_set}" if act.more else "",
            "undo": _undo(request.user, act),
        }
        for act in acts
    ]


def _undo(user: Any, act: ActRecord) -> str:
    """Where the act can be undone, if anywhere, by whoever may change such rows. What of it cannot
    be, that page says."""
    for view in collected(View):
        if view.undoes and can(user, "change", view.model) and import_string(view.undoes)(act.head):
            return f"{reverse(f'admin:{view.url_name}')}?act={act.head.change_set}"
    return ""


# The pages


def view(request: HttpRequest) -> HttpResponseBase:
    """The records asked for, newest first, a part at a time; or all of them as CSV."""
    form = LogForm(request)
    if not form.kinds:
        raise PermissionDenied
    if name := request.GET.get("entry"):
        return _one(request, name, form.kinds.values())
    if not form.is_valid():
        return _page(request, form, ActPage())
    if request.GET.get("format") == "csv":
        return spreadsheet.response(_table(form.sources()), name="audit-log")
    sources, cursor = form.sources(), form.cleaned_data["cursor"]
    if form.cleaned_data["act"]:
        # Opened: row by row, however many.
        rows = timeline.page(sources, cursor)
        each = [ActRecord(None, [entry]) for entry in rows.entries]
        return _page(request, form, ActPage(each, rows.older))
    return _page(request, form, act_list.page(sources, cursor))


def _one(request: HttpRequest, name: str, models: Iterable[type[Model]]) -> HttpResponse:
    """One record whole: a page of many cuts long values."""
    entry = timeline.one([records_of(request.user, model) for model in models], name)
    if entry is None:
        raise Http404
    context = {
        **admin.site.each_context(request),
        "title": _("A record of %(name)s") % {"name": entry.object_text},
        "entry": entry,
        "back": reverse("admin:audit_log"),
        "back_text": _("Audit log"),
    }
    return TemplateResponse(request, "core/timeline_one.html", context)


def _page(request: HttpRequest, form: LogForm, page: ActPage) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Audit log"),
        "form": form,
        "acts": _acts(request, page.acts),
        "undo": _undo(request.user, page.acts[0]) if form.data.get("act") and page.acts else "",
        "older": _address(request, cursor=str(page.older)) if page.older else "",
        "newest": _address(request) if form.data.get("cursor") else "",
        "csv": _address(request, format="csv"),
        "why_none": form.why_none_is_found() if form.is_valid() else "",
        "is_filtered": any(form.data.get(name) for name in form.fields if name != "cursor"),
    }
    return TemplateResponse(request, "core/audit_log.html", context)


def _address(request: HttpRequest, **more: str) -> str:
    query = request.GET.copy()
    for name in ("cursor", "format"):
        query.pop(name, None)
    query.update(more)
    return f"?{query.urlencode()}"


COLUMNS = (
    "at",
    "person",
    "door",
    "reason",
    "action",
    "kind",
    "id",
    "object",
    "field",
    "old",
    "new",
)


def _table(sources: Sources) -> Iterator[tuple[str, ...]]:
    """A line for each field that changed; read a part at a time, so that memory stays flat."""
    yield COLUMNS
    cursor: Cursor | None = None
    while True:
        part = timeline.page(sources, cursor, size=_CSV_PART)
        for entry in part.entries:
            yield from _csv_lines(entry)
        if part.older is None:
            return
        cursor = part.older


def _csv_lines(entry: Entry) -> Iterator[tuple[str, ...]]:
    details = (entry.person, entry.door, entry.reason, entry.action, entry.kind)
    row = (spreadsheet.moment(entry.at), *details, str(entry.object_id), entry.object_text)
    changes = [(c.field, c.old_text, c.new_text) for c in entry.changes] or [("", "", "")]
    for change in changes:
        yield (*row, *change)
