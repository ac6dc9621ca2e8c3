"""Exports in the background: written, shown, told, handed out to one person, removed."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django_q.models import OrmQ

from core import background_work, tasks
from core.access import command_line_user
from core.backoffice import listed
from core.export_files import ExportFile, ExportPiece, ExportState
from core.exports import letters, snapshot, writing
from core.exports.kinds import kinds
from core.exports.writing import ExportRequest
from core.ledger import Notice
from core.long_work import progress
from core.long_work.progress import ByFile, Watch
from core.models import Heartbeat
from core.outbox.letters import Bundle
from core.queues import LONG
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_job

WANTED = ExportRequest(kinds()["customers"], "o=1", (), ("name",), "json")


def asked(person: User, **values: Any) -> ExportFile:
    """A file that somebody asked for, and nobody has taken up."""
    row = writing.request_file(person, WANTED)
    ExportFile.objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row


def ready(person: User) -> ExportFile:
    row = asked(person)
    tasks.write_export(row.pk)
    row.refresh_from_db()
    return row


# Written


@pytest.mark.django_db
def test_what_is_asked_for_waits_in_the_long_queue(admin: User) -> None:
    row = asked(admin)
    waiting = OrmQ.objects.get(key=LONG)
    assert (waiting.func(), waiting.task["args"]) == ("core.tasks.write_export", (row.pk,))
    assert str(background_work.title("core.tasks.write_export")) == "Write an export"
    assert (row.state, row.percent, row.kept_until) == (ExportState.WAITING, 0, None)


@pytest.mark.django_db
def test_a_file_is_written_in_pieces_and_told_of_once(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.exports.writing.PIECE", 20)
    make_customer(name="Mill")
    make_customer(name="Inn")
    row = ready(admin)
    assert (row.state, row.total, row.seen, row.percent) == ("ready", 2, 2, 100)
    assert row.pieces.count() == 2
    assert json.loads(b"".join(row.content())) == [{"name": "Inn"}, {"name": "Mill"}]
    assert row.size == len(b"".join(row.content()))
    assert next(str(piece) for piece in row.pieces.order_by("place")) == f"{row.file_name} 0"
    [notice] = Notice.objects.all()
    assert (notice.person, notice.kind, notice.details) == (admin, "export", {"file": row.pk})
    tasks.write_export(row.pk)
    assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_a_piece_ends_where_a_block_does(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.exports.writing.PIECE", 1)
    make_customer(name="Mill")
    row = ready(admin)
    assert [bytes(p.content)[-1:] for p in row.pieces.order_by("place")] == [b"}", b"\n"]


@pytest.mark.django_db
def test_a_file_that_was_removed_meanwhile_is_not_written(admin: User) -> None:
    row = asked(admin)
    writing.remove(row)
    tasks.write_export(row.pk or 0)
    assert not ExportFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_stops_when_its_file_is_removed(admin: User) -> None:
    make_customer()
    row = asked(admin)

    def rows_of(*args: Any) -> Any:
        rows = listed.rows(*args)
        ExportFile.objects.all().delete()
        return rows

    writing.write(row.pk, rows_of)
    assert not ExportFile.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_that_its_file_is_removed(admin: User) -> None:
    row = asked(admin, state="running", is_in_hand=True)
    channel = progress.channel(row)
    assert channel.beat(1) is False
    writing.remove(row)
    assert channel.beat(1) is True
    channel.close()


@pytest.mark.django_db(transaction=True)
def test_a_worker_says_how_far_it_is(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.01)
    monkeypatch.setattr("core.exports.table.PART", 1)
    for _each in range(4):
        make_customer()
    row, seen = asked(admin), []
    add = Watch.add

    def adds(watch: Watch, number: int) -> None:
        add(watch, number)
        end = time.monotonic() + 10
        while (found := progress.look(ExportFile.objects.get())).seen < watch.seen:
            assert time.monotonic() < end
        seen.append((found.seen, found.percent))

    monkeypatch.setattr(Watch, "add", adds)
    tasks.write_export(row.pk)
    assert seen == [(1, 25), (2, 50), (3, 75), (4, 99)]


@pytest.mark.django_db
def test_rights_are_those_of_the_moment_in_which_it_is_written(admin: User, sales: User) -> None:
    row = asked(sales)
    sales.set_roles([], by=admin)
    tasks.write_export(row.pk)
    row.refresh_from_db()
    assert (row.state, row.message) == ("failed", "You may not do this.")
    assert row.done_at is not None
    assert not row.pieces.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ValidationError("It cannot be."), "It cannot be."),
        (PermissionDenied(), "You may not do this."),
    ],
)
def test_what_is_refused_is_said_to_whoever_asked(
    error: Exception, problem: str, admin: User
) -> None:
    row = asked(admin)

    def rows_of(*args: Any) -> Any:
        raise error

    writing.write(row.pk, rows_of)
    row.refresh_from_db()
    assert (row.state, row.message) == ("failed", problem)


@pytest.mark.django_db
def test_nobody_is_told_of_a_file_that_was_removed_before_it_was_refused(admin: User) -> None:
    row = asked(admin)

    def rows_of(*args: Any) -> Any:
        ExportFile.objects.all().delete()
        raise PermissionDenied

    writing.write(row.pk, rows_of)
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_a_fault_is_told_and_goes_on_to_the_list_of_failed_work(admin: User) -> None:
    row = asked(admin)

    def rows_of(*args: Any) -> Any:
        ExportPiece.objects.create(file=row, place=0, content=b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        writing.write(row.pk, rows_of)
    row.refresh_from_db()
    assert (row.state, row.message) == ("failed", "Something went wrong. Try again.")
    assert not row.pieces.exists()
    assert Notice.objects.count() == 1


# Told


def parts_of(row: ExportFile) -> Any:
    bundle = Bundle(row.person, tuple(Notice.objects.all()))
    return letters.parts([bundle], at=timezone.now())[0]


@pytest.mark.django_db
def test_a_mail_leads_to_the_file_and_says_how_long_it_is_there(admin: User, settings: Any) -> None:
    User.objects.filter(pk=admin.pk).update(email="a@example.com")
    row = ready(admin)
    tasks.sweep_outbox(at=timezone.now() + timedelta(minutes=1))
    [letter] = mail.outbox
    assert letter.subject == "Your export is ready"
    assert f"* Customers: {row.file_name}\n  It is available until " in letter.body
    assert f"{settings.SITE_URL}/admin/exports/{row.pk}/" in letter.body


@pytest.mark.django_db
def test_a_mail_says_why_there_is_no_file(admin: User, sales: User) -> None:
    row = asked(sales)
    sales.set_roles([], by=admin)
    tasks.write_export(row.pk)
    part = parts_of(row)
    assert part.subject == "Your export could not be made"
    assert "You may not do this." in part.text
    assert "until" not in part.text


@pytest.mark.django_db
def test_nothing_is_told_of_a_file_that_is_no_more(admin: User) -> None:
    row = ready(admin)
    person = row.person
    writing.remove(row)
    bundle = Bundle(person, tuple(Notice.objects.all()))
    assert letters.parts([bundle], at=timezone.now()) == [None]


@pytest.mark.django_db
def test_a_file_is_called_by_what_is_in_it(admin: User) -> None:
    titles = [letters.title(ExportFile(kind=kind)) for kind in ("jobs", "", "gone")]
    assert titles == ["Jobs", "Everything", "gone"]
    assert str(ExportFile(kind="", format="zip")).startswith("everything-")


# Shown


@pytest.mark.django_db
def test_the_page_of_a_file_asks_again_until_it_is_there(admin: User, sign_in: Sign) -> None:
    client, row = sign_in(admin), asked(admin)
    place = f"/admin/exports/{row.pk}/"
    Heartbeat.objects.create(cluster="here:1", at=timezone.now(), queue=LONG)
    waiting = client.get(place).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert "No background worker has been seen" not in waiting
    assert client.get(f"{place}file/").status_code == 404
    ExportFile.objects.update(state="running", is_in_hand=True, total=4, seen=1)
    running = client.get(place, headers={"HX-Request": "true"}).content.decode()
    assert "1 of 4 rows." in running
    assert "<html" not in running
    ExportFile.objects.update(total=0)
    assert "1 row so far." in client.get(place).content.decode()
    ExportFile.objects.update(state="waiting", is_in_hand=False)
    tasks.write_export(row.pk)
    done = client.get(place).content.decode()
    assert "every 2s" not in done
    assert f'href="{place}file/"' in done


@pytest.mark.django_db
def test_the_page_says_that_nothing_works_in_the_background(admin: User, sign_in: Sign) -> None:
    content = sign_in(admin).get(f"/admin/exports/{asked(admin).pk}/").content.decode()
    assert "No background worker has been seen for three minutes" in content


@pytest.mark.django_db
def test_a_file_is_handed_out_to_whoever_asked_and_to_nobody_else(
    admin: User, sales: User, root: User, tech: User, sign_in: Sign
) -> None:
    make_customer(name="Mill")
    row = ready(sales)
    answer = sign_in(sales).get(f"/admin/exports/{row.pk}/file/")
    assert json.loads(b"".join(answer.streaming_content)) == [{"name": "Mill"}]
    assert answer["Content-Disposition"] == f'attachment; filename="{row.file_name}"'
    assert answer["Content-Length"] == str(row.size)
    for person, status in ((admin, 404), (root, 404), (tech, 403)):
        client = sign_in(person)
        assert client.get(f"/admin/exports/{row.pk}/").status_code == status
        assert client.get(f"/admin/exports/{row.pk}/file/").status_code == status
        assert client.post(f"/admin/exports/{row.pk}/remove/").status_code == status
    assert ExportFile.objects.exists()


@pytest.mark.django_db
def test_the_page_of_exports_shows_ones_own(admin: User, sales: User, sign_in: Sign) -> None:
    row = ready(sales)
    asked(admin)
    content = sign_in(sales).get("/admin/exports/").content.decode()
    assert content.count("/admin/exports/") - content.count('href="/admin/exports/"') == 1
    assert row.file_name in content
    assert "/admin/export/people/" in content
    assert "Take everything" not in content
    assert "Take everything" in sign_in(admin).get("/admin/exports/").content.decode()


@pytest.mark.django_db
def test_a_file_can_be_removed_at_once(sales: User, sign_in: Sign) -> None:
    row = ready(sales)
    answer = sign_in(sales).post(f"/admin/exports/{row.pk}/remove/", follow=True)
    assert "The export was removed." in answer.content.decode()
    assert not ExportPiece.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_removed_while_it_is_handed_out_ends(sales: User) -> None:
    row = ready(sales)
    content = row.content()
    pieces = ExportPiece.objects.create(file=row, place=9, content=b"more")
    assert next(content).startswith(b"[")
    pieces.delete()
    assert list(content) == []


# Removed


@pytest.mark.django_db
def test_a_dead_worker_is_seen_at_once_and_told_of_by_the_schedule(
    admin: User, sign_in: Sign
) -> None:
    now = timezone.now()
    row = asked(admin, state="running", is_in_hand=True, beat_at=now - timedelta(minutes=4))
    if not progress.is_shared():
        ByFile(row).request_stop()
    content = sign_in(admin).get(f"/admin/exports/{row.pk}/").content.decode()
    assert "The work was interrupted" in content
    assert "every 2s" not in content
    assert tasks.tidy_exports(at=now) == {"removed": 0, "stopped": 1}
    if not progress.is_shared():
        # Nothing of it stays beside the database.
        assert not ByFile(row)._stop.exists()
    row.refresh_from_db()
    assert (row.state, row.message) == ("failed", writing.cut_off())
    assert Notice.objects.count() == 1
    assert tasks.tidy_exports() == {"removed": 0, "stopped": 0}


@pytest.mark.django_db
def test_files_are_gone_after_a_day(admin: User) -> None:
    old, new, waiting = ready(admin), ready(admin), asked(admin)
    yesterday = timezone.now() - timedelta(days=1, minutes=1)
    ExportFile.objects.filter(pk=old.pk).update(done_at=yesterday)
    assert tasks.tidy_exports() == {"removed": 1, "stopped": 0}
    ExportFile.objects.filter(pk=waiting.pk).update(asked_at=yesterday)
    assert tasks.tidy_exports() == {"removed": 1, "stopped": 0}
    assert list(ExportFile.objects.all()) == [new]
    assert set(ExportPiece.objects.values_list("file", flat=True)) == {new.pk}


# As a whole


@pytest.mark.django_db(transaction=True)
def test_within_a_snapshot_how_far_it_is_goes_another_way(admin: User) -> None:
    row = asked(admin, state="running", is_in_hand=True)
    channel = progress.channel(row)
    with snapshot.snapshot():
        assert User.objects.count() == 1
        assert channel.beat(5) is False
        assert ExportFile.objects.get().seen == 0
    found = progress.look(ExportFile.objects.get())
    assert found.seen == 5
    assert found.beat_at is not None
    channel.close()


@pytest.mark.django_db
def test_what_a_list_filters_by_is_asked_of_it_again(sales: User, admin: User) -> None:
    job = make_job(owner=sales, title="Pump")
    make_job(owner=sales, title="Lift")
    rows = listed.rows(kinds()["jobs"], command_line_user(), "?q=pump".removeprefix("?"))
    assert list(rows) == [job]
    assert list(listed.rows(kinds()["tasks"], admin, "")) == []
