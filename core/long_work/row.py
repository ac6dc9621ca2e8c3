"""The row of long work, and its ways from one state to the next, of which one process gets each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone


class Overtaken(Exception):
    """It was taken for lost, stopped or removed before this process was done: nothing is to
    stay."""


class LongWork(models.Model):
    """What every kind of long work has in its row; the states it stands in are its own."""

    # In these, somebody is at it, or about to be.
    WORKING: ClassVar[tuple[str, ...]]

    state = models.CharField(max_length=10)
    # How often it was begun: a task that comes late finds another number.
    attempt = models.PositiveIntegerField(default=0)
    # Somebody is at it; else it waits for the long queue.
    is_in_hand = models.BooleanField(default=False)
    # When whoever has it in hand was heard of last (core/long_work/progress.py).
    beat_at = models.DateTimeField(null=True)
    is_stop_asked = models.BooleanField(default=False)
    # What went wrong, in words.
    message = models.TextField(blank=True)
    # Rows: how many there are, where that is known, and how many of them are done.
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def percent(self) -> int:
        """How far it is, from 0 to 100; 100 is for what nobody is at any more."""
        most = 99 if self.is_in_hand else 100
        return min(most, self.seen * 100 // self.total) if self.total else 0

    def claim(self, *sources: str, to: str, **values: Any) -> bool:
        """Have it be worked on, from one of these states; False where it stands elsewhere."""
        values |= {"state": to, "attempt": self.attempt + 1, "beat_at": timezone.now()}
        values |= {"is_in_hand": False, "is_stop_asked": False, "seen": 0, "message": ""}
        won = self.move(values, state__in=sources)
        if not won:
            self.refresh_from_db()
        return won

    def take_up(self, **values: Any) -> bool:
        """Take it in hand; False where somebody has, or it is not wanted any more."""
        values |= {"is_in_hand": True, "beat_at": timezone.now()}
        return self.move(values, state__in=self.WORKING, is_in_hand=False)

    def finish(self, to: str, **values: Any) -> None:
        """Have what this process has in hand stand where it came to.

        Raises `Overtaken` where somebody else has decided about it meanwhile.
        """
        values |= {"state": to, "is_in_hand": False, "is_stop_asked": False}
        if not self.move(values, state=self.state, is_in_hand=True):
            raise Overtaken

    def move(self, values: dict[str, Any], **where: Any) -> bool:
        """Write these where it stands so at this attempt; False where it does not any more."""
        rows = type(self)._base_manager.filter(pk=self.pk, attempt=self.attempt, **where)
        won = bool(rows.update(**values))
        if won:
            for name, value in values.items():
                setattr(self, name, value)
        return won
