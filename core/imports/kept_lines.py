"""What an undo could not undo, written down with it, some lines at a time."""

from __future__ import annotations

from core.imported import Import, ImportKept
from core.record.undoing import Kept

# Lines that are written at once.
BATCH = 500


class KeptLines:
    """The lines of an import's undo."""

    def __init__(self, load: Import) -> None:
        self._load = load
        self._lines: list[ImportKept] = []

    def add(self, kept: Kept) -> None:
        """One more."""
        self._lines.append(
            ImportKept(
                load=self._load,
                what=kept.what,
                model=kept.model,
                object_id=kept.pk,
                label=kept.label[:400],
                field=kept.field[:100],
                why=kept.why,
                who=kept.who,
                at=kept.at,
            )
        )
        if len(self._lines) >= BATCH:
            self.write()

    def write(self) -> None:
        """Those that are not written yet."""
        ImportKept.objects.bulk_create(self._lines)
        self._lines.clear()
