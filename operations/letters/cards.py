"""A job in a mail: by its number, with where and when, and a link for whoever may open it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from operations.models import Job


@dataclass(frozen=True)
class Card:
    """What a mail says of one job: its name, lines of text, and what is left to do."""

    name: str
    lines: Sequence[str] = ()
    url: str = ""
    is_late: bool = False
    steps: Sequence[str] = ()


def job_url(job: Job) -> str:
    """The whole address of a job's page."""
    return address("admin:operations_job_change", job.pk)


def address(name: str, *keys: Any) -> str:
    """The whole address of a page."""
    return f"{settings.SITE_URL}{reverse(name, args=keys)}"


def name_of(job: Any) -> str:
    """A job, as a mail calls it."""
    return f"{job.number} {job.title}"


def place(job: Job) -> str:
    """Where a job is: customer, site and address, as far as they are known."""
    site = job.site
    named = [job.customer.name, *([site.own_name, " ".join(site.address.split())] if site else [])]
    return ", ".join(filter(None, named))
