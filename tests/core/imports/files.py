"""Files as somebody sends them, and how an import of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from core.imported import Import
from core.imports import loading

COUNTS = ("state", "new", "changed", "unchanged", "refused")


def csv(*lines: str) -> BytesIO:
    """A file of these lines."""
    return BytesIO("".join(f"{line}\n" for line in lines).encode())


def begun(by: Any, *lines: str, kind: str = "customers", name: str = "customers.csv") -> Import:
    """A file that was uploaded."""
    return loading.begin(csv(*lines), name, kind=kind, by=by)


def looked_at(by: Any, *lines: str, **how: Any) -> Import:
    """A file that was looked at."""
    load = begun(by, *lines, **how)
    loading.preview(load, by=by)
    return load


def taken_in(by: Any, *lines: str, **how: Any) -> Import:
    """A file that was taken in, all but what is refused."""
    load = looked_at(by, *lines, **how)
    loading.apply(load, by=by, skip_refused=True)
    return load


def stands(load: Import) -> list[Any]:
    """Its state, and its counts."""
    load.refresh_from_db()
    return [getattr(load, name) for name in COUNTS]


def rows(load: Import) -> Sequence[tuple[Any, ...]]:
    """What is kept of its rows."""
    found = load.rows.order_by("row").values_list("row", "kind", "label", "cells", "errors")
    return list(found)
