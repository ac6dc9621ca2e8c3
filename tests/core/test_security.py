"""What docs/security.md claims and no other test shows: answers, sessions, the log."""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.roles import Role
from core.serving import log
from operations import acts
from people.models import User
from people.sessions import BEGUN, STEP, USED
from tests import acting
from tests.conftest import Sign
from tests.factories import (
    make_customer,
    make_equipment,
    make_job,
    make_site,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 31)
OLD, NEW = "pass-word-1", "A-Word-Of-2-Parts"
HERE = "203.0.113.5"


def typed_in(username: str, password: str = OLD, **client: Any) -> Client:
    """A browser in which somebody typed this at the sign-in."""
    browser = Client(REMOTE_ADDR=HERE, **client)
    browser.post("/admin/login/", {"username": username, "password": password})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


# Every answer

PAGES = {
    "/": 302,
    "/admin/": 200,
    "/admin/jsi18n/": 200,
    "/admin/login/": 302,
    "/admin/nothing/": 404,
    "/admin/operations/job/999/change/": 404,
    "/admin/people/user/add/": 403,
    "/healthz": 200,
    "/nothing": 404,
}


@pytest.mark.parametrize("path", PAGES)
def test_no_answer_is_kept_by_browser_or_proxy(path: str, tech: User, sign_in: Sign) -> None:
    answer = sign_in(tech).get(path)
    assert answer.status_code == PAGES[path]
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


@pytest.mark.parametrize("path", [*PAGES, "/static/core/icon.svg"])
def test_every_answer_says_who_may_use_it(path: str, tech: User, sign_in: Sign) -> None:
    answer = sign_in(tech).get(path)
    assert answer.getvalue() is not None
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer


def test_static_files_may_be_kept(client: Client) -> None:
    answer = client.get("/static/core/icon.svg")
    assert answer.getvalue().startswith(b"<svg")
    assert answer["Cache-Control"] == "max-age=60, public"
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_a_method_that_nothing_here_knows_is_refused(method: str, client: Client) -> None:
    answer = client.generic(method, "/admin/login/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"


@pytest.mark.parametrize(("size", "status"), [(5 * 2**20 - 1000, 200), (5 * 2**20, 413)])
def test_a_file_that_nobody_asked_for_is_not_read(size: int, status: int, client: Client) -> None:
    file = SimpleUploadedFile("file.bin", b"x" * size)
    answer = client.post("/admin/login/", {"username": "a", "password": "b", "file": file})
    assert answer.status_code == status


@pytest.mark.parametrize("length", ["", "many"])
def test_a_length_that_is_none_counts_as_nothing(length: str, client: Client) -> None:
    """So nothing is read of what comes with it."""
    answer = client.post("/admin/login/", {"username": "a"}, headers={"content-length": length})
    assert answer.status_code == 200
    missing = ["This field is required."]
    assert answer.context["form"].errors == {"username": missing, "password": missing}


# Where one is led

ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_leads_nowhere_else(address: str, tech: User) -> None:
    typed = {"username": "tina", "password": OLD, "next": address}
    for query in ("", f"?next={address}"):
        answer = Client().post(f"/admin/login/{query}", typed)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_out_leads_nowhere_else(address: str, tech: User, sign_in: Sign) -> None:
    answer = sign_in(tech).post("/admin/logout/", {"next": address})
    assert (answer.status_code, answer.get("Location")) == (200, None)


# What people typed is text

TYPED = "<img src=x onerror=alert(1)>'\"&"


def test_what_people_typed_is_shown_as_text_on_every_page(
    admin: User, tech: User, sign_in: Sign
) -> None:
    customer = make_customer(name=TYPED, notes=TYPED)
    site = make_site(customer=customer, name=TYPED, address=TYPED, access_notes=TYPED)
    tool = make_equipment(name=TYPED, serial_number=TYPED)
    who = make_user(Role.TECHNICIAN, first_name=TYPED[:30], last_name=TYPED[:30], phone=TYPED)
    job = make_job(
        owner=admin,
        title=TYPED,
        description=TYPED,
        site=site,
        assigned_to=who,
        scheduled_date=TODAY,
    )
    task = make_task(job=job, title=TYPED, description=TYPED, equipment=[tool])
    acts.progress(task, by=who, status="in_progress", note=TYPED)
    acting.hold(job, by=who, reason=TYPED)
    paths = ["", *(f"{each}/" for each in ("operations/job", "operations/customer"))]
    paths += ["operations/site/", "operations/equipment/", "people/user/"]
    rows: list[Any] = [job, customer, site, tool, who]
    for row in rows:
        for page in ("change", "history", "delete"):
            paths.append(f"{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{page}/")
    raw = []
    for browser in (sign_in(admin), sign_in(who)):
        for path in paths:
            text = browser.get(f"/admin/{path}", follow=True).content.decode()
            raw += [path] if "<img src=x" in text else []
        assert "&lt;img src=x" in browser.get("/admin/operations/job/").content.decode()
    assert raw == []


# Sessions


def test_a_session_that_somebody_planted_is_not_the_one_signed_in(tech: User) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "planted0planted0planted0planted0"
    browser.post("/admin/login/", {"username": "tina", "password": OLD})
    assert is_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != "planted0planted0planted0planted0"


def test_each_sign_in_gives_a_new_session_and_ends_the_one_before(tech: User) -> None:
    browser = typed_in("tina")
    first = browser.session.session_key
    browser.post("/admin/login/?again", {"username": "tina", "password": OLD})
    assert browser.session.session_key != first
    assert not Session.objects.filter(session_key=first).exists()


def age(browser: Client, *, begun: int = 0, used: int = 0) -> None:
    """Have the session begin, and be used last, so many seconds earlier."""
    session = browser.session
    session[BEGUN] -= begun
    session[USED] -= used
    session.save()


DAY = 24 * 3600


@pytest.mark.parametrize(
    ("begun", "used", "lasts"),
    [
        (14 * DAY - 60, 0, True),
        (14 * DAY, 0, False),
        (3 * DAY - 60, 3 * DAY - 60, True),
        (3 * DAY, 3 * DAY, False),
    ],
)
def test_a_session_ends_after_two_weeks_or_three_days_unused(
    begun: int, used: int, lasts: bool, tech: User, sign_in: Sign
) -> None:
    browser = sign_in(tech)
    key = browser.session.session_key
    age(browser, begun=begun, used=used)
    assert is_in(browser) is lasts
    assert Session.objects.filter(session_key=key).exists() is lasts


def test_a_session_that_does_not_say_when_it_began_is_over(tech: User, sign_in: Sign) -> None:
    browser = sign_in(tech)
    session = browser.session
    del session[BEGUN]
    session.save()
    assert not is_in(browser)


def test_using_a_session_keeps_it_and_is_written_down_every_ten_minutes(
    tech: User, sign_in: Sign
) -> None:
    browser = sign_in(tech)
    age(browser, used=STEP - 60)
    before = browser.session[USED]
    assert is_in(browser)
    assert browser.session[USED] == before
    age(browser, used=60)
    assert is_in(browser)
    assert time.time() - browser.session[USED] < 60


def test_a_new_password_ends_the_other_sessions_and_renews_ones_own(tech: User) -> None:
    mine, other = typed_in("tina"), typed_in("tina")
    key = mine.session.session_key
    typed = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    assert mine.post("/admin/password_change/", typed).status_code == 302
    assert (is_in(mine), is_in(other)) == (True, False)
    assert mine.session.session_key != key


def test_an_admin_ends_the_sessions_of_a_person_by_a_new_password(
    admin: User, tech: User, sign_in: Sign
) -> None:
    browser = typed_in("tina")
    typed = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    address = f"/admin/people/user/{tech.pk}/password/"
    assert sign_in(admin).post(address, typed).status_code == 302
    assert not is_in(browser)


@pytest.mark.parametrize("key", ["{}", "0{}", " {}"])
def test_ones_own_password_needs_the_old_one_on_the_page_of_people_too(
    key: str, admin: User, sign_in: Sign
) -> None:
    typed = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    answer = sign_in(admin).post(f"/admin/people/user/{key.format(admin.pk)}/password/", typed)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/password_change/")
    admin.refresh_from_db()
    assert admin.check_password(OLD)


def test_a_password_is_taken_exactly_as_typed(tech: User) -> None:
    tech.set_password(word := f"  ß{'x' * 100} ")
    tech.save()
    tries = [word, word.strip(), word[:70], word.upper()]
    assert [is_in(typed_in("tina", each)) for each in tries] == [True, False, False, False]


def test_signing_out_is_a_post_that_ends_the_session_and_empties_the_cache(
    tech: User, sign_in: Sign
) -> None:
    browser = sign_in(tech)
    key = browser.session.session_key
    assert browser.get("/admin/logout/").status_code == 405
    assert is_in(browser)
    assert 'action="/admin/logout/"' in browser.get("/admin/").content.decode()
    answer = browser.post("/admin/logout/")
    assert answer["Clear-Site-Data"] == '"cache"'
    assert not is_in(browser)
    assert not Session.objects.filter(session_key=key).exists()


def test_what_is_not_sent_from_a_page_of_ours_is_refused(tech: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    backend = "django.contrib.auth.backends.ModelBackend"
    browser.force_login(tech, backend=backend)
    for path in ("/admin/profile/", "/admin/logout/", "/admin/password_change/"):
        assert browser.post(path, {"phone": "1"}).status_code == 403
    assert is_in(browser)


def test_a_sign_in_page_out_of_date_is_shown_anew(tech: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    typed = {"username": tech.username, "password": OLD}
    page = "/admin/login/?next=/my-day/%3Fa%3Db"
    answer = browser.post(page, typed)
    assert answer["Location"] == "/admin/login/?next=%2Fmy-day%2F%3Fa%3Db&again=1"
    assert not is_in(browser)
    shown = browser.get(answer["Location"])
    assert "This page was out of date. Please sign in once more." in shown.content.decode()
    token = {"csrfmiddlewaretoken": shown.context["csrf_token"]}
    wrong = browser.post(answer["Location"], {**typed, **token, "password": "wrong"})
    assert "do not match" in wrong.content.decode()
    assert "out of date" not in wrong.content.decode()
    assert browser.post(answer["Location"], {**typed, **token})["Location"] == "/my-day/?a=b"
    # Where the other page has let them in, they are led on.
    answer = browser.post(page, typed, follow=True)
    assert answer.redirect_chain[-1] == ("/admin/", 302)
    assert is_in(browser)


def test_what_people_typed_is_in_no_cookie(sales: User, admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    job = make_job(owner=sales)
    browser.post(f"/admin/operations/job/{job.pk}/start/")
    assert set(browser.cookies) <= {"sessionid", "csrftoken", "wrote"}
    # When they last wrote (core/kept.py), and nothing else.
    assert float(browser.cookies["wrote"].value) <= time.time()
    assert "is now in progress" in browser.get("/admin/").content.decode()


# The log


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is written to the log."""
    console = next(h for h in logging.root.handlers if h.get_name() == "console")
    assert isinstance(console, logging.StreamHandler)
    written = io.StringIO()
    before = console.setStream(written)
    yield written
    console.setStream(before)


def noted(lines: io.StringIO) -> list[str]:
    """What was noted for safety, without time and id."""
    found = re.findall(r"INFO jobops\.security \[[^]]+\] (.*)\n", lines.getvalue())
    return [str(each) for each in found]


def test_signing_in_and_out_is_noted_with_the_address(tech: User, lines: io.StringIO) -> None:
    browser = typed_in("tina")
    browser.post("/admin/logout/")
    assert noted(lines) == [
        f'signed in user="tina" address={HERE}',
        f'signed out user="tina" address={HERE}',
    ]


def test_a_failed_sign_in_is_noted_without_what_was_typed(tech: User, lines: io.StringIO) -> None:
    typed_in("TINA", "my-wrong-secret")
    typed_in("my-other-secret", "x")
    assert noted(lines) == [
        f'sign-in failed user="tina" address={HERE}',
        f'sign-in failed user="nobody of ours" address={HERE}',
    ]
    assert "secret" not in lines.getvalue()


def test_a_throttled_sign_in_is_noted(tech: User, lines: io.StringIO) -> None:
    for _ in range(11):
        typed_in("tina", "wrong")
    last = f'refused status="429" request="POST /admin/login/" user="" address={HERE}'
    assert noted(lines)[-1] == last


def test_a_session_that_is_over_is_noted(tech: User, lines: io.StringIO) -> None:
    browser = typed_in("tina")
    age(browser, begun=14 * DAY)
    browser.get("/admin/")
    assert noted(lines)[-1] == f'session over user="tina" address={HERE}'


def test_what_is_refused_is_noted_with_person_and_address(tech: User, lines: io.StringIO) -> None:
    browser = typed_in("tina")
    browser.get("/admin/people/user/add/?secret=1")
    browser.trace("/admin/")
    browser.get("/admin/", headers={"host": "evil.example"})
    expected = [
        'refused status="403" request="GET /admin/people/user/add/" user="tina"',
        'refused status="405" request="TRACE /admin/" user=""',
        'refused status="400" request="GET /admin/" user=""',
    ]
    assert noted(lines)[1:] == [f"{each} address={HERE}" for each in expected]


def test_a_change_of_rights_or_password_is_noted(
    admin: User,
    lines: io.StringIO,
    django_capture_on_commit_callbacks: Any,
) -> None:
    tech = make_user(Role.TECHNICIAN, username="tom")
    browser = typed_in("adam")
    with django_capture_on_commit_callbacks(execute=True):
        tech.refresh_from_db()
        page = f"/admin/people/user/{tech.pk}"
        form = {"username": "tom", "roles": ["sales_agent"], "stated_version": tech.version}
        browser.post(f"{page}/change/", form)
        typed = {"password1": NEW, "password2": NEW, "usable_password": "true"}
        browser.post(f"{page}/password/", typed)
    found = [line for line in noted(lines) if line.startswith("rights")]
    assert sorted(each.split(" address=")[0] for each in found) == [
        'rights changed user="tom" what="groups" groups="Sales agent" by="adam"',
        'rights changed user="tom" what="is_active" is_active="False" by="adam"',
        'rights changed user="tom" what="password" by="adam"',
    ]
    assert NEW not in lines.getvalue()


def test_what_is_rolled_back_is_not_noted(
    tech: User, lines: io.StringIO, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        tech.is_superuser = True
        tech.save()
    assert (len(callbacks), noted(lines)) == (1, [])


def test_what_a_group_may_do_is_noted_as_it_is_given_and_taken(
    root: User, lines: io.StringIO, django_capture_on_commit_callbacks: Any
) -> None:
    browser = typed_in("root")
    may = Permission.objects.get(codename="view_job")
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/admin/auth/group/add/", {"name": 'Dis"patch', "permissions": [may.pk]})
        group = Group.objects.get(name='Dis"patch')
        browser.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
        Group.objects.create(pk=group.pk, name="Reception")
        bulk = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
        browser.post("/admin/auth/group/", bulk)
    assert [line.split(" address=")[0] for line in noted(lines)[1:]] == [
        'group saved by="root" group="Dis\\"patch" may="view_job"',
        'group deleted by="root" group="Dis\\"patch"',
        'group deleted by="root" group="Reception"',
    ]


def test_no_event_makes_two_lines_whatever_it_holds(lines: io.StringIO) -> None:
    logging.getLogger("jobops.request").warning("one\r\ntwo\x1b[31m\u2028three")
    log.note("four", five='\n6" 7')
    assert lines.getvalue().count("\n") == 2
    assert "one\\r\\ntwo\\x1b[31m\\u2028three" in lines.getvalue()
    assert 'four five="\\n6\\" 7" address=-' in lines.getvalue()


def test_a_traceback_cannot_pass_for_a_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("x\n2026-01-01 00:00:00,000Z INFO jobops.security [-] signed in")
    except ValueError:
        logging.getLogger("jobops.request").exception("failed")
    assert [line for line in lines.getvalue().split("\n")[1:] if line[:2] not in {"", "  "}] == []


def test_the_log_is_in_utc_and_says_so(lines: io.StringIO) -> None:
    log.note("now")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}Z ", lines.getvalue())
    hour = time.strftime("%H", time.gmtime())
    assert lines.getvalue()[11:13] == hour


# Components


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_component_is_pinned_to_what_it_was(name: str) -> None:
    text = (Path(settings.BASE_DIR) / name).read_text()
    entries = [each for each in text.replace("\\\n", "").split("\n") if re.match("[a-z]", each)]
    assert len(entries) > 20
    assert [each for each in entries if "==" not in each or "--hash=sha256:" not in each] == []
