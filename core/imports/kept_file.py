"""The file of an import as a table, for as long as it is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from io import BytesIO

from django.utils.translation import gettext as _

from core.imported import Import, ImportFile
from core.imports.options import ImportOptions
from core.imports.reading import Form, Record, Table, UnusableFile, opened


def table_of(load: Import) -> Table:
    """The file, read by the options that were chosen. Raises `UnusableFile`."""
    kept = ImportFile.objects.filter(load=load).first()
    if kept is None:
        raise UnusableFile(_("The file is no longer kept. Upload it again."))
    return opened(
        BytesIO(bytes(kept.data)), load.file_name, form_of(ImportOptions.from_data(load.way))
    )


def form_of(options: ImportOptions) -> Form:
    """How a file is to be read."""
    return Form(options.encoding, options.delimiter, options.sheet)


class TableWithoutRows:
    """A table with some rows left out, by their numbers."""

    def __init__(self, table: Table, left: Collection[int]) -> None:
        self.headers, self.delimiter = table.headers, table.delimiter
        self._table, self._left = table, left

    def records(self) -> Iterator[Record]:
        """The others."""
        return (each for each in self._table.records() if each.row not in self._left)
