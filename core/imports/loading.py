"""An import's life, from the upload to its undo: what pages and commands call.

Each of these asks who may. `by` is None at the command line, where no person is named: it may do
everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import can, require
from core.imported import UNDONE_WITHIN, Import, ImportFile, ImportState, Matched
from core.imports import matching, working
from core.imports.kept_file import form_of, table_of
from core.imports.kinds import kinds
from core.imports.options import DateForm, ImportOptions
from core.imports.reading import LARGEST_FILE, Table, UnusableFile, opened
from core.imports.refused import headers_before, refused_file, refused_rows
from core.long_work import progress
from core.refusals import Refused
from core.text.typed import folded

__all__ = [
    "apply",
    "begin",
    "claim_apply",
    "discard",
    "match",
    "preview",
    "refused_file",
    "refused_rows",
    "seen_by",
    "stop",
    "undo",
]

# Rows that can be taken in at once.
MOST, MOST_ON_SQLITE = 100_000, 5_000
# What is remembered of the way for files with the same columns. Whether empty cells empty is said
# anew of each file: it is the one thing that can lose data.
_REMEMBERED = ("columns", "words", "date_form")


# Who may


def model_of(kind: str) -> str:
    """The label of the model of a kind. Raises `KeyError` for one that there is not."""
    return {each.kind: each.model for each in kinds()}[kind]


def seen_by(user: Any) -> QuerySet[Import]:
    """The imports of what somebody may import."""
    allowed = [each.kind for each in kinds() if can(user, "import", each.model)]
    return Import.objects.filter(kind__in=allowed)


def _require(kind: str, *, by: Any) -> None:
    if by is not None:
        require(by, "import", model_of(kind))


def _read_anew(load: Import, *, by: Any) -> None:
    """Once who may was asked: where it stands now, not when its page was made."""
    _require(load.kind, by=by)
    load.refresh_from_db()


# Upload and match


def begin(
    file: BinaryIO, name: str, *, kind: str, by: Any, options: ImportOptions | None = None
) -> Import:
    """Keep a file that somebody sends, with the way in which it will be taken: as was said, or as
    far as that can be known.

    Raises PermissionDenied, and `UnusableFile` for what no import can be made of. Of a workbook
    another sheet may do than the first one, of a text another encoding than it seems to be in:
    where no way is said, it is kept to be asked which.
    """
    _require(kind, by=by)
    data = file.read(LARGEST_FILE + 1)
    read: dict[str, Any] = {}
    try:
        table = opened(BytesIO(data), name, form_of(options or ImportOptions()))
    except UnusableFile as unusable:
        if options or not unusable.may_do:
            raise
        options = ImportOptions()
    else:
        options, read = options or _guessed(kind, table), _read(table)
    load = Import(
        kind=kind,
        file_name=name[:200],
        digest=digest_of(data),
        person=by,
        person_name=by.name if by else "",
        way=options.as_data(),
        **read,
    )
    with transaction.atomic():
        load.save()
        ImportFile.objects.create(load=load, data=data)
    return load


def digest_of(data: bytes) -> str:
    """By which the same file is known again."""
    return hashlib.sha256(data).hexdigest()


def match(load: Import, options: ImportOptions, *, by: Any) -> None:
    """Keep how the file is to be taken, for this one and those with the same columns.

    Raises PermissionDenied, `UnusableFile` where it cannot be read so, `ValidationError` for
    columns that cannot be so, and `Refused` for what was taken in.
    """
    _read_anew(load, by=by)
    load.way = matching.without_known(load.kind, options).as_data()
    table = table_of(load)
    matching.columns(load.kind, table.headers, options)
    read = _read(table)
    open_ones = Import.objects.filter(pk=load.pk, state__in=Import.OPEN)
    with transaction.atomic():
        if not open_ones.update(way=load.way, state=ImportState.UPLOADED, message="", **read):
            raise _not_now(load)
        load.rows.all().delete()
        remembered = {name: load.way[name] for name in _REMEMBERED}
        Matched.objects.update_or_create(
            kind=load.kind,
            headers=_mark(table.headers),
            defaults={"way": remembered, "at": timezone.now()},
        )
    load.refresh_from_db()


def _read(table: Table) -> dict[str, Any]:
    """How a file was read, by column of the import, with how many rows it has."""
    return {
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet[:200],
        "headers": list(table.headers),
        "total": counted(table),
    }


def counted(table: Table) -> int:
    """How many rows there are. Raises `UnusableFile`, with the way out, where they are too many."""
    is_large = progress.is_shared()
    most = MOST if is_large else MOST_ON_SQLITE
    number = sum(1 for _record in islice(table.records(), most + 1))
    if number <= most:
        return number
    sentence = _("The file has more than %(most)s rows, the most that can be imported at once.")
    if is_large:
        way_out = _("Split it into several.")
    else:
        way_out = _("Split it into several, or run JobOps on PostgreSQL, which takes 100,000.")
    raise UnusableFile(f"{sentence % {'most': f'{most:,}'}} {way_out}")


def _guessed(kind: str, table: Table) -> ImportOptions:
    """As files with these columns were taken the last time; else as their names say."""
    headers = table.headers
    before = _before(kind, headers)
    for known, left in ((headers, ()), (before, headers[len(before) :])):
        found = Matched.objects.filter(kind=kind, headers=_mark(known)).first() if known else None
        if found:
            return _remembered(kind, table, found.way, left)
    guessed = matching.guessed(kind, headers)
    if before:
        guessed[headers[-1]] = ""
    return ImportOptions(columns=guessed)


def _remembered(
    kind: str, table: Table, way: Mapping[str, Any], left: Sequence[str]
) -> ImportOptions:
    """As somebody chose before, of columns but for those left out; days in the form chosen then
    where they can be nothing else: 3/4 may be of somebody who writes them otherwise."""
    kept = {name: way[name] for name in _REMEMBERED if name in way}
    options = ImportOptions.from_data(kept)
    options = replace(options, columns={**options.columns, **dict.fromkeys(left, "")})
    if matching.are_days_plain(kind, table, options):
        return options
    return replace(options, date_form=DateForm.ISO)


def is_refused_rows(kind: str, headers: Sequence[str]) -> bool:
    """Are these the columns of an earlier file, and why its rows were refused?"""
    return bool(_before(kind, headers))


def _before(kind: str, headers: Sequence[str]) -> tuple[str, ...]:
    """The columns of the earlier file of which these are the refused rows; none where they are
    not: another file may have the same columns, and one more."""
    before = headers_before(kind, headers)
    of = Import.objects.filter(kind=kind, headers=list(before), refused__gt=0)
    return before if before and of.exists() else ()


def _mark(headers: Sequence[str]) -> str:
    """What is the same for files with the same columns, whatever the case."""
    return hashlib.sha256(json.dumps([folded(each) for each in headers]).encode()).hexdigest()


# Look, and take in


def preview(load: Import, *, by: Any) -> None:
    """Look at what would become of each row; a large file is looked at in the background.

    Asked for while somebody looks, it does nothing more. Raises PermissionDenied, and `Refused` for
    what was taken in.
    """
    _read_anew(load, by=by)
    if load.claim(*Import.OPEN, to=ImportState.PREVIEWING):
        working.start(load, by=by)
    elif load.state != ImportState.PREVIEWING:
        raise _not_now(load)


def apply(load: Import, *, by: Any, skip_refused: bool = False) -> None:
    """Take in what the preview showed: all, or all but the refused. A large file is taken in in the
    background. Asked for twice, it is done once.

    Raises PermissionDenied, and `Refused` where something is refused and not to be left out.
    """
    _read_anew(load, by=by)
    if _is_claimed(load, ImportState.PREVIEWED, skip_refused=skip_refused):
        working.start(load, by=by)


def claim_apply(load: Import, *, by: Any, skip_refused: bool) -> None:
    """Claim an import for this very process to be taken in, looked at before or not."""
    _read_anew(load, by=by)
    load.claim(*Import.OPEN, to=ImportState.APPLYING, skip_refused=skip_refused)


def _is_claimed(load: Import, *sources: ImportState, skip_refused: bool) -> bool:
    if load.refused and not skip_refused and load.state in sources:
        raise Refused(_("Some rows are refused. Correct them, or leave them out."))
    if load.refused and not load.new + load.changed and load.state in sources:
        raise Refused(_("Nothing can be imported: see the refused rows for the reasons"))
    claimed = load.claim(*sources, to=ImportState.APPLYING, skip_refused=skip_refused)
    if not claimed and load.state not in {ImportState.APPLYING, ImportState.APPLIED}:
        raise _not_now(load)
    return claimed


def stop(load: Import, *, by: Any) -> None:
    """Have work on an import stop: it leaves nothing behind. Raises PermissionDenied."""
    _read_anew(load, by=by)
    if load.state not in Import.WORKING:
        return
    to, _nothing = load.state_without_effect(ImportState.STOPPED, "")
    values = {"state": to, "message": _("It was stopped before it began.")}
    if not load.move(values, state=load.state, is_in_hand=False):
        progress.request_stop(load)


def discard(load: Import, *, by: Any) -> None:
    """Throw away an import of which nothing was written: its file and rows, and that it was there.

    Raises PermissionDenied, and `Refused` for what somebody is at, or was taken in.
    """
    _read_anew(load, by=by)
    open_ones = Import.objects.select_for_update().filter(pk=load.pk, state__in=Import.OPEN)
    with transaction.atomic():
        held = open_ones.first()
        if held is None:
            raise Refused(_("This is running or has been imported, so it cannot be discarded."))
        held.delete()


# Undo


def can_be_undone(load: Import, *, at: datetime) -> bool:
    """Is it taken in, and not too long ago?"""
    return (
        load.state == ImportState.APPLIED
        and load.applied_at is not None
        and at < load.applied_at + UNDONE_WITHIN
    )


def undo(load: Import, *, by: Any) -> None:
    """Undo what was taken in, as far as nobody changed it since; a large one in the background.
    Asked for twice, it is done once.

    Raises PermissionDenied, and `Refused` where there is nothing to undo any more.
    """
    if claim_undo(load, by=by):
        working.start(load, by=by)


def claim_undo(load: Import, *, by: Any) -> bool:
    """Claim an import to be undone; False where that is under way or done. Raises as `undo`."""
    _read_anew(load, by=by)
    if load.state in {ImportState.UNDOING, ImportState.UNDONE}:
        return False
    if not can_be_undone(load, at=timezone.now()):
        if load.state == ImportState.APPLIED:
            raise Refused(_("An import can be undone for 30 days, and this one is older."))
        raise Refused(_("Nothing was imported, so there is nothing to undo."))
    return load.claim(ImportState.APPLIED, to=ImportState.UNDOING)


def _not_now(load: Import) -> Refused:
    load.refresh_from_db()
    if load.state in Import.WORKING:
        return Refused(_("This is still running. Wait for it to finish, or stop it."))
    if load.state in {ImportState.APPLIED, ImportState.UNDONE}:
        return Refused(
            _("This has already been imported. To import it again, upload the file again.")
        )
    return Refused(_("Look at the preview first."))
