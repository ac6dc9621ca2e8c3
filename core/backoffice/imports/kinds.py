"""Which kinds of rows somebody may bring in, and the imports that they see."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import can
from core.declarations import FileKind, collected
from core.imported import Import, ImportFile
from core.imports import loading
from core.long_work import progress


def kinds_of(user: Any) -> dict[str, FileKind]:
    """The kinds that somebody may bring in, by their words, in the order in which they are loaded
    into an empty company."""
    return {each.kind: each for each in collected(FileKind) if can(user, "import", each.model)}


def address_for(user: Any, model: str) -> str:
    """Where somebody brings in rows of a model, by its label; empty where they cannot."""
    found = (each.kind for each in kinds_of(user).values() if each.model == model)
    kind = next(found, "")
    return f"{reverse('admin:imports')}?kind={kind}" if kind else ""


def imports_of(user: Any) -> QuerySet[Import]:
    """The imports of what somebody may bring in, with whether the file is still kept.

    Raises PermissionDenied for who may bring in nothing.
    """
    if not kinds_of(user):
        raise PermissionDenied(_("You may not do this."))
    kept = Exists(ImportFile.objects.filter(load=OuterRef("pk")))
    return loading.seen_by(user).annotate(is_kept=kept)


def import_of(request: HttpRequest, pk: int) -> Any:
    """An import. Raises PermissionDenied as `imports_of` does, and Http404."""
    # More than a database holds as a key.
    load = imports_of(request.user).filter(pk=pk).first() if pk < 2**63 else None
    if load is None:
        raise Http404
    return progress.look(load)


def can_be_undone(load: Import) -> bool:
    """Is it taken in, and not too long ago?"""
    return loading.can_be_undone(load, at=timezone.now())


def is_at_work(load: Import) -> bool:
    """Is somebody at it in the background, or about to be?"""
    return load.state in Import.WORKING
