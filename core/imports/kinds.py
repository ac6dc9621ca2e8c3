"""The kinds of rows that files bring in, as the apps declare them, and who reads each."""

from __future__ import annotations

from functools import cache

from django.utils.module_loading import import_string

from core.declarations import FileKind, collected
from core.record.resources import RecordedResource


def kinds() -> list[FileKind]:
    """What files can bring in, in the order of the apps."""
    return collected(FileKind)


@cache
def resource_class(kind: str) -> type[RecordedResource]:
    """Whose columns a file of this kind has. Raises `KeyError` for a kind that there is not."""
    found: type[RecordedResource] = import_string({e.kind: e.resource for e in kinds()}[kind])
    return found


def resource(kind: str) -> RecordedResource:
    """One for a file."""
    return resource_class(kind)()
