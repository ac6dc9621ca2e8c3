"""Background work on screen: what runs when, what waits, what failed and is done, for Admins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task
from django_q.tasks import async_task
from pytest_django.fixtures import Settings

from core import background_work, queues, schedules
from core.backoffice import background
from core.declarations import SUNDAY, Scheduled
from core.models import Heartbeat
from core.queues import QUEUES
from people.models import User
from tests.conftest import Sign
from tests.factories import make_job, make_message

pytestmark = pytest.mark.django_db
PAGE, HOME = "/admin/background/", "/admin/"
REMIND, LINK = "operations.tasks.send_reminders", "people.tasks.send_link"
TRACE = ' : Traceback (most recent call last):\n  File "tasks.py", line 1\n'


def ran(func: str, *, ago: int = 0, success: bool = True, **fields: Any) -> Task:
    """A run that ended so many minutes ago."""
    at = timezone.now() - timedelta(minutes=ago)
    key = f"{Task.objects.count():032x}"
    return Task.objects.create(
        id=key, name=key, func=func, started=at, stopped=at, success=success, **fields
    )


def failed(func: str, error: str = "ValueError: No.", **fields: Any) -> Task:
    found = error.partition(": ")[2]
    return ran(func, success=False, result=f"{found}{TRACE}{error}\n", **fields)


def beat(queue: str, *, ago: int = 0) -> None:
    at = timezone.now() - timedelta(seconds=ago)
    Heartbeat.objects.create(cluster=f"here:{queue}{ago}", queue=queue, at=at)


def titles(page: Any, name: str) -> list[str]:
    return [str(line.title) for line in page.context[name]]


# What stands there


def test_it_says_what_there_is_to_do_where_nothing_is_shown(admin: User, sign_in: Sign) -> None:
    text = sign_in(admin).get(PAGE).text
    expected = (
        "Nothing has failed.",
        "There are no schedules yet",
        "Nothing is waiting",
        "Nothing has been done yet.",
    )
    assert [words in text for words in expected] == [True] * 4


def test_schedules_stand_with_their_next_run_in_the_time_of_the_business(
    admin: User, sign_in: Sign, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    schedules.sync()
    Schedule.objects.update(next_run=datetime(2030, 7, 1, 12, tzinfo=UTC))
    Schedule.objects.filter(name="send reminders").update(
        next_run=datetime(2030, 7, 1, 5, tzinfo=UTC)
    )
    page = sign_in(admin).get(PAGE)
    line, runs = page.context["schedules"][0]
    assert (str(line.title), runs) == ("Send reminders", "daily at 07:00")
    assert "Times are in the time zone Europe/Vienna." in page.text
    assert "1 Jul 2030, 07:00" in page.text


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Scheduled("x", "x", minutes=1), "every minute"),
        (Scheduled("x", "x", minutes=5), "every 5 minutes"),
        (Scheduled("x", "x", at=time(7, 0)), "daily at 07:00"),
        (Scheduled("x", "x", at=time(3, 10), weekday=SUNDAY), "every Sunday at 03:10"),
    ],
)
def test_when_a_schedule_runs_is_said_in_words(entry: Scheduled, expected: str) -> None:
    assert background.when(entry) == expected


def test_what_waits_and_what_runs_stands_there_by_name(admin: User, sign_in: Sign) -> None:
    queues.enqueue(REMIND)
    queues.enqueue(LINK, "sara", queue="long")
    now = timezone.now()
    OrmQ.objects.filter(key="long").update(lock=now + timedelta(seconds=7500 - 60))
    page = sign_in(admin).get(PAGE)
    long, short = page.context["in_hand"]
    assert (str(long.title), long.is_running) == ("Send a link for a forgotten password", True)
    assert long.at == now - timedelta(minutes=1)
    assert (str(short.title), short.is_running) == ("Send reminders", False)
    assert [(queue.name, queue.waits) for _name, queue in page.context["queues"]] == [
        ("jobops", 1),
        ("long", 0),
    ]
    assert "sara" not in page.text.lower().replace(str(admin).lower(), "")


def test_each_queue_stands_with_its_clusters(admin: User, sign_in: Sign) -> None:
    beat("jobops")
    beat("jobops", ago=500)
    beat("long", ago=200)
    Heartbeat.objects.filter(queue="long").update(busy_until=timezone.now() + timedelta(hours=1))
    browser = sign_in(admin)
    page = browser.get(PAGE)
    found = [(q.name, len(q.clusters), q.is_late) for _name, q in page.context["queues"]]
    assert found == [("jobops", 2, False), ("long", 1, False)]
    assert "no worker has been seen for three minutes" not in page.text
    Heartbeat.objects.filter(queue="long").delete()
    assert "“Long work”: no worker has been seen for three minutes." in browser.get(PAGE).text


def test_what_was_done_stands_there_but_for_what_runs_each_minute(
    admin: User, sign_in: Sign
) -> None:
    ran("core.tasks.sweep_outbox")
    ran(REMIND, ago=1)
    ran("gone.tasks.old", ago=2)
    schedules.sync()
    page = sign_in(admin).get(PAGE)
    assert titles(page, "done") == ["Send reminders", "Other work"]
    last = {str(line.title): line.done_at is not None for line, _runs in page.context["schedules"]}
    assert [title for title, is_done in last.items() if is_done] == ["Send mail", "Send reminders"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("ValueError: No site.", "No site."),
        ("AssertionError", "AssertionError"),
        ("django.db.utils.OperationalError: gone", "The database did not respond: gone"),
        (
            "django_q.exceptions.TimeoutException: Task exceeded",
            "It ran too long and was stopped.",
        ),
    ],
)
def test_why_something_failed_is_said_in_words(
    error: str, expected: str, admin: User, sign_in: Sign
) -> None:
    failed(LINK, error)
    page = sign_in(admin).get(PAGE)
    (line,) = page.context["failed"]
    assert (line.problem, line.trace.partition("\n")[0]) == (
        expected,
        "Traceback (most recent call last):",
    )
    assert "Technical details" in page.text


def test_what_says_nothing_of_why_it_failed_is_told_so(admin: User, sign_in: Sign) -> None:
    ran(LINK, success=False)
    page = sign_in(admin).get(PAGE)
    assert page.context["failed"][0].problem == "No reason was given."
    assert "Technical details" not in page.text


def test_of_what_runs_by_the_clock_the_last_run_says_how_it_stands(
    admin: User, sign_in: Sign
) -> None:
    for ago in (3, 2):
        failed(REMIND, ago=ago)
        failed(LINK, ago=ago)
    browser = sign_in(admin)
    page = browser.get(PAGE)
    link = "Send a link for a forgotten password"
    assert sorted(titles(page, "failed")) == [link, link, "Send reminders"]
    ran(REMIND, ago=1)
    ran(LINK, ago=1)
    assert titles(browser.get(PAGE), "failed") == [link, link]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_however_much_it_shows(
    number: int, admin: User, sign_in: Sign, django_assert_num_queries: Any
) -> None:
    schedules.sync()
    for n in range(number):
        failed(LINK, ago=n)
        failed(REMIND, ago=n)
        ran("people.tasks.prune", ago=n)
        queues.enqueue(REMIND)
        beat("jobops", ago=n)
    browser = sign_in(admin)
    with django_assert_num_queries(10):
        browser.get(PAGE)


# What an Admin does


def test_a_schedule_is_run_now_and_only_what_is_declared(admin: User, sign_in: Sign) -> None:
    schedules.sync()
    row = Schedule.objects.get(name="send reminders")
    Schedule.objects.filter(pk=row.pk).update(func="os.system")
    browser = sign_in(admin)
    answer = browser.post(f"{PAGE}{row.pk}/run/", follow=True)
    assert "“Send reminders” will run as soon as a worker is free." in answer.text
    assert [(task.func(), task.group()) for task in OrmQ.objects.all()] == [
        (REMIND, "send reminders")
    ]
    Schedule.objects.filter(pk=row.pk).update(name="somebody's own")
    for key in (row.pk, 0, 999999):
        answer = browser.post(f"{PAGE}{key}/run/", follow=True)
        assert "This schedule no longer exists." in answer.text
    assert OrmQ.objects.count() == 1


def test_what_failed_is_tried_again_as_it_was_and_only_once(admin: User, sign_in: Sign) -> None:
    row = failed(LINK, args=("sara",), cluster="long")
    browser = sign_in(admin)
    answer = browser.post(f"{PAGE}{row.pk}/again/", follow=True)
    assert "It will run again as soon as a worker is free." in answer.text
    (task,) = OrmQ.objects.all()
    assert (task.key, task.func(), task.args()) == ("long", LINK, ("sara",))
    answer = browser.post(f"{PAGE}{row.pk}/again/", follow=True)
    assert "Somebody else has already dealt with this. Nothing was changed." in answer.text
    assert (OrmQ.objects.count(), Task.objects.count()) == (1, 0)


def test_of_what_runs_by_the_clock_all_that_failed_is_settled_at_once(
    admin: User, sign_in: Sign
) -> None:
    failed(REMIND, ago=2)
    last, other, done = failed(REMIND, ago=1), failed(LINK), ran(REMIND, ago=3)
    sign_in(admin).post(f"{PAGE}{last.pk}/again/")
    assert set(Task.objects.all()) == {other, done}
    assert [task.func() for task in OrmQ.objects.all()] == [REMIND]


def test_what_failed_is_left_as_it_is(admin: User, sign_in: Sign) -> None:
    row = failed(LINK)
    browser = sign_in(admin)
    assert "It will not run again." in browser.post(f"{PAGE}{row.pk}/dismiss/", follow=True).text
    assert (
        "Somebody else has already dealt with this"
        in browser.post(f"{PAGE}{row.pk}/dismiss/", follow=True).text
    )
    assert not OrmQ.objects.exists()


def test_what_another_one_settles_at_this_very_moment_is_not_done_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = failed(LINK)
    monkeypatch.setattr(background_work, "_clear", lambda _row: False)
    assert (background_work.try_again(row.pk), background_work.dismiss(row.pk)) == (False, False)
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("name", ["again", "dismiss"])
def test_nobody_but_an_admin_sees_to_what_failed(
    name: str, sales: User, tech: User, sign_in: Sign
) -> None:
    row = failed(LINK)
    answers = [sign_in(who).post(f"{PAGE}{row.pk}/{name}/").status_code for who in (sales, tech)]
    assert (answers, Task.objects.count()) == ([403, 403], 1)


# What leads there


def warned(user: User, sign_in: Sign) -> list[str]:
    cache.clear()
    return [str(line.text) for line in sign_in(user).get(HOME).context["warnings"]]


def test_home_warns_an_admin_of_what_stands_still_failed_or_is_in_doubt(
    admin: User, sales: User, sign_in: Sign
) -> None:
    late = "No background worker has been seen for three minutes: mail and schedules are waiting."
    assert warned(admin, sign_in) == [late]
    beat("jobops")
    assert warned(admin, sign_in) == [late]
    beat("long")
    assert warned(admin, sign_in) == []
    failed(LINK)
    make_message(state="in_doubt")
    assert warned(admin, sign_in) == [
        "A piece of background work has failed.",
        "One mail may not have arrived.",
    ]
    failed(LINK)
    make_message(state="in_doubt")
    assert warned(admin, sign_in) == [
        "2 pieces of background work have failed.",
        "2 mails may not have arrived.",
    ]
    assert warned(sales, sign_in) == []


def test_the_sidebar_leads_an_admin_to_what_failed(admin: User, sign_in: Sign) -> None:
    failed(LINK)
    items = [
        (str(item["title"]), item["link"], item["badge"])
        for group in sign_in(admin).get(PAGE).context["sidebar_navigation"]
        for item in group["items"]
        if item.get("badge")
    ]
    assert items == [("Failed work", f"{PAGE}#failed", "1")]


def test_home_counts_for_an_admin_what_failed_and_each_number_opens_just_that(
    admin: User, sales: User, sign_in: Sign
) -> None:
    make_job(owner=sales)
    for n in range(23):
        failed(LINK, ago=n)
    for n in (2, 1):
        failed(REMIND, ago=n)
        make_message(state="failed")
    make_message(state="in_doubt")
    browser = sign_in(admin)
    html = browser.get(HOME).text.partition('aria-labelledby="jobops-failed"')[2]
    found = re.findall(r"<span>([^<]+)</span>\s*<strong><a href=\"([^\"]+)\">(\d+)</a>", html)
    assert [(title, number) for title, _url, number in found] == [
        ("Work in the background", "23"),
        ("Schedules whose last run failed", "1"),
        ("Failed mail", "2"),
        ("Mail in doubt", "1"),
    ]
    work_url, schedules_url, *mails = (url for _title, url, _number in found)
    assert [len(browser.get(url).context["lines"]) for url in mails] == [2, 1]
    link = "Send a link for a forgotten password"
    first = browser.get(work_url)
    assert (titles(first, "failed"), first.context["newer"]) == ([link] * 20, "")
    assert "Work in the background: 23" in first.text
    second = browser.get(PAGE + first.context["older"])
    assert (titles(second, "failed"), second.context["older"]) == ([link] * 3, "")
    assert second.context["newer"] == "?failed=work&p=1#failed"
    assert {row.pk for page in (first, second) for row in page.context["failed"]} == {
        row.pk for row in Task.objects.filter(func=LINK)
    }
    assert titles(browser.get(schedules_url), "failed") == ["Send reminders"]
    # All of it, where nothing else is asked for, or what there is not.
    for query in ("", "?failed=x"):
        page = browser.get(PAGE + query)
        assert (page.context["number_failed"], page.context["failed_origin"]) == (24, "")
    assert browser.get(PAGE).context["older"] == "?p=2#failed"
    assert "jobops-failed" not in sign_in(sales).get(HOME).text


# Where work waits


class Redis:
    """In place of Redis: it takes what is enqueued, or does not answer."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.answers = True

    def __call__(self, func: str, *_args: Any, **_options: Any) -> None:
        self._ask()
        self.taken.append(func)

    def queue_size(self) -> int:
        self._ask()
        return len(self.taken)

    def _ask(self) -> None:
        if not self.answers:
            raise ConnectionRefusedError


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Redis:
    server = Redis()
    settings.BROKER_URL = "redis://localhost:6379/0"
    monkeypatch.setattr(queues, "async_task", server)
    monkeypatch.setattr(queues, "get_broker", lambda _queue: server)
    monkeypatch.setattr(queues, "import_string", lambda _path: ConnectionRefusedError)
    return server


def test_what_waits_in_redis_is_enqueued_after_the_change_is_written(
    redis: Redis, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        queues.enqueue(REMIND)
        assert redis.taken == []
    assert redis.taken == [REMIND]


def test_whoever_enqueues_in_a_redis_that_does_not_answer_goes_on(
    redis: Redis,
    django_capture_on_commit_callbacks: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    redis.answers = False
    with django_capture_on_commit_callbacks(execute=True):
        queues.enqueue(REMIND)
    assert f"not enqueued: {REMIND}" in caplog.text


def test_the_page_says_how_much_waits_in_redis_where_it_answers(
    redis: Redis, admin: User, sign_in: Sign
) -> None:
    browser = sign_in(admin)
    redis.taken = [REMIND] * 3
    page = browser.get(PAGE)
    assert [queue.waits for _name, queue in page.context["queues"]] == [3, 3]
    assert "Waiting work is in Redis (BROKER_URL)" in page.text
    redis.answers = False
    page = browser.get(PAGE)
    assert [queue.waits for _name, queue in page.context["queues"]] == [None, None]


def test_a_task_of_another_program_in_the_queue_is_no_fault(admin: User, sign_in: Sign) -> None:
    async_task("os.system", "id", q_options={"cluster": QUEUES[0]})
    OrmQ.objects.create(key="unknown", payload="broken", lock=timezone.now())
    assert titles(sign_in(admin).get(PAGE), "in_hand") == ["Other work", "Other work"]
