"""Tables as a spreadsheet opens them: CSV that it reads aright, and calculates nothing of."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time

from django.http import StreamingHttpResponse
from django.utils import timezone

# Says to Excel that the text is UTF-8.
BOM = "\ufeff"
# For the writer of workbooks: a text is a text, whatever it looks like.
AS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# What makes a formula of a cell, and what some drop from the beginning of one.
_SIGNS = r"=+\-@"
# A cell that begins so, whatever blanks and apostrophes stand before it.
_BEGINS = rf"[^\S\t\r\n']*(?:'[^\S\t\r\n']*)*[{_SIGNS}\t\r]"
# A place within a cell where it may be cut: somebody's settings may separate by something else than
# the comma. What stands there: the separator with blanks, apostrophes, and what makes a formula.
_CUT = rf"""([,;|\t\r\n"][^\S\t\r\n]*)('*)(?=[{_SIGNS}])"""
_DANGEROUS = re.compile(rf"\A{_BEGINS}|{_CUT}")
_CUTS = re.compile(_CUT)
_BEGINNING = re.compile(_BEGINS)


def guarded(text: str) -> str:
    """A cell of which nothing is calculated, wherever a spreadsheet cuts it; `unguarded` gives back
    the very text.

    https://owasp.org/www-community/attacks/CSV_Injection. A text that begins with `=`, `+`, `-`,
    `@`, a tab or a return, whatever blanks and apostrophes stand before it, or that has one of the
    four signs after a separator, a line break or a quote within it, gets an apostrophe in front,
    and one more before each sign within: `-5` becomes `'-5`, `'-5` becomes `''-5`, and `5;=1`
    becomes `'5;'=1`. Any other text stays as it is, `'t Hof` too.
    """
    return "'" + _CUTS.sub(r"\1'\2", text) if _DANGEROUS.search(text) else text


def unguarded(text: str) -> str:
    """The text of a cell that may have been guarded; exactly what it was, for every text.

    What nobody has guarded stays as it is: an apostrophe goes only from before a text that is
    dangerous without it, as people type it into a spreadsheet for the same reason (`'+43 1 555`).
    """
    rest = text[1:]
    if not text.startswith("'") or not _DANGEROUS.search(rest):
        return text
    if all(apostrophes for _before, apostrophes in _CUTS.findall(rest)):
        return _CUTS.sub(lambda cut: cut[1] + cut[2][1:], rest)
    # Not guarded by us, which would have guarded each place: the sign of a spreadsheet's own.
    return rest if _BEGINNING.match(rest) else text


def moment(at: datetime) -> str:
    """A moment in the business time zone, with its offset: 2026-05-05T00:30:00+02:00."""
    return timezone.localtime(at, timezone.get_default_timezone()).isoformat()


def clock(at: time) -> str:
    """A time of day: 08:00, and 08:00:30 where there are seconds."""
    return at.isoformat("auto" if at.second or at.microsecond else "minutes")


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
