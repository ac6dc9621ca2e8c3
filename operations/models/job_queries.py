"""Jobs, many at once: where they stand, what they are found by, which are late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils.timezone import get_default_timezone, make_aware

from core.record import audit
from core.text import search
from core.text.search import Asked
from operations import schedule
from operations.models import job_words
from operations.numbers import OF_A_PHONE, TOO_SHORT, number
from operations.states import OPEN, Priority, TaskStatus
from people.models import User

# How many jobs are written, with their history, in one transaction.
BATCH = 500
# To order by: the place of a priority among these.
URGENCY = Case(
    *(When(priority=priority, then=place) for place, priority in enumerate(Priority.values)),
    output_field=models.SmallIntegerField(),
)
# The condition that `flagged_overdue` asks, where it is one among others.
FLAGGED_OVERDUE = Q(overdue=True)


class JobQuerySet(models.QuerySet[Any]):
    """Jobs, by where they stand."""

    def open(self) -> JobQuerySet:
        """Neither completed nor cancelled."""
        return self.filter(status__in=OPEN)

    def overdue(self, *, on: date) -> JobQuerySet:
        """Open jobs whose scheduled date lies before a day (rule R3), flagged or not yet."""
        return self.open().filter(scheduled_date__lt=on)

    def flagged_overdue(self) -> JobQuerySet:
        """Jobs that are overdue now, by the flag that every write and the nightly run keep."""
        return self.filter(FLAGGED_OVERDUE)

    def scheduled_on(self, day: date) -> JobQuerySet:
        """Jobs that take place on a day."""
        return self.filter(scheduled_date=day)

    def in_week_of(self, day: date) -> JobQuerySet:
        """Jobs that take place in the week that a day is in."""
        return self.filter(scheduled_date__range=schedule.week(day))

    def within(self, column: str, days: tuple[date, date]) -> JobQuerySet:
        """Jobs to which this happened from one day to another, both included, in the business time
        zone: the moment of it stands in the column."""
        begin, end = moments(days)
        return self.filter(**{f"{column}__gte": begin, f"{column}__lt": end})

    def completed_in(self, days: tuple[date, date]) -> JobQuerySet:
        """Jobs completed from one day to another, both included."""
        return self.within("completed_at", days)

    def on_time(self) -> JobQuerySet:
        """Completed on or before the day for which they were scheduled; those of no day have none
        to keep."""
        return self.filter(is_on_time())

    def late(self) -> JobQuerySet:
        """Completed after the day for which they were scheduled."""
        return self.filter(scheduled_date__lt=TruncDate("completed_at", tzinfo=_zone()))

    def of(self, person: User) -> JobQuerySet:
        """Jobs that a person answers for or is assigned to."""
        return self.filter(Q(owner=person) | Q(assigned_to=person))

    def with_task_counts(self) -> JobQuerySet:
        """With `tasks_count` and `completed_tasks_count`, counted for the rows that are read."""
        # Of the model beyond, which names this one.
        task: Any = self.model._meta.get_field("tasks").related_model

        def count(**condition: str) -> Coalesce:
            tasks = task.objects.filter(job=OuterRef("pk"), **condition).order_by()
            number = tasks.values("job").annotate(number=Count("pk")).values("number")
            return Coalesce(Subquery(number), 0)

        done = count(status=TaskStatus.COMPLETED)
        return self.annotate(tasks_count=count(), completed_tasks_count=done)

    def matching(self, text: str) -> JobQuerySet:
        """Jobs in whose number, title, customer, site or technician every word stands.

        Shorter words than `search.SHORTEST` narrow what longer ones find, and find nothing alone:
        the table is long. A number is the number of a job (J-154, #154), and a word among others.
        """
        asked = Asked.of(text)
        if not asked.words:
            return self.all()
        if not asked.has_long_word:
            return self.filter(_numbered(asked.words))
        found, known = job_words.holding(asked.words, using=self.db)
        for typed, word in zip(asked.typed, asked.words, strict=True):
            if word not in known:
                found &= search.holding(typed) | _numbered([word])
        return self.filter(found | _numbered(asked.words))

    def refresh_search(self) -> None:
        """Write anew what these jobs are found by: something they name was renamed."""
        rows = self.select_related("customer", "site", "assigned_to")
        pks = list(self.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(pks), BATCH):
            some = pks[start : start + BATCH]
            with transaction.atomic():
                # Held, so that a save under way is seen, or sees the new name.
                held = self.model._base_manager.filter(pk__in=some).select_for_update(no_key=True)
                list(held.values_list("pk"))
                batch = list(rows.filter(pk__in=some))
                for job in batch:
                    job.search_text = job.words()
                self.model._base_manager.bulk_update(batch, ["search_text"])

    def needing_someone(self) -> JobQuerySet:
        """Open jobs whose owner or technician has left, or has lost the role for it."""
        technicians = self._named_by_open("assigned_to", but_not_in=User.objects.technicians())
        owners = self._named_by_open("owner", but_not_in=User.objects.owners())
        return self.open().filter(Q(assigned_to__in=technicians) | Q(owner__in=owners))

    def _named_by_open(self, column: str, *, but_not_in: models.QuerySet[User]) -> list[int]:
        # Read first: there are few people, and few of their jobs, among however many.
        named = Exists(self.model.objects.open().filter(**{column: OuterRef("pk")}))
        people = User.objects.exclude(pk__in=but_not_in.values("pk")).filter(named)
        return list(people.order_by().values_list("pk", flat=True))

    def flag_overdue(self, *, on: date) -> int:
        """Flag those that time has overtaken by a day (rule R3); how many there were.

        Batch by batch, each job with its history row. The flag leaves versions alone.
        """
        flagged = 0
        while batch := self._flag_overdue_batch(on=on):
            flagged += batch
        return flagged

    def _flag_overdue_batch(self, *, on: date) -> int:
        with transaction.atomic(), audit.act(at=audit.now()):
            late = self.overdue(on=on).filter(overdue=False).order_by("pk")
            jobs = list(late.select_for_update(no_key=True)[:BATCH])
            for job in jobs:
                job.overdue, job.overdue_since = True, audit.now()
            rows = self.model._base_manager.filter(pk__in=[job.pk for job in jobs])
            rows.update(overdue=True, overdue_since=audit.now())
            self.model.history.bulk_history_create(
                jobs, update=True, default_change_reason=audit.reason(), default_date=audit.now()
            )
        return len(jobs)


def _zone() -> tzinfo:
    # Not that of whoever asks: a day is the company's.
    return get_default_timezone()


def moments(days: tuple[date, date]) -> tuple[datetime, datetime]:
    """The moment with which the first of these days begins, and that with which the day after the
    last one does, in the business time zone."""
    first, last = (datetime.combine(day, time.min) for day in days)
    return make_aware(first, _zone()), make_aware(last + timedelta(days=1), _zone())


def is_on_time() -> Q:
    """The condition for a completed job that it kept its day."""
    return Q(scheduled_date__gte=TruncDate("completed_at", tzinfo=_zone()))


def is_too_short(text: str) -> bool:
    """Does a search ask for nothing by which jobs are found? The number of one is enough."""
    asked = Asked.of(text)
    return bool(asked.words) and not asked.has_long_word and number(asked.words) is None


def why_none(text: str) -> str:
    """Why a search finds no job, where that is in what it asks for; empty where it is not."""
    if is_too_short(text):
        return str(TOO_SHORT)
    return str(OF_A_PHONE) if search.is_phone(text) else ""


def _numbered(words: Iterable[str]) -> Q:
    found = number(words)
    return Q(pk__in=[]) if found is None else Q(pk=found)
