"""A worker that is killed, and one that is stopped, leave nothing of an import behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core import tasks
from core.imported import Import, ImportState
from core.imports import loading, working
from core.long_work import progress
from operations.models import Customer
from people.models import User
from tests.core.imports.files import stands

ROWS = 4_000

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="other processes see a database of tests there"
    ),
]


@pytest.fixture
def load(admin: User, monkeypatch: pytest.MonkeyPatch) -> Import:
    """A large file that was looked at, and is claimed to be taken in."""
    monkeypatch.setattr(working, "SMALL", 1)
    lines = ["Name,Phone", *(f"Customer {n},{n}" for n in range(ROWS))]
    found = loading.begin(
        BytesIO("\n".join(lines).encode()), "many.csv", kind="customers", by=admin
    )
    loading.preview(found, by=admin)
    assert tasks.work_on_import(found.pk, found.attempt, admin.pk) is True
    found.refresh_from_db()
    loading.apply(found, by=admin)
    return found


def worker(load: Import) -> subprocess.Popen[str]:
    """A process of the long queue that has begun to work on it."""
    base = settings.DATABASES["default"]
    host = f"{base['USER']}:{base['PASSWORD']}@{base['HOST']}:{base['PORT']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"postgres://{host}/{connection.settings_dict['NAME']}",
    }
    arguments = [str(each) for each in (load.pk, load.attempt, load.person_id)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.core.imports.working_alone", *arguments],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def seen(load: Import) -> int:
    """How many rows others see that it has looked at, while its transaction is open."""
    load.refresh_from_db()
    assert load.state in {ImportState.APPLYING, ImportState.APPLIED}
    return progress.look(load).seen


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_worker_that_is_killed_leaves_nothing_and_the_import_says_so(
    load: Import, admin: User
) -> None:
    process = worker(load)
    until(lambda: seen(load) > 0)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert (Customer.objects.count(), Customer.history.count()) == (0, 0)
    load.refresh_from_db()
    assert (load.state, load.is_in_hand) == ("applying", True)
    # The queue gives the task to the next worker: nothing happens.
    assert tasks.work_on_import(load.pk, load.attempt, admin.pk) is False
    assert tasks.look_after_imports() == {"lost": 0}
    later = timezone.now() + timedelta(minutes=3)
    assert tasks.look_after_imports(at=later) == {"lost": 1}
    load.refresh_from_db()
    assert (load.state, load.message) == (
        "failed",
        "The process working on this died. Nothing was imported. Try again.",
    )
    # And it is looked at and taken in by another try.
    loading.preview(load, by=admin)
    assert tasks.work_on_import(load.pk, load.attempt, admin.pk) is True
    load.refresh_from_db()
    loading.apply(load, by=admin)
    assert tasks.work_on_import(load.pk, load.attempt, admin.pk) is True
    assert (stands(load), Customer.objects.count()) == (["applied", ROWS, 0, 0, 0], ROWS)


def test_a_worker_that_is_stopped_leaves_nothing(load: Import, admin: User) -> None:
    process = worker(load)
    until(lambda: seen(load) > 0)
    loading.stop(load, by=admin)
    out, _err = process.communicate(timeout=60)
    assert out == "True\n"
    assert stands(load) == ["stopped", ROWS, 0, 0, 0]
    assert load.message == "It was stopped. Nothing was imported."
    assert (Customer.objects.count(), Customer.history.count()) == (0, 0)
