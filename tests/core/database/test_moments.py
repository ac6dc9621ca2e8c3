"""Points in time are read from PostgreSQL as Django reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import Mock

import pytest
from django.db import connection
from psycopg.pq import Format

from core.apps import read_moments_quickly
from core.database.moments import Moments


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"2026-03-02 09:15:00+00", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        (b"2026-03-02 09:15:00.5+00", datetime(2026, 3, 2, 9, 15, 0, 500_000, tzinfo=UTC)),
        (b"2026-03-02 09:15:00.123456+02", datetime(2026, 3, 2, 7, 15, 0, 123_456, tzinfo=UTC)),
        (memoryview(b"2026-03-02 09:15:00+05:30"), datetime(2026, 3, 2, 3, 45, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc(text: bytes, moment: datetime) -> None:
    read = Moments(0).load(text)
    assert (read, read.tzinfo) == (moment, UTC)


def test_what_is_no_day_of_pythons_is_refused_as_psycopg_refuses_it() -> None:
    with pytest.raises(Exception, match=r"year|timestamp"):
        Moments(0).load(b"12026-03-02 09:15:00+00")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such type")
def test_a_connection_reads_moments_so(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT timestamptz '2026-03-02 09:15:00.25+01'")
        assert cursor.fetchall() == [(datetime(2026, 3, 2, 8, 15, 0, 250_000, tzinfo=UTC),)]
        loader = cursor.connection.adapters.get_loader(1184, Format.TEXT)
    assert loader is Moments


def test_a_connection_to_another_database_stays_as_it_is() -> None:
    other = Mock(vendor="sqlite")
    read_moments_quickly(other)
    assert other.mock_calls == []
    read_moments_quickly(postgresql := Mock(vendor="postgresql"))
    register = postgresql.connection.adapters.register_loader
    assert register.call_args.args == ("timestamptz", Moments)
