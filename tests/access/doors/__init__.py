"""A file a door: each says in `COLUMNS` how it is tried, and is found here by itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.access.door import Column

_FILES = sorted(file.name for file in iter_modules(__path__))
COLUMNS: dict[str, Column] = {
    column.name: column for file in _FILES for column in import_module(f"{__name__}.{file}").COLUMNS
}
