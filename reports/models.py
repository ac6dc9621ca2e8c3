"""What the figures keep, and what the right to read them is named by."""

from django.db import models
from django.utils.translation import gettext_lazy

from operations.models import Job


class Analytics(models.Model):
    """The figures of the company. No rows and no table: they are counted when they are asked."""

    class Meta:
        managed = False
        verbose_name = gettext_lazy("analytics")
        verbose_name_plural = gettext_lazy("analytics")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self._meta.label


class Return(models.Model):
    """Whether another job followed a completed one within 30 days: as it was in the night after
    these were over, and stays. Until then it is looked for whenever it is asked.

    To look for it costs more than all other figures together. The row of a job that is deleted
    stays behind, as no other job will have its key.
    """

    job = models.OneToOneField(
        Job,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        primary_key=True,
        related_name="followed",
    )
    is_followed = models.BooleanField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pk}: {self.is_followed}"


class Tally(models.Model):
    """What a measure (tallies.py) came to in a month that is over, of one priority, or of all where
    none is said; by a status or a key where the measure has one. It counts as long as the month is
    `KeptMonth`, and nothing in it was touched."""

    measure = models.CharField(max_length=10)
    month = models.DateField()
    priority = models.CharField(max_length=8, blank=True)
    status = models.CharField(max_length=12, blank=True)
    key = models.BigIntegerField(null=True)
    number = models.PositiveIntegerField()
    scheduled = models.PositiveIntegerField()
    on_time = models.PositiveIntegerField()
    timed = models.PositiveIntegerField()
    took = models.DurationField(null=True)
    days = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["measure", "priority", "month"], name="reports_tally_month"),
        )

    def __str__(self) -> str:
        return f"{self.measure} {self.month}"


class KeptMonth(models.Model):
    """A month of which there are tallies of a measure: of days in this time zone. They hold as long
    as no day from the first to the last was touched."""

    measure = models.CharField(max_length=10)
    month = models.DateField()
    first = models.DateField()
    last = models.DateField()
    zone = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["measure", "month"], name="reports_month_kept_once"),
        )

    def __str__(self) -> str:
        return f"{self.measure} {self.month}"


class Touched(models.Model):
    """A day on which what a measure counts has changed since. Rows are written by the database
    itself (migration 0003), within whatever changes a job; a moment by its day in UTC.

    Each write has a row of its own: a row that several share could be taken away by a run that has
    not seen what the last of them wrote.
    """

    measure = models.CharField(max_length=10)
    day = models.DateField()

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["measure", "day"], name="reports_touched_day"),)

    def __str__(self) -> str:
        return f"{self.measure} {self.day}"


class ClosedMonth(models.Model):
    """The figures of a month, as they were when it was over, and the jobs that they counted. It is
    written once, and stays."""

    month = models.DateField(unique=True)
    at = models.DateTimeField()
    figures = models.JSONField()
    jobs = models.JSONField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.month)
