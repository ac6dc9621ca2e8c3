"""The days of the big company: they end at the midnight with which today begins."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone


class Days:
    """Working days and midnights in the business time zone."""

    def __init__(self, today: date, count: int) -> None:
        self.today = today
        self.count = count
        self.first = today - timedelta(days=count)
        self._midnights: dict[date, datetime] = {}
        # Up to here everything is told; what is later has not happened yet.
        self.end = self.midnight(today)
        days = (self.first + timedelta(days=n) for n in range(count))
        self._working = [day for day in days if day.weekday() < 5]

    def midnight(self, day: date) -> datetime:
        """The moment with which a day begins."""
        if day not in self._midnights:
            zone = timezone.get_default_timezone()
            self._midnights[day] = datetime.combine(day, time(), tzinfo=zone)
        return self._midnights[day]

    def at(self, day: date, hour: float) -> datetime:
        """A moment of a day, to the second."""
        return self.midnight(day) + timedelta(seconds=int(hour * 3600))

    def entry(self, position: float) -> datetime:
        """The moment in office hours that lies so far (0 to 1) between the first day and today."""
        day, part = divmod(position * len(self._working), 1)
        return self.at(self._working[int(day)], 7.5 + part * 10)

    def working_day(self, day: date) -> date:
        """The day itself, or the Monday after it."""
        return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())

    def age(self, day: date) -> int:
        """How many days ago; negative for a day to come."""
        return (self.today - day).days
