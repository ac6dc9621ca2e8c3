"""A missing or malformed variable stops the process with its name and what it should be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import environment
from core.database.prepared import PreparingCursor
from core.mail_url import read_mail_url

ROOT = Path(__file__).resolve().parents[2]
GOOD_KEY = "a-key-of-many-different-characters-0123456789-abcdef"
SQLITE = "sqlite:////var/lib/jobops.sqlite3"
POSTGRES = "postgres://ann:secret@db.example.com:5433/jobops"

VARIABLES = (
    "SECRET_KEY",
    "SITE_URL",
    "TIME_ZONE",
    "REGION",
    "DATABASE_URL",
    "DATABASE_POOL",
    "DATABASE_PREPARE",
    "TRUSTED_PROXIES",
    "MAIL_URL",
    "MAIL_WEBHOOK_SECRET",
    "MAIL_FROM",
    "BROKER_URL",
)
KEY = "at least 50 random characters, kept secret"
ADDRESS = "the address people type, for example https://jobops.example.com"
PROXIES = "addresses or networks separated by commas, such as 10.0.0.5, 10.1.0.0/24"
MAIL = (
    "console://, smtp://user:password@host, smtps://user:password@host, or the name of a provider "
    "with its key, such as postmark://TOKEN@ or mailgun://KEY@mg.example.com"
)
MAIL_OPTIONS = "has an unknown option after `?`; only timeout=15 is known"
POSTMARK = read_mail_url("postmark://token@")
WEBHOOK = "24 or more random letters and digits"
SENDER = "an address, such as JobOps <jobops@example.com>"
BROKER = "empty, or like redis://:password@host:6379/0"
ZONE = "a name such as Europe/Vienna"
REGION = "a language and a country, such as en-GB, en-US or de-AT"
PREPARED = {
    "server_side_binding": True,
    "prepare_threshold": 5,
    "cursor_factory": PreparingCursor,
    "options": "-c random_page_cost=1.1 -c jit=off",
}
DATABASE = "like postgres://user:password@host:5432/name or sqlite:////folder/file.sqlite3"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of our variables is set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def stopped(function: Callable[[], object]) -> str:
    """What the process says as it stops."""
    with pytest.raises(SystemExit) as error:
        function()
    return str(error.value)


def secret_key() -> str:
    return environment.secret_key(demo=False)


def site_url() -> str:
    return environment.site_url(demo=False)


def database() -> dict[str, object]:
    return environment.database(default_file="/var/local.sqlite3")


READ: dict[str, Callable[[], object]] = {
    "SECRET_KEY": secret_key,
    "SITE_URL": site_url,
    "TIME_ZONE": environment.time_zone,
    "REGION": environment.region,
    "DATABASE_URL": database,
    "TRUSTED_PROXIES": environment.trusted_proxies,
    "MAIL_URL": environment.mail,
    "MAIL_WEBHOOK_SECRET": lambda: environment.mail_webhook_secret(POSTMARK),
    "BROKER_URL": environment.broker,
    "MAIL_FROM": lambda: environment.mail_from("jobops.example.com"),
}


@pytest.mark.parametrize(("name", "should_be"), [("SECRET_KEY", KEY), ("SITE_URL", ADDRESS)])
def test_a_missing_variable_is_named_with_what_it_should_be(name: str, should_be: str) -> None:
    assert stopped(READ[name]) == f"{name} is missing. It should be {should_be}. See .env.example."


@pytest.mark.parametrize(
    ("name", "value", "problem", "should_be"),
    [
        ("SECRET_KEY", "", "is too weak", KEY),
        ("SECRET_KEY", "short", "is too weak", KEY),
        ("SECRET_KEY", "abcd" * 20, "is too weak", KEY),
        ("SITE_URL", "", "is malformed", ADDRESS),
        ("SITE_URL", "jobops.example.com", "is malformed", ADDRESS),
        ("SITE_URL", "ftp://jobops.example.com", "is malformed", ADDRESS),
        ("SITE_URL", "https://jobops.example.com/admin", "is malformed", ADDRESS),
        ("SITE_URL", "https://jobops.example.com?a=1", "is malformed", ADDRESS),
        ("SITE_URL", "https://jobops.example.com:port", "is malformed", ADDRESS),
        ("SITE_URL", "https://ann:secret@jobops.example.com", "is malformed", ADDRESS),
        ("SITE_URL", "https://[::1", "is malformed", ADDRESS),
        ("SITE_URL", "https://jobops.example.com\n", "is malformed", ADDRESS),
        ("SITE_URL", "https://jobops.example.com:99999", "is malformed", ADDRESS),
        ("SITE_URL", "https://jobops.example.com:0", "is malformed", ADDRESS),
        ("SITE_URL", "https://..", "is malformed", ADDRESS),
        ("SITE_URL", "https://jobops..example.com", "is malformed", ADDRESS),
        ("SITE_URL", "https://-jobops.example.com", "is malformed", ADDRESS),
        (
            "SITE_URL",
            "https://jobops.example.com/",
            "ends with a slash",
            "https://jobops.example.com, without one",
        ),
        ("BROKER_URL", "memcached://localhost", "is malformed", BROKER),
        ("BROKER_URL", "redis://", "is malformed", BROKER),
        ("BROKER_URL", "redis://localhost/x", "is malformed", BROKER),
        ("TIME_ZONE", "", "is unknown", ZONE),
        ("TIME_ZONE", "Mars/Olympus", "is unknown", ZONE),
        ("REGION", "", "is unknown", REGION),
        ("REGION", "de", "is unknown", REGION),
        ("REGION", "tlh-AT", "is unknown", REGION),
        ("REGION", "de-XX", "is unknown", REGION),
        ("REGION", "../de-AT", "is unknown", REGION),
        ("REGION", "de_AT.UTF-8", "is unknown", "de-AT"),
        ("REGION", "en-uk", "is unknown", "en-GB"),
        ("TRUSTED_PROXIES", "caddy", "is malformed", PROXIES),
        ("TRUSTED_PROXIES", "10.0.0.5, 10.0.0.5/24", "is malformed", PROXIES),
        ("MAIL_URL", "nonsense", "names no way to send mail that JobOps knows", MAIL),
        ("MAIL_URL", "sendmail://host", "names no way to send mail that JobOps knows", MAIL),
        ("MAIL_URL", "smtp://", "names no host", MAIL),
        ("MAIL_URL", "smtp://host:port", "is malformed", MAIL),
        ("MAIL_URL", "smtp://[::1", "is malformed", MAIL),
        ("MAIL_URL", "smtp://host?timeout=soon", MAIL_OPTIONS, MAIL),
        ("MAIL_URL", "smtp://host?timeout=0", MAIL_OPTIONS, MAIL),
        ("MAIL_URL", "smtp://host?starttls=no", MAIL_OPTIONS, MAIL),
        ("MAIL_URL", "smtp://host?nonsense", "is malformed", MAIL),
        ("MAIL_WEBHOOK_SECRET", "short", "is too weak", WEBHOOK),
        ("MAIL_WEBHOOK_SECRET", "abab" * 8, "is too weak", WEBHOOK),
        ("MAIL_WEBHOOK_SECRET", "a-good:secret/of-24-letters", "is too weak", WEBHOOK),
        ("MAIL_FROM", "nobody", "is malformed", SENDER),
        ("MAIL_FROM", "JobOps <jobops@>", "is malformed", SENDER),
        ("MAIL_FROM", "a@example.com, b@example.com", "is malformed", SENDER),
        ("MAIL_FROM", "a@example.com\nBcc: b@example.com", "is malformed", SENDER),
        ("DATABASE_URL", "", "is missing", DATABASE),
        ("DATABASE_URL", "nonsense", "is malformed", DATABASE),
        ("DATABASE_URL", "postgres://host:port/name", "is malformed", DATABASE),
        ("DATABASE_URL", "postgres://ann@host:5432/", "names no database on its server", DATABASE),
        ("DATABASE_URL", "postgres://ann@host:5432", "names no database on its server", DATABASE),
        ("DATABASE_URL", "sqlite://", "names no file", DATABASE),
        ("DATABASE_URL", "sqlite:///", "names no file", DATABASE),
        ("DATABASE_URL", "sqlite:///:memory:", "names no file", DATABASE),
        ("DATABASE_URL", "sqlite://var/x.sqlite3", "names no file", DATABASE),
        ("DATABASE_URL", "sqlite:////var/", "names the folder /var/", DATABASE),
        (
            "DATABASE_URL",
            "sqlite:////nowhere/at/all.sqlite3",
            "names a file in /nowhere/at, which is not a folder",
            DATABASE,
        ),
        (
            "DATABASE_URL",
            "mysql://host/name",
            "names another kind of database",
            "a postgres:// or sqlite:// address",
        ),
    ],
)
def test_a_malformed_variable_is_named_with_what_it_should_be(
    name: str,
    value: str,
    problem: str,
    should_be: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, value)
    assert stopped(READ[name]) == f"{name} {problem}. It should be {should_be}. See .env.example."


@pytest.mark.parametrize(
    ("value", "networks"),
    [
        ("", []),
        (" 10.0.0.5,, 10.1.0.0/24 ,fd00::/8", ["10.0.0.5/32", "10.1.0.0/24", "fd00::/8"]),
    ],
)
def test_the_proxies_are_addresses_and_networks(
    value: str, networks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", value)
    assert [str(network) for network in environment.trusted_proxies()] == networks


def test_a_secret_can_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{GOOD_KEY}\n")
    monkeypatch.setenv("SECRET_KEY", "")  # As compose gives what .env leaves empty.
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    environment.read_secret_files()
    assert secret_key() == GOOD_KEY


def test_a_secret_that_is_said_goes_before_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD_KEY)
    monkeypatch.setenv("SECRET_KEY_FILE", "/nowhere")
    environment.read_secret_files()
    assert secret_key() == GOOD_KEY


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere/at/all")
    assert stopped(environment.read_secret_files) == (
        "DATABASE_URL_FILE cannot be read. It should be the path of a file that holds the secret. "
        "See .env.example."
    )


def test_the_folder_of_the_local_file_is_made_when_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "var/jobops.sqlite3"
    monkeypatch.setenv("DATABASE_URL", SQLITE)
    environment.database(default_file=str(file))
    assert not file.parent.exists()
    monkeypatch.delenv("DATABASE_URL")
    environment.database(default_file=str(file))
    assert file.parent.is_dir()


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("", ""),
        ("redis://redis", "redis://redis?socket_connect_timeout=3&socket_timeout=10"),
        (
            "rediss://ann:s%40e@redis.example.com:6380/2",
            ""
            "rediss://ann:s%40e@redis.example.com:6380/2?socket_connect_timeout=3&socket_timeout=10",
        ),
        (
            "redis://:secret@10.0.0.5/0?socket_timeout=5",
            "redis://:secret@10.0.0.5/0?socket_timeout=5",
        ),
    ],
)
def test_work_waits_in_the_database_or_in_redis(
    url: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", url)
    assert environment.broker() == used


@pytest.mark.parametrize("name", ["DATABASE_POOL", "DATABASE_PREPARE"])
def test_a_switch_is_on_or_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", POSTGRES)
    monkeypatch.setenv(name, "maybe")
    assert stopped(database) == f"{name} is malformed. It should be on or off. See .env.example."


def test_a_strong_secret_key_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD_KEY)
    assert secret_key() == GOOD_KEY


def test_the_demo_needs_no_variable_at_all() -> None:
    assert len(environment.secret_key(demo=True)) == 60
    assert environment.site_url(demo=True) == "http://localhost:8000"
    assert environment.time_zone() == "UTC"
    assert str(database()["NAME"]) == "/var/local.sqlite3"


def test_the_address_is_written_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "HTTPS://JobOps.example.com:8443")
    assert site_url() == "https://jobops.example.com:8443"


@pytest.mark.parametrize(
    "url", ["http://localhost", "http://10.0.0.5:65535", "https://job_ops-1.xn--bcher-kva.example"]
)
def test_an_address_is_a_name_or_numbers_with_or_without_a_port(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_URL", url)
    assert site_url() == url


def test_a_database_in_memory_is_one_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite://:memory:")
    assert database()["NAME"] == ":memory:"


@pytest.mark.parametrize("name", ["EMAIL", "PASSWORD"])
def test_where_nobody_is_asked_a_first_admin_has_a_user_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("USERNAME", "EMAIL", "PASSWORD"):
        monkeypatch.setenv(f"FIRST_ADMIN_{each}", "")
    nobody = {"username": "", "email": "", "password": ""}
    assert environment.first_admin_or_nobody() == nobody
    monkeypatch.setenv(f"FIRST_ADMIN_{name}", "x")
    assert stopped(environment.first_admin_or_nobody) == (
        f"FIRST_ADMIN_USERNAME is missing beside FIRST_ADMIN_{name}. "
        "It should be the user name of the first Admin. See .env.example."
    )


def test_the_time_zone_is_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIME_ZONE", "Europe/Vienna")
    assert environment.time_zone() == "Europe/Vienna"


def test_sqlite_lets_web_and_background_write_to_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SQLITE)
    config = database()
    assert (config["ENGINE"], config["NAME"]) == (
        "django.db.backends.sqlite3",
        "/var/lib/jobops.sqlite3",
    )
    assert config["OPTIONS"] == {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA busy_timeout=20000; PRAGMA foreign_keys=ON;"
        ),
    }


def test_postgresql_keeps_connections_and_pools_in_the_web_process_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", POSTGRES)
    config = database()
    names = ("ENGINE", "HOST", "PORT", "NAME", "USER", "PASSWORD")
    assert [config[name] for name in names] == [
        "django.db.backends.postgresql",
        "db.example.com",
        5433,
        "jobops",
        "ann",
        "secret",
    ]
    assert (config["CONN_MAX_AGE"], config["CONN_HEALTH_CHECKS"]) == (60, True)
    assert config["OPTIONS"] == PREPARED

    monkeypatch.setenv("DATABASE_URL", f"{POSTGRES}?options=-c random_page_cost=4")
    own = database()["OPTIONS"]
    # The last one counts.
    assert own == {
        **PREPARED,
        "options": "-c random_page_cost=1.1 -c jit=off -c random_page_cost=4",
    }

    monkeypatch.setenv("DATABASE_URL", POSTGRES)
    monkeypatch.setenv("DATABASE_POOL", "on")
    assert database()["OPTIONS"] == {**PREPARED, "pool": {"timeout": 5}}


def test_behind_a_pooler_nothing_is_left_on_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{POSTGRES}?sslmode=require")
    assert database()["OPTIONS"] == {**PREPARED, "sslmode": "require"}
    assert database()["DISABLE_SERVER_SIDE_CURSORS"] is False

    monkeypatch.setenv("DATABASE_PREPARE", "off")
    config = database()
    assert (config["OPTIONS"], config["DISABLE_SERVER_SIDE_CURSORS"]) == (
        {"sslmode": "require"},
        True,
    )
    monkeypatch.setenv("DATABASE_POOL", "on")
    assert database()["OPTIONS"] == {"sslmode": "require", "pool": {"timeout": 5}}


def test_a_process_without_a_secret_key_stops_with_one_line_and_no_traceback() -> None:
    process = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SITE_URL": "https://jobops.example.com"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == f"SECRET_KEY is missing. It should be {KEY}. See .env.example.\n"


def test_every_variable_that_is_read_is_in_the_example() -> None:
    code = "".join((ROOT / "core" / name).read_text() for name in ("environment.py", "settings.py"))
    read = set(re.findall(r"env\.\w+[,(]\s*\"([A-Z_]+)\"", code))
    read |= {f"{name}_FILE" for name in environment.SECRETS}
    example = (ROOT / ".env.example").read_text()
    compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) == read | compose
    assert {"SECRET_KEY", "SITE_URL", "DATABASE_URL", "DEBUG"} <= read


def test_the_secret_of_a_mail_provider_is_for_one_that_tells_of_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert environment.mail_webhook_secret(POSTMARK) == ""
    monkeypatch.setenv("MAIL_WEBHOOK_SECRET", "a-secret_of-24-letters-or-more")
    assert environment.mail_webhook_secret(POSTMARK) == "a-secret_of-24-letters-or-more"
    assert stopped(lambda: environment.mail_webhook_secret(read_mail_url("console://"))) == (
        "MAIL_WEBHOOK_SECRET is set, but MAIL_URL names no provider that reports what happened to"
        " mail."
        " It should be left out. See .env.example."
    )
