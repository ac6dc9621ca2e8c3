"""An import's life, from the upload to its undo."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django_q.models import OrmQ

from core import tasks
from core.imported import Import, ImportFile, ImportReference, ImportState, Matched
from core.imports import kept_lines, loading, running, turns, working
from core.imports.options import ImportOptions
from core.imports.reading import UnusableFile
from core.imports.running import Stopped
from core.ledger import Notice
from core.long_work import progress, worker
from core.long_work.row import Overtaken
from core.record import audit, undoing
from core.refusals import Refused
from core.roles import Role
from operations import acts
from operations.models import Customer, Job
from people.models import User
from tests.core.imports.files import begun, csv, looked_at, rows, stands, taken_in
from tests.factories import make_customer, make_task, make_user

THREE = ("Name,Phone", "Ada,1", "Bob,", "Cleo,3")
BAD = "Bob,x,no-mail"
WITH_BAD = ("Name,Phone,E-mail", "Ada,1,", BAD, "Cleo,3,")


def names() -> list[str]:
    return sorted(Customer.objects.values_list("name", flat=True))


def in_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is more than a row is worked on in the background."""
    monkeypatch.setattr(working, "SMALL", 1)


def run_queued() -> list[tuple[Any, ...]]:
    """What waits in the long queue; each is taken off and done."""
    done = []
    for waiting in OrmQ.objects.filter(key="long").order_by("pk"):
        task = waiting.task
        assert task["func"] == working.TASK
        done.append((*task["args"][1:], tasks.work_on_import(*task["args"])))
        waiting.delete()
    return done


# Upload and match


def test_a_file_is_kept_with_who_and_how_it_was_read(admin: User) -> None:
    load = begun(admin, "Name;Phone", "Ada;1")
    assert (load.person, load.person_name, load.kind, load.file_name, load.state) == (
        admin,
        "Adam Admin",
        "customers",
        "customers.csv",
        ImportState.UPLOADED,
    )
    assert (load.encoding, load.delimiter, load.sheet) == ("utf-8", ";", "")
    assert (load.headers, load.total) == (["Name", "Phone"], 1)
    assert load.digest == hashlib.sha256(b"Name;Phone\nAda;1\n").hexdigest()
    assert bytes(load.file.data) == b"Name;Phone\nAda;1\n"
    assert ImportOptions.from_data(load.way).columns == {"Name": "name", "Phone": "phone"}


def test_a_file_of_which_nothing_can_be_made_leaves_nothing(admin: User) -> None:
    with pytest.raises(UnusableFile):
        loading.begin(BytesIO(b""), "empty.csv", kind="customers", by=admin)
    with pytest.raises(UnusableFile, match="larger than 20 MB"):
        loading.begin(BytesIO(b"x" * 20_000_001), "big.csv", kind="customers", by=admin)
    assert Import.objects.count() == 0


def test_more_rows_than_there_may_be_are_refused_up_front_with_a_way_out(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_ON_SQLITE", 2)
    monkeypatch.setattr(progress, "is_shared", lambda: False)
    with pytest.raises(UnusableFile) as refused:
        begun(admin, *THREE)
    assert refused.value.messages == [
        "The file has more than 2 rows, the most that can be imported at once. Split it "
        "into several, or run JobOps on PostgreSQL, which takes 100,000."
    ]
    monkeypatch.setattr(loading, "MOST", 2)
    monkeypatch.setattr(progress, "is_shared", lambda: True)
    with pytest.raises(UnusableFile) as refused:
        begun(admin, *THREE)
    assert refused.value.messages == [
        "The file has more than 2 rows, the most that can be imported at once. "
        "Split it into several."
    ]
    assert begun(admin, *THREE[:3]).total == 2


def test_the_way_is_remembered_for_files_with_the_same_columns(admin: User) -> None:
    load = begun(admin, "Firm,Tel", "Ada,1")
    options = ImportOptions(
        columns={"Firm": "name", "Tel": "phone"},
        words={"is_active": {"si": "yes"}},
        blanks="empty",
        date_form="dmy",
        again=True,
    )
    loading.match(load, options, by=admin)
    load.refresh_from_db()
    assert ImportOptions.from_data(load.way) == options
    loading.match(load, options, by=admin)
    assert Matched.objects.count() == 1
    later = ImportOptions.from_data(begun(admin, "FIRM,tel", "Bob,2").way)
    assert (later.columns, later.words) == (options.columns, options.words)
    # What can lose data is said anew of each file.
    assert (later.blanks, later.again) == ("leave", False)


def test_that_empty_cells_empty_is_not_remembered_nor_was(admin: User) -> None:
    make_customer(name="Ada", phone="1")
    load = begun(admin, "Name,Phone", "Ada,1")
    loading.match(load, ImportOptions(blanks="empty"), by=admin)
    later = looked_at(admin, "Name,Phone", "Ada,")
    assert stands(later) == ["previewed", 0, 0, 1, 0]
    # As it was kept before.
    kept = Matched.objects.get()
    kept.way |= {"blanks": "empty"}
    kept.save()
    assert stands(looked_at(admin, "Name,Phone", "Ada,")) == ["previewed", 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("day", "form"),
    [
        ("03/04/2030", "iso"),
        ("31/04/2030", "iso"),
        ("2030-04-03", "iso"),
        ("", "iso"),
        ("31/03/2030", "dmy"),
        ("03/04/2030\nx,Ada,31.3.2030", "dmy"),
    ],
)
def test_the_form_of_days_is_remembered_where_a_day_can_be_read_in_no_other(
    day: str, form: str, admin: User
) -> None:
    load = begun(admin, "title,customer,scheduled_date", "x,Ada,", kind="jobs")
    loading.match(load, replace(ImportOptions.from_data(load.way), date_form="dmy"), by=admin)
    later = begun(admin, "title,customer,scheduled_date", f"x,Ada,{day}", kind="jobs")
    assert ImportOptions.from_data(later.way).date_form == form


def test_a_file_without_days_has_no_form_of_them(admin: User) -> None:
    load = begun(admin, "Name,Phone", "Ada,1")
    loading.match(load, ImportOptions(date_form="mdy"), by=admin)
    assert begun(admin, "Name,Phone", "Ada,1").way["date_form"] == "iso"


def test_a_file_is_read_anew_as_is_said(admin: User) -> None:
    load = looked_at(admin, "Name;Phone", "Ada;1")
    loading.match(load, ImportOptions(delimiter=",", columns={"Name;Phone": "name"}), by=admin)
    assert (load.delimiter, load.headers, load.state) == (",", ["Name;Phone"], "uploaded")
    assert rows(load) == []
    with pytest.raises(ValidationError):
        loading.match(load, ImportOptions(columns={"Name": "no such field"}), by=admin)


# Look and take in


def test_the_preview_writes_nothing_and_the_import_what_it_showed(admin: User) -> None:
    bob = make_customer(name="Bob", phone="7")
    cleo = make_customer(name="Cleo", phone="0")
    history = Customer.history.count()
    load = looked_at(admin, *THREE)
    assert stands(load) == ["previewed", 1, 1, 1, 0]
    assert rows(load) == [
        (2, "new", "Ada", [["Name", "", "Ada"], ["Phone", "", "1"]], []),
        (3, "unchanged", "Bob", [], []),
        (4, "changed", "Cleo", [["Phone", "0", "3"]], []),
    ]
    assert list(load.rows.order_by("row").values_list("object_id", flat=True)) == [
        None,
        bob.pk,
        cleo.pk,
    ]
    assert (names(), Customer.history.count()) == (["Bob", "Cleo"], history)
    shown = rows(load)
    loading.apply(load, by=admin)
    assert stands(load) == ["applied", 1, 1, 1, 0]
    assert rows(load) == shown
    ada = Customer.objects.get(name="Ada")
    assert load.rows.get(row=2).object_id == ada.pk
    record = ada.history.get()
    assert (record.change_set, record.door, record.act_kind, record.history_change_reason) == (
        load.change_set,
        "import",
        "import",
        "customers.csv",
    )
    assert load.applied_at is not None
    assert (load.seen, load.total, load.is_in_hand) == (3, 3, False)


def test_what_is_refused_keeps_all_out_or_is_left_out(admin: User) -> None:
    load = looked_at(admin, *WITH_BAD)
    assert stands(load) == ["previewed", 2, 0, 0, 1]
    with pytest.raises(Refused, match="Correct them, or leave them out"):
        loading.apply(load, by=admin)
    assert names() == []
    loading.apply(load, by=admin, skip_refused=True)
    assert stands(load) == ["applied", 2, 0, 0, 1]
    assert (names(), load.total) == (["Ada", "Cleo"], 3)
    assert [row[:2] for row in rows(load)] == [(2, "new"), (3, "refused"), (4, "new")]


def test_what_was_refused_stays_out_whatever_it_would_be_now(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = looked_at(admin, "Name,Phone", "Ada,1", "Bob,2")
    load.rows.filter(row=3).update(kind="refused")
    loading.apply(load, by=admin, skip_refused=True)
    assert (names(), stands(load)) == (["Ada"], ["applied", 1, 0, 0, 1])


def test_what_somebody_changed_since_the_preview_is_refused(admin: User, sales: User) -> None:
    cleo = make_customer(name="Cleo", phone="0")
    load = looked_at(admin, *THREE)
    acts.edit((Customer, cleo.pk), by=sales, phone="8")
    loading.apply(load, by=admin)
    assert stands(load) == ["previewed", 2, 0, 0, 1]
    assert load.message == "Nothing was imported: see which rows are refused now."
    assert names() == ["Cleo"]
    assert rows(load)[2][1] == "refused"
    loading.apply(load, by=admin, skip_refused=True)
    assert (stands(load), names()) == (["applied", 2, 0, 0, 1], ["Ada", "Bob", "Cleo"])
    cleo.refresh_from_db()
    assert cleo.phone == "8"


def test_confirming_twice_is_once(admin: User) -> None:
    load = taken_in(admin, *THREE)
    late = Import.objects.get()
    late.state = ImportState.PREVIEWED
    loading.apply(late, by=admin)
    assert (names(), Customer.history.count()) == (["Ada", "Bob", "Cleo"], 3)
    assert late.state == load.state


def test_what_cannot_be_done_now_is_refused_in_words(admin: User) -> None:
    load = begun(admin, *THREE)
    with pytest.raises(Refused, match="Look at the preview first"):
        loading.apply(load, by=admin)
    Import.objects.update(state=ImportState.APPLYING)
    load.refresh_from_db()
    for what in (
        lambda: loading.preview(load, by=admin),
        lambda: loading.match(load, ImportOptions(), by=admin),
    ):
        with pytest.raises(Refused, match="Wait for it to finish, or stop it"):
            what()
    Import.objects.update(state=ImportState.APPLIED)
    with pytest.raises(Refused, match="upload the file again"):
        loading.preview(load, by=admin)
    Import.objects.update(state=ImportState.PREVIEWING)
    loading.preview(load, by=admin)
    assert stands(load)[0] == "previewing"


def test_a_file_that_is_not_kept_any_more_says_so(admin: User) -> None:
    load = looked_at(admin, *THREE)
    ImportFile.objects.all().delete()
    loading.preview(load, by=admin)
    assert (stands(load)[0], load.message) == (
        "failed",
        "The file is no longer kept. Upload it again. Nothing was imported.",
    )


def test_a_fault_leaves_nothing_and_says_so(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    load = looked_at(admin, *THREE)

    def fails(*_args: Any, **_how: Any) -> None:
        make_customer(name="Half")
        raise ZeroDivisionError

    monkeypatch.setattr(working, "run", fails)
    with pytest.raises(ZeroDivisionError):
        loading.apply(load, by=admin)
    assert (stands(load)[0], load.message, names()) == (
        "failed",
        "Something went wrong while this was running. Nothing was imported.",
        [],
    )


def test_references_are_kept_for_the_rows_that_were_made(admin: User) -> None:
    make_customer(name="Ada")
    lines = ("customer,title,reference", "Ada,One,A-1", ",Two,A-2")
    load = taken_in(admin, *lines, kind="jobs", name="jobs.csv")
    found = list(ImportReference.objects.values_list("load", "kind", "reference"))
    assert found == [(load.pk, "jobs", "A-1")]
    loading.undo(load, by=admin)
    assert ImportReference.objects.count() == 0


@pytest.mark.parametrize(("day", "number"), [("2020-05-06", 0), ("2040-05-06", 1)])
def test_past_work_is_news_to_nobody_and_future_work_to_whom_it_concerns(
    day: str, number: int, admin: User, tech: User
) -> None:
    make_customer(name="Ada")
    lines = ("customer,title,scheduled_date,assigned_to", f"Ada,One,{day},tina")
    load = taken_in(admin, *lines, kind="jobs", name="jobs.csv")
    assert stands(load) == ["applied", 1, 0, 0, 0]
    assert Notice.objects.filter(person=tech).count() == number
    loading.undo(load, by=admin)
    assert Notice.objects.filter(person=tech).count() == 2 * number


def test_who_is_told_of_it_is_kept(admin: User, sales: User, tech: User) -> None:
    make_customer(name="Baker")
    head, day = "number,title,customer,scheduled_date,status,assigned_to,owner", "2199-01-31"
    found = taken_in(admin, head, f",x,Baker,{day},,tina,sara", kind="jobs", name="jobs.csv")
    assert found.people_told == sorted([tech.pk, sales.pk])
    number = Job.objects.get().number
    # A status that it cannot have from there: what was about to be told of its day is not.
    wrong = f"{number},,,2199-02-01,completed,,", f",y,Baker,{day},,,adam"
    make_task(job=Job.objects.get())
    quiet = begun(admin, head, *wrong, kind="jobs", name="more.csv")
    # At once, as the command line does: what is refused is found out while it is written.
    loading.claim_apply(quiet, by=admin, skip_refused=True)
    working.carry_out(quiet, by=admin)
    assert (stands(quiet)[1:], quiet.people_told) == ([1, 0, 0, 1], [])
    assert Notice.objects.filter(person=tech).count() == 1


def test_what_a_refused_cell_has_in_the_file_is_kept(admin: User) -> None:
    lines = ("title,customer,scheduled_date,description", "x,Nobody,31.02.2030,a\0b,over", "y,,,")
    load = looked_at(admin, *lines, kind="jobs", name="jobs.csv")
    found = {
        (row, column): value
        for row, _kind, _label, _cells, errors in rows(load)
        for column, _why, value in errors
    }
    assert found == {
        (2, "customer"): "Nobody",
        (2, "scheduled_date"): "31.02.2030",
        (2, "description"): "a\ufffdb",
        (2, "E"): "over",
        (3, "customer"): "",
    }


# Who may


def test_nobody_but_who_may_import(admin: User, sales: User) -> None:
    load = taken_in(admin, *THREE)
    for act in (
        lambda: begun(sales, *THREE),
        lambda: loading.match(load, ImportOptions(), by=sales),
        lambda: loading.preview(load, by=sales),
        lambda: loading.apply(load, by=sales),
        lambda: loading.stop(load, by=sales),
        lambda: loading.undo(load, by=sales),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert list(loading.seen_by(admin)) == [load]
    assert list(loading.seen_by(sales)) == []


# In the background


def test_a_large_file_is_worked_on_in_the_long_queue_and_told_by_mail(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_background(monkeypatch)
    load = looked_at(admin, *THREE)
    assert (stands(load)[0], load.is_in_hand) == ("previewing", False)
    assert run_queued() == [(1, admin.pk, True)]
    loading.apply(load, by=admin)
    assert (stands(load)[0], names()) == ("applying", [])
    assert run_queued() == [(2, admin.pk, True)]
    assert (stands(load)[0], names()) == ("applied", ["Ada", "Bob", "Cleo"])
    loading.undo(load, by=admin)
    assert run_queued() == [(3, admin.pk, True)]
    assert (stands(load)[0], names()) == ("undone", [])
    notices = list(Notice.objects.order_by("pk").values_list("person", "kind", "occasion"))
    assert notices == [(admin.pk, "import", f"import {load.pk} try {n}") for n in (1, 2, 3)]


def test_a_task_that_runs_twice_does_nothing_the_second_time(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_background(monkeypatch)
    load = looked_at(admin, *THREE)
    Import.objects.update(is_in_hand=True)
    assert tasks.work_on_import(load.pk, 1, admin.pk) is False
    Import.objects.update(is_in_hand=False)
    assert tasks.work_on_import(load.pk, 0, admin.pk) is False
    assert tasks.work_on_import(load.pk, 1, 0) is False
    assert tasks.work_on_import(load.pk, 1, admin.pk) is True
    assert tasks.work_on_import(load.pk, 1, admin.pk) is False
    assert stands(load) == ["previewed", 3, 0, 0, 0]


def test_another_import_of_the_kind_sends_a_small_one_into_the_queue(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_kind: str, **_how: Any) -> None:
        raise turns.Busy

    monkeypatch.setattr(working, "turn", busy)
    load = looked_at(admin, *THREE)
    assert (stands(load)[0], OrmQ.objects.filter(key="long").count()) == ("previewing", 1)


# Stop


def test_what_waits_is_stopped_at_once(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    in_background(monkeypatch)
    load = looked_at(admin, *THREE)
    loading.stop(load, by=admin)
    assert (stands(load)[0], load.message) == ("stopped", "It was stopped before it began.")
    assert run_queued() == [(1, admin.pk, False)]
    loading.stop(load, by=admin)
    loading.preview(load, by=admin)
    run_queued()
    loading.apply(load, by=admin)
    run_queued()
    loading.undo(load, by=admin)
    loading.stop(load, by=admin)
    assert stands(load)[0] == "applied"


@pytest.mark.parametrize("step", ["preview", "apply", "undo"])
def test_what_is_stopped_leaves_nothing_behind(
    step: str, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = {"preview": begun, "apply": looked_at, "undo": taken_in}[step](admin, *THREE)
    before = names()
    monkeypatch.setattr(progress.Watch, "is_stopped", lambda _self: True)
    getattr(loading, step)(load, by=admin)
    nothing = "undone" if step == "undo" else "imported"
    state = "applied" if step == "undo" else "stopped"
    assert (stands(load)[0], load.message) == (state, f"It was stopped. Nothing was {nothing}.")
    assert names() == before


def test_whoever_works_on_it_is_asked_to_stop(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    load = begun(admin, *THREE)
    Import.objects.update(state=ImportState.PREVIEWING, is_in_hand=True)
    load.refresh_from_db()
    asked: list[Import] = []
    monkeypatch.setattr(progress, "request_stop", asked.append)
    loading.stop(load, by=admin)
    assert asked == [load]


def test_who_was_taken_for_lost_leaves_nothing(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = looked_at(admin, *THREE)
    kept = working.run

    def run(*args: Any, **how: Any) -> Any:
        ran = kept(*args, **how)
        Import.objects.update(attempt=7)
        return ran

    monkeypatch.setattr(working, "run", run)
    loading.apply(load, by=admin)
    # The transaction that was to write it is gone with what it wrote of the import itself.
    assert names() == []


def test_who_was_taken_for_lost_says_nothing_more(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = begun(admin, *THREE)

    def run(*_args: Any, **_how: Any) -> None:
        Import.objects.update(state=ImportState.FAILED, message="Lost.")
        raise Stopped

    monkeypatch.setattr(working, "run", run)
    loading.preview(load, by=admin)
    assert (stands(load)[0], load.message) == ("failed", "Lost.")


# Undo


def test_what_was_taken_in_is_undone_once(admin: User) -> None:
    cleo = make_customer(name="Cleo", phone="0")
    load = taken_in(admin, *THREE)
    loading.undo(load, by=admin)
    assert (stands(load), names()) == (["undone", 2, 1, 0, 0], ["Cleo"])
    assert (load.removed, load.put_back, load.kept, load.undone_by_name) == (2, 1, 0, "Adam Admin")
    record = cleo.history.first()
    assert (record.change_set, record.act_kind, record.phone, record.history_change_reason) == (
        load.undo_change_set,
        "undo",
        "0",
        "customers.csv",
    )
    history = Customer.history.count()
    loading.undo(load, by=admin)
    late = Import.objects.get()
    late.state = ImportState.APPLIED
    loading.undo(late, by=admin)
    assert Customer.history.count() == history


def test_who_lost_the_right_meanwhile_undoes_nothing(
    admin: User, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = taken_in(admin, *THREE)
    in_background(monkeypatch)
    loading.undo(load, by=admin)
    make_user(Role.ADMIN)
    User.objects.get(pk=admin.pk).set_roles([Role.SALES_AGENT], by=root)
    with pytest.raises(PermissionDenied):
        run_queued()
    assert (stands(load)[0], names()) == ("applied", ["Ada", "Bob", "Cleo"])


def test_what_stays_is_listed_with_who_and_when(
    admin: User, sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_lines, "BATCH", 1)
    load = taken_in(admin, *THREE)
    ada = Customer.objects.get(name="Ada")
    with audit.act(by=sales):
        acts.edit((Customer, ada.pk), by=sales, phone="9")
    loading.undo(load, by=admin)
    assert (load.removed, load.kept, names()) == (2, 1, ["Ada"])
    [line] = load.kept_lines.all()
    assert (line.what, line.model, line.object_id, line.label, line.why, line.who) == (
        undoing.ROW,
        "operations.customer",
        ada.pk,
        "Ada",
        "It has been changed since.",
        "Sara Sales",
    )
    assert line.at == ada.history.first().history_date


def test_nothing_is_undone_that_was_not_taken_in_or_long_ago(admin: User) -> None:
    load = begun(admin, *THREE)
    with pytest.raises(Refused, match="nothing to undo"):
        loading.undo(load, by=admin)
    loading.preview(load, by=admin)
    loading.apply(load, by=admin)
    Import.objects.update(applied_at=timezone.now() - timedelta(days=30, seconds=1))
    load.refresh_from_db()
    with pytest.raises(Refused, match="30 days"):
        loading.undo(load, by=admin)
    assert names() == ["Ada", "Bob", "Cleo"]


# Sweeps


@pytest.mark.parametrize(
    ("state", "is_in_hand", "minutes", "becomes", "message"),
    [
        (
            "applying",
            True,
            3,
            "failed",
            "The process working on this died. Nothing was imported. Try again.",
        ),
        (
            "undoing",
            True,
            3,
            "applied",
            "The process working on this died. Nothing was undone. Try again.",
        ),
        (
            "previewing",
            False,
            721,
            "failed",
            "No worker took this on. Nothing was imported. Try again.",
        ),
        ("previewing", False, 3, "previewing", ""),
        ("applying", True, 1, "applying", ""),
        ("applied", True, 999, "applied", ""),
    ],
)
def test_an_import_whose_process_died_says_so(
    *, state: str, is_in_hand: bool, minutes: int, becomes: str, message: str, admin: User
) -> None:
    load = begun(admin, *THREE)
    at = timezone.now()
    Import.objects.update(
        state=state, is_in_hand=is_in_hand, beat_at=at - timedelta(minutes=minutes)
    )
    number = tasks.look_after_imports(at=at)["lost"]
    assert (stands(load)[0], load.message, number) == (becomes, message, int(bool(message)))
    assert Notice.objects.count() == number


def test_whoever_began_it_reads_in_their_language_that_its_process_died(admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(language="de")
    load = begun(admin, *THREE)
    at = timezone.now()
    Import.objects.update(state="applying", is_in_hand=True, beat_at=at - timedelta(minutes=3))
    tasks.look_after_imports(at=at)
    assert stands(load)[0] == "failed"
    died = "Der Prozess, der daran arbeitete, ist abgebrochen. Es wurde nichts importiert."
    assert load.message.startswith(died)


def test_who_is_heard_of_just_now_is_not_lost(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    load = begun(admin, *THREE)
    at = timezone.now()
    Import.objects.update(state="applying", is_in_hand=True, beat_at=at - timedelta(minutes=3))
    look = worker.look

    def looks(each: Import) -> Import:
        Import.objects.update(beat_at=at)
        return look(each)

    monkeypatch.setattr(worker, "look", looks)
    assert tasks.look_after_imports(at=at) == {"lost": 0}
    assert stands(load)[0] == "applying"


def test_files_and_rows_go_once_nothing_can_be_undone(admin: User) -> None:
    load, other = taken_in(admin, *THREE), looked_at(admin, *THREE)
    tasks.prune(at=timezone.now() + timedelta(days=29))
    assert (ImportFile.objects.count(), load.rows.count()) == (2, 3)
    Import.objects.filter(pk=other.pk).update(created_at=timezone.now() + timedelta(days=10))
    tasks.prune(at=timezone.now() + timedelta(days=31))
    assert list(ImportFile.objects.values_list("load", flat=True)) == [other.pk]
    assert (load.rows.count(), other.rows.count(), Import.objects.count()) == (0, 3, 2)


def test_an_import_stays_when_its_person_goes(admin: User, root: User) -> None:
    load = begun(root, *THREE)
    User.objects.filter(pk=root.pk).delete()
    load.refresh_from_db()
    assert (load.person, load.person_name) == (None, "root")
    Import.objects.update(state="applying", is_in_hand=True, beat_at=timezone.now() - timedelta(1))
    tasks.look_after_imports()
    assert Notice.objects.count() == 0


def test_what_stands_elsewhere_is_not_settled(admin: User) -> None:
    load = begun(admin, *THREE)
    with pytest.raises(Overtaken):
        load.finish(ImportState.APPLIED, change_set=uuid4())


def test_names_are_read_by_people(admin: User) -> None:
    load = looked_at(admin, *WITH_BAD)
    loading.apply(load, by=admin, skip_refused=True)
    loading.undo(load, by=admin)
    texts = [load, load.file, load.rows.get(row=3), Matched(kind="jobs", headers="x")]
    assert [str(each) for each in texts] == ["customers.csv", "customers.csv", "3: Bob", "jobs x"]
    assert str(ImportReference(reference="A-1")) == "A-1"
    assert issubclass(Stopped, Exception)
    assert running.BATCH == 500
    assert csv("a").read() == b"a\n"


def test_a_job_that_an_undo_leaves_keeps_its_reference(admin: User) -> None:
    make_customer(name="Baker")
    lines = ("reference,title,customer", "K,Oven,Baker", "L,Stove,Baker")
    load = taken_in(admin, *lines, kind="jobs")
    tasks_of = ("job,title", "K,Look")
    taken_in(admin, *tasks_of, kind="tasks")
    loading.undo(load, by=admin)
    assert (load.removed, load.kept) == (1, 1)
    assert stands(looked_at(admin, "job,title", "K,Mend", kind="tasks"))[1] == 1
    anew = looked_at(admin, *lines, kind="jobs")
    assert [row[1] for row in rows(anew)] == ["refused", "new"]
