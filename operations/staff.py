"""What becomes of the work when a person is renamed, or leaves."""

from __future__ import annotations

from django.utils.translation import ngettext

from operations.models import Job
from people.models import User


def renamed(person: User) -> None:
    """Have the jobs that somebody is assigned to found by their new name."""
    Job.objects.filter(assigned_to=person).refresh_search()


def left_open(person: User) -> str:
    """A sentence on the open jobs that need somebody, should this person leave; or empty."""
    count = Job.objects.needing_someone().of(person).count()
    if not count:
        return ""
    return ngettext(
        "%(name)s has %(count)d open job, which now needs someone.",
        "%(name)s has %(count)d open jobs, which now need someone.",
        count,
    ) % {"name": person.name, "count": count}
