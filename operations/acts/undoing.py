"""A job or a task is put back to what it was before an act that is undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.record import undo_batch, written
from core.record.acts import check, held, save_checked, write
from core.record.undo_batch import Restore
from operations.acts.moving import check_tasks_finished, moving
from operations.acts.tasks import check_not_on_hold, edit_task
from operations.models import Equipment, Job, Task
from operations.models.job_rules import Eligible
from operations.states import CLOSED, TRANSITIONS, JobStatus, Verb
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
        check(job, TRANSITIONS[Verb.REOPEN].action, by=by)
    if values.get("status") == JobStatus.COMPLETED:
        check_tasks_finished(job)
    with moving(job):
        for name, value in values.items():
            setattr(job, name, value)
        save_checked(job)


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
            save_checked(row, row.save_progress)


# Many at once. What moves a status goes by the verbs' rules, one by one.


def put_back_jobs(restores: Sequence[Restore], *, by: User) -> list[int]:
    """As `put_back_job`, of many jobs of which no status moves: the keys of those that no rule
    keeps from it."""
    plain = [restore for restore in restores if not restore.values.keys() & Job.MOVED]
    columns = ("assigned_to_id", "owner_id")
    eligible = Eligible({pk for restore in plain for c in columns if (pk := restore.values.get(c))})
    for restore in plain:
        restore.values["overdue_since"] = restore.former.overdue_since
        restore.row.known_people = eligible
    return undo_batch.put_back(plain, by=by)


def put_back_tasks(restores: Sequence[Restore], *, by: User) -> list[int]:
    """As `put_back_task`, of many tasks without progress."""
    plain = [restore for restore in restores if not restore.values.keys() & Task.MOVED]
    needed = {
        restore.row.pk: restore.values["equipment"]
        for restore in plain
        if "equipment" in restore.values
    }
    items = Equipment.objects.in_bulk({pk for keys in needed.values() for pk in keys})
    had = written.named_by([restore.row for restore in plain])
    for restore in plain:
        if restore.row.pk in needed:
            restore.values["equipment"] = needed[restore.row.pk] & items.keys()

    def check(task: Task) -> None:
        newly = needed.get(task.pk, frozenset()) - had[task.pk]["equipment"]
        task.check_edit(items[pk] for pk in newly if pk in items)

    return undo_batch.put_back(plain, by=by, check=check, relation="equipment")
