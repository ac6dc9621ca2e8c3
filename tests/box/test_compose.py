"""compose.yaml, the Dockerfile and .env.example agree, and leave no door open."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.declarations import View, collected
from tests.box.image import FOLDERS, ROOT, STEPS, Stage, context, copy, is_let_in, steps

TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("deploy", "web", "cluster")
DOCKERFILE = steps((ROOT / "Dockerfile").read_text())
# The keys of the Compose specification that a service of ours may use.
KNOWN = {
    *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init"),
    *("networks", "ports", "profiles", "pull_policy", "read_only", "restart", "security_opt"),
    *("shm_size", "stop_grace_period", "tmpfs", "volumes"),
}


def example() -> dict[str, str]:
    """What .env.example names, whether or not it is filled in."""
    pairs = re.findall(
        r"^(?:# )?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE
    )
    return dict(pairs)


def variables() -> dict[str, str]:
    """What compose.yaml reads, and how: `:?` or `:-` with what follows."""
    return dict(re.findall(r"\$\{([A-Z_]+)(:[?-][^}]*)?\}", TEXT))


def test_every_variable_is_in_the_example() -> None:
    assert set(variables()) - set(example()) == set()


def test_no_secret_has_a_default_and_what_is_needed_is_asked_for_by_name() -> None:
    asked = {name for name, how in variables().items() if how.startswith(":?")}
    assert asked == {"SITE_URL", "SECRET_KEY", "POSTGRES_PASSWORD"}
    assert variables()["FIRST_ADMIN_PASSWORD"] == ":-"
    assert {example()[name] for name in {*asked, "FIRST_ADMIN_PASSWORD"}} == {""}


def test_the_example_is_what_a_shell_reads() -> None:
    lines = (ROOT / ".env.example").read_text().split("\n")
    assert [line for line in lines if line and not re.match(r"#|[A-Z_]+=\S*$", line)] == []


def test_each_service_is_made_of_known_keys_and_refers_to_what_is_there() -> None:
    for service in SERVICES.values():
        assert set(service) <= KNOWN
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        volumes = [volume.split(":")[0] for volume in service.get("volumes", ())]
        assert [v for v in volumes if not ((ROOT / v).is_file() or v in COMPOSE["volumes"])] == []


def test_what_compose_starts() -> None:
    assert sorted(SERVICES) == ["caddy", "cluster", "db", "deploy", "mailpit", "redis", "web"]
    profiles = {n: each["profiles"] for n, each in SERVICES.items() if "profiles" in each}
    assert profiles == {"redis": ["redis"], "caddy": ["tls"]}


def test_one_service_builds_the_image_and_nobody_fetches_one_of_its_name() -> None:
    assert [name for name in SERVICES if "build" in SERVICES[name]] == ["web"]
    ours = [(SERVICES[name]["image"], SERVICES[name]["pull_policy"]) for name in OURS]
    assert ours == [("jobops:${JOBOPS_VERSION:-latest}", "never")] * 3


def test_everything_that_stays_up_is_started_again_and_has_a_health_check() -> None:
    stays = {name: service for name, service in SERVICES.items() if name != "deploy"}
    assert {service["restart"] for service in stays.values()} == {"unless-stopped"}
    image = [argument for word, argument in DOCKERFILE if word == "HEALTHCHECK"]
    checked = {name for name, service in stays.items() if "healthcheck" in service}
    assert (set(stays) - checked, len(image)) == ({"web"}, 1)


def test_the_database_is_reached_from_inside_alone_and_the_rest_on_this_machine() -> None:
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert ports.pop("caddy") == ["80:80", "443:443"]
    published = [port for some in ports.values() for port in some]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []
    for name in ("db", "redis"):
        assert (ports[name], SERVICES[name]["networks"]) == ([], ["back"])
    assert COMPOSE["networks"]["back"] == {"internal": True}


def test_any_number_of_clusters_runs_side_by_side() -> None:
    assert {"container_name", "ports", "hostname"} & set(SERVICES["cluster"]) == set()


def test_the_web_process_starts_when_the_database_is_up_to_date() -> None:
    for name in ("web", "cluster"):
        assert SERVICES[name]["depends_on"] == {
            "db": {"condition": "service_healthy"},
            "deploy": {"condition": "service_completed_successfully"},
        }


def test_our_processes_may_do_as_little_as_they_need() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_proxy_that_is_believed_is_the_one_of_the_profile() -> None:
    address = SERVICES["caddy"]["networks"]["front"]["ipv4_address"]
    assert variables()["TRUSTED_PROXIES"] == f":-{address}"
    (pool,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert (pool["subnet"], pool["ip_range"]) == ("172.30.253.0/24", "172.30.253.128/25")


def test_a_stop_is_waited_for_as_long_as_the_process_takes() -> None:
    from django_q.conf import Conf

    env = dict(pair for word, argument in DOCKERFILE if word == "ENV" for pair in pairs(argument))
    assert SERVICES["cluster"]["stop_grace_period"] == f"{Conf.TIMEOUT + 30}s"
    assert (
        SERVICES["web"]["stop_grace_period"] == f"{int(env['GRANIAN_WORKERS_KILL_TIMEOUT']) + 10}s"
    )


def pairs(argument: str) -> list[list[str]]:
    return [pair.split("=", 1) for pair in argument.split()]


# The image


def test_the_image_runs_as_nobody_and_gets_signals_itself() -> None:
    commands = [
        (word, argument) for word, argument in DOCKERFILE if word in {"USER", "CMD", "ENTRYPOINT"}
    ]
    assert commands[0] == ("USER", "10001:10001")
    command = ["python", "-m", "core.serving.web", "core.wsgi:application"]
    assert [json.loads(argument) for _word, argument in commands[1:]] == [command]


def test_a_checkout_that_its_owner_alone_may_read_gives_an_image_that_anybody_runs(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    for folder in FOLDERS:
        stage.path(folder).mkdir(parents=True)
    stage.workdir = "/srv/jobops"
    copy(stage, {}, ". ./", root=ROOT)
    wsgi = stage.path("core/wsgi.py")
    assert [oct(path.stat().st_mode)[-3:] for path in (wsgi, wsgi.parent)] == ["600", "700"]
    (opened,) = (argument for word, argument in DOCKERFILE if word == "RUN" and "chmod" in argument)
    STEPS["RUN"](stage, opened)
    assert [oct(path.stat().st_mode)[-3:] for path in (wsgi, wsgi.parent)] == ["644", "755"]


def test_wherever_it_is_installed_pip_takes_just_what_the_lock_file_names() -> None:
    found = [
        (name, line)
        for name in ("Makefile", "Dockerfile", "README.md")
        for line in re.findall(
            r"pip install (.*-r requirements\S*[.]lock)", (ROOT / name).read_text()
        )
    ]
    assert [name for name, _line in found] == ["Makefile", "Makefile", "Dockerfile", "README.md"]
    wanted = {"--require-hashes", "--no-deps"}
    assert [line for _name, line in found if not wanted <= set(line.split())] == []


def test_no_secret_is_written_into_the_image() -> None:
    fixed = [argument for word, argument in DOCKERFILE if word in {"ENV", "ARG"}]
    assert [argument for argument in fixed if re.search("SECRET|PASSWORD|DATABASE", argument)] == []


IGNORE = (ROOT / ".dockerignore").read_text().split("\n")
PATTERNS = [line for line in IGNORE if line and not line.startswith("#")]
DEMO = {
    "core/management/commands/serve.py",
    "operations/demo.py",
    "operations/management/commands/demo.py",
}


@pytest.mark.parametrize(
    "file",
    [
        *(".env", ".env.py", "core/.env", "core/.env.local/x.py", ".git/config", ".git/hooks/x.py"),
        *("jobops.dump", "customers.csv", "backups/monday", "notes/customers.csv", "notes/x.sql"),
        *("core/db.sqlite3", "var/jobops.sqlite3", "var/x.py", "core/static/.DS_Store"),
        *("README.md", "compose.yaml", "setup.py", "core/__pycache__/x.pyc", "staticfiles/x.css"),
        *(".venv/lib/x.py", "env/lib/python3.11/site-packages/django/templates/x.html"),
        *("tests/conftest.py", "bench/api.py", "docs/icons.py", "fixtures/jobs.csv", ".ci/run"),
        *DEMO,
    ],
)
def test_what_is_private_or_of_no_use_there_stays_out_of_the_image(file: str) -> None:
    assert is_let_in(file, PATTERNS) is False


@pytest.mark.parametrize(
    "file", ["api.py", "migrations/0001_initial.py", "templates/notes/a.txt", "static/notes/a.js"]
)
def test_a_new_app_gets_into_the_image_unnamed(file: str) -> None:
    assert is_let_in(f"notes/{file}", PATTERNS) is True


def test_in_the_image_are_our_apps_but_for_the_demo_and_what_they_need() -> None:
    from django.apps import apps

    ours = {Path(app.path) for app in apps.get_app_configs()}
    names = {path.name for path in ours if path.parent == ROOT}
    there = {path.as_posix() for path in context(ROOT)}
    top = {"manage.py", "requirements.lock"}
    assert {file.split("/")[0] for file in there} == names | top | {"locale"}
    listed = subprocess.check_output(["git", "ls-files", "locale", *names], cwd=ROOT, text=True)
    assert there == {*top, *listed.splitlines()} - DEMO


def test_the_proxy_serves_the_address_and_hands_on_to_the_web_process() -> None:
    lines = [line.strip() for line in (ROOT / "Caddyfile").read_text().split("\n")]
    assert lines[1] == "{$SITE_URL} {"
    assert "reverse_proxy web:8000" in lines


def test_a_path_of_the_image_lies_under_its_folder() -> None:
    stage = Stage(Path("/box/x"), workdir="/srv/jobops")
    assert stage.path(".") == Path("/box/x/srv/jobops")
    assert stage.here("a /opt/venv/bin b") == "a /box/x/opt/venv/bin b"


def test_the_proxy_lets_through_whatever_jobops_takes() -> None:
    [(number, unit)] = re.findall(r"max_size (\d+)(\w+)", (ROOT / "Caddyfile").read_text())
    assert unit == "MiB"
    most = max(view.takes for view in collected(View))
    # The rest of a form comes beside its file.
    assert int(number) * 1024**2 > most > 20 * 1024**2
