"""Whoever began an import that took long gets a mail with its result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.imported import Import, ImportState
from core.imports.results import RowKind
from core.outbox.letters import Bundle, Part, part
from core.outbox.posting import News, post

KIND = "import"


def tell(load: Import) -> None:
    """Notify whoever began it, once for each try."""
    if load.person_id:
        occasion = f"import {load.pk} try {load.attempt}"
        post([News(load.person_id, KIND, occasion, {"import": load.pk})])


def parts(bundles: Sequence[Bundle], *, at: datetime) -> list[Part | None]:
    """What came of each import, to each."""
    keys = {notice.details["import"] for bundle in bundles for notice in bundle.notices}
    loads = Import.objects.in_bulk(keys)
    return [_part(bundle, loads) for bundle in bundles]


def _part(bundle: Bundle, loads: dict[int, Import]) -> Part | None:
    result = dict.fromkeys(notice.details["import"] for notice in bundle.notices)
    found = [loads[key] for key in result if key in loads]
    if not found:
        return None
    lines = [
        {"name": load.file_name, "result": result_text(load), "url": _address(load)}
        for load in found
    ]
    if len(found) == 1:
        heading = _("Import of %(file)s") % {"file": found[0].file_name}
    else:
        heading = _("Your imports")
    context = {"heading": heading, "lines": lines}
    return part(frozenset({KIND}), heading, "core/mail/imports", context)


def _address(load: Import) -> str:
    return f"{settings.SITE_URL}{reverse('admin:index')}imports/{load.pk}/"


def result_text(load: Import) -> str:
    """Where an import stands, in a sentence or two."""
    sentences = {
        ImportState.PREVIEWED: _looked_at,
        ImportState.APPLIED: _applied,
        ImportState.UNDONE: _undone,
    }
    result_of: Any = sentences.get(ImportState(load.state), lambda _load: "")
    return " ".join(filter(None, [load.message, result_of(load)]))


def _looked_at(load: Import) -> str:
    ready = _("It is ready to be imported.")
    return f"{ready} {_counts(load)}"


def _applied(load: Import) -> str:
    applied = _("It has been imported.")
    return f"{applied} {_counts(load)}"


def _counts(load: Import) -> str:
    sentence = _(
        "New: %(new)s, changed: %(changed)s, unchanged: %(unchanged)s, refused: %(refused)s."
    )
    return sentence % {name: getattr(load, name) for name in RowKind.values}


def _undone(load: Import) -> str:
    sentence = _("It has been undone: %(removed)s removed, %(put_back)s put back.")
    done = sentence % {"removed": load.removed, "put_back": load.put_back}
    if not load.kept:
        return done
    kept = ngettext("%(kept)s row was kept.", "%(kept)s rows were kept.", load.kept)
    return f"{done} {kept % {'kept': load.kept}}"
