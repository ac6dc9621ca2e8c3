"""A chart with what stands beside it: how it is counted, and the same numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from reports.charts import Bar, Chart, Mark
from reports.formulas import FORMULAS

Text = str | Promise


@dataclass(frozen=True)
class Picture:
    """A chart, how it is counted, and the table beneath it; what there is `more` to say, and the
    page that lists all rows, where the table does not."""

    chart: Chart
    head: tuple[Text, ...]
    rows: tuple[Bar, ...]
    more: str = ""
    all: str = ""
    all_url: str = ""

    @property
    def formula(self) -> Text:
        """How it is counted."""
        return FORMULAS[self.chart.name]

    @property
    def body(self) -> SafeString:
        """The rows of the table: by strings, as a template takes ten times as long for each."""
        rows = [
            f'<tr><th scope="row"><bdi>{escape(row.name)}</bdi></th>'
            + "".join([_cell(mark) for mark in row.marks])
            + "</tr>"
            for row in self.rows
        ]
        # Each text in it has been escaped.
        return SafeString("\n".join(rows))


def _cell(mark: Mark) -> str:
    text = escape(mark.text)
    return f'<td><a href="{escape(mark.url)}">{text}</a></td>' if mark.url else f"<td>{text}</td>"
