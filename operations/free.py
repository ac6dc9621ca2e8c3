"""Who is free: what technicians have on a day, and who has the least.

Counted are open jobs, whoever owns them: when somebody is busy is no secret of another's, what with
is. Whoever shows a job by its name asks first who sees it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text.days import clock
from operations.models import Job
from operations.schedule import NEXT_FIRST, WORKING_DAY, Slot, at_minute, minutes
from people.models import User

# Minutes that are worth naming as free.
_SHORTEST = 30
Span = tuple[int, int]


@dataclass(frozen=True)
class Load:
    """What a technician has on some days: all that is open, where none is said."""

    person: User
    days: frozenset[date] = frozenset()
    # Each job by its key.
    jobs: tuple[tuple[int, Slot], ...] = ()

    @property
    def booked(self) -> int:
        """For how many minutes there are jobs with a time."""
        return sum(end - start for start, end in self._spans())

    def clash(self, slot: Slot) -> int | None:
        """The key of the first job that takes place at the same time; None where none does."""
        return next((key for key, taken in self.jobs if taken.overlaps(slot)), None)

    def on(self, day: date) -> Load:
        """What they have on one of these days."""
        jobs = tuple(each for each in self.jobs if each[1].day == day)
        return Load(self.person, frozenset({day}), jobs)

    def slot_of(self, key: int) -> Slot:
        """When one of these jobs takes place."""
        return dict(self.jobs)[key]

    def __str__(self) -> str:
        number = len(self.jobs)
        if not self.days:
            details = ngettext("%(number)d open job", "%(number)d open jobs", number)
            return details % {"number": number} if number else _("no open jobs")
        if not number:
            return _("free") if len(self.days) == 1 else _("free on these days")
        if len(self.days) > 1:
            details = ngettext(
                "%(number)d job on these days", "%(number)d jobs on these days", number
            )
            return details % {"number": number}
        return ", ".join([self._number_text(number), *self._free_text()])

    def _number_text(self, number: int) -> str:
        if self.booked:
            return ngettext("%(number)d job", "%(number)d jobs", number) % {"number": number}
        details = ngettext("%(number)d job at any time", "%(number)d jobs at any time", number)
        return details % {"number": number}

    def _free_text(self) -> list[str]:
        """When there is nothing, where there are jobs with a time."""
        if not self.booked:
            return []
        first, last = map(minutes, WORKING_DAY)
        parts = [_free(start, end, first, last) for start, end in self._gaps(first, last)]
        return [_("free %(times)s") % {"times": ", ".join(parts)}] if parts else [_("no time left")]

    def _gaps(self, first: int, last: int) -> Iterator[Span]:
        now = first
        for start, end in [*self._spans(), (last, last)]:
            if min(start, last) - now >= _SHORTEST:
                yield now, min(start, last)
            now = max(now, end)

    def _spans(self) -> list[Span]:
        """The times that are taken, in order, those that meet as one."""
        taken = sorted(
            (minutes(slot.start), minutes(slot.end))
            for _key, slot in self.jobs
            if slot.start and slot.end
        )
        merged: list[Span] = []
        for start, end in taken:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


def _free(start: int, end: int, first: int, last: int) -> str:
    """A gap, in words: until, from, or from when until when."""
    times = {"start": clock(at_minute(start)), "end": clock(at_minute(end))}
    if start == first:
        return _("until %(end)s") % times
    if end == last:
        return _("from %(start)s") % times
    return _("%(start)s–%(end)s") % times


def loads(
    people: Iterable[User], days: Collection[date] = (), *, leaving_out: Collection[int] = ()
) -> list[Load]:
    """What each has on these days, in one query; `leaving_out` are keys of jobs that do not count,
    as when it is they that find a technician."""
    people = list(people)
    theirs = Job.objects.open().filter(assigned_to__in=people).exclude(pk__in=leaving_out)
    if days:
        theirs = theirs.filter(scheduled_date__in=days)
    rows = theirs.order_by(*NEXT_FIRST).values_list(
        "assigned_to", "pk", "scheduled_date", "start_time", "end_time"
    )
    jobs: defaultdict[int, list[tuple[int, Slot]]] = defaultdict(list)
    for person, key, *when in rows:
        jobs[person].append((key, Slot(*when)))
    return [Load(person, frozenset(days), tuple(jobs[person.pk])) for person in people]


def free_first(found: Iterable[Load], slot: Slot | None = None) -> list[Load]:
    """Those who are free at a time first, and of these whoever has the least."""

    def key(load: Load) -> tuple[Any, ...]:
        clashes = slot is not None and load.clash(slot) is not None
        return clashes, len(load.jobs), load.booked, load.person.name, load.person.pk

    return sorted(found, key=key)


def named(found: Iterable[Load]) -> list[tuple[int, str]]:
    """Technicians to choose among: the key of each, and their name with what they have."""
    return [(load.person.pk, f"{load.person.name} – {load}") for load in free_first(found)]


def spread(jobs: Sequence[Job], technicians: Sequence[User]) -> dict[int, User]:
    """Each job, by its key, to whoever has the fewest open ones on its day, and then altogether.

    These very jobs do not count, whoever has them now.
    """
    if not technicians:
        return {}
    on_day: Counter[tuple[int, date | None]] = Counter()
    for load in loads(technicians, leaving_out=[job.pk for job in jobs]):
        on_day.update((load.person.pk, slot.day) for _key, slot in load.jobs)
    altogether: Counter[int] = Counter()
    for (technician, _day), number in on_day.items():
        altogether[technician] += number
    shares = {}
    for job in jobs:
        day = job.scheduled_date
        least = min(technicians, key=lambda t: (on_day[t.pk, day], altogether[t.pk], t.name, t.pk))
        shares[job.pk] = least
        on_day[least.pk, day] += 1
        altogether[least.pk] += 1
    return shares
