"""A job or a task is put back to what it was before an act that is undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.record import together, written
from core.record.acts import check, held, saved, write
from core.record.together import Back
from operations.acts.moving import check_tasks_finished, moving
from operations.acts.tasks import check_not_on_hold, edit_task
from operations.models import Equipment, Job, Task
from operations.models.job_rules import Able
from operations.states import CLOSED, TABLE, JobStatus, Verb
from people.models import User


def put_back_job(job: Job, values: dict[str, Any], *, former: Any, by: User) -> None:
    """Have fields of a job hold these values again; its status goes the way back that a verb came.

    What was closed is open again before the rest of it changes, and what was open is closed after.
    Raises PermissionDenied, `Refused` or `ValidationError`.
    """
    moved = {name: value for name, value in values.items() if name in Job.MOVED}
    rest = {name: value for name, value in values.items() if name not in Job.MOVED}
    with held(job, "change", by=by) as row:
        # A job that is late again, by whichever of the steps, has been since then.
        late = {"overdue_since": former.overdue_since}
        if moved and former.status not in CLOSED:
            _move_back(row, moved | late, by=by)
        if rest:
            _edit(row, rest | late)
        if moved and former.status in CLOSED:
            _move_back(row, moved | late, by=by)


def _edit(job: Job, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(job, name, value)
    write(job)


def _move_back(job: Job, values: dict[str, Any], *, by: User) -> None:
    if job.is_closed:
        check(job, TABLE[Verb.REOPEN].action, by=by)
    if values.get("status") == JobStatus.COMPLETED:
        check_tasks_finished(job)
    with moving(job):
        for name, value in values.items():
            setattr(job, name, value)
        saved(job)


def put_back_task(task: Task, values: dict[str, Any], *, former: Any, by: User) -> None:
    """Have fields of a task hold these values again, the equipment it needs among them.

    Raises PermissionDenied, `Refused` or `ValidationError`.
    """
    moved = {name: values.pop(name) for name in Task.MOVED & values.keys()}
    with held(task, "change", by=by) as row:
        keys = values.pop("equipment", None)
        equipment = None if keys is None else list(Equipment.objects.filter(pk__in=keys))
        if values or equipment is not None:
            edit_task(row, by=by, equipment=equipment, **values)
        if moved:
            row.job.check_open()
            check_not_on_hold(row.job)
            for name, value in moved.items():
                setattr(row, name, value)
            row.save_progress()


# Many at once. What moves a status goes by the verbs' rules, one by one.


def put_back_jobs(backs: Sequence[Back], *, by: User) -> list[int]:
    """As `put_back_job`, of many jobs of which no status moves: the keys of those that no rule
    keeps from it."""
    plain = [back for back in backs if not back.values.keys() & Job.MOVED]
    columns = ("assigned_to_id", "owner_id")
    able = Able({pk for back in plain for c in columns if (pk := back.values.get(c))})
    for back in plain:
        back.values["overdue_since"] = back.former.overdue_since
        back.row.known_people = able
    return together.put_back(plain, by=by)


def put_back_tasks(backs: Sequence[Back], *, by: User) -> list[int]:
    """As `put_back_task`, of many tasks without progress."""
    plain = [back for back in backs if not back.values.keys() & Task.MOVED]
    needed = {back.row.pk: back.values["equipment"] for back in plain if "equipment" in back.values}
    items = Equipment.objects.in_bulk({pk for keys in needed.values() for pk in keys})
    had = written.named_by([back.row for back in plain])
    for back in plain:
        if back.row.pk in needed:
            back.values["equipment"] = needed[back.row.pk] & items.keys()

    def check(task: Task) -> None:
        task.job.check_open()
        newly = needed.get(task.pk, frozenset()) - had[task.pk]["equipment"]
        Task.check_equipment(items[pk] for pk in newly if pk in items)

    return together.put_back(plain, by=by, check=check, relation="equipment")
