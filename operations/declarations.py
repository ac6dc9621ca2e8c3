"""What an app tells of jobs: it declares, and the list of jobs collects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Counted:
    """Jobs that somebody has counted: `chosen` takes them from others, and `title` says which they
    are. They stand in the order of a column that has an index."""

    title: str | Promise
    chosen: Callable[[Any], Any]
    order: str = "-pk"


@dataclass(frozen=True)
class CountedJobs:
    """The list of jobs opens what is counted elsewhere: by these parameters of its address, the
    first of which names it. `found` is the path of a function from their values, by name, to
    `Counted`; it raises `ValueError` for what nobody counts."""

    parameters: tuple[str, ...]
    found: str
