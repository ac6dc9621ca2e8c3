"""Who is told what of changes: the net change, once, and never to the one who made it."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from core.ledger import Message, Notice, State
from core.notice_preferences import Choice, NoticePreferences
from core.outbox.delivering import send_due
from core.record import audit
from core.roles import Role
from operations import acts, bulk, hand_over
from operations.models import Job, JobShare
from people.models import User
from tests import acting
from tests.factories import make_job, make_site, make_task, make_user
from tests.programs import program

pytestmark = pytest.mark.django_db
CASES = Path(settings.BASE_DIR) / "tests/operations/cases"
TODAY = timezone.localdate
TOMORROW = date(2030, 3, 5)


@pytest.fixture(autouse=True)
def addresses(admin: User, sales: User, tech: User, other_tech: User, other_sales: User) -> None:
    """Everybody has one, by their user name."""
    for person in (admin, sales, tech, other_tech, other_sales):
        person.email = f"{person.username}@example.com"
        person.save()


@pytest.fixture
def job(sales: User, tech: User) -> Job:
    return make_job(owner=sales, assigned_to=tech, title="Boiler", scheduled_date=TOMORROW)


def soon() -> datetime:
    return timezone.now() + timedelta(minutes=2)


def sent_subjects(at: datetime | None = None) -> dict[str, str]:
    """The subjects of what is sent now, by user name; to each one mail."""
    mail.outbox.clear()
    send_due(at=at or soon())
    names = [each.to[0].partition("@")[0] for each in mail.outbox]
    assert len(names) == len(set(names))
    return dict(zip(names, (each.subject for each in mail.outbox), strict=True))


def lines(place: int = 0) -> list[str]:
    """What a mail says of its jobs."""
    body = str(mail.outbox[place].body).partition("\n--\n")[0]
    return [line.strip() for line in body.splitlines()[2:] if line.startswith("  ")]


def case(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text())
    return found


# Each kind


def test_a_reassignment_tells_the_one_and_the_other_once_each(
    job: Job, sales: User, other_tech: User
) -> None:
    ((call, change),) = case("31-mail-reassign-once")["steps"]
    verb, address = call.split()
    path = address.removeprefix("/api").replace("<id>", str(job.pk))
    assert (verb, change) == ("PATCH", {"assigned_to": "<tech2>"})
    answer = program(sales).patch(path, {"assigned_to": other_tech.pk})
    assert answer.status_code == 200
    assert sent_subjects() == {
        "tina": f"{job.number} Boiler: unassigned",
        "theo": f"{job.number} Boiler: assigned to you",
    }
    assert lines() == [
        "Unassigned: you are no longer its technician. It is now assigned to Theo Third."
    ]
    assert sent_subjects() == {}


def test_a_new_job_is_told_to_its_technician_and_not_to_who_entered_it(
    sales: User, tech: User
) -> None:
    site = make_site(address="1 Quay\nHarbour")
    job = acts.enter(
        by=sales,
        title="Look",
        customer=site.customer,
        site=site,
        assigned_to=tech,
        scheduled_date=TOMORROW,
        start_time=time(9),
        end_time=time(10),
    ).row
    assert sent_subjects() == {"tina": f"{job.number} Look: assigned to you"}
    assert lines() == [
        "Assigned to you.",
        "Tue 5 Mar 2030, 09:00–10:00",
        f"{site.customer.name}, {site.name}, 1 Quay Harbour",
        f"http://testserver/admin/operations/job/{job.pk}/change/",
    ]


def test_a_new_job_of_today_says_so(sales: User, tech: User, admin: User) -> None:
    customer = make_site().customer
    acts.enter(
        by=admin,
        title="Now",
        customer=customer,
        assigned_to=tech,
        owner=sales,
        scheduled_date=TODAY(),
    )
    subjects = sent_subjects()
    assert {name: text.partition(": ")[2] for name, text in subjects.items()} == {
        "tina": "assigned to you",
        "sara": "yours now",
    }
    assert "New for today: assigned to you." in mail.outbox[0].body
    assert set(Notice.objects.values_list("kind", flat=True)) == {"created", "assignment"}


def test_another_time_is_told_with_what_it_was(job: Job, sales: User) -> None:
    acts.reschedule(job, date(2030, 3, 6), time(8), time(9), by=sales)
    assert sent_subjects() == {"tina": f"{job.number} Boiler: moved"}
    assert lines() == [
        "Moved from Tue 5 Mar 2030 to Wed 6 Mar 2030, 08:00–09:00.",
        job.customer.name,
        f"http://testserver/admin/operations/job/{job.pk}/change/",
    ]


def test_off_the_schedule_and_onto_it_again(job: Job, sales: User, tech: User) -> None:
    acts.reschedule(job, TOMORROW, time(8), time(9), by=sales)
    sent_subjects()
    acts.reschedule(job, None, by=sales)
    sent_subjects()
    assert lines()[0] == "Moved from Tue 5 Mar 2030, 08:00–09:00 to unscheduled."
    acts.assign(job, None, by=sales)
    sent_subjects()
    acts.assign(job, tech, by=sales)
    sent_subjects()
    assert lines()[:2] == ["Assigned to you.", "Unscheduled"]


def test_progress_is_told_to_who_entered_and_who_owns_it_with_the_reason(
    job: Job, tech: User, sales: User, admin: User, other_sales: User
) -> None:
    acts.hand_over(job, owner=other_sales, by=admin)
    sent_subjects()
    acting.hold(job, by=tech, reason="No parts.")
    # Sara entered it, and no longer sees it.
    assert sent_subjects() == {"otto": f"{job.number} Boiler: on hold"}
    assert lines()[0] == "Now On hold (was Pending), changed by Tina Tech. “No parts.”"


def test_a_completion_that_is_taken_back_is_told_as_that(job: Job, tech: User) -> None:
    acting.complete(job, by=tech)
    sent_subjects()
    acting.reopen(job, by=tech)
    assert sent_subjects() == {"sara": f"{job.number} Boiler: pending"}
    assert lines()[0] == "Now Pending (was Completed), taken back by Tina Tech. “Slip”"
    acting.complete(job, by=tech)
    sent_subjects()
    acting.reopen(job, by=tech)
    acting.start(job, by=tech)
    assert sent_subjects() == {"sara": f"{job.number} Boiler: in progress"}
    assert lines()[0] == "Now In progress (was Completed), changed by Tina Tech."


def test_a_job_that_is_reopened_is_moved_on(job: Job, admin: User, tech: User) -> None:
    acting.complete(job, by=tech)
    sent_subjects()
    acting.reopen(job, by=admin, reason="It leaks")
    sent_subjects()
    assert lines()[0] == "Now Pending (was Completed), changed by Adam Admin. “It leaks”"


def test_who_entered_a_job_and_still_sees_it_is_told(tech: User, sales: User, admin: User) -> None:
    job = make_job(owner=admin, assigned_to=tech, title="Boiler")
    acts.hand_over(job, owner=sales, by=admin)
    sent_subjects()
    acting.start(job, by=tech)
    subject = f"{job.number} Boiler: in progress"
    assert sent_subjects() == {"adam": subject, "sara": subject}


def test_an_owner_whose_role_no_longer_shows_them_the_job_is_told_nothing(
    job: Job, tech: User, sales: User
) -> None:
    sales.set_roles([Role.TECHNICIAN])
    acting.hold(job, by=tech, reason="No parts.")
    assert sent_subjects() == {}


def test_a_technician_whose_role_no_longer_shows_them_the_job_is_told_at_most_that_it_is_gone(
    job: Job, *, tech: User, sales: User, admin: User, other_tech: User, other_sales: User
) -> None:
    """Whichever change it is, and whenever the role went."""
    acts.reschedule(job, TOMORROW + timedelta(days=1), by=sales)
    acts.share(job, other_tech, JobShare.Level.VIEW, by=sales)
    acts.hand_over(job, owner=other_sales, by=admin)
    acts.assign(make_job(owner=sales), tech, by=sales)
    for person in (tech, other_tech, other_sales):
        person.set_roles([])
    assert set(sent_subjects()) == {"sara"}
    acts.assign(job, None, by=admin)
    assert sent_subjects() == {"tina": f"{job.number} Boiler: unassigned"}
    assert "/admin/operations/job/" not in str(mail.outbox[0].body)


def test_a_share_is_told_and_so_is_its_end(
    job: Job, sales: User, other_tech: User, other_sales: User
) -> None:
    acts.share(job, other_tech, JobShare.Level.VIEW, by=sales)
    acts.share(job, other_sales, JobShare.Level.VIEW, by=sales)
    acts.unshare(job, other_sales, by=sales)
    assert sent_subjects() == {"theo": f"{job.number} Boiler: shared with you"}
    assert lines()[0] == "Shared with you, to view."
    acts.share(job, other_tech, JobShare.Level.VIEW, by=sales)
    assert sent_subjects() == {}
    acts.share(job, other_tech, JobShare.Level.PROGRESS, by=sales)
    assert sent_subjects() == {"theo": f"{job.number} Boiler: shared with you"}
    acts.unshare(job, other_tech, by=sales)
    assert sent_subjects() == {"theo": f"{job.number} Boiler: no longer shared"}
    assert lines() == ["No longer shared with you."]


def test_a_deleted_job_is_told_to_whose_it_was(job: Job, admin: User) -> None:
    acts.remove(job, by=admin)
    subject = f"{job.number} Boiler: deleted"
    assert sent_subjects() == {"tina": subject, "sara": subject}
    assert lines() == ["Deleted: Adam Admin deleted this job."]


def test_of_a_job_without_a_technician_its_owner_hears(sales: User, admin: User) -> None:
    customer = make_site().customer
    job = acts.enter(by=admin, title="Boiler", customer=customer, owner=sales).row
    assert sent_subjects() == {"sara": f"{job.number} Boiler: yours now"}
    acts.remove(job, by=admin)
    assert sent_subjects() == {"sara": f"{job.number} Boiler: deleted"}


def test_a_closed_job_is_deleted_without_a_word(job: Job, admin: User) -> None:
    acting.cancel(job, by=admin, reason="Old.")
    sent_subjects()
    acts.remove(job, by=admin)
    assert sent_subjects() == {}


# The net change, once


def test_an_edit_and_its_undo_tell_nothing(
    job: Job, sales: User, tech: User, other_tech: User
) -> None:
    acts.assign(job, other_tech, by=sales)
    acts.reschedule(job, None, by=sales)
    acts.reschedule(job, TOMORROW, by=sales)
    acts.assign(job, tech, by=sales)
    assert sent_subjects() == {}
    assert set(Message.objects.values_list("state", flat=True)) == {State.DROPPED}


def test_several_edits_are_one_mail_with_the_difference(job: Job, sales: User) -> None:
    for day in (6, 7, 8):
        acts.reschedule(job, date(2030, 3, day), by=sales)
    assert sent_subjects() == {"tina": f"{job.number} Boiler: moved"}
    assert lines()[0] == "Moved from Tue 5 Mar 2030 to Fri 8 Mar 2030."


def test_a_job_that_came_and_went_again_is_nothing_to_tell(
    sales: User, tech: User, admin: User
) -> None:
    customer = make_site().customer
    for day in (TODAY(), TOMORROW):
        job = acts.enter(
            by=sales, title="No", customer=customer, assigned_to=tech, scheduled_date=day
        ).row
        acts.remove(job, by=admin)
    # It was Sara's; to Tina it never was.
    assert {*sent_subjects()} == {"sara"}


def test_a_job_that_came_and_was_cancelled_is_nothing_to_tell(
    job: Job, sales: User, other_tech: User
) -> None:
    acts.assign(job, other_tech, by=sales)
    acting.cancel(job, by=sales, reason="No.")
    assert {*sent_subjects()} == {"tina"}


def test_who_has_gone_on_with_it_themselves_knows(
    job: Job, sales: User, tech: User, admin: User
) -> None:
    acting.hold(job, by=admin, reason="Wait.")
    acting.resume(job, by=tech)
    assert sent_subjects() == {"sara": f"{job.number} Boiler: in progress"}


def test_what_waits_to_be_sent_again_is_told_with_what_came_meanwhile(
    job: Job, sales: User, other_tech: User, tech: User
) -> None:
    acts.assign(job, other_tech, by=sales)
    at = soon()
    send_due(at=at)
    Message.objects.filter(person=other_tech).update(state=State.WAITING, try_at=at)
    acts.assign(job, tech, by=sales)
    Notice.objects.filter(message=None).update(due_at=at + timedelta(minutes=1))
    mail.outbox.clear()
    send_due(at=at)
    assert mail.outbox == []
    send_due(at=at + timedelta(minutes=1))
    # Theo hears nothing of what came and went; Tina, who was told that it went, that it is back.
    assert [each.to for each in mail.outbox] == [["tina@example.com"]]


def test_a_bulk_act_is_one_mail_a_person(sales: User, tech: User, other_tech: User) -> None:
    jobs = [make_job(owner=sales, assigned_to=tech, title=f"No. {n}") for n in range(51)]
    with audit.change_set(audit.Kind.BULK):
        bulk.assign(jobs, other_tech, by=sales, versions={})
    assert sent_subjects() == {"tina": "51 jobs: unassigned", "theo": "51 jobs: assigned to you"}
    assert "And 1 more." in mail.outbox[0].body
    assert "51 jobs of yours changed" in mail.outbox[1].alternatives[0][0]


def test_a_hand_over_is_one_mail_a_person(
    sales: User, other_sales: User, tech: User, other_tech: User, admin: User
) -> None:
    jobs = [make_job(owner=sales, assigned_to=tech) for _ in range(3)]
    changes = [hand_over.Change(job, owner=other_sales, technician=other_tech) for job in jobs]
    hand_over.carry_out(changes, by=admin, versions={})
    assert sent_subjects() == {
        "sara": "3 jobs: no longer yours",
        "otto": "3 jobs: yours now",
        "tina": "3 jobs: unassigned",
        "theo": "3 jobs: assigned to you",
    }


def test_different_changes_of_several_jobs_are_counted(
    sales: User, tech: User, other_tech: User
) -> None:
    first, second = (make_job(owner=sales, assigned_to=tech) for _ in range(2))
    acts.assign(first, other_tech, by=sales)
    acts.reschedule(second, TOMORROW, by=sales)
    assert sent_subjects()["tina"] == "2 jobs of yours changed"


def test_a_technician_who_is_gone_from_a_job_hears_no_more_of_its_times(
    job: Job, sales: User, tech: User
) -> None:
    acts.reschedule(job, None, by=sales)
    acts.assign(job, None, by=sales)
    assert sent_subjects() == {"tina": f"{job.number} Boiler: unassigned"}
    assert lines() == ["Unassigned: you are no longer its technician."]


# What is news to nobody


def test_work_recorded_afterwards_and_files_of_the_past_tell_nobody(
    sales: User, other_sales: User, tech: User, admin: User
) -> None:
    customer = make_site().customer
    done = {"customer": customer, "assigned_to": tech, "owner": sales}
    acts.enter(by=admin, title="Done", status=Job.Status.COMPLETED, **done)
    with audit.act(at=timezone.now() - timedelta(days=2)):
        acts.enter(by=admin, title="Last week", **done)
        acts.share(make_job(owner=sales), other_sales, JobShare.Level.VIEW, by=sales)
    with audit.act(door=audit.Door.IMPORT):
        acts.enter(by=admin, title="Late", scheduled_date=date(2020, 1, 1), **done)
    assert not Notice.objects.exists()
    with audit.act(door=audit.Door.IMPORT):
        acts.enter(by=admin, title="To come", scheduled_date=TOMORROW, **done)
    assert {*sent_subjects()} == {"tina", "sara"}


def test_a_change_of_text_or_of_tasks_is_no_news(job: Job, sales: User, tech: User) -> None:
    acts.edit(job, by=sales, title="Kettle")
    make_task(job=job)
    assert not Notice.objects.exists()


# By what people want


def test_each_kind_is_told_as_its_person_wants(job: Job, sales: User, tech: User) -> None:
    NoticePreferences.objects.create(
        person=tech, choices={"schedule": Choice.OFF, "status": Choice.DIGEST}
    )
    acts.reschedule(job, None, by=sales)
    acting.cancel(job, by=sales, reason="No.")
    assert sent_subjects() == {}
    assert sent_subjects(timezone.now() + timedelta(days=1)) == {
        "tina": f"{job.number} Boiler: cancelled"
    }


def test_a_title_is_escaped_once_in_html_and_not_at_all_in_text(
    sales: User, tech: User, other_tech: User
) -> None:
    title = 'O\'Hara & "Sons" <b>'
    job = make_job(owner=sales, assigned_to=tech, title=title)
    Job.objects.filter(pk=job.pk).update(title=f"{title}\r\nBcc: all@example.com")
    acts.assign((Job, job.pk), other_tech, by=sales)
    sent_subjects()
    first = mail.outbox[0]
    assert first.subject == f"{job.number} {title} Bcc: all@example.com: unassigned"
    assert (first.recipients(), "Bcc" in first.message()) == (["tina@example.com"], False)
    assert f"* {job.number} {title}" in first.body
    html = str(first.alternatives[0][0])
    assert 'O\'Hara &amp; "Sons" &lt;b&gt;' in html


# What it costs


@pytest.mark.parametrize("number", [1, 3])
def test_the_mails_of_a_batch_are_made_with_as_many_questions(
    number: int, sales: User, django_assert_num_queries: Any
) -> None:
    people = [make_user(Role.TECHNICIAN, email=f"t{n}@example.com") for n in range(number)]
    for person in people:
        job = make_job(owner=sales, assigned_to=person, site=make_site())
        acts.reschedule(job, TOMORROW, by=sales)
    with django_assert_num_queries(22 + 3 * number):
        send_due(at=soon())
    assert len(mail.outbox) == number
