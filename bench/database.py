"""A database with a big company in it, made when it is missing and kept for the next time."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
# What a database of ours says of itself, before its size and what it was made by.
_OURS = "JobOps bench"


def ensure(url: str, *, jobs: int) -> None:
    """Have a big company of this size at this address, of today's schema.

    One that we made and that does not fit is made anew; what somebody else made is refused.
    """
    name, wanted = _name(url), f"{_OURS} {jobs} {_fingerprint()}"
    with psycopg.connect(_server(url), autocommit=True) as server:
        # Of several processes that need it one makes it, and the others wait.
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [f"{_OURS} {name}"])
        details = _says_of_itself(server, name)
        if details == wanted:
            return
        if details is not None and not details.startswith(_OURS):
            sys.exit(f"The database {name} was not made by the bench. Name another one.")
        print(f"Making {jobs} jobs in {name}", flush=True)
        database = sql.Identifier(name)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(database))
        server.execute(sql.SQL("CREATE DATABASE {}").format(database))
        _say(server, name, _OURS)
        manage(url, "migrate", "--verbosity=0")
        _run(url, "-m", "bench.company", f"--jobs={jobs}")
        _say(server, name, wanted)


def drop(url: str) -> None:
    """Take a database of ours away."""
    name = _name(url)
    with psycopg.connect(_server(url), autocommit=True) as server:
        if (_says_of_itself(server, name) or "").startswith(_OURS):
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def manage(url: str, *command: str, settings: str = "core.settings") -> None:
    """Run `manage.py` on a database as production does."""
    _run(url, str(ROOT / "manage.py"), *command, settings=settings)


def _run(url: str, *command: str, settings: str = "core.settings") -> None:
    env = environment(url) | {"DJANGO_SETTINGS_MODULE": settings}
    subprocess.run([sys.executable, *command], env=env, cwd=ROOT, check=True)


def environment(url: str, *, port: int = 8000) -> dict[str, str]:
    """The environment of a production process on loopback."""
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DEBUG": "off",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets.token_urlsafe(60),
        "SITE_URL": f"http://127.0.0.1:{port}",
    }


def _name(url: str) -> str:
    return urlsplit(url).path.strip("/")


def _server(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/postgres"))


def _says_of_itself(server: psycopg.Connection[tuple[str | None]], name: str) -> str | None:
    """The comment on a database; empty where it has none, None where there is no database."""
    found = server.execute(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database"
        " WHERE datname = %s",
        [name],
    ).fetchone()
    return None if found is None else found[0]


def _say(server: psycopg.Connection[tuple[str | None]], name: str, comment: str) -> None:
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    server.execute(statement.format(sql.Identifier(name), sql.Literal(comment)))


def _fingerprint() -> str:
    """What the tables and the rows in them are made by."""
    sources = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("bench/company/*.py")]
    text = b"".join(path.read_bytes() for path in sorted(sources))
    return hashlib.sha256(text).hexdigest()[:16]


if __name__ == "__main__":
    ensure(sys.argv[1], jobs=int(sys.argv[2]))
