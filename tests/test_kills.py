"""Whatever is killed, every mail arrives exactly once, save at most one in doubt for each kill.

A process that sends is killed at random points of a run of many mails, counted at a real mail
server. `KILLS` says how often, and `KILL_MAILS` how many mails; `make accept` kills 200 of 1,000.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from core.ledger import Message, Notice, State
from core.outbox.delivering import deliver, send_again, was_sent
from core.outbox.gathering import gather
from core.outbox.posting import News, post
from core.roles import Role
from operations.models import JobShare
from people.models import User
from tests.core.outbox.test_send_test_mail import by_smtp
from tests.factories import make_job, make_user
from tests.smtp import Mailbox, serving

KILLS = int(os.environ.get("KILLS", "10"))
MAILS = int(os.environ.get("KILL_MAILS", str(KILLS * 10)))

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="other processes see a database of tests there"
    ),
]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes a moment for each."""
    with serving(Mailbox(pause=0.002)) as found:
        yield found


@pytest.fixture
def news(db: None) -> int:
    """So many people, each of whom is to hear of a job that is shared with them."""
    owner = make_user(Role.SALES_AGENT)
    people = User.objects.bulk_create(
        User(username=f"p{n}", username_folded=f"p{n}", email=f"p{n}@example.com")
        for n in range(MAILS)
    )
    for person in User.objects.filter(pk__in=[each.pk for each in people]):
        person.set_roles([Role.TECHNICIAN])
    job = make_job(owner=owner)
    JobShare.objects.bulk_create(
        JobShare(content_object=job, user=person, level="view", permission=_permission())
        for person in people
    )
    details = {"job": job.pk, "was": None, "now": "view"}
    post(News(person.pk, "share", "killed", details) for person in people)
    Notice.objects.update(due_at=timezone.now())
    return MAILS


def _permission() -> object:
    from django.contrib.auth.models import Permission

    return Permission.objects.get_by_natural_key("view_job", "operations", "job")


def sender(mailbox: Mailbox, *, minutes: int) -> subprocess.Popen[str]:
    """A process that sends, once it has begun; it takes all others for dead."""
    base = settings.DATABASES["default"]
    host = f"{base['USER']}:{base['PASSWORD']}@{base['HOST']}:{base['PORT']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"postgres://{host}/{connection.settings_dict['NAME']}",
        "MAIL_URL": mailbox.url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sending", str(minutes)],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def killed(process: subprocess.Popen[str], mailbox: Mailbox) -> bool:
    """Kill a process after it has sent some, at any point; False where it ended before."""
    wanted = len(mailbox.to) + random.randint(0, 2 * MAILS // KILLS)  # noqa: S311 (no secret)
    while len(mailbox.to) < wanted and process.poll() is None:
        time.sleep(0.0005)
    time.sleep(random.uniform(0, 0.01))  # noqa: S311 (likewise)
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def test_each_mail_arrives_once_save_one_in_doubt_a_kill(
    news: int, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = 0
    while kills < KILLS:
        kills += killed(sender(mailbox, minutes=6), mailbox)
        if not Message.objects.exclude(state__in=[State.SENT, State.IN_DOUBT]).exists():
            break
    last = sender(mailbox, minutes=6)
    last.communicate(timeout=600)
    assert last.returncode == 0
    assert kills >= KILLS // 2
    came = Counter(mailbox.to)
    assert max(came.values()) == 1
    doubtful = set(Message.objects.in_doubt().values_list("address", flat=True))
    assert len(doubtful) <= kills
    sent = set(Message.objects.filter(state=State.SENT).values_list("address", flat=True))
    with capsys.disabled():
        print(f"{kills} kills, {len(sent)} mails sent once, {len(doubtful)} in doubt")  # noqa: T201
    assert len(sent) + len(doubtful) == news
    # What is sent arrived; what is missing is named.
    assert sent <= came.keys() <= sent | doubtful


def send_all(*, at: datetime) -> Counter[str]:
    """Send what is due, however long it takes: a sweep leaves the rest to the next one."""
    gather(at=at)
    return deliver(at=at)


def test_an_admin_settles_what_is_in_doubt(news: int, mailbox: Mailbox, settings: object) -> None:
    by_smtp(settings, mailbox.port)  # type: ignore[arg-type]
    send_all(at=timezone.now())
    doubtful = list(Message.objects.order_by("pk")[:2])
    Message.objects.filter(pk__in=[each.pk for each in doubtful]).update(state=State.IN_DOUBT)
    now = timezone.now()
    assert (send_again(doubtful[0], at=now), was_sent(doubtful[1], at=now)) == (True, True)
    assert deliver(at=now) == {"sent": 1}
    assert Counter(mailbox.to)[doubtful[0].address] == 2


def test_many_who_sweep_at_once_send_each_mail_once(
    news: int, mailbox: Mailbox, settings: object
) -> None:
    by_smtp(settings, mailbox.port)  # type: ignore[arg-type]
    start, at = threading.Barrier(4), timezone.now()

    def run() -> int:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return sum(send_all(at=at).values())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as several:
        done = [each.result() for each in [several.submit(run) for _ in range(4)]]
    assert sum(done) == news
    assert Counter(mailbox.to) == Counter(f"p{n}@example.com" for n in range(news))
