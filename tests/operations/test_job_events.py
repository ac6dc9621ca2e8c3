"""What happened to a job, as its page tells it: in sentences, the newest first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from core.ledger import Message, Notice
from core.outbox.delivering import send_due
from core.record import audit, timeline, undoing
from core.record.act_list import ActRecord
from core.record.audit import Door, Kind
from core.record.timeline import Entry
from core.roles import Role
from operations import acts, job_events
from operations.models import Job, JobShare, Task
from operations.pages import job_timeline
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_message, make_task, make_user
from tests.operations.pages import words

pytestmark = pytest.mark.django_db
T = Task.Status


def url_of(job: Job, page: str = "change") -> str:
    return reverse(f"admin:operations_job_{page}", args=[job.pk])


@contextmanager
def act(by: User | None, *, door: Door = Door.ADMIN, **details: Any) -> Iterator[None]:
    """What somebody does at once."""
    with audit.change_set(Kind.FORM, by=by, door=door, **details):
        yield


def sentences_of(job: Job) -> list[list[str]]:
    """The sentences of each event, the newest first."""
    events = job_timeline.page_of(job).events
    return [[strip_tags(sentence) for sentence in event.sentences] for event in events]


def newest(job: Job) -> list[str]:
    return sentences_of(job)[0]


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    with act(sales):
        job = make_job(owner=sales, assigned_to=tech, title="Boiler")
        for title in ("Drain", "Rinse"):
            make_task(job=job, title=title)
    return job


def test_a_job_is_entered_with_its_tasks(job: Job, sales: User) -> None:
    assert sentences_of(job) == [["Sara Sales entered the job with 2 tasks"]]
    with act(sales):
        bare = make_job(owner=sales)
    assert sentences_of(bare) == [["Sara Sales entered the job"]]


def test_each_verb_is_told_with_its_reason(sales: User, tech: User) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    for verb, details in (
        (acting.start, {}),
        (acting.hold, {"reason": "No parts"}),
        (acting.resume, {}),
        (acting.cancel, {"reason": "Not wanted"}),
        (acting.reopen, {"reason": "Smell is back"}),
    ):
        by = sales if verb in {acting.cancel, acting.reopen} else tech
        with act(by):
            verb(job, by=by, **details)
    with act(tech):
        acting.complete(job, by=tech)
    assert [event[0] for event in sentences_of(job)[:6]] == [
        "Tina Tech completed the job",
        "Sara Sales reopened the job: “Smell is back”",
        "Sara Sales cancelled the job: “Not wanted”",
        "Tina Tech resumed the job",
        "Tina Tech put the job on hold: “No parts”",
        "Tina Tech started the job",
    ]
    statuses = [event.status for event in job_timeline.page_of(job).events[:6]]
    assert statuses == [
        "completed",
        "pending",
        "cancelled",
        "in_progress",
        "on_hold",
        "in_progress",
    ]


def test_a_completion_that_is_taken_back_is_told_as_that(
    job: Job, sales: User, tech: User, admin: User, sign_in: Sign
) -> None:
    bare = make_job(owner=sales, assigned_to=tech)
    acting.start(job, by=tech)
    for each, status in ((job, "in_progress"), (bare, "pending")):
        each.tasks.all().delete()
        with act(tech):
            acting.complete(each, by=tech)
        with act(tech):
            acting.reopen(each, by=tech)
        assert newest(each) == ["Tina Tech took back the completion: “Slip”"]
        assert job_timeline.page_of(each).events[0].status == status
        assert "Tina Tech took back the completion" in words(sign_in(sales).get(url_of(each)))
    with act(tech):
        acting.complete(bare, by=tech)
    with act(admin):
        acting.reopen(bare, by=admin, reason="It leaks")
    assert newest(bare) == ["Adam Admin reopened the job: “It leaks”"]


@pytest.mark.parametrize(
    ("verb", "details", "sentence"),
    [
        (acting.cancel, {"reason": "No money"}, "took back the cancellation"),
        (acting.start, {}, "put the job back to “Pending”"),
    ],
)
def test_what_an_undo_takes_back_is_no_other_verb(
    verb: Any, details: dict[str, str], sentence: str, job: Job, admin: User
) -> None:
    with act(admin):
        verb(job, by=admin, **details)
    change_set = job.history.latest("history_id").change_set
    with act(admin):
        undoing.undo(change_set, by=admin, keep=lambda _kept: None)
    assert newest(job) == [f"Adam Admin {sentence}"]


def test_a_task_is_told_with_the_note_that_was_left(job: Job, tech: User) -> None:
    task = job.tasks.get(title="Drain")
    for details, sentences in (
        (
            {"status": T.IN_PROGRESS},
            ["Tina Tech started the job", "Tina Tech began the task “Drain”"],
        ),
        ({"note": "Rusty"}, ["Tina Tech left a note on “Drain”: “Rusty”"]),
        ({"note": ""}, ["Tina Tech removed the note on “Drain”"]),
        ({"status": T.COMPLETED, "note": "Dry"}, ["Tina Tech finished the task “Drain”: “Dry”"]),
        ({"status": T.PENDING}, ["Tina Tech put the task “Drain” back to pending"]),
    ):
        with act(tech):
            acts.progress(task, by=tech, **details)
        assert newest(job) == sentences


def test_what_a_form_saves_is_told_in_order(
    job: Job, sales: User, tech: User, other_tech: User
) -> None:
    drain, other = job.tasks.all()
    with act(sales, reason="As agreed"):
        acts.edit(job, by=sales, title="Pump", priority="high", assigned_to=other_tech)
        acts.edit_task(drain, by=sales, title="Drain all", equipment=[make_equipment()])
        acts.edit_task(other, by=sales, position=9)
        acts.add_task(job, by=sales, title="Fill")
        acts.add_task(job, by=sales, title="Lock")
    assert newest(job) == [
        "Sara Sales assigned the job to Theo Third, no longer to Tina Tech: “As agreed”",
        "Sara Sales changed the job: title, priority",
        "Sara Sales changed the task “Drain all”: title, required equipment",
        "Sara Sales added the tasks “Fill”, “Lock”",
        "Sara Sales changed the order of the tasks",
    ]
    with act(sales):
        acts.assign(job, None, by=sales)
        other.delete()
    assert newest(job) == [
        "Sara Sales took the job from Theo Third",
        f"Sara Sales deleted the task “{other.title}”",
    ]
    with act(sales):
        acts.assign(job, tech, by=sales)
        acts.add_task(job, by=sales, title="Sweep")
    assert newest(job) == [
        "Sara Sales assigned the job to Tina Tech",
        "Sara Sales added the task “Sweep”",
    ]


def test_a_job_that_is_handed_over_says_to_whom(job: Job, admin: User, other_sales: User) -> None:
    with act(admin):
        acts.edit(job, by=admin, owner=other_sales)
    assert newest(job) == ["Adam Admin handed the job over to Otto Other"]


def test_when_a_job_takes_place_is_told_in_words(job: Job, sales: User) -> None:
    day, later = date(2199, 1, 1), date(2199, 1, 2)
    for when, sentence in (
        ((day,), "scheduled the job for Tue 1 Jan 2199"),
        ((later, time(8), time(9, 30)), "moved the job to Wed 2 Jan 2199, 08:00–09:30"),
        ((later, time(10), time(11)), "changed the time to 10:00–11:00"),
        ((later, time(10), time(12)), "changed the times of the job"),
        ((None,), "took the job off the schedule"),
    ):
        with act(sales):
            acts.reschedule(job, *when, by=sales)
        assert newest(job) == [f"Sara Sales {sentence}"]


def test_a_share_is_told_by_whom_it_is_with(job: Job, sales: User) -> None:
    helper = make_user(Role.TECHNICIAN, first_name="Heidi", last_name="Help")
    for share, sentence in (
        (lambda: acts.share(job, helper, "view", by=sales), "shared the job with Heidi Help"),
        (
            lambda: acts.share(job, helper, "progress", by=sales),
            "changed what Heidi Help may do on the job",
        ),
        (lambda: acts.unshare(job, helper, by=sales), "stopped sharing the job with Heidi Help"),
    ):
        with act(sales):
            share()
        assert newest(job) == [f"Sara Sales {sentence}"]
    assert JobShare.objects.count() == 0


def test_what_time_does_is_done_by_nobody(job: Job, sales: User) -> None:
    with act(sales, at=datetime(2020, 1, 1, tzinfo=UTC)):
        acts.reschedule(job, date(2020, 1, 1), by=sales)
    Job.objects.filter(pk=job.pk).update(overdue=False, overdue_since=None)
    with act(None, door=Door.SCHEDULE):
        Job.objects.flag_overdue(on=date(2020, 1, 3))
    assert newest(job) == ["The job became overdue"]
    with act(None, door=Door.COMMAND):
        job.refresh_from_db()
        job.title = "Anew"
        job.save()
    assert newest(job) == ["Background run changed the job: title"]


def entry(**details: Any) -> Entry:
    known: dict[str, Any] = {
        "id": "photo-1",
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "person": "Tina Tech",
        "door": "admin",
        "reason": "",
        "action": "created",
        "kind": "photo",
        "kind_text": "photo",
        "object_id": 1,
        "object_text": "Cellar",
    }
    return Entry(**known | details)


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({}, "Tina Tech added photo “Cellar”"),
        ({"action": "changed"}, "Tina Tech changed photo “Cellar”"),
        ({"action": "deleted"}, "Tina Tech deleted photo “Cellar”"),
        # A row of before everything on it was on record.
        ({"kind": "job", "action": "changed"}, "Tina Tech changed the job"),
    ],
)
def test_what_has_no_words_of_its_own_is_told_by_its_name(
    details: dict[str, str], sentence: str
) -> None:
    event = job_events.event(ActRecord(None, [entry(**details)], more=3))
    assert ([strip_tags(each) for each in event.sentences], event.more) == ([sentence], 3)


# The page


def test_the_page_shows_the_newest_events_and_the_older_ones_on_demand(
    job: Job, sales: User, sign_in: Sign
) -> None:
    for number in range(21):
        with act(sales):
            acts.edit(job, by=sales, title=f"Title {number}")
    browser = sign_in(sales)
    page = browser.get(url_of(job))
    shown = page.context["timeline"]
    assert len(shown.events) == 10
    assert "Show older" in words(page)
    part = browser.get(shown.older, headers={"HX-Request": "true"})
    assert ("<html" in part.content.decode(), "autofocus" in part.content.decode()) == (False, True)
    assert len(part.context["timeline"].events) == 10
    last = browser.get(part.context["timeline"].older)
    assert [strip_tags(e.sentences[0]) for e in last.context["timeline"].events] == [
        "Sara Sales changed the job: title",
        "Sara Sales entered the job with 2 tasks",
    ]
    assert last.context["timeline"].older == ""
    assert "Back to the job" in words(last)
    assert "Show older" not in words(last)


def test_the_fields_are_folded_beneath_and_long_ones_lead_to_the_whole(
    job: Job, sales: User, sign_in: Sign
) -> None:
    with act(sales):
        acts.edit(job, by=sales, description="x" * 400)
    browser = sign_in(sales)
    page = browser.get(url_of(job))
    record = job.history.first().history_id
    whole = f"{url_of(job, 'history')}?entry=job-{record}"
    assert f'href="{whole}"' in page.content.decode()
    assert "x" * 400 in words(browser.get(whole))


@pytest.mark.parametrize("cursor", ["", "x", "1\0", "9" * 300])
def test_a_place_that_there_is_not_is_not_found(
    cursor: str, job: Job, sales: User, sign_in: Sign
) -> None:
    answer = sign_in(sales).get(url_of(job, "events"), {"cursor": cursor})
    assert answer.status_code == 404


def test_an_act_of_many_rows_is_told_in_part(job: Job, sales: User, sign_in: Sign) -> None:
    with act(sales):
        for number in range(60):
            acts.add_task(job, by=sales, title=f"Step {number}")
    assert "and 10 more changes" in words(sign_in(sales).get(url_of(job)))


# What was told of it by mail


def mailed(job: Job, person: User, minute: int, *, state: str = "sent", **fields: Any) -> Message:
    """A mail to somebody that told of a job, at a minute of an hour."""
    message = make_message(
        person=person,
        state=state,
        subject=fields.pop("subject", f"{job.number} moved"),
        claimed_at=datetime(2030, 1, 1, 9, minute, tzinfo=UTC),
        **fields,
    )
    for each in (1, 2):  # Two notices, of which it tells at once.
        Notice.objects.create(
            recipient=message.recipient,
            kind="schedule",
            occasion=f"{message.pk} {each}",
            about=f"job {job.pk}",
            due_at=message.try_at,
            message=message,
        )
    return message


def test_admins_read_what_was_told_of_a_job_where_it_happened(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    with act(sales, at=datetime(2030, 1, 1, 9, 0, tzinfo=UTC)):
        job = make_job(owner=sales, assigned_to=tech)
    with act(sales, at=datetime(2030, 1, 1, 9, 2, tzinfo=UTC)):
        acts.edit(job, by=sales, title="Boiler <2>")
    first = mailed(job, tech, 1, subject="A & B")
    for minute, state in enumerate(("delivered", "complained", "bounced", "in_doubt", "failed"), 3):
        mailed(job, tech, minute, state=state)
    for state in ("waiting", "dropped"):
        mailed(job, tech, 9, state=state)
    mailed(make_job(owner=sales), tech, 9)
    number = job.number
    assert [
        [strip_tags(sentence) for sentence in event.sentences]
        for event in job_timeline.page_of(job, reader=admin).events
    ] == [
        [f"The mail to Tina Tech did not arrive: “{number} moved”"],
        [f"The mail to Tina Tech may not have arrived: “{number} moved”"],
        [f"The mail to Tina Tech came back: “{number} moved”"],
        [f"Mail to Tina Tech: “{number} moved”"],
        [f"Mail to Tina Tech: “{number} moved”"],
        ["Sara Sales changed the job: title"],
        ["Mail to Tina Tech: “A &amp; B”"],
        ["Sara Sales entered the job"],
    ]
    page = sign_in(admin).get(url_of(job)).content.decode()
    assert f'<a class="jobops-quiet" href="/admin/mail/{first.pk}/">A &amp; B</a>' in page
    for person in (sales, tech):
        assert len(job_timeline.page_of(job, reader=person).events) == 2
        assert "by mail" not in words(sign_in(person).get(url_of(job)))


def test_each_mail_stands_on_one_page_of_the_timeline(
    admin: User, sales: User, tech: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_timeline, "PAGE", 2)
    with act(sales, at=datetime(2030, 1, 1, 9, 0, tzinfo=UTC)):
        job = make_job(owner=sales)
    for minute in range(10, 60, 10):
        with act(sales, at=datetime(2030, 1, 1, 9, minute, tzinfo=UTC)):
            acts.edit(job, by=sales, title=f"At {minute}")
        mailed(job, tech, minute + 1, subject=f"told {minute}")
    mailed(job, tech, 20, subject="at once")
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = job_timeline.page_of(job, cursor, reader=admin)
        found += [strip_tags(event.sentences[0]) for event in page.events]
        cursor = timeline.read(page.older.partition("=")[2]) if page.older else None
        pages += 1
    lines = [text.removeprefix("Mail to Tina Tech: ") for text in found if "Mail to" in text]
    names = ["told 50", "told 40", "told 30", "told 20", "at once", "told 10"]
    assert (lines, len(found), pages) == ([f"“{name}”" for name in names], 12, 3)


def test_the_page_of_a_job_costs_the_same_for_one_mail_and_for_thirty(
    job: Job, admin: User, tech: User, sign_in: Sign, django_assert_num_queries: Any
) -> None:
    browser = sign_in(admin)
    browser.get(url_of(job))
    for number in (1, 29):
        for minute in range(number):
            mailed(job, tech, minute)
        with django_assert_num_queries(15):
            browser.get(url_of(job))


def test_what_is_told_of_a_change_stands_there_once_it_was_sent(
    job: Job, admin: User, sales: User, tech: User
) -> None:
    tech.email = "tina@example.com"
    tech.save()
    with act(sales):
        acts.edit(job, by=sales, scheduled_date=date(2030, 3, 4))
    send_due(at=timezone.now() + timedelta(minutes=2))
    event = job_timeline.page_of(job, reader=admin).events[0]
    assert strip_tags(event.sentences[0]) == (f"Mail to Tina Tech: “{job.number} Boiler: moved”")
    assert (event.door, event.entries, event.status) == ("sent", [], "")
