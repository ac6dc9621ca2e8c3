"""A small company, counted by hand: the arithmetic stands beside each number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.record import audit
from operations import acts
from operations.models import Equipment, Job
from people.models import User
from reports import counts, figures
from reports.figures import Backlog, Bucket, FirstTimeFix, JobCounts, Person, Rate, Times
from reports.period import Period
from reports.question import Filters, Question
from tests import acting
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")
MARCH = Period(date(2030, 3, 1), date(2030, 3, 31))
# The tenth of May, at noon.
NOW = datetime(2030, 5, 10, 12, tzinfo=UTC)


def march(day: int, hour: int = 9) -> datetime:
    return datetime(2030, 3, day, hour, tzinfo=UTC)


@contextmanager
def at(moment: datetime, *, by: User) -> Iterator[None]:
    with audit.act(at=moment, by=by):
        yield


def entered(moment: datetime, owner: User, **fields: Any) -> Job:
    with at(moment, by=owner):
        return make_job(owner=owner, created_at=moment, **fields)


def done(job: Job, moment: datetime, by: User) -> None:
    with at(moment, by=by):
        acting.complete(Job.objects.get(pk=job.pk), by=by)


@pytest.fixture
def drill(db: None) -> Equipment:
    return make_equipment(name="Drill", serial_number="D1")


@pytest.fixture
def office(admin: User, sales: User, tech: User, other_tech: User, drill: Equipment) -> User:
    """March of a company of two technicians:

    A  entered 1 March 9:00, for the 3rd, completed 2 March 9:00 (24 hours), on time; with the
       drill at the dock; reopened on 10 March, completed again on 11 March 9:00 (240 hours after
       its entry), then late
    B  entered 1 March 9:00, for the 4th, completed 4 March 9:00 (72 hours): on time
    C  entered 2 March 9:00, for no day, completed 2 March 21:00 (12 hours)
    D  entered 3 March 9:00, for the 5th, completed 6 March 9:00 (72 hours): late
    E  entered 4 March 9:00, for the 6th, completed 5 March 9:00 (24 hours): on time; its
       technician took a completion of 4 March back within ten minutes
    F  entered 5 March 9:00, cancelled 7 March
    G  entered 6 March 9:00, urgent, for 30 March, open: overdue by now
    H  entered 20 February 9:00, completed 1 March 9:00 (216 hours), for the 1st: on time; with
       the drill at the dock
    """
    dock = make_site()
    a = entered(march(1), sales, scheduled_date=date(2030, 3, 3), assigned_to=tech, site=dock)
    with at(march(1), by=sales):
        make_task(job=a, equipment=[drill])
    b = entered(march(1), sales, scheduled_date=date(2030, 3, 4), assigned_to=tech)
    c = entered(march(2), sales, assigned_to=other_tech)
    d = entered(march(3), sales, scheduled_date=date(2030, 3, 5), assigned_to=other_tech)
    e = entered(march(4), sales, scheduled_date=date(2030, 3, 6), assigned_to=tech)
    f = entered(march(5), admin)
    entered(march(6), admin, scheduled_date=date(2030, 3, 30), priority="urgent", assigned_to=tech)
    february = datetime(2030, 2, 20, 9, tzinfo=UTC)
    h = entered(february, sales, scheduled_date=date(2030, 3, 1), assigned_to=tech, site=dock)
    with at(february, by=sales):
        make_task(job=h, equipment=[drill])
    _work(h, march(1, 7), march(1, 8), by=tech)
    done(h, march(1), tech)
    _work(a, march(2, 7), march(2, 8), by=tech)
    done(a, march(2), tech)
    done(c, march(2, 21), other_tech)
    done(b, march(4), tech)
    done(e, march(4, 12), tech)
    with at(march(4, 12) + timedelta(minutes=9), by=tech):
        acting.reopen(Job.objects.get(pk=e.pk), by=tech, reason="")
    done(e, march(5), tech)
    done(d, march(6), other_tech)
    with at(march(7), by=admin):
        acting.cancel(Job.objects.get(pk=f.pk), by=admin, reason="Called off.")
    with at(march(10), by=sales):
        acting.reopen(Job.objects.get(pk=a.pk), by=sales, reason="It leaks.")
    done(a, march(11), tech)
    with audit.act(at=NOW):
        Job.objects.flag_overdue(on=NOW.date())
    return sales


def _work(job: Job, start: datetime, end: datetime, *, by: User) -> None:
    task = job.tasks.get()
    with at(start, by=by):
        acts.progress(task, by=by, status="in_progress")
    with at(end, by=by):
        acts.progress(task, by=by, status="completed")


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.fixture
def asked(office: User) -> Question:
    return Question(MARCH, at=NOW)


def test_jobs_are_counted_where_they_were_entered_completed_and_cancelled(asked: Question) -> None:
    # Entered in March: A to G. Completed: A, B, C, D, E, H, the slip of E not counted, A once.
    # Cancelled: F. Reopened: A; E was a slip. Open: G, for which 30 March has passed.
    assert figures.jobs(asked) == JobCounts(
        created=7, completed=6, cancelled=1, reopened=1, open=1, overdue=1
    )
    assert figures.by_status(asked) == {
        "pending": 1,
        "in_progress": 0,
        "on_hold": 0,
        "completed": 5,
        "cancelled": 1,
    }
    assert figures.by_priority(asked) == {"low": 0, "medium": 6, "high": 0, "urgent": 1}


def test_on_time_are_jobs_that_kept_their_day_of_those_that_had_one(asked: Question) -> None:
    # Of A, B, D, E and H, which had a day: B, E and H kept it. C had none, and G is open.
    found = figures.on_time(asked)
    assert found == Rate(3, 5)
    assert (found.share, found.is_few) == (3 / 5, False)


def test_time_to_complete_is_from_the_entry_to_the_completion_of_now(asked: Question) -> None:
    # A 240 hours, B 72, C 12, D 72, E 24, H 216: 636 hours in all, by six.
    # In order 12, 24, 72, 72, 216, 240: the median between the third and the fourth; nine in ten
    # at the place 0.9 × 5 = 4.5 from the first, half way from 216 to 240.
    assert figures.time_to_complete(asked) == Times(6, hours(106), hours(72), hours(228))


def test_cycle_time_is_from_the_start_of_a_task_to_its_completion(asked: Question) -> None:
    # An hour each, the task of A and that of H.
    found = figures.task_cycle_time(asked)
    assert found == Times(2, hours(1), hours(1), hours(1))
    assert found.is_few


def test_reopened_counts_each_time_to_the_jobs_completed(asked: Question) -> None:
    assert figures.reopen_rate(asked) == Rate(1, 6)


def test_a_job_reopened_or_followed_at_its_site_with_its_equipment_was_not_fixed(
    asked: Question, sales: User, drill: Equipment
) -> None:
    # Of the six, A was reopened. H was completed at the dock on 1 March at 9:00, when A was
    # entered: not after it.
    until = date(2030, 4, 10)
    assert figures.first_time_fix(asked) == FirstTimeFix(5, 6, until)
    # One of 30 March is the last that follows H within 30 days, that of its completion the first.
    dock = Job.objects.get(times_reopened=1).site
    follower = entered(march(31, 0), sales, site=dock)
    _needing(follower, drill)
    again = Question(MARCH, at=NOW)
    assert figures.first_time_fix(again) == FirstTimeFix(5, 6, until)
    _needing(entered(march(30, 23), sales, site=dock), drill)
    again = Question(MARCH, at=NOW)
    assert figures.first_time_fix(again) == FirstTimeFix(4, 6, until)


def _needing(job: Job, *equipment: Equipment) -> None:
    with audit.act(by=job.owner, at=job.created_at):
        make_task(job=job, equipment=list(equipment))


def test_another_site_or_other_equipment_is_no_return(
    asked: Question, sales: User, drill: Equipment
) -> None:
    dock = Job.objects.get(times_reopened=1).site
    assert dock is not None
    beside = make_site(customer=dock.customer)
    _needing(entered(march(20), sales, site=beside), drill)
    _needing(entered(march(20), sales, site=dock), make_equipment())
    entered(march(20), sales, site=dock)
    assert figures.first_time_fix(Question(MARCH, at=NOW)) == FirstTimeFix(5, 6, date(2030, 4, 10))


def test_the_last_30_days_are_not_ripe(asked: Question) -> None:
    # On 2 April, what was completed until 3 March is: C and H.
    early = Question(MARCH, at=datetime(2030, 4, 2, 12, tzinfo=UTC))
    assert figures.first_time_fix(early) == FirstTimeFix(2, 2, date(2030, 3, 3))


def test_backlog_is_of_now_whatever_the_period(asked: Question) -> None:
    # G, from 6 March 9:00 to 10 May 12:00: 65 days and 3 hours.
    long_ago = Question(Period(date(2020, 1, 1), date(2020, 1, 1)), at=NOW)
    expected = Backlog(
        1,
        timedelta(days=65, hours=3),
        (Bucket(0, 7, 0), Bucket(7, 30, 0), Bucket(30, 90, 1), Bucket(90, None, 0)),
    )
    assert figures.backlog_age(asked) == figures.backlog_age(long_ago) == expected


def test_technicians_have_what_was_assigned_to_them(
    asked: Question, tech: User, other_tech: User
) -> None:
    first, second = figures.technicians(asked)
    # A, B, E and H, of which B, E and H kept their day; the tasks of A and H; G is open.
    assert first.person == Person(tech.pk, "tina", "Tina Tech")
    assert (first.jobs_completed, first.tasks_completed, first.open_jobs) == (4, 2, 1)
    assert first.on_time == Rate(3, 4)
    # C of no day, and D, which was late.
    assert second.person == Person(other_tech.pk, "theo", "Theo Third")
    assert (second.jobs_completed, second.tasks_completed, second.open_jobs) == (2, 0, 0)
    assert second.on_time == Rate(0, 1)


def test_what_is_ahead_is_of_the_technician_asked_for_alone(
    sales: User, tech: User, other_tech: User
) -> None:
    today = audit.today()
    for person in (tech, tech, other_tech):
        make_job(owner=sales, assigned_to=person, scheduled_date=today)
    asked = Question(Period(today, today), Filters(technician=tech.pk))
    found = figures.planned(asked)
    assert [(each.person and each.person.pk, each.jobs) for each in found] == [(tech.pk, 2)]


def test_equipment_is_in_use_on_the_days_of_the_jobs_that_need_it(
    asked: Question, drill: Equipment, sales: User
) -> None:
    idle, gone = make_equipment(name="Saw"), make_equipment(name="Old saw", is_active=False)
    # The drill: for A on the 3rd and for H on the 1st. Another task of A is of the same day; what
    # is cancelled, and what has no day, needs nothing.
    _needing(entered(march(1), sales, scheduled_date=date(2030, 3, 3)), drill)
    _needing(entered(march(1), sales), drill)
    called_off = entered(march(1), sales, scheduled_date=date(2030, 3, 9))
    _needing(called_off, drill)
    with at(march(2), by=sales):
        acting.cancel(Job.objects.get(pk=called_off.pk), by=sales, reason="x")
    used, unused = figures.equipment_use(Question(MARCH, at=NOW))
    assert (used.item.pk, used.tasks, used.days_in_use) == (drill.pk, 3, 2)
    assert (unused.item.pk, unused.tasks, unused.days_in_use) == (idle.pk, 0, 0)
    assert gone.pk not in {used.item.pk, unused.item.pk}


def test_customers_are_told_by_the_jobs_entered_the_most_first(sales: User) -> None:
    names = {}
    for number in (1, 3, 2, *[1] * 9):
        customer = make_customer()
        names[customer.name] = number
        for _each in range(number):
            entered(march(9), sales, customer=customer)
    found = [(each.name, each.number) for each in figures.customers(Question(MARCH, at=NOW))]
    # Of those with one, the first that there were.
    assert found == sorted(names.items(), key=lambda each: -each[1])[:10]


def test_busiest_hours_are_those_in_which_jobs_begin(sales: User, admin: User) -> None:
    day = date(2030, 3, 14)

    def planned(start: str, end: str, day: date = day) -> Job:
        return entered(march(1), sales, scheduled_date=day, start_time=start, end_time=end)

    planned("08:00", "09:00")
    planned("08:59", "12:00")
    planned("11:30", "12:00")
    planned("23:00", "23:30", date(2030, 4, 1))
    entered(march(1), sales, scheduled_date=day)
    with at(march(2), by=admin):
        acting.cancel(planned("10:00", "10:30"), by=admin, reason="x")
    question = Question(MARCH, at=NOW)
    found = figures.busiest_hours(question)
    assert [(each.key, each.number) for each in found] == [(8, 2), (9, 0), (10, 0), (11, 1)]
    assert found[-1].name == "11:00 to 12:00"
    assert figures.rows("hour_8", question).count() == 2
    assert str(counts.JOBS["hour_23"].title) == "Jobs that begin from 23:00 to 00:00"
    assert figures.busiest_hours(Question(Period(day, day).before, at=NOW)) == []


def test_filters_leave_the_jobs_of_one_technician_owner_customer_or_priority(
    asked: Question, tech: User, admin: User
) -> None:
    def created(**wanted: Any) -> int:
        return figures.jobs(Question(MARCH, Filters(**wanted), NOW)).created

    customer = Job.objects.get(priority="urgent").customer_id
    assert created(technician=tech.pk) == 4
    assert created(owner=admin.pk) == 2
    assert created(customer=customer) == 1
    assert created(priority="urgent") == 1
    assert created(technician=tech.pk, owner=admin.pk, priority="urgent") == 1
    assert created(technician=tech.pk, priority="low") == 0


def test_nothing_to_count_has_no_share_and_no_time(office: User) -> None:
    empty = Question(Period(date(2020, 1, 1), date(2020, 1, 31)), at=NOW)
    assert figures.on_time(empty).share is None
    assert figures.on_time(empty).is_few
    assert figures.reopen_rate(empty) == Rate(0, 0)
    assert figures.time_to_complete(empty) == Times(0, None, None, None)
    assert figures.first_time_fix(empty).share is None


def test_work_that_was_entered_after_it_was_completed_took_no_time(
    office: User, tech: User
) -> None:
    late = entered(march(20), office, assigned_to=tech)
    done(late, march(19), tech)
    found = figures.time_to_complete(Question(MARCH, at=NOW))
    assert (found.completed, found.mean) == (6, hours(106))


def test_the_period_before_is_as_long_and_read_together(
    asked: Question, django_assert_num_queries: Any
) -> None:
    before = asked.compared()
    assert before.period == Period(date(2030, 1, 29), date(2030, 2, 28))
    with django_assert_num_queries(3):
        assert figures.jobs(before).created == 1  # H
        assert figures.jobs(asked).created == 7


def test_a_period_does_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="or later"):
        Period(date(2030, 3, 2), date(2030, 3, 1))
