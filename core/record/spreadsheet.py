"""Tables as a spreadsheet opens them: CSV that it reads aright, and calculates nothing of."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils import timezone

# Says to Excel that the text is UTF-8.
BOM = "\ufeff"
# What begins a formula, at the beginning of a cell or where it may be cut: somebody's settings may
# separate by something else than the comma. A tab or return that begins a cell is dropped by some.
_FORMULA = re.compile(r"""^(?=[\t\r])|(^|[,;|\t\r\n"'])([^\S\t\r\n]*)(?=[=+\-@])""")


def guarded(text: str) -> str:
    """A cell of which nothing is calculated, wherever a spreadsheet cuts it.

    https://owasp.org/www-community/attacks/CSV_Injection. What is lost: an apostrophe stands before
    every `=`, `+`, `-` or `@` that begins the cell or follows a separator, a line break or a quote
    within it, and before a tab or return that begins the cell. `-5` and `+43 1 555` become `'-5`
    and `'+43 1 555`; who reads the file by a program takes that one apostrophe away.
    """
    return _FORMULA.sub(r"\1\2'", text)


def moment(at: datetime) -> str:
    """A moment in the business time zone, with its offset: 2026-05-05T00:30:00+02:00."""
    return timezone.localtime(at, timezone.get_default_timezone()).isoformat()


def response(table: Iterable[Sequence[str]], *, name: str) -> StreamingHttpResponse:
    """A CSV file that is written while it is read, so that memory stays flat; every cell guarded.

    `table` begins with the names of its columns.
    """
    answer = StreamingHttpResponse(_lines(table), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def _lines(table: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM
    for cells in table:
        yield writer.writerow([guarded(cell) for cell in cells])
