"""What runs by the clock, and when: a declaration, as those of core/declarations.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone
from django.utils.functional import Promise

SUNDAY = 6


@dataclass(frozen=True)
class Scheduled:
    """A function by its dotted path, and when it runs, in the business time zone.

    It takes the moment at which it runs, `at`, which is now where nobody says another, and returns
    how much it did of what, by name.
    """

    name: str
    func: str
    at: time = time(0)
    weekday: int | None = None  # Monday is 0; every day where none is said.
    minutes: int = 0  # Every so many minutes, at no certain time.
    title: str | Promise = ""  # What it does, in words; its name, if not said.

    def is_met_by(self, moment: datetime) -> bool:
        """Is this a time at which it runs?"""
        return bool(self.minutes) or self.next_after(moment - timedelta.resolution) == moment

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment at which it runs. In the night that leaves this time out,
        it is as long after midnight as on any other."""
        if self.minutes:
            return moment
        local = timezone.localtime(moment, timezone.get_default_timezone())
        days = (local.date() + timedelta(days=n) for n in range(9))
        wanted = (day for day in days if self.weekday in {None, day.weekday()})
        # By the time of the world: of a time that is left out, the zone's own is like no other.
        times = (
            datetime.combine(day, self.at, tzinfo=local.tzinfo).astimezone(UTC) for day in wanted
        )
        return next(at for at in times if at > moment)
