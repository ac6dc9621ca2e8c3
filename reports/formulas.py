"""How each figure is counted, in words that a screen can show."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FORMULAS: dict[str, str | Promise] = {
    "created": _("Jobs entered in the period."),
    "completed": _(
        "Jobs completed in the period. A job that was reopened and completed again counts once, "
        "when it was completed last."
    ),
    "cancelled": _("Jobs cancelled in the period, and not reopened since."),
    "reopened": _(
        "How often jobs were reopened in the period: each time counts, from the history. A "
        "completion that was taken back within ten minutes is none."
    ),
    "open": _("Jobs that are neither completed nor cancelled now, whatever the period."),
    "overdue": _("Open jobs whose scheduled date has passed by now, whatever the period."),
    "on_time": _(
        "Jobs completed on or before their scheduled date ÷ jobs completed in the period that had "
        "one. Jobs without a scheduled date, and open ones, count on neither side."
    ),
    "time_to_complete": _(
        "From the entry of a job to its completion, of the jobs completed in the period: half of "
        "them took less than the median, nine in ten less than the 90th percentile; the mean is "
        "the sum ÷ their number. What was entered after it was done does not count."
    ),
    "task_cycle_time": _(
        "From the start of a task to its completion, of the tasks completed in the period. A task "
        "that was completed without a start does not count."
    ),
    "backlog_age": _(
        "From the entry of a job until now, over the jobs that are open now, whatever the period."
    ),
    "reopen_rate": _("How often jobs were reopened ÷ jobs completed, both in the period."),
    "first_time_fix": _(
        "Jobs that were never reopened, and after which no other job was entered for the same site "
        "and the same equipment within 30 days, that of the completion among them ÷ jobs completed "
        "in the period. The last 30 days are not ripe yet, and do not count."
    ),
    "flow": _(
        "Jobs entered and jobs completed on each day. A job that was reopened and completed again "
        "counts once, when it was completed last."
    ),
    "planned": _(
        "Open jobs that are scheduled for today or one of the six days after it, by the technician "
        "to whom they are assigned."
    ),
    "technicians": _(
        "By the technician of the job: jobs and tasks completed in the period, jobs open now, and "
        "the share of the jobs completed that kept their scheduled date."
    ),
    "equipment": _(
        "Tasks that need it, of jobs that are scheduled in the period and not cancelled; days in "
        "use are the different scheduled dates of those jobs."
    ),
    "customers": _("Jobs entered in the period, by customer: those with the most."),
    "hours": _(
        "Jobs that are scheduled in the period and not cancelled, by the hour in which they begin. "
        "Jobs of any time of the day are left out."
    ),
    "by_status": _("Jobs entered in each part of the period, by the status that they have now."),
    "by_priority": _("Jobs entered in each part of the period, by their priority."),
}
