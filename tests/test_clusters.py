"""Several clusters at once: what runs by the clock runs once for each time at which it is due.

Real ones, on PostgreSQL. `FIRINGS` says how often each schedule becomes due; `make accept` has 20.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from core import schedules
from core.ledger import Message
from people.models import User
from tests.factories import make_job

FIRINGS = int(os.environ.get("FIRINGS", "4"))
# Seconds that a busy machine gets for one of them.
PATIENCE = 60
# What runs by the clock, by name: what runs each minute has no certain times.
DAILY = [entry for entry in schedules.table() if not entry.minutes]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="other processes see a database of tests there"
    ),
]


def start() -> subprocess.Popen[Any]:
    """A cluster of its own, on the database of the tests."""
    base = settings.DATABASES["default"]
    host = f"{base['USER']}:{base['PASSWORD']}@{base['HOST']}:{base['PORT']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"postgres://{host}/{connection.settings_dict['NAME']}",
        "DATABASE_POOL": "off",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.clustering"],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture
def clusters(db: None) -> Iterator[list[subprocess.Popen[Any]]]:
    """Two of them."""
    schedules.sync()
    both = [start(), start()]
    yield both
    for each in both:
        each.terminate()
    assert [each.wait(timeout=PATIENCE) for each in both] == [0, 0]


def make_due() -> None:
    """Have each become due once more: at the last time at which it should have run."""
    for entry in DAILY:
        days = timedelta(days=1 if entry.weekday is None else 7)
        last = entry.next_after(timezone.now()) - days
        assert entry.is_met_by(last)
        Schedule.objects.filter(name=entry.name).update(next_run=last)


def runs() -> Counter[str]:
    """How often each has run."""
    rows = Task.objects.filter(success=True, func__in=[entry.func for entry in DAILY])
    return Counter(rows.values_list("func", flat=True))


def wait_for(number: int) -> None:
    """Return when each has run so often, and nothing waits any more."""
    until = time.monotonic() + PATIENCE
    while min(runs()[entry.func] for entry in DAILY) < number or OrmQ.objects.exists():
        assert time.monotonic() < until, runs()
        time.sleep(0.1)


def test_two_clusters_run_each_schedule_once_for_each_time_it_is_due(
    clusters: list[subprocess.Popen[Any]], sales: User, tech: User
) -> None:
    tech.email = "tina@example.com"
    tech.save()
    make_job(owner=sales, assigned_to=tech, scheduled_date=timezone.localdate())
    for number in range(1, FIRINGS + 1):
        make_due()
        wait_for(number)
    time.sleep(2)  # For what should not come.
    assert runs() == {entry.func: FIRINGS for entry in DAILY}
    assert not Task.objects.filter(success=False).exists()
    # However often it ran, of one day there is one reminder.
    assert Message.objects.filter(kinds="reminder").count() == 1
