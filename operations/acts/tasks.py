"""What is done to a task: added, edited, progressed. Its job is held while it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.access import require
from core.record import audit, bulk_writes
from core.record.acts import Named, Outcome, check, held
from core.record.transactions import atomic
from core.refusals import Refused, within
from operations import states
from operations.acts.moving import move_held
from operations.acts.naming import chosen
from operations.models import Equipment, Job, Task
from operations.models.task import placed
from operations.states import JobStatus, TaskStatus, Verb
from people.models import User

# What is progress, by section 6; the rest is editing.
_PROGRESS = frozenset({"status", "note"})


def add_task(job: Named[Job], *, by: User, **values: Any) -> Outcome[Task]:
    """A new step of an open job, by default the last one; equipment by key or as rows.

    Raises as `held` does, `Refused` or `ValidationError`.
    """
    with held(job, "change", by=by) as row:
        return add_to(row, by=by, **values)


def add_to(
    job: Job, *, by: User, equipment: Iterable[Equipment | int] = (), **values: Any
) -> Outcome[Task]:
    """As `add_task`, where the job is held already; with its progress, where some is given."""
    require(by, "add", Task)
    progressed = {name: values.pop(name) for name in _PROGRESS & values.keys()}
    added = save_task(Task(job=job, **values), _items(equipment, by=by), by=by)
    if not progressed:
        return added
    done = progress(added.row, by=by, **progressed)
    return Outcome(added.row, added.changed, _each_once(added.warnings + done.warnings))


def add_first(job: Job, tasks: Iterable[Mapping[str, Any]], *, by: User) -> None:
    """The tasks of a job that was just entered and has none, as `add_to` adds each: written at
    once. An error of one stands at its place, such as `tasks.1.title`."""
    rows: list[Task] = []
    wanted: dict[int, list[int]] = {}
    progressed: dict[int, dict[str, Any]] = {}
    for place, given in enumerate(tasks):
        values = dict(given)
        progressed[place] = {name: values.pop(name) for name in _PROGRESS & values.keys()}
        with within(f"tasks.{place}"):
            check(job, "change", by=by)
            require(by, "add", Task)
            items = _items(values.pop("equipment", ()), by=by)
            task = Task(job=job, **values)
            last = max((row.position for row in rows), default=0)
            task.position = placed(task.position, last=last)
            bulk_writes.prepare(task)
            task.check_edit(items)
        rows.append(task)
        if items:
            wanted[id(task)] = [item.pk for item in items]
    bulk_writes.save_all(rows, relation="equipment" if wanted else "", wanted=wanted)
    for place, task in enumerate(rows):
        if progressed[place]:
            with within(f"tasks.{place}"):
                progress(task, by=by, **progressed[place])


def save_task(task: Task, equipment: Iterable[Equipment] | None, *, by: User) -> Outcome[Task]:
    """Save what somebody's form or file has put on a task, new or read before; equipment None:
    it stays. Raises PermissionDenied, `Stale`, `Refused` or `ValidationError`."""
    with atomic(), audit.act(by=by):
        check_editor(task, by=by)
        return _save(task, equipment)


def check_editor(task: Task, *, by: User) -> None:
    """Raise PermissionDenied unless the person may edit the tasks of this one's job."""
    if task.job.is_held:
        check(task.job, "change", by=by)
    else:
        require(by, "change", task.job)


def _save(task: Task, equipment: Iterable[Equipment] | None) -> Outcome[Task]:
    had = task.values_loaded()
    task.check_fields()
    relation: set[str] = set()
    if equipment is None:
        task.save()
    elif task.save_requiring(equipment):
        relation = {"equipment"}
    changed = task.changed_since(had) | relation
    return Outcome(task, changed, tuple(task.warnings(changed)))


def _each_once(warnings: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(warnings))


def _items(named: Iterable[Equipment | int], *, by: User) -> list[Equipment]:
    named = list(named)
    keys = [item for item in named if isinstance(item, int)]
    rows = [item for item in named if isinstance(item, Equipment)]
    return [*rows, *chosen(by, Equipment, keys, field="equipment")]


def change_task(
    task: Named[Task], *, by: User, version: int | None = None, **values: Any
) -> Outcome[Task]:
    """Edit and progress as one: either all of what is given is done, or nothing.

    Raises as `held` does, `Refused` or `ValidationError`.
    """
    progressed = {name: value for name, value in values.items() if name in _PROGRESS}
    edited = {name: value for name, value in values.items() if name not in _PROGRESS}
    # Who sends nothing to change has at most to see the row.
    actions = ["change"] * bool(edited) + ["progress"] * bool(progressed) or ["view"]
    with held(task, actions[0], by=by) as row:
        for action in actions[1:]:
            check(row, action, by=by)
        if "equipment" in edited:
            edited["equipment"] = _items(edited["equipment"], by=by)
        row.check_version(version, values)
        done = [edit_task(row, by=by, **edited)] if edited else []
        done += [progress(row, by=by, **progressed)] if progressed else []
    changed = frozenset[str]().union(*(each.changed for each in done))
    return Outcome(row, changed, _each_once(w for each in done for w in each.warnings))


def edit_task(
    task: Named[Task],
    *,
    by: User,
    equipment: Iterable[Equipment] | None = None,
    version: int | None = None,
    **values: Any,
) -> Outcome[Task]:
    """Change text, place and which equipment it needs. What is not given stays.

    Raises as `held` does, `Refused` or `ValidationError`.
    """
    with held(task, "change", by=by) as row:
        row.job.check_open()
        row.check_version(version, values)
        for name, value in values.items():
            setattr(row, name, value)
        return _save(row, equipment)


def progress(
    task: Named[Task],
    *,
    by: User,
    status: str | None = None,
    note: str | None = None,
    at: datetime | None = None,
    version: int | None = None,
) -> Outcome[Task]:
    """Set status and note, at a time (now by default). What is not given stays.

    Starting or finishing a task starts its job (rule R4), and tells what that points out. Raises as
    `held` does, or `Refused` while the job is closed or on hold.
    """
    with held(task, "progress", by=by, at=at or audit.now()) as row:
        row.job.check_open()
        row.check_version(version, {"status": status, "note": note})
        check_not_on_hold(row.job)
        before = row.status
        if note is not None:
            row.note = note
        if status is not None and status != before:
            row.set_status(TaskStatus(status), by=by)
        had = row.values_loaded()
        row.save_progress()
        changed = row.changed_since(had)
        warnings: list[Any] = [*row.warnings(changed)]
        # By this very step: a finished task of a reopened job has begun nothing anew.
        begun = row.status not in {before, TaskStatus.PENDING}
        if begun and row.job.status == JobStatus.PENDING:
            warnings += move_held(row.job, Verb.START, by=by).warnings
    return Outcome(row, changed, _each_once(warnings))


def check_not_on_hold(job: Job) -> None:
    """Raise `Refused` while the job is on hold (rule R4)."""
    if not states.can_progress(job.status):
        raise Refused(_("%(job)s is on hold. Resume it first.") % {"job": job.number})
