"""By the clock: technicians are reminded of their day, and what became overdue is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from pytest_django.fixtures import Settings

from core.ledger import Message, Notice
from core.notice_preferences import NoticePreferences
from core.roles import Role
from operations import acts
from operations.models import Job
from operations.tasks import flag_overdue, send_reminders
from people.models import User
from tests import acting
from tests.factories import make_equipment, make_job, make_site, make_task, make_user
from tests.operations.test_notices import case

pytestmark = pytest.mark.django_db
DAY = date(2030, 3, 4)
SEVEN = datetime(2030, 3, 4, 7, tzinfo=UTC)
MIDNIGHT = datetime(2030, 3, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def addresses(admin: User, sales: User, tech: User) -> None:
    for person in (admin, sales, tech):
        person.email = f"{person.username}@example.com"
        person.save()
    Notice.objects.all().delete()


def job_on(day: date, owner: User, tech: User | None, **fields: Any) -> Job:
    job = make_job(owner=owner, assigned_to=tech, scheduled_date=day, **fields)
    Notice.objects.exclude(kind="overdue").delete()
    return job


def to() -> list[str]:
    """To whom mail went since this was last asked."""
    names = sorted(each.to[0].partition("@")[0] for each in mail.outbox)
    mail.outbox.clear()
    return names


def test_a_reminder_is_the_day_by_the_clock_with_what_is_overdue_apart(
    sales: User, tech: User
) -> None:
    site = make_site(address="1 Quay", access_notes="Gate\n3")
    site.customer.phone = "+43 1"
    site.customer.save()
    late = job_on(DAY - timedelta(days=3), sales, tech, title="Late")
    any_time = job_on(DAY, sales, tech, title="Any")
    early = job_on(DAY, sales, tech, title="Early", site=site, start_time=time(8), end_time=time(9))
    make_task(
        job=early, title="Drill", equipment=[make_equipment(name="Drill", serial_number="S1")]
    )
    done = make_task(job=early, title="Done")
    acts.progress(done, by=tech, status="completed")
    Notice.objects.all().delete()
    for not_today in (DAY + timedelta(days=1), None):
        job_on(not_today, sales, tech)  # type: ignore[arg-type]
    with_flag = Job.objects.filter(pk=late.pk)
    with_flag.update(overdue=True, overdue_since=SEVEN)
    assert send_reminders(at=SEVEN) == {"reminded": 1, "sent": 1}
    (sent,) = mail.outbox
    assert sent.subject == "Your day: 2 jobs on Mon 4 Mar 2030"
    address = "http://testserver/admin/operations/job"
    assert (
        str(sent.body).partition("\n--\n")[0]
        == f"""Hello Tina Tech,

Mon 4 Mar 2030

* {early.number} Early
  08:00–09:00
  {site.customer.name}, {site.name}, 1 Quay
  +43 1
  Gate 3
  - Drill: Drill (S1)
  {address}/{early.pk}/change/

* {any_time.number} Any
  Any time
  {any_time.customer.name}
  {address}/{any_time.pk}/change/

Overdue

* {late.number} Late
  Fri 1 Mar 2030
  {late.customer.name}
  {address}/{late.pk}/change/

My day: http://testserver/my-day/
"""
    )
    html = str(sent.alternatives[0][0])
    assert html.index("Early") < html.index("Any time") < html.index("Overdue") < html.index("Late")


def test_one_mail_a_person_whatever_they_are_and_however_often_it_runs(
    sales: User, admin: User
) -> None:
    admin.set_roles([Role.ADMIN, Role.TECHNICIAN, Role.SALES_AGENT])
    job_on(DAY, admin, admin)
    send_reminders(at=SEVEN)
    assert send_reminders(at=SEVEN + timedelta(hours=2)) == {"reminded": 1}
    assert to() == ["adam"]


def test_no_reminder_of_work_that_is_done_or_to_who_left(
    sales: User, tech: User, other_tech: User, admin: User
) -> None:
    job = job_on(DAY, sales, tech)
    left = make_user(Role.TECHNICIAN, email="left@example.com")
    job_on(DAY, sales, left)
    acting.deactivate(left, by=admin)
    acting.cancel(job, by=sales, reason="No.")
    assert send_reminders(at=SEVEN)["reminded"] == 0


def test_what_was_done_before_it_is_sent_is_not_told(sales: User, tech: User) -> None:
    """The mail waits until quiet hours are over."""
    job = job_on(DAY, sales, tech)
    NoticePreferences.objects.create(person=tech, quiet_from=time(20), quiet_until=time(9))
    send_reminders(at=SEVEN)
    acting.complete(job, by=tech)
    Notice.objects.exclude(kind="reminder").delete()
    assert send_reminders(at=SEVEN + timedelta(hours=3)) == {"reminded": 0, "dropped": 1}
    assert to() == []


def test_a_reminder_of_yesterday_is_not_sent_today_nor_to_whoever_is_no_technician(
    sales: User, tech: User
) -> None:
    job_on(DAY, sales, tech)
    NoticePreferences.objects.create(person=tech, quiet_from=time(7), quiet_until=time(6, 59))
    send_reminders(at=SEVEN)
    NoticePreferences.objects.all().delete()
    assert send_reminders(at=SEVEN + timedelta(days=1)) == {"reminded": 0, "dropped": 1}


def test_after_three_days_down_one_reminder_of_the_day_it_is(sales: User, tech: User) -> None:
    outage = case("33-reminder-catch-up")
    assert outage == {
        "down": "2030-03-04T06:00 to 2030-03-07T09:00",
        "expect": "one reminder, of 2030-03-07",
    }
    for n in range(4):
        job_on(DAY + timedelta(days=n), sales, tech)
    back = datetime.fromisoformat(f"{outage['down'].rpartition(' ')[2]}+00:00")
    assert flag_overdue(at=back)["flagged"] == 3
    assert send_reminders(at=back) == {"reminded": 1, "sent": 1}
    subjects = [each.subject for each in mail.outbox if each.to == ["tina@example.com"]]
    assert subjects == ["Your day: 1 job on Thu 7 Mar 2030"]


def test_a_mail_of_more_than_twenty_overdue_jobs_counts_the_rest(sales: User, tech: User) -> None:
    job_on(DAY, sales, tech)
    for _ in range(22):
        job_on(DAY - timedelta(days=1), sales, tech)
    flag_overdue(at=SEVEN)
    mail.outbox.clear()
    send_reminders(at=SEVEN)
    assert "And 2 more." in mail.outbox[0].body


@pytest.mark.parametrize("number", [1, 3])
def test_reminders_of_many_cost_few_questions(
    number: int, sales: User, django_assert_num_queries: Any
) -> None:
    for n in range(number):
        person = make_user(Role.TECHNICIAN, email=f"t{n}@example.com")
        job = job_on(DAY, sales, person, site=make_site())
        make_task(job=job, equipment=[make_equipment()])
    with django_assert_num_queries(26 + 2 * number):
        assert send_reminders(at=SEVEN) == {"reminded": number, "sent": number}


# Overdue


def test_what_became_overdue_is_told_to_admins_and_to_agents_of_their_own(
    sales: User, other_sales: User, tech: User, admin: User
) -> None:
    other_sales.email = "otto@example.com"
    other_sales.save()
    mine, theirs = job_on(DAY, sales, tech, title="Mine"), job_on(DAY, other_sales, None)
    job_on(DAY + timedelta(days=1), sales, tech)
    assert flag_overdue(at=MIDNIGHT) == {"flagged": 2, "told": 3, "sent": 3}
    by_name = {each.to[0].partition("@")[0]: each for each in mail.outbox}
    assert {name: each.subject for name, each in by_name.items()} == {
        "adam": "2 jobs became overdue",
        "sara": "1 job became overdue",
        "otto": "1 job became overdue",
    }
    assert mine.number in by_name["sara"].body
    assert theirs.number not in by_name["sara"].body
    assert "Owner: Otto Other. Technician: nobody." in by_name["adam"].body
    row = mine.history.latest("history_id")
    assert (row.door, row.history_date) == ("schedule", MIDNIGHT)
    # Run twice, there is nothing more.
    assert flag_overdue(at=MIDNIGHT + timedelta(hours=1)) == {"flagged": 0, "told": 0}


def test_the_next_night_tells_what_is_new_and_what_was_entered_late(
    sales: User, tech: User
) -> None:
    job_on(DAY, sales, tech)
    flag_overdue(at=MIDNIGHT)
    assert to() == ["adam", "sara"]
    new = job_on(DAY + timedelta(days=1), sales, tech)
    flag_overdue(at=MIDNIGHT + timedelta(days=1))
    assert "1 job became overdue" in mail.outbox[0].subject
    assert new.number in mail.outbox[0].body
    to()
    flag_overdue(at=MIDNIGHT + timedelta(days=2))
    assert to() == []


def test_a_run_for_a_day_to_come_keeps_nothing_from_the_nights_until_then(
    sales: User, tech: User
) -> None:
    flag_overdue(at=MIDNIGHT)
    job_on(DAY + timedelta(days=20), sales, tech)
    flag_overdue(at=MIDNIGHT + timedelta(days=99))
    to()
    job_on(DAY, sales, tech)
    flag_overdue(at=MIDNIGHT + timedelta(days=1))
    assert to() == ["adam", "sara"]


def test_what_is_no_longer_overdue_as_it_is_sent_is_not_told(sales: User, tech: User) -> None:
    job = job_on(DAY, sales, tech)
    for name in ("sara", "adam"):
        person = User.objects.get(username=name)
        NoticePreferences.objects.create(person=person, quiet_from=time(22), quiet_until=time(6))
    assert flag_overdue(at=MIDNIGHT) == {"flagged": 1, "told": 2}
    acts.reschedule((Job, job.pk), DAY + timedelta(days=9), by=sales)
    Notice.objects.exclude(kind="overdue").delete()
    assert flag_overdue(at=MIDNIGHT + timedelta(hours=7))["dropped"] == 2
    assert to() == []


def test_two_nights_that_are_told_at_once_are_told_in_full(sales: User, tech: User) -> None:
    NoticePreferences.objects.create(person=sales, quiet_from=time(22), quiet_until=time(6))
    first = job_on(DAY, sales, tech)
    flag_overdue(at=MIDNIGHT)
    second = job_on(DAY + timedelta(days=1), sales, tech)
    mail.outbox.clear()
    # For a day, nothing was swept.
    Notice.objects.filter(person=sales).update(due_at=MIDNIGHT + timedelta(days=1))
    flag_overdue(at=MIDNIGHT + timedelta(days=1))
    flag_overdue(at=MIDNIGHT + timedelta(days=1, hours=6))
    (own,) = (each for each in mail.outbox if each.to == ["sara@example.com"])
    assert own.subject == "2 jobs became overdue"
    assert [job.number in own.body for job in (first, second)] == [True, True]


def test_more_than_fifty_are_counted(sales: User, tech: User) -> None:
    for _ in range(52):
        job_on(DAY, sales, tech)
    flag_overdue(at=MIDNIGHT)
    assert [each.subject for each in mail.outbox] == ["52 jobs became overdue"] * 2
    assert ["And 2 more." in each.body for each in mail.outbox] == [True, True]


def test_admins_are_told_whom_no_reminder_reaches(
    sales: User, other_tech: User, admin: User
) -> None:
    job_on(DAY, sales, other_tech)
    assert send_reminders(at=SEVEN) == {"reminded": 1, "dropped": 1}
    assert Message.objects.get().problem == "There is no e-mail address."
    night = SEVEN.replace(hour=0)
    assert flag_overdue(at=night) == {"flagged": 0, "told": 1, "sent": 1}
    (sent,) = mail.outbox
    subject = "1 technician gets no reminder: no working e-mail address"
    assert (sent.to, sent.subject) == (["adam@example.com"], subject)
    assert "- Theo Third" in sent.body


# Clocks that change


@pytest.mark.parametrize("day", [date(2030, 3, 31), date(2030, 10, 27)])
def test_each_night_of_a_clock_change_has_one_run_and_one_reminder(
    day: date, sales: User, tech: User, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    zone = ZoneInfo("Europe/Vienna")
    job_on(day - timedelta(days=1), sales, tech)
    job_on(day, sales, tech)
    night = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    seven = datetime.combine(day, time(7), tzinfo=zone).astimezone(UTC)
    for hours in range(7):
        flag_overdue(at=night + timedelta(hours=hours))
    assert to() == ["adam", "sara"]
    for hours in range(17):
        send_reminders(at=seven + timedelta(hours=hours))
    assert to() == ["tina"]
