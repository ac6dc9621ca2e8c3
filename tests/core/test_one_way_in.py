"""Every write goes by the one way in: who else writes is named here, with a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps

from tests.apps import APPS, ROOT

_OF_ROWS = {
    *("save", "create", "delete", "get_or_create", "update_or_create", "bulk_create"),
    "bulk_update",
}
WRITES = {
    *_OF_ROWS,
    *(f"a{name}" for name in _OF_ROWS),
    *("bulk_create_with_history", "bulk_update_with_history", "bulk_history_create"),
    *("save_base", "_raw_delete"),
    # What Django's forms and admin classes save by.
    *("save_m2m", "_save_m2m", "save_model", "save_related", "save_formset"),
    *("delete_model", "delete_queryset"),
    # Of our rows; they ask nobody.
    *("save_requiring", "save_progress", "set_roles", "set_groups", "deactivate"),
}
# By whom these are no writes of their own: who is asked to, asks and writes.
ACTS = {"acts", "router"}
_OF_RELATIONS = {"set", "add", "remove", "clear"}
RELATION_WRITES = _OF_RELATIONS | {f"a{name}" for name in _OF_RELATIONS}
# What else writes: core/database/inserts.py, and the acts that ask nothing where a row is held.
FUNCTIONS = {
    "inserts.insert",
    "bulk_writes.save_all",
    "bulk_writes.remove",
    "acts.write",
    "acts.save_checked",
    "acts.begin_as",
    "acts.move_held",
}
SQL = {"execute", "executemany"}

# What may write by itself, and why.
ALLOWED: tuple[tuple[str, dict[str, set[str]]], ...] = (
    (
        "The one way in itself: rows on record, and what is written with them.",
        {
            "core/record/acts.py": {"row.delete", "row.save"},
            "core/record/records.py": {"super().delete", "super().save"},
            "core/record/history.py": {"cursor.execute"},
            "core/record/bulk_writes.py": {
                "cursor.execute",
                "insert",
                "model._base_manager.bulk_update",
                "rows._raw_delete",
                "self.through._base_manager.filter(gone).delete",
            },
            "core/record/folded.py": {"rows.filter(pk=double.pk).update"},
            "core/record/doubles.py": {"model._base_manager.bulk_update"},
            "core/database/inserts.py": {
                "cursor.execute",
                "type(rows[0])._base_manager.bulk_create",
            },
            "people/models.py": {
                "rows.update",
                "self.groups.set",
                "self.set_groups",
                "super().save",
            },
            "people/accounts.py": {
                "acts.write",
                "group.delete",
                "group.permissions.set",
                "group.save",
                "person.save",
                "person.set_groups",
                "person.set_roles",
                "row.set_groups",
            },
            "operations/models/customer.py": {"Site._base_manager.bulk_update", "super().save"},
            "operations/models/job.py": {"super().save"},
            "operations/models/job_queries.py": {
                "rows.update",
                "self.model._base_manager.bulk_update",
                "self.model.history.bulk_history_create",
            },
            "operations/models/share.py": {"super().save"},
            "operations/models/task.py": {
                "inserts.insert",
                "self.save",
                "self.save_requiring",
                "super().delete",
                "super().save",
                "through._base_manager.filter(task=self.pk, equipment__in=gone).delete",
            },
            "operations/acts/jobs.py": {"save_checked", "write"},
            "operations/acts/moving.py": {"save_checked"},
            "operations/acts/shares.py": {"given.delete", "given.save"},
            "operations/acts/tasks.py": {
                "bulk_writes.save_all",
                "save_checked",
                "task.save_progress",
                "task.save_requiring",
            },
            "operations/acts/undoing.py": {"save_checked", "write"},
        },
    ),
    (
        "They hold the rows, and ask of each who may, before all are written at once or put back.",
        {
            "core/record/resources.py": {"bulk_writes.save_all"},
            "core/record/undo_batch.py": {"bulk_writes.remove", "bulk_writes.save_all"},
            "core/record/undoing.py": {"acts.write"},
            "operations/resources/jobs.py": {"acts.begin_as", "acts.move_held", "acts.write"},
        },
    ),
    (
        "Nobody does it: mail to somebody came back. The row is held.",
        {
            "people/returned.py": {"acts.save_checked"},
        },
    ),
    (
        "Django's forms take rows apart, and the acts save them.",
        {
            "core/backoffice/writing.py": {"formset.save"},
        },
    ),
    (
        "The first person of the demo has nobody who could enter them; its Admin does the rest.",
        {
            "operations/demo.py": {"admin.groups.set", "admin.save"},
        },
    ),
    (
        "Pictures, which are not on record: the row that names one is written by its act.",
        {
            "people/company.py": {
                "Logo.objects.exclude(mark=row.logo_mark).delete",
                "Logo.objects.get_or_create",
                "drawn.save",
            },
        },
    ),
    (
        "That a form has been saved is a mark of the house; the class below saves it by an act.",
        {
            "core/backoffice/once.py": {
                "SentForm.objects.create",
                "claim.save",
                "super().save_model",
            },
        },
    ),
    (
        "What an import or an export keeps of itself, and how far it is.",
        {
            "core/imports/earlier.py": {"marks.filter(kind__startswith=_ROW_OF).delete"},
            "core/imports/kept_lines.py": {"ImportKept.objects.bulk_create"},
            "core/imports/loading.py": {
                "ImportFile.objects.create",
                "Matched.objects.update_or_create",
                "held.delete",
                "load.rows.all().delete",
                "load.save",
                "open_ones.update",
            },
            "core/imports/lost.py": {
                "ImportFile.objects.filter(load__in=keys.values('pk')).delete",
                "ImportRow.objects.filter(load__in=keys.values('pk')).delete",
            },
            "core/imports/spool.py": {"inserts.insert"},
            "core/imports/turns.py": {"cursor.execute"},
            "core/imports/working.py": {
                "load.references.exclude(object_id__in=stays).delete",
                "self.load.rows.all().delete",
                "self.load.rows.exclude(kind=RowKind.REFUSED).delete",
            },
            "core/exports/writing.py": {
                "ExportChoice.objects.update_or_create",
                "ExportFile.objects.create",
                "ExportFile.objects.filter(pk=row.pk).update",
                "ExportPiece.objects.create",
                "over.delete",
                "row.delete",
                "row.pieces.all().delete",
            },
            "core/long_work/progress.py": {"cursor.execute"},
            "core/long_work/row.py": {"rows.update"},
        },
    ),
    (
        "A new installation, made of all rows of another with their history.",
        {
            "core/exports/rows_as_lines.py": {
                "cursor.copy",
                "model._base_manager.bulk_create",
                "through._base_manager.bulk_create",
            },
            "core/exports/restoring.py": {"Group.objects.all().delete", "cursor.execute"},
            "core/exports/snapshot.py": {"cursor.execute"},
        },
    ),
    (
        "What goes out: written with the change that it tells of.",
        {
            "core/outbox/posting.py": {"insert"},
            "core/ledger.py": {"self.filter(state__in=sources).update"},
            "core/outbox/gathering.py": {
                "Message.objects.bulk_create",
                "Message.objects.bulk_update",
                "Notice.objects.bulk_update",
            },
            "core/notice_preferences.py": {"row.save", "self.get_or_create"},
        },
    ),
    (
        "The house's own: groups of the roles, schedules, heartbeats, what background work left.",
        {
            "core/roles.py": {"Group.objects.get_or_create", "group.permissions.set"},
            "core/schedules.py": {
                "Schedule.objects.exclude(pk__in=kept).delete",
                "Schedule.objects.update_or_create",
            },
            "core/models.py": {"Heartbeat.objects.update_or_create"},
            "core/tasks.py": {
                "Message.objects.filter(at__lt=now - MAIL_KEPT).delete",
                "Notice.objects.filter(at__lt=now - MAIL_KEPT).delete",
                "Task.objects.filter(stopped__lt=now - RESULTS_KEPT).delete",
                "old.filter(at__lt=now - RESULTS_KEPT).delete",
            },
            "core/background_work.py": {"rows.delete"},
            "core/management/commands/cluster.py": {
                "Heartbeat.objects.filter(cluster=cluster_name(self.process.pid)).delete",
                "OrmQ.objects.filter(key=self.queue, lock__gt=timezone.now()).update",
            },
        },
    ),
    (
        "Signing in: sessions, tokens, failures.",
        {
            "people/sessions.py": {"self.delete"},
            "people/tokens.py": {
                "TokenFamily.objects.create",
                "current.update",
                "self.filter(ended_at=None).update",
                "self.filter(expires_at__lte=at).delete",
            },
            "people/throttle.py": {
                "AccessAttempt.objects.get_or_create",
                "account.delete",
                "same.update",
            },
        },
    ),
    (
        "Figures that are kept, of rows that others write.",
        {
            "reports/closing.py": {"ClosedMonth.objects.get_or_create"},
            "reports/first_time.py": {"Return.objects.bulk_create"},
            "reports/keeping.py": {
                "KeptMonth.objects.create",
                "KeptMonth.objects.filter(measure=name, month=start).delete",
                "Tally.objects.filter(measure=name, month=start).delete",
                "Touched.objects.filter(pk__in=keys[start:start + BATCH]).delete",
                "cursor.execute",
            },
        },
    ),
    (
        "Statements that read alone, or are read by others.",
        {
            "core/database/compiled.py": {"cursor.execute"},
            "operations/models/job_words.py": {"cursor.execute"},
            "core/database/prepared.py": {"super().execute"},
            "reports/rankings.py": {"cursor.execute"},
        },
    ),
    (
        "Backups: files of SQLite as a whole.",
        {
            "core/management/commands/backup.py": {"database.execute"},
            "core/management/commands/restore.py": {"backup.execute"},
        },
    ),
)


def relations() -> set[str]:
    """The names of all that is many-to-many, or belongs to a row, from either side."""
    return {
        name
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.many_to_many or field.one_to_many
        for name in (field.name, getattr(field, "get_accessor_name", str)())
        if name
    }


def writes(source: str, names: set[str]) -> Iterator[str]:
    """The calls in a module that write rows by themselves; `names` are those of relations."""
    tree = ast.parse(source)
    imported = {
        each.asname or each.name: f"{(node.module or '').rpartition('.')[2]}.{each.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            if is_write(imported.get(call, call), node, names):
                yield call


def is_write(call: str, node: ast.Call, names: set[str]) -> bool:
    of, _dot, name = call.rpartition(".")
    if call in FUNCTIONS or name in SQL or call.endswith("cursor.copy"):
        return True
    if name in RELATION_WRITES:
        # A set of that name is not had of anything.
        return "." in of and of.rpartition(".")[2] in names
    if name in {"update", "aupdate"}:
        # A dict takes what it is updated by; a dict by names is none of ours.
        return bool(node.keywords) and not node.args
    return name in WRITES and bool(of) and of not in ACTS


def found() -> dict[str, set[str]]:
    """What writes by itself, by module. Migrations do nothing else."""
    names, calls = relations(), {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts and (some := set(writes(path.read_text(), names))):
                calls[path.relative_to(ROOT).as_posix()] = some
    return calls


def test_nothing_else_writes_a_row_by_itself() -> None:
    allowed = {path: calls for _why, files in ALLOWED for path, calls in files.items()}
    assert found() == allowed


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("job.save()", ["job.save"]),
        ("Job.objects.filter(pk=1).update(title='x')", ["Job.objects.filter(pk=1).update"]),
        ("Task.objects.create(job=job)", ["Task.objects.create"]),
        ("Task.objects.update_or_create(job=job)", ["Task.objects.update_or_create"]),
        ("task.equipment.set(items)", ["task.equipment.set"]),
        ("person.groups.add(group)", ["person.groups.add"]),
        ("job.shares.all()._raw_delete('default')", ["job.shares.all()._raw_delete"]),
        ("cursor.execute('UPDATE people_user SET phone')", ["cursor.execute"]),
        ("from core.record.acts import write\nwrite(row)", ["write"]),
        ("from core.record import acts\nacts.save_checked(row)", ["acts.save_checked"]),
        ("form.save()", ["form.save"]),
        ("form.save_m2m()", ["form.save_m2m"]),
        ("super().save_model(request, row, form, change)", ["super().save_model"]),
        ("super().save_related(request, form, [], True)", ["super().save_related"]),
        ("Job.history.bulk_history_create(jobs)", ["Job.history.bulk_history_create"]),
        ("async def f():\n    await job.asave()", ["job.asave"]),
        ("Job.objects.aupdate(title='x')", ["Job.objects.aupdate"]),
        ("Task.objects.abulk_create(tasks)", ["Task.objects.abulk_create"]),
        ("task.equipment.aset(items)", ["task.equipment.aset"]),
        ("job.save_base(raw=True)", ["job.save_base"]),
        ("acts.save(row, by=me)\nquery.update(more)\nfound.add(row)\ngroups.add(name)", []),
    ],
)
def test_whatever_writes_is_found(source: str, calls: list[str]) -> None:
    assert list(writes(source, relations())) == calls
