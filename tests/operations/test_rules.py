"""The rules R1 to R7 (design section 5), in the domain."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from core.record import audit
from core.record.acts import find
from core.record.audit import Door
from core.record.transactions import atomic, savepoint
from core.refusals import Refused, Stale
from core.roles import Role
from operations import acts
from operations.models import Job, JobShare, Task
from operations.states import Verb
from people.models import User
from tests import acting
from tests.apps import APPS
from tests.conftest import Sign
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)
from tests.operations.stock import everything, history_rows

S = Job.Status
T = Task.Status
TODAY = date(2026, 5, 20)
NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
PAST, FUTURE = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def finish(task: Task, *, by: User) -> None:
    acts.progress(task, by=by, status=T.COMPLETED)


def refused(act: Callable[[], Any], error: type[Exception] = Refused) -> str:
    """The sentence with which an act is refused; nothing of it may be written."""
    before = everything()
    with pytest.raises(error) as raised, transaction.atomic():
        act()
    assert everything() == before
    problem = raised.value
    return " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)


# R1 Complete


def test_a_job_is_completed_only_when_none_of_its_tasks_is_unfinished(
    sales: User, admin: User
) -> None:
    job = make_job(owner=sales)
    first, second = make_task(job=job, title="First"), make_task(job=job, title="Second")
    finish(first, by=admin)
    assert refused(lambda: acting.complete(job, by=admin)) == (
        f"{job.number} still has unfinished tasks: “Second”. Finish them first."
    )
    finish(second, by=admin)
    acting.complete(job, by=admin)
    assert Job.objects.get().status == S.COMPLETED


def test_a_task_that_is_begun_is_unfinished(sales: User, admin: User) -> None:
    job = make_job(owner=sales)
    acts.progress(make_task(job=job), by=admin, status=T.IN_PROGRESS)
    assert "unfinished" in refused(lambda: acting.complete(job, by=admin))


def test_deleting_the_unfinished_task_makes_way_for_completion(sales: User, admin: User) -> None:
    job = make_job(owner=sales)
    make_task(job=job).delete()
    acting.complete(job, by=admin)
    assert Job.objects.get().status == S.COMPLETED


@pytest.mark.parametrize("verb", ["complete", "cancel"])
def test_no_task_is_added_to_a_closed_job(verb: str, sales: User, admin: User) -> None:
    job = make_job(owner=sales)
    close(job, verb, by=admin)
    assert "Reopen it first." in refused(lambda: make_task(job=job))


# R2 Closed is closed


def close(job: Job, verb: str, *, by: User) -> None:
    acts.move(
        job, Verb(verb), by=by, **({"reason": "no longer wanted"} if verb == "cancel" else {})
    )


@pytest.fixture
def closed(sales: User, admin: User, tech: User) -> Job:
    """A completed job with a task that needs equipment."""
    job = make_job(owner=sales, assigned_to=tech, site=make_site(), scheduled_date=PAST)
    finish(make_task(job=job, equipment=[make_equipment()]), by=tech)
    acting.complete(job, by=tech)
    return job


EDITS: dict[str, Callable[[], Any]] = {
    "title": lambda: "Other",
    "description": lambda: "Other",
    "customer": make_customer,
    "site": lambda: None,
    "priority": lambda: Job.Priority.URGENT,
    "scheduled_date": lambda: FUTURE,
    "owner": lambda: make_user(Role.ADMIN),
    "created_by": lambda: make_user(Role.ADMIN),
    "assigned_to": lambda: None,
    "number": lambda: "J-1",
}


@pytest.mark.parametrize("field", EDITS)
def test_no_field_of_a_closed_job_changes(field: str, closed: Job) -> None:
    setattr(closed, field, EDITS[field]())
    assert refused(closed.save) == f"{closed.number} is completed. Reopen it first."


def test_the_times_of_a_closed_job_do_not_change(closed: Job) -> None:
    closed.start_time, closed.end_time = time(8), time(9)
    refused(closed.save)


def test_a_cancelled_job_does_not_change_either(sales: User) -> None:
    job = make_job(owner=sales)
    acting.cancel(job, by=sales, reason="no longer wanted")
    job.title = "Other"
    assert refused(job.save) == f"{job.number} is cancelled. Reopen it first."


def test_a_closed_job_is_assigned_to_nobody_else(
    closed: Job, sales: User, other_tech: User
) -> None:
    refused(lambda: acts.assign(closed, other_tech, by=sales))


TASK_ACTS: dict[str, Callable[[Task, User], Any]] = {
    "edit": lambda task, _: (setattr(task, "title", "Other"), task.save()),
    "reorder": lambda task, _: (setattr(task, "position", 9), task.save()),
    "equip": lambda task, _: task.save_requiring([]),
    "delete": lambda task, _: task.delete(),
    "undo": lambda task, by: acts.progress(task, by=by, status=T.PENDING),
    "note": lambda task, by: acts.progress(task, by=by, note="afterwards"),
}


@pytest.mark.parametrize("act", TASK_ACTS)
def test_no_task_of_a_closed_job_changes(act: str, closed: Job, admin: User) -> None:
    task = closed.tasks.get()
    assert "Reopen it first." in refused(lambda: TASK_ACTS[act](task, admin))


def test_who_may_not_reopen_a_closed_job_is_told_whom_to_ask(
    sales: User, admin: User, tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acting.cancel(job, by=sales, reason="no longer wanted")
    told = {
        by: (
            refused(lambda by=by: acts.move(job, Verb.START, by=by)),
            refused(lambda by=by: acts.progress(job.tasks.get(), by=by, note="afterwards")),
        )
        for by in (admin, tech)
    }
    assert told == {
        by: (
            f"{job.number} is cancelled, so it cannot be started. {what}",
            f"{job.number} is cancelled. {what}",
        )
        for by, what in ((admin, "Reopen it first."), (tech, "Ask its owner to reopen it."))
    }


def test_who_completed_a_job_by_a_slip_is_told_to_reopen_it_while_they_may(
    closed: Job, tech: User
) -> None:
    task = closed.tasks.get()
    note = {"by": tech, "note": "afterwards"}
    assert "Reopen it first." in refused(lambda: acts.progress(task, **note))
    with audit.act(at=audit.now() + timedelta(minutes=11)):
        assert "Ask its owner" in refused(lambda: acts.progress(task, **note))


@pytest.mark.parametrize("act", TASK_ACTS)
def test_after_reopening_everything_changes_again(act: str, closed: Job, admin: User) -> None:
    acting.reopen(closed, by=admin, reason="leaks again")
    before = everything()
    TASK_ACTS[act](closed.tasks.get(), admin)
    assert everything() != before


def test_what_was_read_before_the_job_was_closed_writes_nothing(sales: User, admin: User) -> None:
    job = make_job(owner=sales)
    read_before = Job.objects.get()
    acting.complete(job, by=admin)
    read_before.title = "Other"
    refused(read_before.save, Stale)


def test_while_a_job_is_open_a_task_goes_back_from_completed_on_record(
    sales: User, tech: User
) -> None:
    task = make_task(job=make_job(owner=sales, assigned_to=tech))
    finish(task, by=tech)
    acts.progress(task, by=tech, status=T.PENDING)
    task.refresh_from_db()
    assert (task.status, task.started_at, task.completed_at, task.completed_by) == (
        T.PENDING,
        None,
        None,
        None,
    )
    statuses = task.history.order_by("history_id").values_list("status", "completed_by")
    assert list(statuses) == [(T.PENDING, None), (T.COMPLETED, tech.pk), (T.PENDING, None)]


def test_a_task_stays_with_its_job(sales: User) -> None:
    task = make_task(job=make_job(owner=sales))
    task.job = make_job(owner=sales)
    assert refused(task.save, RuntimeError) == "A task stays with its job."


# R3 Overdue


def test_a_job_entered_with_a_past_date_is_overdue_since_then(sales: User) -> None:
    with audit.act(at=NOON):
        job = make_job(owner=sales, scheduled_date=PAST)
    job.refresh_from_db()
    assert (job.overdue, job.overdue_since) == (True, NOON)


@pytest.mark.parametrize("day", [TODAY, FUTURE, None])
def test_a_job_of_today_of_later_or_of_no_day_is_not_overdue(day: date | None, sales: User) -> None:
    with audit.act(at=NOON):
        job = make_job(owner=sales, scheduled_date=day)
    job.refresh_from_db()
    assert (job.overdue, job.overdue_since) == (False, None)


@pytest.mark.parametrize(
    ("before", "after", "overdue"),
    [(FUTURE, PAST, True), (PAST, FUTURE, False), (PAST, None, False), (None, PAST, True)],
)
def test_rescheduling_sets_and_clears_the_flag(
    before: date | None, after: date | None, overdue: bool, sales: User
) -> None:
    with audit.act(at=NOON):
        job = make_job(owner=sales, scheduled_date=before)
        job.scheduled_date = after
        job.save()
    assert Job.objects.get().overdue is overdue


def test_an_overdue_job_that_is_moved_within_the_past_keeps_its_moment(sales: User) -> None:
    with audit.act(at=NOON):
        job = make_job(owner=sales, scheduled_date=PAST)
    with audit.act(at=NOON + timedelta(hours=1)):
        job.scheduled_date = PAST - timedelta(days=1)
        job.save()
    assert Job.objects.get().overdue_since == NOON


@pytest.mark.parametrize("verb", ["complete", "cancel"])
def test_closing_clears_the_flag_and_reopening_sets_it_again(
    verb: str, sales: User, admin: User
) -> None:
    job = make_job(owner=sales, scheduled_date=PAST)
    close(job, verb, by=admin)
    assert (Job.objects.get().overdue, Job.objects.get().overdue_since) == (False, None)
    acting.reopen(job, by=admin, reason="leaks again", at=NOON)
    assert (Job.objects.get().overdue, Job.objects.get().overdue_since) == (True, NOON)


def test_what_is_flagged_is_overdue_now_and_not_by_a_day_to_come(sales: User) -> None:
    with audit.act(at=NOON):
        days = (TODAY - timedelta(days=1), TODAY)
        late, soon = (make_job(owner=sales, scheduled_date=day) for day in days)
    tomorrow = TODAY + timedelta(days=1)
    assert list(Job.objects.flagged_overdue()) == [late]
    assert set(Job.objects.overdue(on=tomorrow)) == {late, soon}


def test_which_jobs_are_overdue_now_is_asked_in_one_place() -> None:
    asking = [
        path.name
        for app in APPS
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "migrations" not in path.parts
        and re.search(r"(Q|filter)\(overdue=True", path.read_text())
    ]
    # Those of the schema are its own.
    assert sorted(asking) == ["job_queries.py", "job_table.py"]


def test_what_is_unfinished_is_said_in_one_place() -> None:
    done = r"(Task\.Status|TaskStatus)\.COMPLETED"
    saying = [
        f"{path.relative_to(settings.BASE_DIR)}: {line.strip()}"
        for app in APPS
        for path in (settings.BASE_DIR / app).rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(rf"(~Q|exclude)\(\w*status={done}|status != {done}", line)
    ]
    assert saying == []


def test_a_job_on_hold_is_overdue_as_well(sales: User, admin: User) -> None:
    with audit.act(at=NOON):
        job = make_job(owner=sales, scheduled_date=TODAY)
    acting.hold(job, by=admin, reason="waits for parts", at=NOON + timedelta(days=1))
    assert Job.objects.get().overdue is True


def test_every_write_looks_at_the_day_again(sales: User) -> None:
    with audit.act(at=NOON):
        job = make_job(owner=sales, scheduled_date=TODAY)
    with audit.act(at=NOON + timedelta(days=1)):
        job.title = "Other"
        job.save()
    assert Job.objects.get().overdue is True


@pytest.mark.parametrize(
    ("zone", "yesterday_is_over"),
    # 12:00 UTC on the 20th is the 21st, 02:00, on Kiritimati, and the 20th, 01:00, on Niue.
    [("Pacific/Kiritimati", True), ("UTC", False), ("Pacific/Niue", False)],
)
def test_today_is_the_day_of_the_business_time_zone(
    zone: str, yesterday_is_over: bool, sales: User, settings: Any
) -> None:
    settings.TIME_ZONE = zone
    with audit.act(at=NOON):
        job = make_job(owner=sales, scheduled_date=TODAY)
    assert job.overdue is yesterday_is_over


def test_the_time_zone_of_the_reader_does_not_move_the_day(sales: User, settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Niue"
    from django.utils import timezone

    with timezone.override("Pacific/Kiritimati"), audit.act(at=NOON):
        assert make_job(owner=sales, scheduled_date=TODAY).overdue is False
        settings.TIME_ZONE = "Pacific/Kiritimati"
        assert make_job(owner=sales, scheduled_date=TODAY).overdue is True


def overtaken(sales: User, **fields: Any) -> Job:
    """A job that was in time when it was written, and is not any more at noon of today."""
    with audit.act(at=NOON - timedelta(days=2)):
        return make_job(owner=sales, scheduled_date=PAST, **fields)


def test_the_nightly_run_flags_those_that_time_has_overtaken_with_history(sales: User) -> None:
    late = overtaken(sales)
    with audit.act(at=NOON - timedelta(days=2)):
        others = [make_job(owner=sales, scheduled_date=day) for day in (TODAY, None)]
    with audit.act(door=Door.SCHEDULE, at=NOON):
        assert Job.objects.flag_overdue(on=TODAY) == 1
        assert Job.objects.flag_overdue(on=TODAY) == 0
    assert list(Job.objects.filter(overdue=True)) == [late]
    late.refresh_from_db()
    newest = late.history.first()
    assert (late.version, late.overdue_since) == (1, NOON)
    assert (newest.overdue, newest.history_date, newest.door) == (True, NOON, Door.SCHEDULE)
    assert (newest.history_type, newest.person_name, late.history.count()) == ("~", "", 2)
    assert [job.history.count() for job in others] == [1, 1]


def test_the_nightly_run_works_batch_by_batch(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.models.job_queries.BATCH", 2)
    for _ in range(5):
        overtaken(sales)
    assert Job.objects.flag_overdue(on=TODAY) == 5
    assert Job.objects.filter(overdue=True).count() == 5
    assert Job.history.filter(overdue=True).count() == 5


def test_the_nightly_run_leaves_closed_jobs_alone(sales: User, admin: User) -> None:
    job = overtaken(sales)
    acting.complete(job, by=admin)
    assert Job.objects.flag_overdue(on=TODAY) == 0


def test_the_flag_leaves_the_versions_of_job_and_tasks_alone(sales: User) -> None:
    job = overtaken(sales, tasks=1)
    with audit.act(at=NOON):
        stored = Job.objects.get()
        stored.overdue, stored.overdue_since = True, NOON
        stored.save()
    job.refresh_from_db()
    assert (job.overdue, job.version, job.tasks.get().version) == (True, 1, 1)


def test_jobs_are_named_by_day_and_by_person(sales: User, tech: User, admin: User) -> None:
    with audit.act(at=NOON):
        one = make_job(owner=sales, scheduled_date=TODAY, assigned_to=tech)
        other = make_job(owner=admin, scheduled_date=FUTURE)
    assert list(Job.objects.scheduled_on(TODAY)) == [one]
    assert [list(Job.objects.of(who)) for who in (sales, tech, admin)] == [[one], [one], [other]]


# R4 Progress


@pytest.fixture
def people(sales: User, other_sales: User, tech: User, other_tech: User, admin: User) -> Any:
    job = make_job(owner=sales, assigned_to=tech)
    viewer, helper = make_user(Role.TECHNICIAN), make_user(Role.TECHNICIAN)
    acts.share(job, viewer, "view", by=sales)
    acts.share(job, helper, "progress", by=sales)
    acts.share(job, other_sales, "view", by=sales)
    named = {
        "owner": sales,
        "technician": tech,
        "Admin": admin,
        "viewer": viewer,
        "helper": helper,
        "colleague": other_sales,
        "stranger": other_tech,
        "superuser": User.objects.create_superuser("root"),
    }
    return job, named


@pytest.mark.parametrize("who", ["technician", "helper", "Admin", "superuser"])
def test_who_may_progress_does(who: str, people: Any) -> None:
    job, named = people
    task = make_task(job=job)
    finish(task, by=named[who])
    job.refresh_from_db()
    acting.complete(job, by=named[who])
    assert (task.completed_by, job.completed_by) == (named[who], named[who])


@pytest.mark.parametrize("who", ["owner", "viewer", "colleague", "stranger"])
def test_who_may_not_progress_does_not(who: str, people: Any) -> None:
    job, named = people
    task = make_task(job=job)
    refused(lambda: finish(task, by=named[who]), PermissionDenied)
    refused(lambda: acts.progress(task, by=named[who], note="Hello"), PermissionDenied)
    for verb in ("start", "complete"):
        refused(lambda verb=verb: acts.move(job, Verb(verb), by=named[who]), PermissionDenied)
    refused(lambda: acting.hold(job, by=named[who], reason="why not"), PermissionDenied)


@pytest.mark.parametrize("who", ["technician", "helper", "viewer", "colleague"])
def test_cancelling_is_for_the_owner_and_admins(who: str, people: Any) -> None:
    job, named = people
    refused(lambda: acting.cancel(job, by=named[who], reason="why not"), PermissionDenied)


def test_who_is_taken_off_the_job_progresses_it_no_more(
    sales: User, tech: User, other_tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acts.share(job, other_tech, "progress", by=sales)
    acts.assign(job, None, by=sales)
    acts.unshare(job, other_tech, by=sales)
    for person in (tech, other_tech):
        refused(lambda person=person: finish(job.tasks.get(), by=person), PermissionDenied)


def test_a_deactivated_technician_progresses_nothing(sales: User, tech: User, admin: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acting.deactivate(tech, by=admin)
    refused(lambda: acting.start(job, by=tech), PermissionDenied)


@pytest.mark.parametrize("status", [T.IN_PROGRESS, T.COMPLETED])
def test_starting_or_finishing_a_task_starts_its_job(status: str, sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acts.progress(job.tasks.get(), by=tech, status=status, at=NOON)
    job.refresh_from_db()
    assert (job.status, job.started_at, job.version) == (S.IN_PROGRESS, NOON, 2)
    assert last(job)[:2] == ("~", "Tina Tech")


def test_a_note_alone_starts_nothing(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acts.progress(job.tasks.get(), by=tech, note="The key is with the porter")
    assert (Job.objects.get().status, Task.objects.get().status) == (S.PENDING, T.PENDING)
    assert Task.objects.get().note == "The key is with the porter"


@pytest.mark.parametrize("expected", [{"note": "Still fine"}, {"status": T.COMPLETED}])
def test_what_was_done_before_starts_no_reopened_job(
    expected: dict[str, Any], sales: User, tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acts.progress(job.tasks.get(), by=tech, status=T.COMPLETED)
    acting.complete(job, by=tech)
    acting.reopen(job, by=sales, reason="It leaks again")
    acts.progress(job.tasks.get(), by=tech, **expected)
    job.refresh_from_db()
    assert (job.status, job.started_at) == (S.PENDING, None)


def test_whoever_may_not_is_refused_by_the_row_itself(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech, site=make_site(), tasks=1)
    drill, colleague = make_equipment(), make_user(Role.TECHNICIAN)
    for attempt in (
        lambda: acts.edit_task(job.tasks.get(), by=tech, title="Mine"),
        lambda: acts.remove(job.tasks.get(), by=tech),
        lambda: acts.edit(job.customer, by=tech, name="Mine"),
        lambda: acts.edit(job.site, by=tech, name="Mine"),
        lambda: acts.edit(drill, by=tech, name="Mine"),
        lambda: acts.remove(drill, by=tech),
        lambda: acts.share(job, colleague, "view", by=tech),
        lambda: acts.unshare(job, colleague, by=tech),
    ):
        assert refused(attempt, PermissionDenied) == "You may not do this."


def test_a_task_goes_from_pending_straight_to_completed(sales: User, tech: User) -> None:
    task = make_task(job=make_job(owner=sales, assigned_to=tech))
    acts.progress(task, by=tech, status=T.COMPLETED, at=NOON)
    task.refresh_from_db()
    assert (task.started_at, task.completed_at, task.completed_by) == (None, NOON, tech)


def test_a_task_keeps_the_time_it_was_first_started(sales: User, tech: User) -> None:
    task = make_task(job=make_job(owner=sales, assigned_to=tech))
    acts.progress(task, by=tech, status=T.IN_PROGRESS, at=NOON)
    acts.progress(task, by=tech, status=T.COMPLETED, at=NOON + timedelta(hours=1))
    acts.progress(task, by=tech, status=T.IN_PROGRESS, at=NOON + timedelta(hours=2))
    task.refresh_from_db()
    assert (task.started_at, task.completed_at) == (NOON, None)


def test_on_a_job_on_hold_nothing_progresses_until_it_is_resumed(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    task = make_task(job=job)
    acting.hold(job, by=tech, reason="waits for parts")
    for text in ({"status": T.IN_PROGRESS}, {"status": T.COMPLETED}, {"note": "Hello"}):
        sentence = refused(lambda text=text: acts.progress(task, by=tech, **text))
        assert sentence == f"{job.number} is on hold. Resume it first."
    acting.resume(job, by=tech)
    finish(task, by=tech)
    assert Task.objects.get().status == T.COMPLETED


def test_on_a_job_on_hold_the_office_still_edits(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech, tasks=1)
    acting.hold(job, by=tech, reason="waits for parts")
    task = job.tasks.get()
    task.title = "Other"
    task.save()
    job.scheduled_date = FUTURE
    job.save()
    assert (Task.objects.get().title, Job.objects.get().scheduled_date) == ("Other", FUTURE)


def test_resuming_keeps_the_time_the_job_was_first_started(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acting.start(job, by=tech, at=NOON)
    acting.hold(job, by=tech, reason="waits for parts")
    acting.resume(job, by=tech)
    assert Job.objects.get().started_at == NOON


@pytest.mark.parametrize("column", ["status", "note", "started_at", "completed_at"])
def test_status_and_note_of_a_task_move_by_progress_alone(column: str, sales: User) -> None:
    task = make_task(job=make_job(owner=sales))
    setattr(task, column, T.COMPLETED if column == "status" else "2026-05-20T12:00Z")
    refused(task.save, RuntimeError)


def test_no_task_begins_completed(sales: User) -> None:
    job = make_job(owner=sales)
    refused(Task(job=job, title="T", status=T.COMPLETED).save, RuntimeError)


@pytest.mark.parametrize(
    ("level", "roles", "active", "field"),
    [
        ("edit", [Role.TECHNICIAN], True, "level"),
        ("progress", [Role.SALES_AGENT], True, "level"),
        ("view", [Role.TECHNICIAN], False, "user"),
        ("view", [], True, "user"),
    ],
)
def test_a_share_is_for_who_can_enter_and_progress_for_technicians(
    level: str, roles: list[Role], active: bool, field: str, sales: User
) -> None:
    job, person = make_job(owner=sales), make_user(*roles, is_active=active)
    before = everything()
    with pytest.raises(ValidationError) as error:
        acts.share(job, person, level, by=sales)
    assert list(error.value.message_dict) == [field]
    assert everything() == before


def test_the_dialog_offers_whom_the_act_shares_with_and_nobody_else(
    sales: User, root: User, tech: User, sign_in: Sign
) -> None:
    job, reception = make_job(owner=sales), make_user()
    reception.groups.add(Group.objects.create(name="Reception"))
    with pytest.raises(ValidationError):
        acts.share(job, reception, "view", by=sales)
    dialog = sign_in(sales).get(f"/admin/operations/job/{job.pk}/share/")
    assert set(dialog.context["form"].fields["user"].queryset) == {root, tech}


def test_a_superuser_without_a_role_is_shared_with(sales: User, root: User) -> None:
    assert acts.share(make_job(owner=sales), root, "view", by=sales).row.user == root


# R5 Assignment


def test_a_job_is_assigned_to_an_active_technician_alone(
    sales: User, admin: User, tech: User
) -> None:
    job = make_job(owner=sales)
    gone = make_user(Role.TECHNICIAN, is_active=False)
    for person in (sales, admin, gone, make_user()):
        sentence = refused(
            lambda person=person: acts.assign(job, person, by=sales), ValidationError
        )
        assert sentence == "A job can only be assigned to an active technician."
    acts.assign(job, tech, by=sales)
    assert Job.objects.get().assigned_to == tech
    acts.assign(job, None, by=sales)
    assert Job.objects.get().assigned_to is None


def test_an_unchanged_assignment_may_stay_with_somebody_deactivated_since(
    sales: User, tech: User, admin: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    acting.deactivate(tech, by=admin)
    job.title = "Other"
    job.save()
    acts.assign(job, tech, by=sales)
    assert (Job.objects.get().title, Job.objects.get().assigned_to) == ("Other", tech)
    assert list(Job.objects.needing_someone()) == [job]


def test_a_new_job_is_not_assigned_to_somebody_deactivated(sales: User) -> None:
    gone = make_user(Role.TECHNICIAN, is_active=False)
    refused(lambda: make_job(owner=sales, assigned_to=gone), ValidationError)


def test_a_job_is_owned_by_an_active_sales_agent_or_admin(
    sales: User, admin: User, tech: User
) -> None:
    job = make_job(owner=sales)
    for person in (tech, make_user(Role.SALES_AGENT, is_active=False)):
        job.owner = person
        assert "can own a job" in refused(job.save, ValidationError)
    job.owner = admin
    job.save()
    assert Job.objects.get().owner == admin


def test_who_lost_the_role_meanwhile_may_stay_owner(sales: User, admin: User) -> None:
    job = make_job(owner=sales)
    sales.set_roles([Role.TECHNICIAN], by=admin)
    job.title = "Other"
    job.save()
    assert list(Job.objects.needing_someone()) == [job]


def test_only_active_equipment_is_newly_required(sales: User) -> None:
    idle = make_equipment(name="Saw", serial_number="S-1", is_active=False)
    drill = make_equipment()
    job = make_job(owner=sales)
    sentence = "Not active: Saw (S-1). Choose other equipment."
    assert refused(lambda: make_task(job=job, equipment=[idle]), ValidationError) == sentence
    task = make_task(job=job, equipment=[drill])
    assert refused(lambda: task.save_requiring([drill, idle]), ValidationError) == sentence


def test_equipment_set_inactive_since_may_stay_required(sales: User) -> None:
    drill, saw = make_equipment(), make_equipment()
    task = make_task(job=make_job(owner=sales), equipment=[drill])
    drill.is_active = False
    drill.save()
    task.save_requiring([drill, saw])
    assert set(task.equipment.all()) == {drill, saw}


# R6 No lost update


def test_a_stale_write_names_who_changed_what_with_both_values(
    sales: User, admin: User, tech: User
) -> None:
    job = make_job(owner=sales, title="Old")
    with audit.act(by=admin):
        current = Job.objects.get()
        current.title, current.priority = "Theirs", Job.Priority.HIGH
        current.save()
    job.refresh_from_db()
    with pytest.raises(Stale) as stale:
        job.check_version(1, {"title": "Mine", "assigned_to": tech, "priority": "low"})
    assert stale.value.message == (
        "Adam Admin changed this in the meantime (title: Old → Theirs; priority: "
        "Medium → High). Your changes were not saved: check the values below and save "
        "again."
    )
    both = [(d.field, d.label, d.theirs, d.yours) for d in stale.value.differences]
    assert both == [("title", "title", "Theirs", "Mine"), ("priority", "priority", "High", "Low")]


def test_what_was_read_before_another_write_writes_nothing(sales: User, admin: User) -> None:
    make_job(owner=sales)
    first, second = Job.objects.get(), Job.objects.get()
    with audit.act(by=admin):
        first.title = "Theirs"
        first.save()
    second.description = "Mine"
    assert "Adam Admin changed this in the meantime" in refused(second.save, Stale)


def test_what_was_deleted_meanwhile_is_not_written(sales: User) -> None:
    task = make_task(job=make_job(owner=sales))
    Task.objects.get().delete()
    task.title = "Mine"
    assert refused(task.save, Stale) == "This has been deleted in the meantime. Nothing was saved."


def test_a_stale_note_names_both_values(sales: User, tech: User, admin: User) -> None:
    task = make_task(job=make_job(owner=sales, assigned_to=tech))
    acts.progress(task, by=admin, note="Theirs")
    with pytest.raises(Stale) as stale:
        acts.progress(Task.objects.get(), by=tech, note="Mine", version=1)
    both = [(d.field, d.theirs, d.yours) for d in stale.value.differences]
    assert both == [("note", "Theirs", "Mine")]
    acts.progress(Task.objects.get(), by=tech, note="Mine", version=2)
    assert Task.objects.get().note == "Mine"


def test_a_version_counts_the_changes_of_its_rows_own_fields(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    task = make_task(job=job)
    job.title = "Other"
    job.save()
    acting.start(job, by=tech)
    task.title = "Other"
    task.save()
    task.save_requiring([make_equipment()])
    acts.progress(task, by=tech, note="Hello")
    versions = Job.objects.get().version, Task.objects.get().version
    assert versions == (3, 4)


@pytest.mark.parametrize("act", ["add", "edit", "note", "delete"])
def test_a_change_of_a_task_leaves_the_version_of_its_job_alone(
    act: str, sales: User, admin: User
) -> None:
    job = make_job(owner=sales, tasks=1)
    task = job.tasks.get()
    if act == "add":
        make_task(job=job)
    elif act == "edit":
        task.title = "Other"
        task.save()
    elif act == "note":
        acts.progress(task, by=admin, note="Hello")
    else:
        task.delete()
    assert Job.objects.get().version == 1


def test_sharing_leaves_the_version_of_the_job_alone(sales: User, tech: User) -> None:
    job = make_job(owner=sales)
    acts.share(job, tech, "view", by=sales)
    acts.unshare(job, tech, by=sales)
    assert Job.objects.get().version == 1


# R7 Everything is on record


def last(row: Any) -> tuple[Any, ...]:
    """The newest history row: what happened, who, through which door, why, and when."""
    entry = type(row).history.filter(id=row.pk).order_by("-history_id")[0]
    return (
        entry.history_type,
        entry.person_name,
        entry.history_user,
        entry.door,
        entry.history_change_reason or "",
        entry.history_date,
    )


WRITES: dict[str, Callable[[Job], Any]] = {
    "job": lambda job: (setattr(job, "title", "Other"), job.save(), job)[-1],
    "task": lambda job: make_task(job=job),
    "customer": lambda _: make_customer(),
    "site": lambda job: make_site(customer=job.customer),
    "equipment": lambda _: make_equipment(),
}


@pytest.mark.parametrize("what", WRITES)
def test_every_write_leaves_one_history_row_with_who_when_door_and_why(
    what: str, sales: User, admin: User
) -> None:
    job = make_job(owner=sales)
    before = history_rows()
    with audit.act(by=admin, door=Door.API, reason="as agreed", at=NOON):
        row = WRITES[what](job)
    kind = "~" if what == "job" else "+"
    assert last(row) == (kind, "Adam Admin", admin, Door.API, "as agreed", NOON)
    assert history_rows() == before + 1


def test_a_verb_is_on_record_as_its_persons_through_the_door_at_hand(
    sales: User, admin: User
) -> None:
    job = make_job(owner=sales)
    with audit.act(door=Door.IMPORT):
        acting.hold(job, by=admin, reason="  waits for parts ", at=NOON)
    assert last(job) == ("~", "Adam Admin", admin, Door.IMPORT, "waits for parts", NOON)


def test_a_save_that_changes_nothing_leaves_no_history_row(sales: User, tech: User) -> None:
    drill = make_equipment()
    job = make_job(owner=sales, assigned_to=tech)
    task = make_task(job=job, equipment=[drill])
    acts.share(job, tech, "view", by=sales)
    before = everything()
    for row in (job, task, drill, job.customer):
        row.save()
    task.save_requiring([drill])
    acts.progress(task, by=tech, note="")
    acts.assign(job, tech, by=sales)
    acts.share(job, tech, "view", by=sales)
    acts.unshare(job, sales, by=sales)
    assert everything() == before


def test_text_and_equipment_of_a_task_are_one_change(sales: User) -> None:
    drill, saw = make_equipment(), make_equipment()
    task = make_task(job=make_job(owner=sales), equipment=[drill])
    assert task.history.count() == 1
    task.title = "Other"
    task.save_requiring([saw])
    assert (task.history.count(), task.version) == (2, 2)
    newest, oldest = task.history.all()
    assert [row.equipment for row in newest.equipment.all()] == [saw]
    assert [row.equipment for row in oldest.equipment.all()] == [drill]
    assert (newest.title, newest.version) == ("Other", 2)


def test_shares_are_on_record(sales: User, tech: User) -> None:
    job = make_job(owner=sales)
    acts.share(job, tech, "view", by=sales)
    acts.share(job, tech, "progress", by=sales)
    acts.unshare(job, tech, by=sales)
    rows = JobShare.history.order_by("history_id")
    assert list(rows.values_list("history_type", "level", "user", "person_name")) == [
        ("+", "view", tech.pk, "Sara Sales"),
        ("~", "progress", tech.pk, "Sara Sales"),
        ("-", "progress", tech.pk, "Sara Sales"),
    ]
    assert set(rows.values_list("content_object", flat=True)) == {job.pk}


def test_the_history_of_a_deleted_task_stays_and_is_found_by_its_job(
    sales: User, tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    task = make_task(job=job, title="Clean", equipment=[make_equipment()])
    finish(task, by=tech)
    with audit.act(by=sales):
        task.delete()
    rows = Task.history.filter(job_id=job.pk).order_by("history_id")
    assert list(rows.values_list("history_type", "title", "status", "person_name")) == [
        ("+", "Clean", T.PENDING, ""),
        ("~", "Clean", T.COMPLETED, "Tina Tech"),
        ("-", "Clean", T.COMPLETED, "Sara Sales"),
    ]


def test_the_history_of_a_deleted_job_its_tasks_and_shares_stays_and_is_found(
    sales: User, tech: User, admin: User
) -> None:
    job = make_job(owner=sales, tasks=2)
    acts.share(job, tech, "view", by=sales)
    pk, number = job.pk, job.number
    with audit.act(by=admin, reason="entered twice"):
        job.delete()
    assert (Job.objects.count(), Task.objects.count(), JobShare.objects.count()) == (0, 0, 0)
    deleted = [
        *Job.history.filter(number=number, history_type="-"),
        *Task.history.filter(job_id=pk, history_type="-"),
        *JobShare.history.filter(content_object_id=pk, history_type="-"),
    ]
    assert len(deleted) == 4
    assert {(r.person_name, r.history_change_reason) for r in deleted} == {
        ("Adam Admin", "entered twice")
    }
    assert Job.history.filter(id=pk).count() == 2


def test_a_task_whose_job_was_deleted_meanwhile_is_stale(sales: User, admin: User) -> None:
    job = make_job(owner=sales, tasks=1)
    task = Task.objects.get()
    acts.remove(job, by=admin)
    task.title = "Too late"
    assert refused(task.save, Stale) == "This has been deleted in the meantime. Nothing was saved."


def test_a_task_is_saved_by_whoever_edits_its_job(sales: User, other_sales: User) -> None:
    job = make_job(owner=sales)
    with pytest.raises(PermissionDenied):
        acts.save_task(Task(job=Job.objects.get(pk=job.pk), title="Drain"), None, by=other_sales)
    acts.save_task(Task(job=Job.objects.get(pk=job.pk), title="Drain"), None, by=sales)
    assert [task.title for task in job.tasks.all()] == ["Drain"]


def test_who_finds_a_row_that_they_see_saves_it_only_if_they_may_change_it(
    sales: User, tech: User
) -> None:
    job = make_job(owner=sales)
    acts.share(job, tech, JobShare.Level.VIEW, by=sales)
    with atomic():
        found = find(Job, job.pk, by=tech)
        found.title = "Mine"
        with pytest.raises(PermissionDenied), savepoint():
            acts.save(found, by=tech)
        acts.save(found, by=sales)
    assert Job.history.filter(id=job.pk).latest().person_name == "Sara Sales"
