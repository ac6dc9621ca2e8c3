"""What somebody wants to be told, and when: now, in the day's digest, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# When the day's digest is sent, in the business time zone.
DIGEST = time(17, 0)


class Choice(models.TextChoices):
    """When somebody wants to be told of a kind."""

    NOW = "now", _("At once")
    DIGEST = "digest", _("In the daily digest")
    OFF = "off", _("Not at all")


class NoticePreferencesQuerySet(models.QuerySet["NoticePreferences"]):
    """What people want."""

    def of(self, people: Iterable[int]) -> dict[int, NoticePreferences]:
        """By person: who never chose gets everything at once."""
        keys = set(people)
        found = {row.person_id: row for row in self.filter(person__in=keys)}
        return {key: found.get(key) or NoticePreferences(person_id=key) for key in keys}

    def wanting(self, kind: str) -> NoticePreferencesQuerySet:
        """Those of people who have chosen to be told of a kind."""
        wanted = [Choice.NOW.value, Choice.DIGEST.value]
        return self.filter(**{f"choices__{kind}__in": wanted})

    def stop(self, person: int, kinds: Iterable[str]) -> None:
        """Have somebody be told no more of some kinds."""
        self.choose(person, dict.fromkeys(kinds, Choice.OFF.value))

    def choose(self, person: int, choices: Mapping[str, str], **quiet: time | None) -> None:
        """Have somebody be told of kinds as they choose, and their quiet hours be these; what is
        not given stays."""
        with transaction.atomic():
            self.get_or_create(person_id=person)
            row = self.select_for_update(no_key=True).get(person_id=person)
            row.choices |= choices
            for name, value in quiet.items():
                setattr(row, name, value)
            row.save()


class NoticePreferences(models.Model):
    """What one person has chosen, by kind of notice, and their quiet hours."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    # By the name of the kind; what is not there is as `choice` has it.
    choices = models.JSONField(_("notices"), default=dict)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    objects: ClassVar[NoticePreferencesQuerySet] = NoticePreferencesQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice preferences")
        verbose_name_plural = _("notice preferences")

    def __str__(self) -> str:
        return str(self.person)

    def choice(self, kind: str, *, is_asked_for: bool = False) -> Choice:
        """When they want to be told of a kind. Who never chose is told at once, and of what is to
        be asked for not at all."""
        return Choice(self.choices.get(kind, Choice.OFF if is_asked_for else Choice.NOW))

    def quiet_end(self, moment: datetime) -> datetime | None:
        """When the quiet hours that a moment lies in are over; None where it lies in none."""
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None or begin == end:
            return None
        clock = _local(moment).time()
        is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
        return next_time(end, after=moment) if is_quiet else None


def next_digest(moment: datetime) -> datetime:
    """When the first digest after a moment is sent."""
    return next_time(DIGEST, after=moment)


def next_time(clock: time, *, after: datetime) -> datetime:
    """The first moment after another at which the clocks of the business show a time.

    In the night that leaves this time out it is as long after midnight as on any other.
    """
    today = _local(after).date()
    days = (today + timedelta(days=n) for n in range(-1, 3))
    # By the time of the world: moments of one zone are compared by what its clocks show.
    return min(m for day in days for m in _moments(day, clock) if m > after.astimezone(UTC))


def _moments(day: date, clock: time) -> Iterator[datetime]:
    """When the clocks show a time on a day: twice, in the night that has an hour twice."""
    zone = timezone.get_default_timezone()
    first, again = (
        datetime.combine(day, clock.replace(fold=fold), tzinfo=zone).astimezone(UTC)
        for fold in (0, 1)
    )
    yield first
    if _local(again).time() == clock:
        yield again


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment, timezone.get_default_timezone())
