"""Whatever a mail says can be translated, and is said in the language of who gets it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from core.export_files import ExportFile, ExportState
from core.exports import writing
from core.imported import Import, ImportState
from core.imports import telling
from core.ledger import Message, Notice, State
from core.notice_preferences import NoticePreferences
from core.outbox import arriving
from core.outbox.arriving import Event
from core.outbox.delivering import send_due
from core.outbox.posting import News, kinds, post
from core.record import audit
from operations import acts, notices
from operations.models import Job
from people import invitations
from people.models import User
from reports import monthly
from tests import acting
from tests.factories import make_job, make_message, make_user
from tests.languages.pseudo import CODE, Pseudo, unmarked
from tests.languages.world import World, make_world

pytestmark = pytest.mark.django_db
# What a file is called says nothing to people in any language.
_FILE = re.compile(r"\S+\.csv\b")


@pytest.fixture
def world(db: None, pseudo: Pseudo) -> World:
    return make_world()


def tell_everything(world: World) -> None:
    """Have there be something to tell of each kind."""
    people = world.people
    for number, person in enumerate(people.values()):
        User.objects.filter(pk=person.pk).update(email=f"{number}@example.com", email_problem="")
    Notice.objects.all().delete()
    Message.objects.all().delete()
    # Whatever the clock says: nobody's quiet hours hold a mail back.
    NoticePreferences.objects.all().delete()
    now = timezone.now()
    admin, sales, tech = people["admin"], people["sales"], people["tech"]
    with audit.act(by=admin):
        for name in ("nobody's", "any day", "late", "next", "reopened"):
            world.jobs[name].refresh_from_db()
        acts.assign(world.jobs["nobody's"], tech, by=admin)
        acts.edit(world.jobs["any day"], by=admin, scheduled_date=audit.today())
        acting.hold(world.jobs["next"], by=admin, reason="διότι")
        acts.share(world.jobs["next"], people["friend"], "progress", by=admin)
        acts.share(world.jobs["reopened"], people["friend"], "view", by=admin)
        late = world.jobs["late"]
        new = Job(title="Έργο", customer=late.customer, owner=sales, assigned_to=tech)
        new.scheduled_date = audit.today()
        acts.add(new, by=admin)
        acts.hand_over(world.jobs["late"], owner=people["friend"], by=admin)
    notices.remind(at=now)
    notices.digest_overdue(at=now)
    month = {"month": f"{audit.today():%Y-%m}"}
    for person in (admin, sales):
        NoticePreferences.objects.choose(person.pk, {monthly.KIND: "now"})
        post([News(person.pk, monthly.KIND, "month", month)])
    invitations.send_link(sales)
    newcomer = make_user(username="νέος", email="new@example.com", first_name="Νέος")
    User.objects.filter(pk=newcomer.pk).update(language=CODE, password="!")
    post([News(newcomer.pk, invitations.INVITATION, "account")])
    root = people["root"]
    bounced = make_message(person=root, address=User.objects.get(pk=root.pk).email, state="sent")
    arriving.note(Event(State.BOUNCED, "διότι", key=str(bounced.pk)), at=now)
    for state in (ImportState.APPLIED, ImportState.UNDONE):
        load = Import(kind="jobs", file_name="Έργα.csv", person=admin, state=state, kept=1)
        load.save()
        telling.tell(load)
    for kind, ended in (("jobs", ExportState.READY), ("", ExportState.FAILED)):
        file = ExportFile.objects.create(
            person=admin, kind=kind, format="csv", state=ended, done_at=now
        )
        post([News(admin.pk, writing.TOLD, f"export {file.pk}", {"file": file.pk})])


def test_no_mail_says_what_cannot_be_translated(world: World) -> None:
    tell_everything(world)
    send_due(at=timezone.now() + timedelta(minutes=2))
    notices = Message.objects.filter(state=State.SENT)
    assert {name for row in notices for name in row.kinds.split()} == set(kinds())
    found = set()
    for sent in mail.outbox:
        html: Any = sent.alternatives[0][0]  # type: ignore[attr-defined]
        for text in (html, f"<p>{sent.subject}</p><pre>{sent.body}</pre>"):
            found |= unmarked(_FILE.sub("", text))
    assert found == set()


def test_days_in_a_mail_are_written_in_the_language_of_whoever_gets_it(
    sales: User, tech: User, other_tech: User
) -> None:
    at = datetime(2030, 3, 4, 7, tzinfo=UTC)
    for person, language in ((tech, "de"), (other_tech, "")):
        User.objects.filter(pk=person.pk).update(email=f"{person.pk}@example.com")
        User.objects.filter(pk=person.pk).update(language=language)
        make_job(owner=sales, assigned_to=person, scheduled_date=at.date())
    notices.remind(at=at)
    send_due(at=at)
    days = {sent.to[0]: sent.subject[-13:] for sent in mail.outbox}
    assert days == {f"{tech.pk}@example.com": "Mo 4 Mär 2030"} | {
        f"{other_tech.pk}@example.com": "on 4 Mar 2030"
    }
