"""Configuration comes from environment variables, each checked when the process starts."""

import re
import zoneinfo
from collections.abc import Callable
from typing import Any, NoReturn

from environs import Env, EnvError

env = Env()


def refuse(name: str, problem: str, should_be: str) -> NoReturn:
    """Stop the process, naming the variable and the mend."""
    raise SystemExit(f"{name} {problem}. It should be {should_be}. See .env.example.")


def read(parse: Callable[..., Any], name: str, *, should_be: str, **options: Any) -> Any:
    """The value of one variable; a missing or malformed one stops the process."""
    try:
        return parse(name, **options)
    except (EnvError, ValueError):
        problem = "is malformed" if env.str(name, "") else "is missing"
        refuse(name, problem, should_be)


def secret_key(*, demo: bool) -> str:
    """The key that signs sessions. Only the demo, which answers on loopback, has one built in."""
    should_be = "at least 50 random characters, kept secret"
    if demo:
        return str(env.str("SECRET_KEY", "") or "demo-only-" + "x" * 50)
    key: str = read(env.str, "SECRET_KEY", should_be=should_be)
    if len(key) < 50 or len(set(key)) < 5:
        refuse("SECRET_KEY", "is too weak", should_be)
    return key


def site_url(*, demo: bool) -> str:
    """The address people type, without a slash at its end; scheme and host follow from it."""
    should_be = "the address people type, for example https://jobops.example.com"
    default = {"default": "http://localhost:8000"} if demo else {}
    url: str = read(env.str, "SITE_URL", should_be=should_be, **default).lower()
    if not re.fullmatch(r"https?://[a-z0-9._-]+(:[0-9]{1,5})?/?", url):
        refuse("SITE_URL", "is malformed", should_be)
    return url.rstrip("/")


def time_zone() -> str:
    """The business time zone: what *today* means in it."""
    name: str = env.str("TIME_ZONE", "UTC")
    if name not in zoneinfo.available_timezones():
        refuse("TIME_ZONE", "is unknown", "a name such as Europe/Vienna")
    return name


def database(*, default_file: str) -> dict[str, Any]:
    """Settings of the database that DATABASE_URL names; a local SQLite file if it names none."""
    config: dict[str, Any] = read(
        env.dj_db_url,
        "DATABASE_URL",
        default=f"sqlite:///{default_file}",
        should_be="like postgres://user:password@host:5432/name or sqlite:////folder/file.sqlite3",
    )
    if config["ENGINE"].endswith("sqlite3"):
        return config | {"OPTIONS": _SQLITE_OPTIONS}
    if not config["ENGINE"].endswith("postgresql"):
        refuse(
            "DATABASE_URL", "names another kind of database", "a postgres:// or sqlite:// address"
        )
    # Only a web process pools: psycopg's pool hangs in a process that forks workers.
    if read(env.bool, "DATABASE_POOL", default=False, should_be="on or off"):
        return config | {"OPTIONS": config.get("OPTIONS", {}) | {"pool": True}}
    return config | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


# Web and background processes write to one file: a write waits for its turn from the first
# statement on (IMMEDIATE), readers never wait (WAL).
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA busy_timeout=20000; PRAGMA foreign_keys=ON;"
    ),
}
