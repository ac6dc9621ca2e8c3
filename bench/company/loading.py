"""The way of the big company's rows into the database: as quick as each database can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from importlib import import_module

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from bench.company.company import Company, Size
from bench.company.staff import EMAIL_DOMAIN
from bench.company.tables import Table
from people.models import User


def is_loaded() -> bool:
    """Are there people, and are all of them people of a big company?"""
    people = User.objects.all()
    return people.exists() and not people.exclude(email__endswith=f"@{EMAIL_DOMAIN}").exists()


def load(
    size: Size,
    *,
    today: date,
    password: str = "",
    message: Callable[[int], None] = lambda _jobs: None,
) -> None:
    """Write a big company into a database without people, all of it or nothing.

    `password` is a hash; `message` hears how many jobs have been written so far.
    """
    with transaction.atomic():
        company = Company(size, today=today, password=password)
        tables = company.book.tables()
        postgresql = connection.vendor == "postgresql"
        write = _copy if postgresql else _insert
        with _bare(tables) if postgresql else nullcontext():
            for jobs in company.tell():
                for table in tables:
                    write(table)
                message(jobs)
        if postgresql:
            _gather_words()
    _analyze()


def _insert(table: Table) -> None:
    rows = (table.model(**dict(zip(table.columns, row, strict=True))) for row in table.take())
    table.model._base_manager.bulk_create(rows)


def _analyze() -> None:
    """The database learns how many rows of what there are now."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        # VACUUM marks pages whose rows everybody sees, but not within a transaction.
        vacuum = postgresql and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if vacuum else "ANALYZE")


# PostgreSQL: rows come in by COPY, and indexes and foreign keys are made from all of them at once.
# Of what is kept of past months nothing is there yet, so nobody has to note what no longer holds.

_FOREIGN_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::text[]::regclass[]) ORDER BY oid
"""
_INDEXES = """
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE NOT indisunique AND indrelid = ANY(%s::text[]::regclass[]) ORDER BY indexrelid
"""


@contextmanager
def _bare(tables: Sequence[Table]) -> Iterator[None]:
    """Without foreign keys, plain indexes and triggers; in the end all are there again, and hold.

    Within the transaction: whoever looks from outside, and whatever fails, finds them as they were.
    """
    names = [table.model._meta.db_table for table in tables]
    with connection.cursor() as cursor:
        # What is to be checked of the tables at the end of the transaction is checked now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        restore = []
        for definitions in (_FOREIGN_KEYS, _INDEXES):
            cursor.execute(definitions, [names])
            for drop, create in cursor.fetchall():
                cursor.execute(drop)
                restore.append(create)
        _let_triggers(cursor, "DISABLE", names)
        yield
        _let_triggers(cursor, "ENABLE", names)
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for create in reversed(restore):
            cursor.execute(create)
        # The next row of each table gets an id after those written; SQLite does so by itself.
        models = [table.model for table in tables]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _let_triggers(cursor: CursorWrapper, what: str, names: Sequence[str]) -> None:
    for name in names:
        cursor.execute(f'ALTER TABLE "{name}" {what} TRIGGER USER')


def _gather_words() -> None:
    """What no trigger has kept, as a migration gathers it."""
    migration = import_module("operations.migrations.0014_gather_words_of_jobs")
    with connection.cursor() as cursor:
        cursor.execute(migration.GATHER)


def _copy(table: Table) -> None:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    statement = f'COPY "{table.model._meta.db_table}" ({columns}) FROM STDIN'
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in table.take():
            copy.write_row(row)
