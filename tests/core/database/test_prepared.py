"""Which statements PostgreSQL plans once, and which for their values each time."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from core.database.prepared import PreparingCursor, plan_fits_all
from operations.models import Job
from people.models import User
from tests.factories import make_job


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT "a"."b" FROM "a" ORDER BY "a"."b" LIMIT 50',  # No value, so one plan.
        'SELECT "a"."b" FROM "a" WHERE "a"."id" = %s',
        'SELECT %s AS "a" FROM "a" WHERE ("a"."owner_id" = %s OR "a"."id" IN (%s, %s)) LIMIT 1',
        'SELECT "a"."b" FROM "a" WHERE "a"."id" = %s ORDER BY "a"."b" ASC',
        'SELECT U0."b" FROM "a" U0 WHERE (U0."job_id" = %s AND U0."b" IN (SELECT "c" FROM "d"))',
        'UPDATE "a" SET "status" = %s, "b" = %s WHERE "a"."id" = %s',
        'INSERT INTO "a" ("status", "b") VALUES (%s, %s) RETURNING "a"."id"',
        'DELETE FROM "a" WHERE "a"."job_id" IN (%s)',
    ],
)
def test_what_is_found_by_keys_is_planned_once(statement: str) -> None:
    assert plan_fits_all(statement) is True


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT "a"."b" FROM "a" WHERE "a"."owner_id" = %s ORDER BY "a"."b" LIMIT 50',
        'SELECT "a"."b" FROM "a" WHERE "a"."id" IN (SELECT U0."id" FROM "b" U0'
        ' WHERE U0."a_id" = %s ORDER BY U0."c" LIMIT 7) ORDER BY "a"."b"',
        'SELECT "a"."b" FROM "a" WHERE "a"."status" = %s',
        'SELECT "a"."b" FROM "a" WHERE ("a"."id" = %s AND "a"."status" IN (%s, %s))',
        'SELECT "a"."b" FROM "a" WHERE "a"."day" BETWEEN %s AND %s',
        'SELECT "a"."b" FROM "a" WHERE "a"."day" >= (%s)',
        'SELECT "a"."b" FROM "a" WHERE "a"."search_text"::text LIKE %s',
        'SELECT "a"."b" FROM "a" WHERE UPPER("a"."b"::text) = UPPER(%s)',
        'SELECT CASE WHEN "a"."priority" = %s THEN %s ELSE %s END FROM "a"',
        'SELECT "a"."b" FROM "a" WHERE "a"."b" = ANY(%s)',
    ],
)
def test_what_is_found_by_anything_else_is_planned_for_its_values(statement: str) -> None:
    assert plan_fits_all(statement) is False


@pytest.mark.parametrize(
    ("query", "asked", "prepare"),
    [
        ('SELECT "a"."b" FROM "a" WHERE "a"."id" = %s', None, None),
        ('SELECT "a"."b" FROM "a" WHERE "a"."status" = %s', None, False),
        ('SELECT "a"."b" FROM "a" WHERE "a"."status" = %s', True, True),
        (psycopg.sql.SQL("SELECT 1"), None, False),
    ],
)
def test_the_cursor_leaves_the_first_kind_to_psycopg_and_has_no_other_prepared(
    query: Any, asked: bool | None, prepare: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: list[Any] = []
    monkeypatch.setattr(psycopg.Cursor, "execute", lambda *_, **how: expected.append(how))
    cursor = PreparingCursor.__new__(PreparingCursor)
    cursor.execute(query, [1], prepare=asked)
    assert expected == [{"prepare": prepare, "binary": None}]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans by itself")
def test_postgresql_keeps_what_is_asked_by_key_from_the_sixth_time_on(sales: User) -> None:
    job = make_job(owner=sales)
    for _ in range(8):
        list(Job.objects.filter(pk=job.pk).values_list("title"))
        list(Job.objects.filter(title=job.title).values_list("title"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [
            statement
            for (statement,) in cursor.fetchall()
            if '"title" AS "title" FROM' in statement
        ]
    assert len(kept) == 1
    assert '"operations_job"."id" = $1' in kept[0]
