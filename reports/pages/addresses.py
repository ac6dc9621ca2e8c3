"""Where the rows are that no list of the back office shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from reports.question import Question


def rows_url(name: str, question: Question, **more: Any) -> str:
    """The page of exactly the rows that a number counts, which are no jobs."""
    period = {"from": question.period.start, "to": question.period.end}
    filters = {each: value for each, value in vars(question.filters).items() if value}
    return (
        f"{reverse('admin:analytics_rows', args=[name])}?{urlencode({**period, **filters, **more})}"
    )
