"""Configuration comes from environment variables, each checked when the process starts."""

import ipaddress
import os
import re
import zoneinfo
from collections.abc import Callable
from email.utils import getaddresses
from pathlib import Path
from typing import Any, NoReturn

from environs import Env, EnvError

from core.mail_url import SHOULD_BE, MailSettings, read_mail_url
from core.text import region as regions
from core.text.region import HOUSE, Region

env = Env()
# Each can lie in a file instead, which NAME_FILE names: a vault or compose puts it there.
SECRETS = (
    "SECRET_KEY",
    "DATABASE_URL",
    "MAIL_URL",
    "MAIL_WEBHOOK_SECRET",
    "BROKER_URL",
    "FIRST_ADMIN_PASSWORD",
)


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


def read_secret_files() -> None:
    """Take the secrets that lie in files into the environment, which otherwise goes first."""
    for name in SECRETS:
        file = env.str(f"{name}_FILE", "")
        if not file or env.str(name, ""):
            continue
        try:
            os.environ[name] = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            refuse(f"{name}_FILE", "cannot be read", "the path of a file that holds the secret")


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
    """The address people type; scheme and host follow from it.

    A slash at its end is refused and not taken off: other programs read the same variable, and to
    Caddy it says that `/` alone is served.
    """
    should_be = "the address people type, for example https://jobops.example.com"
    default = {"default": "http://localhost:8000"} if demo else {}
    url: str = read(env.str, "SITE_URL", should_be=should_be, **default).lower()
    found = _ADDRESS.fullmatch(url)
    if found is None or not 0 < int(found["port"] or 443) < 65536:
        refuse("SITE_URL", "is malformed", should_be)
    if found["slash"]:
        refuse("SITE_URL", "ends with a slash", f"{url[:-1]}, without one")
    return url


_LABEL = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_ADDRESS = re.compile(rf"https?://{_LABEL}([.]{_LABEL})*(:(?P<port>[0-9]{{1,5}}))?(?P<slash>/)?")


def time_zone() -> str:
    """The business time zone: what *today* means in it."""
    name: str = env.str("TIME_ZONE", "UTC")
    if name not in zoneinfo.available_timezones():
        refuse("TIME_ZONE", "is unknown", "a name such as Europe/Vienna")
    return name


def region() -> Region:
    """The region the company works in: how days and times are written, and where a week begins."""
    code = env.str("REGION", HOUSE)
    try:
        return regions.region(code)
    except ValueError:
        should_be = "a language and a country, such as en-GB, en-US or de-AT"
        refuse("REGION", "is unknown", regions.meant(code) or should_be)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def trusted_proxies() -> list[Network]:
    """The proxies whose word on the client's address and scheme is taken; none if not said."""
    should_be = "addresses or networks separated by commas, such as 10.0.0.5, 10.1.0.0/24"
    names: list[str] = read(env.list, "TRUSTED_PROXIES", default=[], should_be=should_be)
    try:
        return [ipaddress.ip_network(name.strip()) for name in names if name.strip()]
    except ValueError:
        refuse("TRUSTED_PROXIES", "is malformed", should_be)


def mail() -> MailSettings:
    """How mail leaves the house; on the console, where nothing is said."""
    try:
        return read_mail_url(env.str("MAIL_URL", "") or "console://")
    except ValueError as error:
        refuse("MAIL_URL", str(error), SHOULD_BE)


def mail_webhook_secret(mail: MailSettings) -> str:
    """What the mail provider shows when it tells what became of mail; empty where none does."""
    secret: str = env.str("MAIL_WEBHOOK_SECRET", "")
    if secret and not mail.events:
        problem = "is set, but MAIL_URL names no provider that reports what happened to mail"
        refuse("MAIL_WEBHOOK_SECRET", problem, "left out")
    # It stands in an address.
    if secret and not (re.fullmatch("[A-Za-z0-9_-]{24,}", secret) and len(set(secret)) > 4):
        refuse("MAIL_WEBHOOK_SECRET", "is too weak", "24 or more random letters and digits")
    return secret


def mail_from(site_host: str) -> str:
    """Whom mail comes from: JobOps at the host that people type, where nothing is said."""
    sender: str = env.str("MAIL_FROM", "") or f"JobOps <jobops@{site_host}>"
    addresses = [address for _name, address in getaddresses([sender])]
    is_one = len(addresses) == 1 and _SENDER.fullmatch(addresses[0])
    if not is_one or not sender.isprintable():
        refuse("MAIL_FROM", "is malformed", "an address, such as JobOps <jobops@example.com>")
    return sender


_SENDER = re.compile(r"[^@\s<>]+@[^@\s<>]+")


def broker() -> str:
    """Where background work waits: an address of Redis; empty, where that is the database."""
    url: str = env.str("BROKER_URL", "")
    if url and not _BROKER.fullmatch(url):
        refuse("BROKER_URL", "is malformed", "empty, or like redis://:password@host:6379/0")
    # A server that does not answer would otherwise be waited for without an end.
    return url if not url or "?" in url else f"{url}?socket_connect_timeout=3&socket_timeout=10"


_BROKER = re.compile(r"rediss?://([^@/?\s]*@)?[\w.-]+(:[0-9]{1,5})?(/[0-9]+)?(\?\S+)?")


def first_admin() -> dict[str, str]:
    """What is said of the first Admin: user name, e-mail and password; what is not is empty."""
    return {
        "username": env.str("FIRST_ADMIN_USERNAME", ""),
        "email": env.str("FIRST_ADMIN_EMAIL", ""),
        "password": env.str("FIRST_ADMIN_PASSWORD", ""),
    }


def first_admin_or_nobody() -> dict[str, str]:
    """The same, where nobody can be asked for what is missing: a user name, or nothing at all."""
    details = first_admin()
    for name in ("email", "password"):
        if details[name] and not details["username"]:
            refuse(
                "FIRST_ADMIN_USERNAME",
                f"is missing beside FIRST_ADMIN_{name.upper()}",
                "the user name of the first Admin",
            )
    return details


def database(*, default_file: str) -> dict[str, Any]:
    """Settings of the database that DATABASE_URL names; a local SQLite file if it names none."""
    config: dict[str, Any] = read(
        env.dj_db_url,
        "DATABASE_URL",
        default=f"sqlite:///{default_file}",
        should_be=_DATABASE,
    )
    if config["ENGINE"].endswith("sqlite3"):
        if config["NAME"] == default_file:
            Path(default_file).parent.mkdir(exist_ok=True)
        _check_file(env.str("DATABASE_URL", f"sqlite:///{default_file}"), config["NAME"])
        return config | {"OPTIONS": _SQLITE_OPTIONS}
    if not config["ENGINE"].endswith("postgresql"):
        refuse(
            "DATABASE_URL", "names another kind of database", "a postgres:// or sqlite:// address"
        )
    if not config["NAME"]:
        refuse("DATABASE_URL", "names no database on its server", _DATABASE)
    return config | _connections(config.get("OPTIONS", {}))


def _connections(options: dict[str, Any]) -> dict[str, Any]:
    """How this process holds connections to PostgreSQL, beside what the address says of them."""
    # Where the next transaction may have another connection, nothing is left on one.
    if read(env.bool, "DATABASE_PREPARE", default=True, should_be="on or off"):
        from core.database.prepared import PreparingCursor  # No business of a process on SQLite.

        costs = f"{_COSTS} {options.get('options', '')}".strip()
        options = options | _PREPARED | {"cursor_factory": PreparingCursor, "options": costs}
        kept: dict[str, Any] = {}
    else:
        kept = {"DISABLE_SERVER_SIDE_CURSORS": True}
    # Only a web process pools: psycopg's pool hangs in a process that forks workers.
    if read(env.bool, "DATABASE_POOL", default=False, should_be="on or off"):
        return kept | {"OPTIONS": options | {"pool": {"timeout": _POOL_PATIENCE}}}
    return kept | {"OPTIONS": options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def _check_file(url: str, name: str) -> None:
    """Refuse what SQLite would take for a database in memory, or could not open."""
    if url == "sqlite://:memory:":
        return
    if not url.startswith("sqlite:///") or not name or ":memory:" in name:
        refuse("DATABASE_URL", "names no file", _DATABASE)
    if Path(name).is_dir():
        refuse("DATABASE_URL", f"names the folder {name}", _DATABASE)
    folder = Path(name).absolute().parent
    if not folder.is_dir():
        refuse("DATABASE_URL", f"names a file in {folder}, which is not a folder", _DATABASE)


_DATABASE = "like postgres://user:password@host:5432/name or sqlite:////folder/file.sqlite3"

# Seconds that a request waits for a connection of the pool, which tries again while there is no
# database: its 30 would have people wait as long to be told.
_POOL_PATIENCE = 5
# The database plans anew what is sent for the first few times (core/database/prepared.py).
_PREPARED = {"server_side_binding": True, "prepare_threshold": 5}
# PostgreSQL takes a page out of turn for four times as dear as the next one, as on turning disks,
# and so reads a company's jobs from the newest on until those of one person are found. What the
# address says of its own comes after, and counts. Nor does it compile statements: those of figures
# seem dear enough to it, and took three times as long to compile as to run.
_COSTS = "-c random_page_cost=1.1 -c jit=off"
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
