"""Where the rows are that no list of the back office shows."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.urls import reverse

from reports.question import Question


def rows_url(name: str, question: Question, **more: Any) -> str:
    """The page of exactly the rows that a number counts, which are no jobs; `more` narrows it by
    keys."""
    chosen = {**question.filters.chosen, **more}
    narrowed = "".join([f"&{each}={value}" for each, value in chosen.items()])
    return f"{_page(name)}?{question.days_asked[1:]}{narrowed}"


@cache
def _page(name: str) -> str:
    return reverse("admin:analytics_rows", args=[name])
