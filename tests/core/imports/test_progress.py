"""How far an import is, as others see it while its transaction is open, and the word to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from core.imported import Import, ImportState
from core.imports import loading, turns
from core.long_work import progress
from core.long_work.progress import ByFile, ByTable, Watch
from people.models import User
from tests.core.imports.files import begun

THREE = ("Name,Phone", "Ada,1", "Bob,", "Cleo,3")
ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="one alone writes to SQLite"
)


def until(holds: Callable[[], bool]) -> None:
    """Wait for it, ten seconds at most."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def at_work(admin: User, monkeypatch: pytest.MonkeyPatch) -> Import:
    """An import that somebody has in hand, who tells of it often."""
    monkeypatch.setattr(progress, "EVERY", 0.02)
    load = begun(admin, *THREE)
    Import.objects.update(state=ImportState.PREVIEWING, is_in_hand=True, attempt=1)
    load.refresh_from_db()
    return load


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_others_see_it_while_the_transaction_is_open_and_stop_it(at_work: Import) -> None:
    with transaction.atomic(), Watch(progress.channel(at_work)) as watch:
        assert connection.in_atomic_block
        watch.seen = 2
        # Another connection than the one of the transaction has written it, and committed.
        until(lambda: Import.objects.get().seen == 2)
        assert progress.look(Import.objects.get()).beat_at is not None
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute("UPDATE core_import SET is_stop_asked = true")
        other.close()
        until(watch.is_stopped)
    # The row is free for whoever settles it.
    at_work.refresh_from_db()
    assert (at_work.seen, at_work.is_stop_asked) == (2, True)


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_stop_is_asked_for_by_the_row(at_work: Import) -> None:
    channel = progress.channel(at_work)
    assert isinstance(channel, ByTable)
    assert channel.beat(1) is False
    loading.stop(at_work, by=at_work.person)
    assert (channel.beat(1), at_work.is_stop_asked) == (True, True)
    # Taken for lost, it is to stop as well.
    Import.objects.update(is_stop_asked=False)
    assert channel.beat(1) is False
    Import.objects.update(is_in_hand=False)
    assert channel.beat(1) is True
    channel.close()
    progress.channel(at_work).close()


@pytest.mark.django_db
def test_where_one_alone_writes_it_is_a_file_beside_the_database(
    at_work: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "is_shared", lambda: False)
    with Watch(progress.channel(at_work)) as watch:
        watch.seen = 2
        until(lambda: progress.look(at_work).seen == 2)
        assert at_work.beat_at is not None
        assert timezone.now() - at_work.beat_at < timedelta(seconds=10)
        assert at_work.is_stop_asked is False
        loading.stop(at_work, by=at_work.person)
        until(watch.is_stopped)
        assert progress.look(at_work).is_stop_asked
    # Nothing of it stays.
    assert ByFile(at_work).last_beat() is None
    at_work.refresh_from_db()
    assert progress.look(at_work).seen == 0


def test_the_file_is_beside_a_database_that_is_one(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "company.sqlite3"
    path.touch()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    channel = ByFile(Import(pk=7, attempt=2))
    channel.request_stop()
    assert channel.beat(3) is True
    folder = tmp_path / "company.sqlite3.long-work"
    assert sorted(each.name for each in folder.iterdir()) == ["import-7-2.json", "import-7-2.stop"]
    assert folder.stat().st_mode & 0o777 == 0o700
    # What is left of a process that died says nothing of the next attempt.
    assert channel.last_beat() is not None
    assert ByFile(Import(pk=7, attempt=3)).last_beat() is None
    channel.close()
    assert list(folder.iterdir()) == []


def test_a_beat_that_fails_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.001)
    beats: list[int] = []

    class Failing(ByTable):
        def __init__(self) -> None:
            """It has no table."""

        def beat(self, seen: int) -> bool:
            beats.append(seen)
            if len(beats) == 1:
                raise DatabaseError
            return len(beats) > 2

        def close(self) -> None:
            beats.append(-1)

    with Watch(Failing()) as watch:
        until(watch.is_stopped)
        watch.end()
    assert (beats[:3], beats[-1]) == ([0, 0, 0], -1)


# Turns


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_kind_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PAUSE", 0.01)
    waited: list[bool] = []
    begins, ends = threading.Event(), threading.Event()

    def first() -> None:
        with turns.turn("jobs"):
            begins.set()
            ends.wait(10)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    begins.wait(10)
    with pytest.raises(turns.Busy), turns.turn("jobs"):
        pass
    with turns.turn("tasks"):
        waited.append(False)

    def waiting() -> None:
        waited.append(True)
        if len(waited) == 3:
            ends.set()

    with turns.turn("jobs", waiting=waiting):
        assert not thread.join(10)
    assert waited[:3] == [False, True, True]
    with pytest.raises(InterruptedError), turns.turn("jobs"):
        raise InterruptedError
    with turns.turn("jobs"):
        pass


@pytest.mark.django_db
def test_where_one_alone_writes_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "is_shared", lambda: False)
    with turns.turn("jobs"), turns.turn("jobs"):
        pass
