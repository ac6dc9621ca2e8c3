"""Tasks of a job that are saved together: exactly what saving one after the other writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from core.ledger import Notice
from core.record import audit
from core.record.transactions import savepoint
from core.refusals import Refused, Stale
from operations import acts
from operations.acts.tasks import Filled
from operations.models import Equipment, Job, Task
from people.models import User
from tests import acting
from tests.factories import make_equipment, make_job, make_task
from tests.operations.stock import everything

pytestmark = pytest.mark.django_db
AT = timezone.now() - timedelta(minutes=1)
OWN = {"id", "job_id", "placed_at", "history_id", "history_relation_id", "change_set"}

Save = Callable[..., list[acts.Outcome[Task]]]


def one_by_one(filled: Sequence[Filled], *, by: User) -> list[acts.Outcome[Task]]:
    return [acts.save_task(task, equipment, by=by) for task, equipment in filled]


WAYS: tuple[Save, Save] = (one_by_one, acts.save_tasks)


@pytest.fixture
def items(db: None) -> list[Equipment]:
    return [make_equipment() for _each in range(3)]


def job_with_tasks(owner: User, tech: User, items: Sequence[Equipment]) -> Job:
    """Six steps; the second and the third need something."""
    job = make_job(owner=owner, assigned_to=tech)
    for place in range(1, 7):
        needed = {2: items[:1], 3: items[:2]}.get(place, [])
        make_task(job=job, title=f"Step {place}", position=place, equipment=list(needed))
    return job


def read(job: Job) -> list[Task]:
    """As a form reads them: with what they need, and not held."""
    return list(job.tasks.order_by("title").prefetch_related("equipment"))


def own(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in OWN}


def written(job: Job) -> list[Any]:
    """The tasks in their order, what they need, and what is on record of each."""
    found: list[Any] = []
    for task in job.tasks.all():
        records = [
            (own(record.__dict__ | {"_state": None}), needs(record))
            for record in task.history.order_by("history_id")
        ]
        row = Task.objects.filter(pk=task.pk).values().get()
        found.append((own(row), needs(task), records))
    return found


def needs(row: Any) -> list[int]:
    through = row.equipment.all()
    keys = through.values_list("pk" if isinstance(row, Task) else "equipment", flat=True)
    return sorted(keys)


def set_titles(tasks: list[Task], _items: Sequence[Equipment], _job: Job) -> list[Filled]:
    for task in tasks[:3]:
        task.title = f" Other {task.title}\t"
    return [(task, None) for task in tasks]


def turn_round(tasks: list[Task], _items: Sequence[Equipment], _job: Job) -> list[Filled]:
    for place, task in enumerate(reversed(tasks), 1):
        task.position = place
    return [(task, list(task.equipment.all())) for task in tasks]


def put_at_one_place(tasks: list[Task], _items: Sequence[Equipment], _job: Job) -> list[Filled]:
    for task in tasks:
        task.position = 4
    return [(task, None) for task in reversed(tasks)]


def put_last(tasks: list[Task], _items: Sequence[Equipment], job: Job) -> list[Filled]:
    """One of before, then two new ones about one that says where it is to stand."""
    tasks[0].position = None  # type: ignore[assignment]  # As of a form that is left empty.
    tasks[5].position = 0
    new = [Task(job=job, title="New"), Task(job=job, title="Far", position=20)]
    return [(task, []) for task in (tasks[0], tasks[5], *new, Task(job=job, title="Last"))]


def change_equipment(tasks: list[Task], items: Sequence[Equipment], job: Job) -> list[Filled]:
    """Some is added, some taken, some exchanged, some stays; and a new one has some."""
    tasks[3].title = "Other"
    wanted = ([items[2]], [], [items[1], items[2]], [items[0]], None, [])
    filled: list[Filled] = list(zip(tasks, wanted, strict=True))
    return [*filled, (Task(job=job, title="New"), items[:2]), (Task(job=job, title="Bare"), [])]


def change_nothing(tasks: list[Task], _items: Sequence[Equipment], _job: Job) -> list[Filled]:
    return [(task, list(task.equipment.all())) for task in tasks]


Fill = Callable[[list[Task], Sequence[Equipment], Job], list[Filled]]
FILLED: tuple[Fill, ...] = (
    *(set_titles, turn_round, put_at_one_place, put_last, change_equipment, change_nothing),
)


@pytest.mark.parametrize("fill", FILLED)
@pytest.mark.parametrize("is_read_with", [True, False])
def test_they_are_as_if_each_had_been_saved(
    fill: Fill, is_read_with: bool, items: list[Equipment], sales: User, tech: User
) -> None:
    found = []
    for save in WAYS:
        with audit.act(at=AT - timedelta(days=1)):
            job = job_with_tasks(sales, tech, items)
        before = Notice.objects.count()
        with savepoint(), audit.change_set(audit.Kind.FORM, by=sales, reason="Why", at=AT) as act:
            tasks = read(job) if is_read_with else list(job.tasks.order_by("title"))
            outcomes = save(fill(tasks, items, job.lock()), by=sales)
        sets = set(Task.history.filter(job_id=job.pk).values_list("change_set", flat=True))
        told = [
            (o.row.title, {*o.row.equipment.all()}, o.changed - {"placed_at"}, o.warnings)
            for o in outcomes
        ]
        notices = Notice.objects.count() - before
        found.append((written(job), told, notices, act.change_set in sets))
    assert found[0] == found[1]


def to_closed(tasks: list[Task], job: Job, owner: User) -> None:
    acting.cancel((Job, job.pk), by=owner, reason="Why")


def to_stale(tasks: list[Task], _job: Job, owner: User) -> None:
    acts.edit_task((Task, tasks[1].pk), by=owner, title="Theirs")


def to_gone(tasks: list[Task], _job: Job, owner: User) -> None:
    acts.remove((Task, tasks[1].pk), by=owner)


def to_far(tasks: list[Task], _job: Job, _owner: User) -> None:
    tasks[1].position = Task.LAST + 1


def to_empty(tasks: list[Task], _job: Job, _owner: User) -> None:
    """The second of two errors is not told."""
    tasks[1].title = ""
    tasks[2].position = Task.LAST + 1


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (to_closed, Refused),
        (to_stale, Stale),
        (to_gone, Stale),
        (to_far, ValidationError),
        (to_empty, ValidationError),
    ],
)
def test_what_refuses_one_refuses_all_in_the_same_words(
    spoil: Callable[[list[Task], Job, User], None],
    kind: type[ValidationError],
    items: list[Equipment],
    sales: User,
    tech: User,
) -> None:
    said = []
    for save in WAYS:
        job = job_with_tasks(sales, tech, items)
        tasks = read(job)
        for task in tasks:
            task.title += " anew"
        spoil(tasks, job, sales)
        before = everything()
        with pytest.raises(kind) as refused, savepoint(), audit.act(by=sales):
            save([(task, None) for task in tasks], by=sales)
        assert everything() == before
        said.append([text.replace(job.number, "it") for text in refused.value.messages])
    assert said[0] == said[1]


def test_equipment_that_is_not_active_is_newly_required_by_none(
    items: list[Equipment], sales: User, tech: User, admin: User
) -> None:
    job = job_with_tasks(sales, tech, items)
    acts.edit(items[0], by=admin, is_active=False)
    idle = Equipment.objects.get(pk=items[0].pk)
    tasks = read(job)
    # The second needs it already.
    acts.save_tasks([(tasks[1], [idle, items[2]])], by=sales)
    before = everything()
    with pytest.raises(ValidationError) as refused:
        acts.save_tasks([(tasks[0], [items[1]]), (tasks[3], [idle])], by=sales)
    assert refused.value.messages == [f"Not active: {idle}. Choose other equipment."]
    assert everything() == before


def test_whoever_may_not_edit_the_job_saves_none(
    items: list[Equipment], sales: User, other_sales: User, tech: User
) -> None:
    job = job_with_tasks(sales, tech, items)
    before = everything()
    for person in (other_sales, tech):
        for filled in ([(read(job)[0], None)], [(Task(job=job, title="New"), None)]):
            with pytest.raises(PermissionDenied):
                acts.save_tasks(filled, by=person)
    assert everything() == before


def test_the_job_of_none_that_is_held_is_held(
    items: list[Equipment], sales: User, tech: User
) -> None:
    """Closed by somebody meanwhile, whatever the tasks know of it."""
    job = job_with_tasks(sales, tech, items)
    task = job.tasks.select_related("job").order_by("title")[0]
    acting.cancel((Job, job.pk), by=sales, reason="Why")
    task.title = "Other"
    with pytest.raises(Refused):
        acts.save_tasks([(task, None)], by=sales)


def test_progress_is_not_saved_by_it(items: list[Equipment], sales: User, tech: User) -> None:
    task = read(job_with_tasks(sales, tech, items))[0]
    task.note = "Done"
    with pytest.raises(RuntimeError):
        acts.save_tasks([(task, None)], by=sales)


@pytest.mark.parametrize("save", WAYS)
def test_a_task_stays_with_its_job(save: Save, sales: User, other_sales: User) -> None:
    theirs = make_task(job=make_job(owner=other_sales), title="Look")
    task = Task.objects.get(pk=theirs.pk)
    task.job, task.title = make_job(owner=sales), "Taken"
    with pytest.raises(RuntimeError, match="stays with its job"):
        save([(task, None)], by=sales)
    assert Task.objects.get(pk=theirs.pk).title == "Look"
