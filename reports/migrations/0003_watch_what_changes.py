"""PostgreSQL notes, within each statement that changes a job, a task, the equipment of one, or a
reopening, on which days what is kept of a month no longer holds.

The database does so itself, as then no door, no bulk write and no hand at a shell can forget it.
What a row counts is written as text, once of the rows before and once of those after; where the
two differ, their days are touched. On SQLite, nothing is kept.
"""

from django.db import migrations

JOBS = """
SELECT 'created', (created_at AT TIME ZONE 'UTC')::date, id, ROW(status, priority)::text FROM {rows}
UNION ALL SELECT 'customers', (created_at AT TIME ZONE 'UTC')::date, id,
    ROW(customer_id, priority)::text FROM {rows}
UNION ALL SELECT 'completed', (completed_at AT TIME ZONE 'UTC')::date, id,
    ROW(completed_at, created_at, scheduled_date, assigned_to_id, priority)::text FROM {rows}
UNION ALL SELECT 'fixed', (completed_at AT TIME ZONE 'UTC')::date, id,
    ROW(times_reopened, priority)::text FROM {rows}
UNION ALL SELECT 'cancelled', (cancelled_at AT TIME ZONE 'UTC')::date, id,
    ROW(priority)::text FROM {rows}
UNION ALL SELECT 'hours', scheduled_date, id,
    ROW(start_time, status = 'cancelled', priority)::text FROM {rows}
UNION ALL SELECT 'uses', scheduled_date, id,
    ROW(status = 'cancelled', priority)::text FROM {rows}
"""
# Whose tasks and reopenings count otherwise now.
PASSED_ON = "SELECT id, ROW(priority, assigned_to_id)::text FROM {rows}"
TASKS = """
SELECT 'tasks', (completed_at AT TIME ZONE 'UTC')::date, id,
    ROW(completed_at, started_at)::text FROM {rows}
UNION ALL SELECT 'uses', job.scheduled_date, task.id, ''
    FROM {rows} task JOIN operations_job job ON job.id = task.job_id
"""
LINKS = """
SELECT 'uses', job.scheduled_date, link.id, ROW(link.task_id, link.equipment_id)::text
    FROM {rows} link JOIN operations_task task ON task.id = link.task_id
    JOIN operations_job job ON job.id = task.job_id
"""
REOPENINGS = """
SELECT 'reopened', (reopened_at AT TIME ZONE 'UTC')::date, history_id, ROW(id, reopened_at)::text
    FROM {rows}
"""
RETURNS = """
SELECT 'fixed', (job.completed_at AT TIME ZONE 'UTC')::date, kept.job_id,
    ROW(kept.is_followed)::text
    FROM {rows} kept JOIN operations_job job ON job.id = kept.job_id
"""
WATCHED = {
    "operations_job": JOBS,
    "operations_task": TASKS,
    "operations_task_equipment": LINKS,
    "operations_historicaljob": REOPENINGS,
    "reports_return": RETURNS,
}
# By what is done: the rows that there are of it, before and after.
DONE = {"INSERT": ("after",), "DELETE": ("before",), "UPDATE": ("before", "after")}
REFERENCED = {"before": "OLD TABLE AS before", "after": "NEW TABLE AS after"}


def _differing(facts: str, sides: tuple[str, ...]) -> str:
    """What one side has and the other has not."""
    one, *other = (facts.format(rows=f'"{side}"') for side in sides)
    if not other:
        return one
    return f"(({one}) EXCEPT ({other[0]})) UNION (({other[0]}) EXCEPT ({one}))"


def _note(rows: str) -> str:
    return (
        "INSERT INTO reports_touched (measure, day)"
        f" SELECT DISTINCT measure, day FROM ({rows}) AS changed (measure, day, id, fact)"
        " WHERE day IS NOT NULL;"
    )


def _passed_on(sides: tuple[str, ...]) -> str:
    changed = f"({_differing(PASSED_ON, sides)}) AS changed (id, fact)"
    return _note(
        "SELECT 'tasks', (task.completed_at AT TIME ZONE 'UTC')::date, task.id, ''"
        f" FROM {changed} JOIN operations_task task ON task.job_id = changed.id"
        " UNION ALL SELECT 'reopened', (record.reopened_at AT TIME ZONE 'UTC')::date, record.id, ''"
        f" FROM {changed} JOIN operations_historicaljob record ON record.id = changed.id"
    )


def _watch(table: str, done: str) -> str:
    facts, sides, name = WATCHED[table], DONE[done], f"reports_{done.lower()}_{table}"
    body = _note(_differing(facts, sides))
    if table == "operations_job" and done != "INSERT":
        # A job that is new has neither tasks nor reopenings.
        body += _passed_on(sides)
    referenced = " ".join(REFERENCED[side] for side in sides)
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body} RETURN NULL; END $$;"
        f" CREATE TRIGGER {name} AFTER {done} ON {table} REFERENCING {referenced}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
    )


def _each():
    return ((table, done) for table in WATCHED for done in DONE)


def watch(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, done in _each():
            schema_editor.execute(_watch(table, done))


def look_away(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, done in _each():
            name = f"reports_{done.lower()}_{table}"
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();")


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_figures_by_month"),
        ("operations", "0010_task_done"),
    ]
    operations = [migrations.RunPython(watch, look_away)]
