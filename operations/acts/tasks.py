"""What is done to a task: added, edited, progressed. Its job is held while it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from core.access import require
from core.record import audit, bulk_writes
from core.record.acts import Named, Outcome, check, held, save_checked
from core.record.transactions import atomic
from core.refusals import Refused, within
from operations import states
from operations.acts.moving import move_held
from operations.acts.naming import chosen, seen
from operations.models import Equipment, Job, Task
from operations.models.task import placed
from operations.states import JobStatus, TaskStatus, Verb
from people.models import User

# A task on which a form has put something, and the equipment it is to require; None: it stays.
Filled: TypeAlias = tuple[Task, Collection[Equipment] | None]
# A new task, and the equipment that it requires.
Added: TypeAlias = tuple[Task, list[Equipment]]

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


def add_first(
    job: Job, tasks: Iterable[Mapping[str, Any]], *, by: User
) -> tuple[list[Added], tuple[Any, ...]]:
    """The tasks of a job that was just entered and has none, as `add_to` adds each: written at
    once; and what to tell of that. An error of one stands at its place, such as `tasks.1.title`."""
    added: list[Added] = []
    given = [dict(values) for values in tasks]
    progressed = [{name: each.pop(name) for name in _PROGRESS & each.keys()} for each in given]
    named = [list(each.pop("equipment", ())) for each in given]
    known = seen(by, Equipment, _keys(item for some in named for item in some))
    for place, values in enumerate(given):
        with within(f"tasks.{place}"):
            check(job, "change", by=by)
            require(by, "add", Task)
            items = _items(named[place], by=by, known=known)
            task = Task(job=job, **values)
            last = max((row.position for row, _needs in added), default=0)
            task.position = placed(task.position, last=last)
            bulk_writes.prepare(task)
            task.check_edit(items)
        added.append((task, items))
    wanted = {id(task): [item.pk for item in items] for task, items in added if items}
    rows = [task for task, _needs in added]
    done = bulk_writes.save_all(rows, relation="equipment" if wanted else "", wanted=wanted)
    warnings = [warning for outcome in done for warning in outcome.warnings]
    for place, task in enumerate(rows):
        if progressed[place]:
            with within(f"tasks.{place}"):
                warnings += progress(task, by=by, **progressed[place]).warnings
    return added, _each_once(warnings)


def save_task(task: Task, equipment: Iterable[Equipment] | None, *, by: User) -> Outcome[Task]:
    """Save what somebody's form or file has put on a task, new or read before; equipment None:
    it stays. Raises PermissionDenied, `Stale`, `Refused` or `ValidationError`."""
    with atomic(), audit.act(by=by):
        check_editor(task, by=by)
        return _save(task, equipment)


def save_tasks(filled: Sequence[Filled], *, by: User) -> list[Outcome[Task]]:
    """As `save_task` saves each, in this order, but that new ones come last: those of before are
    written at once, and so are the new ones. Raises likewise; of several errors the first."""
    with atomic(), audit.act(by=by):
        old = [each for each in filled if not each[0]._state.adding]
        new = [each for each in filled if each[0]._state.adding]
        tasks = [task for task, _equipment in old]
        # As everywhere, the job first: who waits for it holds none of its tasks.
        for task in sorted((task for task, _equipment in filled), key=attrgetter("job_id")):
            task.hold_job()
        versions = Task.versions_held([task.pk for task in tasks]) if tasks else {}
        had = bulk_writes.related_keys(tasks, "equipment")
        places = _Places(task for task, _equipment in filled)
        for task, equipment in [*old, *new]:
            _make_ready(task, equipment, had.get(task.pk, set()), versions, places, by=by)
        done = _save_all(old) | _save_all(new)
    return [done[id(task)] for task, _equipment in filled]


class _Places:
    """Where the tasks of a job stand while several are written: those that say no position come
    last, one after the other."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        jobs = {task.job_id for task in tasks if task.position is None}
        self._taken: dict[int, dict[int, int]] = {job: {} for job in jobs}
        if jobs:
            rows = Task.objects.filter(job__in=jobs).order_by()
            for job, pk, position in rows.values_list("job", "pk", "position"):
                self._taken[job][pk] = position

    def put(self, task: Task) -> None:
        """Have a task stand at its position, or behind the last."""
        taken = self._taken.get(task.job_id)
        if taken is None:
            return
        task.position = placed(task.position, last=max(taken.values(), default=0))
        # A new one has no key yet.
        taken[task.pk or -id(task)] = task.position


def _make_ready(
    task: Task,
    equipment: Collection[Equipment] | None,
    had: Collection[int],
    versions: Mapping[int, int],
    places: _Places,
    *,
    by: User,
) -> None:
    """Ask what `save_task` does before it writes a task that has this equipment; of one that was
    there before, `versions` tells the version that it has now."""
    check_editor(task, by=by)
    task.check_fields()
    wanted = had if equipment is None else {item.pk for item in equipment}
    if not task.changed() and set(wanted) == set(had):
        return
    task.check_edit(item for item in equipment or () if item.pk not in had)
    places.put(task)
    bulk_writes.prepare(task)
    if not task._state.adding and not task.is_held:
        task.hold_as_read(versions.get(task.pk))


def _save_all(filled: Sequence[Filled]) -> dict[int, Outcome[Task]]:
    """What came of each, by the identity of the task."""
    wanted = {id(task): {e.pk for e in some} for task, some in filled if some is not None}
    rows = [task for task, _equipment in filled]
    outcomes = bulk_writes.save_all(rows, relation="equipment", wanted=wanted)
    return {id(outcome.row): outcome for outcome in outcomes}


def check_editor(task: Task, *, by: User) -> None:
    """Raise PermissionDenied unless the person may edit the tasks of this one's job."""
    if task.job.is_held:
        check(task.job, "change", by=by)
    else:
        require(by, "change", task.job)


def _save(task: Task, equipment: Iterable[Equipment] | None) -> Outcome[Task]:
    task.check_fields()
    if equipment is None:
        return save_checked(task)
    return save_checked(task, lambda: task.save_requiring(equipment))


def _each_once(warnings: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(warnings))


def _items(
    named: Iterable[Equipment | int], *, by: User, known: Mapping[int, Equipment] | None = None
) -> list[Equipment]:
    named = list(named)
    rows = [item for item in named if isinstance(item, Equipment)]
    return [*rows, *chosen(by, Equipment, _keys(named), field="equipment", known=known)]


def _keys(named: Iterable[Equipment | int]) -> list[int]:
    return [item for item in named if isinstance(item, int)]


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
        if not progressed:
            return edit_task(row, by=by, **edited) if edited else Outcome(row)
        if not edited:
            return progress(row, by=by, **progressed)
        return _edit_and_progress(row, edited, progressed, by=by)


def _edit_and_progress(
    task: Task, edited: dict[str, Any], progressed: dict[str, Any], *, by: User
) -> Outcome[Task]:
    """One change on record."""
    task.job.check_open()
    equipment = edited.pop("equipment", None)
    for name, value in edited.items():
        setattr(task, name, value)
    task.check_fields()
    with audit.act(at=audit.now()):
        return _progress(task, progressed.get("status"), progressed.get("note"), equipment, by=by)


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
        return _progress(row, status, note, by=by)


def _progress(
    task: Task,
    status: str | None,
    note: str | None,
    equipment: Iterable[Equipment] | None = None,
    *,
    by: User,
) -> Outcome[Task]:
    """Save a task of an open job, which is held, with its progress; and with what was put on it."""
    check_not_on_hold(task.job)
    before = task.status
    if note is not None:
        task.note = note
    if status is not None and status != before:
        task.set_status(TaskStatus(status), by=by)
    done = save_checked(task, lambda: task.save_progress(equipment))
    # By this very step: a finished task of a reopened job has begun nothing anew.
    if task.status in {before, TaskStatus.PENDING} or task.job.status != JobStatus.PENDING:
        return Outcome(task, done.changed, _each_once(done.warnings))
    started = move_held(task.job, Verb.START, by=by)
    return Outcome(task, done.changed, _each_once((*done.warnings, *started.warnings)))


def check_not_on_hold(job: Job) -> None:
    """Raise `Refused` while the job is on hold (rule R4)."""
    if not states.can_progress(job.status):
        raise Refused(_("%(job)s is on hold. Resume it first.") % {"job": job.number})
