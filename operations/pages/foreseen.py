"""What is shown beforehand of jobs about to change: what their technician has that day, and
what takes place at the same time, among their other jobs and among these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from core.access import visible_to
from operations import free
from operations.free import Load
from operations.models import Job
from operations.pages.job_panels import job_url
from operations.schedule import Slot
from people.models import User


@dataclass(frozen=True)
class Planned:
    """A job as it is about to be: who does it, and when."""

    job: Job
    technician: User | None
    slot: Slot

    @classmethod
    def to(cls, job: Job, technician: User | None) -> Planned:
        """A job that goes to somebody else and takes place as it does now."""
        return cls(job, technician, Slot(job.scheduled_date, job.start_time, job.end_time))


@dataclass(frozen=True)
class Ahead:
    """What there is to know of it: what its technician has beside all that is planned with it, and
    what takes place at the same time."""

    load: Load | None = None
    clash: Mapping[str, str] | None = None

    def has(self, text: str) -> str:
        """What its technician has, with their name where the `text` beside it does not have it;
        nothing where that is not known."""
        if not self.load:
            return ""
        name = self.load.person.name
        return str(self.load) if name in text else f"{name}: {self.load}"


NOTHING = Ahead()


def outlook(plan: Sequence[Planned], *, by: User) -> dict[int, Ahead]:
    """Of each job by its key, in two queries however many there are."""
    found = _loads(plan)
    planned: defaultdict[int, list[tuple[int, Slot]]] = defaultdict(list)
    for each in plan:
        if each.technician:
            planned[each.technician.pk].append((each.job.pk, each.slot))
    ahead: dict[int, tuple[Load, Load, int | None]] = {}
    for each in plan:
        if each.technician and each.slot.day:
            load = found[each.technician.pk].on(each.slot.day)
            others = [it for it in planned[each.technician.pk] if it[0] != each.job.pk]
            beside = replace(load, jobs=(*load.jobs, *others))
            ahead[each.job.pk] = load, beside, beside.clash(each.slot)
    named = seen(by, [key for _load, _beside, key in ahead.values()])
    return {
        pk: Ahead(load, clash(beside, key, named.get(key)) if key else None)
        for pk, (load, beside, key) in ahead.items()
    }


def _loads(plan: Iterable[Planned]) -> dict[int, Load]:
    """What the technicians have on these days, these very jobs left out."""
    plan = list(plan)
    people = {each.technician.pk: each.technician for each in plan if each.technician}
    days = {each.slot.day for each in plan if each.slot.day}
    if not people or not days:
        return {}
    found = free.loads(people.values(), days, leaving_out=[each.job.pk for each in plan])
    return {load.person.pk: load for load in found}


def seen(person: User, keys: Iterable[int | None]) -> dict[int, Job]:
    """Those of the jobs that may be named to somebody, by key."""
    wanted = {key for key in keys if key}
    if not wanted:
        return {}
    found: dict[int, Job] = visible_to(person, Job.objects.filter(pk__in=wanted)).in_bulk()
    return found


def clash(load: Load, key: int, job: Job | None) -> dict[str, str]:
    """What takes place at the same time, in a sentence; `job`: where it may be named."""
    details = {
        "name": load.person.name,
        "times": load.slot_of(key).times_text,
        "job": str(job) if job else _("another job"),
    }
    sentence = _("%(name)s has %(job)s at that time, %(times)s.") % details
    return {"text": sentence, "job": details["job"], "url": job_url(job) if job else ""}


def as_data(ahead: Mapping[int, Ahead], what: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """As a script tells it beside each job: what becomes of it, and what clashes."""
    return {
        pk: {
            "text": " · ".join(filter(None, [text, ahead.get(pk, NOTHING).has(text)])),
            "clash": ahead.get(pk, NOTHING).clash,
        }
        for pk, text in what.items()
    }
