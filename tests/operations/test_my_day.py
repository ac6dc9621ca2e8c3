"""My day: who gets the page, what it says of itself, and what the phone keeps of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.record.audit import Door
from core.roles import Role
from core.serving.assets import Hashed
from operations.pages import job_head, my_day
from people.models import User
from tests.conftest import Sign
from tests.factories import make_job, make_user
from tests.programs import Caller, page, program

pytestmark = pytest.mark.django_db
PAGE, WORKER = "/my-day/", "/my-day/worker.js"
MODULES = sorted(my_day.FOLDER.glob("*.js"))


def body_of(page: str) -> dict[str, str]:
    """What the page says of itself, in the data of its body."""
    found = re.search(r"<body ([^>]*)>", page)
    assert found is not None
    return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', found[1]))


def words_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="words" type="application/json">(.*?)</script>', page)
    assert found is not None
    words: dict[str, Any] = json.loads(found[1])
    return words


@pytest.mark.parametrize("address", [PAGE, "/my-day"])
def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(address: str, client: Client) -> None:
    answer = client.get(address, follow=True)
    assert answer.redirect_chain[-1] == (f"/admin/login/?next={PAGE}", 302)
    assert "X-Person" not in answer


def test_who_holds_no_role_does_not_enter(sign_in: Sign) -> None:
    answer = sign_in(make_user()).get(PAGE)
    assert answer["Location"] == f"/admin/login/?next={PAGE}"


@pytest.mark.parametrize(
    ("roles", "reports"),
    [
        ([Role.TECHNICIAN], True),
        # They see jobs of others too, on which they may not: the dashboard says which.
        ([Role.TECHNICIAN, Role.SALES_AGENT], True),
        ([Role.ADMIN], False),
        ([Role.ADMIN, Role.TECHNICIAN], True),
        ([Role.SALES_AGENT], False),
    ],
)
def test_the_page_says_whose_it_is_and_whether_they_report(
    roles: list[Role], reports: bool, sign_in: Sign
) -> None:
    person = make_user(*roles, first_name="Ada Maria", last_name="Berg")
    answer = sign_in(person).get(PAGE)
    page = answer.content.decode()
    text = body_of(page)
    assert answer["X-Person"] == text["user"] == str(person.pk)
    assert text["kept-for"] == "259200"
    assert len(text["token"]) == 64
    assert ("You can only view this page" in page) == (not reports)
    assert ("Jobs assigned to you" in page) == (roles == [Role.TECHNICIAN])
    assert '<span aria-hidden="true">AM</span>' in page


def test_the_page_itself_reads_no_job(tech: User, sign_in: Sign) -> None:
    client = sign_in(tech)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE)
    tables = [re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"]) for query in queries]
    assert [table for tables_ in tables for table in tables_ if "operations" in table] == []
    assert len(queries) == 3


def test_a_page_and_a_worker_are_only_read(tech: User, sign_in: Sign) -> None:
    client = sign_in(tech)
    assert [client.post(address).status_code for address in (PAGE, WORKER)] == [405, 405]


def test_neither_is_kept_by_browser_or_proxy_but_by_the_worker(tech: User, sign_in: Sign) -> None:
    for address in (PAGE, WORKER):
        answer = sign_in(tech).get(address)
        assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


def test_the_policy_lets_no_inline_script_run_and_the_page_has_none(
    tech: User, sign_in: Sign
) -> None:
    answer = sign_in(tech).get(PAGE)
    assert "script-src 'self' 'unsafe-eval';" in answer["Content-Security-Policy"] + ";"
    scripts = re.findall(r"<script ([^>]*)>", answer.content.decode())
    inline = [script for script in scripts if "src=" not in script]
    assert inline == ['id="words" type="application/json"']
    assert not re.search(r"\son[a-z]+=", answer.content.decode())


def test_every_word_of_the_modules_is_in_the_page(tech: User, sign_in: Sign) -> None:
    words = words_of(sign_in(tech).get(PAGE).content.decode())
    script = "\n".join(module.read_text() for module in MODULES)
    asked = set(re.findall(r'\b(?:word|counted|label)\(\s*"(\w+)"', script))
    computed = {"overdue", "finished", "no_signal", "slow_signal", "nothing_kept", "note_saved"}
    computed |= {"not_saved", "not_known", "not_sent"}
    computed |= {"fields", "task_pending", "task_in_progress", "task_completed"}
    assert asked | computed == set(words)


def test_what_else_is_written_of_a_job_has_its_name_and_a_place(
    tech: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column of another use stands for one that is still to come."""
    before = words_of(sign_in(tech).get(PAGE).content.decode())["fields"]
    monkeypatch.setattr(job_head, "WRITTEN", (*job_head.WRITTEN, "search_text"))
    page = sign_in(tech).get(PAGE).content.decode()
    assert '<b>Search text</b><span data-slot="search_text"></span>' in page
    assert words_of(page)["fields"] == {**before, "search_text": "Search text"}


def test_the_scripts_are_small() -> None:
    assert {"main.js", "worker.js"} <= {module.name for module in MODULES}
    # What the page runs; the worker is loaded beside it, after it.
    sizes = {module.name: module.stat().st_size for module in MODULES}
    assert sizes.pop("worker.js") < 3_000
    assert sum(sizes.values()) < 31_000


def test_the_worker_is_for_anybody_and_knows_the_files_of_this_release(client: Client) -> None:
    answer = client.get(WORKER)
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "X-Person" not in answer
    head, script = answer.content.decode().split("\n", 1)
    known = json.loads(head.removeprefix("const KNOWN = ").removesuffix(";"))
    assert script == (my_day.FOLDER / "worker.js").read_text()
    assert "Your day cannot be loaded now" in known["no_signal"]
    # What the page loads, but for what a phone has itself: fonts and its icon.
    loaded = {f"/static/operations/my_day/{file.name}" for file in MODULES} - {
        "/static/operations/my_day/worker.js"
    }
    assert loaded <= set(known["files"])
    for address in known["files"]:
        assert client.get(address).getvalue()


def test_another_release_is_another_worker(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "worker.js").write_text("")
    monkeypatch.setattr(my_day, "FOLDER", tmp_path)
    my_day._version.cache_clear()
    first = my_day._version()
    (tmp_path / "my_day.css").write_text("a { }")
    my_day._version.cache_clear()
    assert my_day._version() != first
    my_day._version.cache_clear()


def test_the_manifest_makes_the_page_installable(client: Client) -> None:
    answer = client.get("/static/operations/my_day/my_day.webmanifest")
    assert answer["Content-Type"].startswith("application/manifest+json")
    manifest = json.loads(answer.getvalue())
    assert (manifest["start_url"], manifest["scope"]) == (PAGE, PAGE)
    assert manifest["display"] == "standalone"
    sizes = {}
    for icon in manifest["icons"]:
        path = finders.find(f"operations/my_day/{icon['src']}")
        assert path is not None
        head = Path(path).read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        pixels = int.from_bytes(head[16:20], "big")
        assert icon["sizes"] == f"{pixels}x{pixels}"
        sizes[icon["purpose"], pixels] = icon["src"]
    assert set(sizes) == {("any", 192), ("any", 512), ("maskable", 512)}


def test_modules_import_each_other_by_names_made_from_their_contents(tmp_path: Path) -> None:
    storage = Hashed(location=tmp_path, base_url="/static/")
    names = [f"operations/my_day/{module.name}" for module in MODULES]
    paths = {}
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        source = finders.find(name)
        assert isinstance(source, str)
        (tmp_path / name).write_bytes(Path(source).read_bytes())
        paths[name] = (storage, name)
    assert all(not isinstance(done, Exception) for _, _, done in storage.post_process(paths))
    main = (tmp_path / storage.stored_name("operations/my_day/main.js")).read_text()
    imported = re.findall(r'from "([^"]+)"', main)
    assert imported
    hashed = {Path(storage.stored_name(name)).name for name in names}
    assert {Path(name).name for name in imported} <= hashed


def test_an_answer_of_the_api_says_whose_it_is(tech: User, sign_in: Sign, client: Client) -> None:
    assert sign_in(tech).get("/api/me")["X-Person"] == str(tech.pk)
    assert "X-Person" not in client.get("/api/me")


def test_the_home_page_of_who_reports_leads_to_it(tech: User, sales: User, sign_in: Sign) -> None:
    pages = [sign_in(person).get("/admin/").content.decode() for person in (tech, sales)]
    actions = [
        re.findall(r'<p class="jobops-actions">(.*?)</p>', page, re.DOTALL) for page in pages
    ]
    assert ["/my-day/" in " ".join(found) for found in actions] == [True, False]


def test_the_sidebar_leads_to_it(tech: User, sign_in: Sign) -> None:
    groups = sign_in(tech).get("/admin/").context["sidebar_navigation"]
    links = [item["link"] for group in groups for item in group["items"]]
    assert links.count(PAGE) == 1


PHONES = {
    "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36": "geo:0,0?q=",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)": "https://maps.apple.com/?daddr=",
    "Mozilla/5.0 (X11; Linux x86_64)": "https://www.openstreetmap.org/search?query=",
    "": "https://www.openstreetmap.org/search?query=",
}


@pytest.mark.parametrize("phone", PHONES)
def test_an_address_opens_what_the_phone_finds_its_way_by(
    phone: str, tech: User, sign_in: Sign
) -> None:
    page = sign_in(tech).get(PAGE, headers={"User-Agent": phone} if phone else {})
    assert body_of(page.content.decode())["map"] == PHONES[phone]


ON_PHONE = {"Sec-CH-UA-Mobile": "?1"}
WHERE_TO = {
    "a phone that says so": (ON_PHONE, PAGE),
    "a phone by its name": ({"User-Agent": "iPhone Mobile/15E148 Safari"}, PAGE),
    "one told to be a computer": ({"Sec-CH-UA-Mobile": "?0", "User-Agent": "Mobile"}, "/admin/"),
    "a computer": ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}, "/admin/"),
    "nothing said": ({}, "/admin/"),
}


def signed_in(person: User, headers: dict[str, str], address: str = "/admin/login/") -> str:
    """Where somebody comes by signing in."""
    typed = {"username": person.username, "password": "pass-word-1"}
    return Client().post(address, typed, headers=headers)["Location"]


@pytest.mark.parametrize("what", WHERE_TO)
def test_a_technician_comes_to_their_day_by_signing_in_on_a_phone(what: str, tech: User) -> None:
    headers, place = WHERE_TO[what]
    assert signed_in(tech, headers) == place
    assert signed_in(tech, headers, "/admin/login/?next=/admin/") == place


def test_who_asked_for_a_page_comes_to_that_one(tech: User) -> None:
    page = "/admin/operations/job/"
    assert signed_in(tech, ON_PHONE, f"/admin/login/?next={page}") == page


def test_who_reports_does_whatever_else_they_are_and_nobody_else(sales: User) -> None:
    both = make_user(Role.SALES_AGENT, Role.TECHNICIAN)
    assert [signed_in(person, ON_PHONE) for person in (both, sales)] == [PAGE, "/admin/"]


def test_who_is_signed_in_already_comes_home(tech: User, sign_in: Sign) -> None:
    answer = sign_in(tech).get("/admin/login/", headers=ON_PHONE)
    assert answer["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("caller", "expected", "door"),
    [
        (page, "my_day", Door.MY_DAY),
        (page, "", Door.API),
        (page, "import", Door.API),
        # A program calls the API, whatever it says.
        (program, "my_day", Door.API),
    ],
)
def test_what_is_done_here_is_on_record_as_done_here(
    caller: Callable[[User], Caller], expected: str, door: str, sales: User, tech: User
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    calls = caller(tech)
    calls.client.defaults["HTTP_X_DOOR"] = expected
    calls.post(f"/jobs/{job.pk}/start")
    record = job.history.first()
    assert (record.status, record.door, record.act_kind) == ("in_progress", door, "call")
