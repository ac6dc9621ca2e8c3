"""How each figure is counted, in words that a screen can show."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FORMULAS: dict[str, str | Promise] = {
    "created": _("Jobs entered in the period."),
    "completed": _(
        "Jobs completed in the period. A job that was reopened and completed again "
        "counts once, when it was last completed."
    ),
    "cancelled": _("Jobs cancelled in the period, and not reopened since."),
    "reopened": _(
        "How often jobs were reopened in the period, from the history: each time "
        "counts. A completion that was undone within ten minutes does not count."
    ),
    "open": _("Jobs that are neither completed nor cancelled now, regardless of the period."),
    "overdue": _("Open jobs whose scheduled date has passed, regardless of the period."),
    "on_time": _(
        "Jobs completed on or before their scheduled date ÷ jobs completed in the "
        "period that had one. Jobs without a scheduled date, and open jobs, are not "
        "counted on either side."
    ),
    "time_to_complete": _(
        "The time from entering a job to completing it, for jobs completed in the "
        "period: half of them took less than the median, nine in ten less than the "
        "90th percentile; the mean is the sum ÷ their number. Jobs entered after they "
        "were done do not count."
    ),
    "task_cycle_time": _(
        "The time from starting a task to completing it, for tasks completed in the "
        "period. A task that was completed without being started does not count."
    ),
    "backlog_age": _(
        "The time since a job was entered, for the jobs that are open now, regardless "
        "of the period."
    ),
    "reopen_rate": _("How often jobs were reopened ÷ jobs completed, both in the period."),
    "first_time_fix": _(
        "Jobs that were never reopened, and that were not followed within 30 days "
        "(counting the day of completion) by another job entered for the same site and "
        "the same equipment ÷ jobs completed in the period. Jobs of the last 30 days "
        "are too recent to count."
    ),
    "flow": _(
        "Jobs entered and jobs completed on each day. A job that was reopened and "
        "completed again counts once, when it was last completed."
    ),
    "planned": _(
        "Open jobs that are scheduled for today or one of the six days after it, by "
        "the technician they are assigned to."
    ),
    "technicians": _(
        "By the technician of the job: jobs and tasks completed in the period, jobs "
        "open now, and the share of completed jobs that kept their scheduled date."
    ),
    "equipment": _(
        "Tasks that need the item, in jobs that are scheduled in the period and not "
        "cancelled; days in use are the different scheduled dates of those jobs."
    ),
    "customers": _("Jobs entered in the period, by customer: the customers with the most jobs."),
    "hours": _(
        "Jobs that are scheduled in the period and not cancelled, by the hour in which "
        "they begin. Jobs without a start time are left out."
    ),
    "by_status": _("Jobs entered in each part of the period, by their present status."),
    "by_priority": _("Jobs entered in each part of the period, by their priority."),
}
