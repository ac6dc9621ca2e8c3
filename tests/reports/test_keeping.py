"""What months came to is kept; whatever is done to a job, and by whichever door, the figures are
those of now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from core.record import audit, undoing
from operations import acts
from operations.models import Job, Task
from people.models import User
from reports import api, figures, keeping, kept, tasks
from reports.models import ClosedMonth, KeptMonth, Return, Tally, Touched
from reports.period import Period
from reports.question import Filters, Question
from reports.tallies import MEASURES, divided
from tests import acting
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_site, make_task
from tests.reports.test_api import caller

pytestmark = pytest.mark.django_db
KEEPS = connection.vendor == "postgresql"
HOUR = timedelta(hours=1)
FEW = timedelta(days=9)


def keep(at: datetime | None = None) -> int:
    return keeping.keep(at or timezone.now(), longest=HOUR)


@pytest.fixture
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer days are kept by themselves: nothing happens on the others, and each costs ten
    statements of each measure."""
    monkeypatch.setattr(keeping, "RECENT", FEW)


@pytest.fixture
def jobs(admin: User, sales: User, tech: User) -> list[Job]:
    """A job of 100 days ago, done and reopened and done again the day after; one of the same day
    that is open. Each needs a drill on its day, at the same site."""
    then = timezone.now() - timedelta(days=100)
    site, drill, found = make_site(), make_equipment(), []
    for _each in range(2):
        with audit.act(at=then, by=sales):
            job = make_job(
                owner=sales,
                assigned_to=tech,
                site=site,
                created_at=then,
                scheduled_date=timezone.localdate(then),
            )
            make_task(job=job, equipment=[drill])
        found.append(job)
    first = found[0]
    with audit.act(at=then + timedelta(minutes=5)):
        acts.progress(first.tasks.get(), by=tech, status="completed")
        acting.complete(Job.objects.get(pk=first.pk), by=tech)
    with audit.act(at=then + HOUR):
        acting.reopen(Job.objects.get(pk=first.pk), by=sales, reason="It leaks.")
    with audit.act(at=then + 2 * HOUR):
        acting.complete(Job.objects.get(pk=first.pk), by=tech)
    tasks.keep_first_time_fix()
    return [Job.objects.get(pk=job.pk) for job in found]


def all_figures(priority: str = "") -> dict[str, Any]:
    """All figures of the months that the jobs lie in, and of the year."""
    today, found = audit.today(), {}
    for days in (190, 400):
        question = Question(Period(today - timedelta(days=days), today), Filters(priority=priority))
        found[str(days)] = {
            **api.as_data(question),
            "customers": figures.customers(question),
            "hours": figures.busiest_hours(question),
            "generated_at": None,
        }
        found[str(days)]["backlog_age"]["median_seconds"] = None
    return found


def told_live(priority: str = "") -> dict[str, Any]:
    KeptMonth.objects.all().delete()
    return all_figures(priority)


def test_a_month_that_is_kept_is_not_counted(jobs: list[Job]) -> None:
    assert tasks.keep_months()["kept"] == KeptMonth.objects.count()
    assert bool(Tally.objects.count()) == KEEPS
    # One tally of those that are open, and one of those that are completed.
    Tally.objects.filter(measure="created").update(number=99)
    assert all_figures()["190"]["jobs"]["created"] == (198 if KEEPS else 2)
    # A second run finds all as it is.
    assert keep() == 0


@pytest.mark.usefixtures("few_days")
@pytest.mark.parametrize("priority", ["", "medium", "urgent"])
def test_what_is_kept_is_what_is_counted(priority: str, jobs: list[Job]) -> None:
    keep()
    assert all_figures(priority) == told_live(priority)


def by_api(jobs: list[Job], admin: User, **_more: Any) -> None:
    answer = caller(admin).post(
        f"/api/jobs/{jobs[0].pk}/reopen", {"reason": "Again."}, content_type="application/json"
    )
    assert answer.status_code == 200


def by_page(jobs: list[Job], admin: User, sign_in: Sign, **_more: Any) -> None:
    job = jobs[1]
    sent = {"job": [f"{job.pk}:{job.version}"], "reason": "Not wanted."}
    sign_in(admin).post("/admin/operations/job/bulk/cancel/", sent)
    assert Job.objects.get(pk=job.pk).status == Job.Status.CANCELLED


def by_edit(jobs: list[Job], admin: User, **_more: Any) -> None:
    acts.edit((Job, jobs[1].pk), by=admin, priority="urgent")


def by_import(jobs: list[Job], admin: User, tmp_path: Path, **_more: Any) -> None:
    file = tmp_path / "jobs.csv"
    file.write_text(f"Number,Priority\n{jobs[1].number},urgent\n")
    call_command("import", "jobs", str(file), "--json")
    assert Job.objects.get(pk=jobs[1].pk).priority == "urgent"


def by_undo(jobs: list[Job], admin: User, **_more: Any) -> None:
    record = jobs[0].history.filter(status=Job.Status.COMPLETED).first()
    undoing.undo(record.change_set, by=admin, keep=lambda _kept: None)
    assert Job.objects.get(pk=jobs[0].pk).status != Job.Status.COMPLETED


def by_delete(jobs: list[Job], admin: User, **_more: Any) -> None:
    acts.remove((Job, jobs[0].pk), by=admin)


def by_schedule(jobs: list[Job], **_more: Any) -> None:
    # As the night writes it; the job was reopened once, which is another reason.
    Return.objects.all().delete()
    Job.objects.filter(pk=jobs[0].pk).update(times_reopened=0)
    tasks.keep_first_time_fix()


def by_task(jobs: list[Job], tech: User, **_more: Any) -> None:
    with audit.act(at=timezone.now() - timedelta(days=70)):
        acts.progress(jobs[1].tasks.get(), by=tech, status="completed")


def by_equipment(jobs: list[Job], admin: User, **_more: Any) -> None:
    acts.edit_task((Task, jobs[1].tasks.get().pk), by=admin, equipment=[make_equipment()])


def by_hand(jobs: list[Job], **_more: Any) -> None:
    """At a shell, beside all doors."""
    Job.objects.filter(pk=jobs[0].pk).update(completed_at=timezone.now() - timedelta(days=75))


ACTS: list[Callable[..., None]] = [
    *(by_api, by_page, by_edit, by_import, by_undo, by_delete),
    *(by_schedule, by_task, by_equipment, by_hand),
]


@pytest.mark.parametrize("act", ACTS)
def test_whatever_is_done_moves_the_figures(
    act: Callable[..., None],
    *,
    jobs: list[Job],
    admin: User,
    tech: User,
    sign_in: Sign,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if act is not by_hand:
        # On none of the other days does anything happen.
        monkeypatch.setattr(keeping, "RECENT", FEW)
    keep()
    before, held = all_figures(), kept.months()
    act(jobs, admin=admin, tech=tech, sign_in=sign_in, tmp_path=tmp_path)
    after = all_figures()
    assert after != before
    assert (kept.months() != held) == KEEPS
    # And so does the next run.
    keep()
    assert all_figures() == after == told_live()


@pytest.mark.usefixtures("few_days")
def test_days_of_another_zone_are_counted_until_they_are_kept(
    jobs: list[Job], settings: Any
) -> None:
    keep()
    settings.TIME_ZONE = "Pacific/Auckland"
    assert kept.months() == {}
    now = all_figures()
    assert (keep() > 0) == KEEPS
    assert all_figures() == now == told_live()


def test_without_triggers_nothing_is_kept(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "connection", Mock(vendor="sqlite"))
    assert (keep(), KeptMonth.objects.count()) == (0, 0)


def test_what_is_kept_says_of_what_it_is(jobs: list[Job]) -> None:
    month = date(2026, 9, 1)
    expected = [
        str(KeptMonth(measure="created", month=month)),
        str(Tally(measure="created", month=month)),
        str(Touched(measure="created", day=month)),
        str(ClosedMonth(month=month)),
    ]
    assert expected == [
        "created 2026-09-01",
        "created 2026-09-01",
        "created 2026-09-01",
        "2026-09-01",
    ]


@pytest.mark.usefixtures("few_days")
def test_a_mark_that_a_run_has_not_seen_stays(jobs: list[Job]) -> None:
    keep()
    Touched.objects.create(measure="created", day=date(2001, 1, 1))
    Touched.objects.create(measure="nothing", day=date(2001, 1, 1))
    keep()
    left = list(Touched.objects.order_by("measure").values_list("measure", flat=True))
    assert left == (["nothing"] if KEEPS else ["created", "nothing"])


def test_a_run_ends_when_its_time_is_over(jobs: list[Job]) -> None:
    assert keeping.keep(timezone.now(), longest=timedelta(0)) == 0
    assert KeptMonth.objects.count() == 0


@pytest.mark.usefixtures("few_days")
def test_a_month_is_not_kept_before_it_is_known_what_came_of_its_jobs(jobs: list[Job]) -> None:
    Return.objects.all().delete()
    keep()
    assert not KeptMonth.objects.filter(measure="fixed", month__lte=jobs[0].completed_at).exists()


@pytest.mark.usefixtures("few_days")
def test_of_filters_by_somebody_nothing_is_kept(jobs: list[Job], tech: User) -> None:
    keep()
    Tally.objects.update(number=99)
    today = audit.today()
    asked = Question(Period(today - timedelta(days=190), today), Filters(technician=tech.pk))
    assert figures.jobs(asked).created == 2


def test_a_period_is_divided_into_whole_months_that_are_kept_and_days() -> None:
    period = Period(date(2030, 1, 15), date(2030, 4, 2))
    held = frozenset(date(2030, month, 1) for month in (1, 2, 3, 4))
    assert divided(period, (), held) == (
        [date(2030, 2, 1), date(2030, 3, 1)],
        [],
        [Period(date(2030, 1, 15), date(2030, 1, 31)), Period(date(2030, 4, 1), date(2030, 4, 2))],
    )
    # A month that lies in two parts is counted.
    parts = Period(period.start, date(2030, 2, 20)), Period(date(2030, 2, 21), period.end)
    assert divided(period, parts, held)[0] == [date(2030, 3, 1)]
    # Of the rest, days that are kept are not counted; those of a kept month are in it.
    days = frozenset(date(2030, *day) for day in ((1, 15), (1, 20), (2, 3), (4, 2), (4, 3)))
    assert divided(period, (), held, days)[1:] == (
        [date(2030, 1, 15), date(2030, 1, 20), date(2030, 4, 2)],
        [
            Period(date(2030, 1, 16), date(2030, 1, 19)),
            Period(date(2030, 1, 21), date(2030, 1, 31)),
            Period(date(2030, 4, 1), date(2030, 4, 1)),
        ],
    )


def test_each_measure_is_watched() -> None:
    migration = Path(keeping.__file__).parent / "migrations/0003_watch_what_changes.py"
    text = migration.read_text()
    assert [name for name in MEASURES if f"SELECT '{name}'" not in text] == []


def test_what_is_kept_begins_on_no_day_before_those_known(admin: User) -> None:
    make_job(owner=admin)
    Job.objects.update(created_at=datetime(1, 1, 1, 12, tzinfo=UTC))
    assert keeping._first_day() == date(1899, 12, 31)
