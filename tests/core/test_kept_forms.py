"""A session that is over while somebody types: what they typed is there when they are back."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core import signing
from django.http import HttpResponse
from django.test import Client

from core.backoffice import kept_forms
from core.backoffice.kept_forms import KeptForm
from core.refusals import Busy
from operations import acts
from operations.models import Job
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_site, make_task
from tests.operations.pages import Fields, fields, messages, words
from tests.operations.stock import everything

pytestmark = pytest.mark.django_db
PASSWORD = "pass-word-1"
NOT_YET = (
    "Your sign-in has ended or changed. What you typed is below and not saved yet: "
    "check it and save."
)
KEPT = "Your session has ended. Sign in again: what you typed is kept, but not saved yet."
ADD = "/admin/operations/job/add/"


def session_over() -> None:
    Session.objects.all().delete()


def sent_without_session(browser: Client, path: str, typed: Fields) -> HttpResponse:
    session_over()
    return browser.post(path, typed)


def sign_in_again(browser: Client, page: HttpResponse, user: User) -> HttpResponse:
    """Through the page that the form was answered by."""
    typed = {"username": user.username, "password": PASSWORD, "kept": kept_in(page)}
    return browser.post(page.context["app_path"], typed)


def kept_in(page: HttpResponse) -> str:
    return str(page.context.get("kept", ""))


def test_what_was_typed_outlives_a_busy_sign_in(
    sales: User, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: Any) -> None:
        raise Busy("Too many people are signing in.", seconds=5)

    browser = sign_in(sales)
    page = sent_without_session(browser, ADD, {"title": "Boiler", "typed_by": sales.form_mark})
    with monkeypatch.context() as patched:
        patched.setattr("core.backoffice.sign_in.SignInForm.clean", busy)
        page = sign_in_again(browser, page, sales)
    assert (page.status_code, page["Retry-After"]) == (429, "5")
    assert "Too many people are signing in. Sign in again in a few seconds" in words(page)
    assert sign_in_again(browser, page, sales).headers["Location"] == ADD
    assert fields(browser.get(ADD), "job_form")["title"] == "Boiler"


def test_what_was_typed_outlives_a_throttled_sign_in(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    page = sent_without_session(browser, ADD, {"title": "Boiler", "typed_by": sales.form_mark})
    way, kept = page.context["app_path"], {"kept": kept_in(page)}
    for _ in range(11):
        page = browser.post(way, {"username": sales.username, "password": "wrong", **kept})
    assert page.status_code == 429
    again = browser.post(way, fields(page))
    assert again.status_code == 200
    assert KeptForm.read(kept_in(again)) == KeptForm.read(kept["kept"])


def test_no_mark_stands_for_another(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    page = sent_without_session(browser, ADD, {"title": "Boiler", "typed_by": sales.form_mark})
    swapped = browser.post(ADD, {"title": "Boiler", "typed_by": kept_in(page)})
    assert (swapped.status_code, "kept" in swapped.headers.get("Location", "")) == (302, False)
    answer = browser.post(page.context["app_path"], {"kept": sales.form_mark})
    assert (answer.status_code, kept_in(answer)) == (200, "")


def test_what_was_typed_is_kept_for_a_day(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    page = sent_without_session(browser, ADD, {"title": "Boiler", "typed_by": sales.form_mark})
    sign_in_again(browser, page, sales)
    session = browser.session
    session["kept_form"] = {**session["kept_form"], "at": 0}
    session.save()
    assert fields(browser.get(ADD), "job_form")["title"] == ""
    assert "kept_form" not in browser.session


def come_back(browser: Client, path: str, typed: Fields, user: User) -> HttpResponse:
    """The session is over, the form is sent, and the same person signs in: the page they get."""
    page = sent_without_session(browser, path, typed)
    assert (page.status_code, page.templates[0].name) == (200, "core/sign_in.html")
    assert KEPT in words(page)
    answer = sign_in_again(browser, page, user)
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    return browser.get(path)


def shown(page: HttpResponse, typed: Fields, **where: str) -> Fields:
    """Of the fields that the page shows, those that were typed."""
    now = fields(page, **where)
    return {name: now.get(name) for name in typed if name != "once"}


def test_a_new_job_with_two_tasks_stands_as_it_was_typed_and_is_saved_once(
    sales: User, sign_in: Sign
) -> None:
    browser, customer = sign_in(sales), make_customer()
    drill = str(make_equipment().pk)
    typed = fields(browser.get(ADD), "job_form") | {
        "title": "Boiler",
        "description": "Behind\r\nthe wall",
        "customer": str(customer.pk),
        "scheduled_date": "2099-05-04",
        "tasks-TOTAL_FORMS": "2",
        "tasks-0-title": "Drain",
        "tasks-0-equipment": [drill],
        "tasks-1-title": "Fill",
        "tasks-1-description": "Slowly",
    }
    before = everything()
    page = come_back(browser, ADD, typed, sales)
    assert NOT_YET in words(page)
    again = fields(page, "job_form")
    rows = [again[f"tasks-{n}-{f}"] for n in (0, 1) for f in ("title", "description", "equipment")]
    assert rows == ["Drain", "", [drill], "Fill", "Slowly", []]
    assert again["description"].splitlines() == ["Behind", "the wall"]
    assert (again["title"], again["customer"]) == ("Boiler", str(customer.pk))
    assert everything() == before
    assert browser.post(ADD, again).status_code == 302
    job = Job.objects.get()
    assert [task.title for task in job.tasks.all()] == ["Drain", "Fill"]


def test_it_is_shown_once(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    typed = fields(browser.get(ADD), "job_form") | {"title": "Boiler"}
    assert fields(come_back(browser, ADD, typed, sales), "job_form")["title"] == "Boiler"
    assert fields(browser.get(ADD), "job_form")["title"] == ""


Typed = tuple[str, str, dict[str, Any]]


def _forms(root: User, sales: User, tech: User) -> dict[str, Callable[[], Typed]]:
    """Of each form of the back office: its address, its id or action, and what is typed there."""
    job = make_job(owner=sales, assigned_to=tech)
    task = make_task(job=job)
    place = make_site(name="Mill")
    group = Group.objects.create(name="Office")
    change = f"/admin/operations/job/{job.pk}/change/?edit=title"
    return {
        "job": lambda: (change, "job_form", {"title": "Anew", "description": "Long\r\ntext"}),
        "popup": lambda: (
            f"/admin/operations/site/add/?_popup=1&customer={place.customer_id}",
            "site_form",
            {"name": "Quay", "_popup": "1"},
        ),
        "customer with a new site": lambda: (
            f"/admin/operations/customer/{place.customer_id}/change/",
            "customer_form",
            {"notes": "Ring twice", "sites-0-access_notes": "Key"},
        ),
        "list kept": lambda: (
            "/admin/operations/equipment/add/?_changelist_filters=kind%3Dtool%26q%3Da+b",
            "equipment_form",
            {"name": "Saw", "serial_number": "S-9"},
        ),
        "person": lambda: (
            f"/admin/people/user/{tech.pk}/change/",
            "user_form",
            {"first_name": "Tinka", "phone": "12345"},
        ),
        "group": lambda: (f"/admin/auth/group/{group.pk}/change/", "group_form", {"name": "Yard"}),
        "profile": lambda: ("/admin/profile/", "", {"first_name": "Rita", "phone": "77"}),
        "reason": lambda: (
            f"/admin/operations/job/{job.pk}/hold/",
            "",
            {"reason": "No parts, and\r\nno gate"},
        ),
        "share": lambda: (
            f"/admin/operations/job/{job.pk}/share/",
            "",
            {"user": str(root.pk), "level": "view"},
        ),
        "bulk": lambda: (
            "/admin/operations/job/bulk/reschedule/",
            "bulk",
            {"job": f"{job.pk}:1", "scheduled_date": "2099-01-02", "reason": "Snow"},
        ),
        "hand over": lambda: (
            "/admin/operations/job/hand-over/",
            "bulk",
            {"job": f"{job.pk}:1:{root.pk}:0", "reason": "Leaves"},
        ),
        "task": lambda: (change, f"{task.pk}", {"note": "rusty"}),
    }


NAMES = [
    "job",
    "popup",
    "customer with a new site",
    "list kept",
    "person",
    "group",
    "profile",
    "reason",
    "share",
    "bulk",
    "hand over",
]


@pytest.mark.parametrize("name", NAMES)
def test_each_form_stands_as_it_was_typed_and_nothing_is_done(
    name: str, root: User, sales: User, tech: User, sign_in: Sign
) -> None:
    path, form, typed = _forms(root, sales, tech)[name]()
    browser = sign_in(root)
    page = browser.get(path)
    where = {"form_id": form} if form else {}
    if name in {"bulk", "hand over"}:
        sent = {**typed, "typed_by": root.form_mark}
    else:
        sent = fields(page, **where) | typed
        assert sent["typed_by"] == root.form_mark
    before = everything()
    page = come_back(browser, path, sent, root)
    assert NOT_YET in words(page)
    assert shown(page, typed, **where) == typed
    assert everything() == before


def test_a_note_stands_in_the_form_of_its_task_not_saved(
    sales: User, tech: User, sign_in: Sign
) -> None:
    job = make_job(owner=sales, assigned_to=tech)
    other, task = make_task(job=job, note="as it was"), make_task(job=job)
    browser = sign_in(tech)
    change = f"/admin/operations/job/{job.pk}/change/"
    path = f"/admin/operations/job/{job.pk}/tasks/{task.pk}/progress/"
    typed = fields(browser.get(change), action=path) | {"note": "rusty"}
    before = everything()
    led = come_back(browser, path, typed, tech)
    assert led.headers["Location"] == change
    page = browser.get(change)
    assert messages(page) == [NOT_YET]
    assert fields(page, action=path)["note"] == "rusty"
    beside = f"/admin/operations/job/{job.pk}/tasks/{other.pk}/progress/"
    assert fields(page, action=beside)["note"] == "as it was"
    assert fields(browser.get(change), action=path)["note"] == ""
    assert everything() == before


def test_a_change_that_somebody_made_meanwhile_is_told_with_what_was_typed(
    sales: User, admin: User, sign_in: Sign
) -> None:
    job, browser = make_job(owner=sales, title="Boiler"), sign_in(sales)
    path = f"/admin/operations/job/{job.pk}/change/?edit=title"
    typed = fields(browser.get(path), "job_form") | {"title": "Mine"}
    acts.edit(job, by=admin, title="Theirs")
    page = come_back(browser, path, typed, sales)
    assert fields(page, "job_form")["title"] == "Mine"
    assert "Now: Theirs. Yours: Mine." in words(page)
    assert NOT_YET in words(page)


def test_no_password_is_kept(root: User, sign_in: Sign) -> None:
    path = "/admin/people/user/add/"
    browser = sign_in(root)
    secret = {"password1": "A-quite-long-secret-7", "password2": "A-quite-long-secret-7"}
    typed = fields(browser.get(path), "user_form") | {"username": "new"} | secret
    page = sent_without_session(browser, path, typed)
    kept = KeptForm.read(kept_in(page))
    assert kept is not None
    assert "username=new" in kept.sent
    assert "secret" not in kept.sent
    assert "csrfmiddlewaretoken" not in kept.sent
    assert "password" not in kept.sent


def test_somebody_else_who_signs_in_is_never_shown_it(
    sales: User, other_sales: User, sign_in: Sign
) -> None:
    browser = sign_in(sales)
    typed = fields(browser.get(ADD), "job_form") | {"title": "Mine alone"}
    page = sent_without_session(browser, ADD, typed)
    assert sign_in_again(browser, page, other_sales).headers["Location"] == ADD
    assert fields(browser.get(ADD), "job_form")["title"] == ""
    assert "kept_form" not in browser.session


def test_a_wrong_password_loses_nothing(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    typed = fields(browser.get(ADD), "job_form") | {"title": "Boiler"}
    page = sent_without_session(browser, ADD, typed)
    sent = {"username": "sara", "password": "wrong", "kept": kept_in(page)}
    again = browser.post(page.context["app_path"], sent)
    assert KEPT in words(again)
    assert sign_in_again(browser, again, sales).headers["Location"] == ADD
    assert fields(browser.get(ADD), "job_form")["title"] == "Boiler"


def test_the_last_form_alone_is_kept(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    other = "/admin/operations/customer/add/"
    for path, form, name in ((ADD, "job_form", "title"), (other, "customer_form", "name")):
        typed = fields(browser.get(path), form) | {name: "Mine"}
        page = sent_without_session(browser, path, typed)
        sign_in_again(browser, page, sales)
    assert fields(browser.get(ADD), "job_form")["title"] == ""
    assert fields(browser.get(other), "customer_form")["name"] == "Mine"


def test_what_we_did_not_sign_is_not_kept(sales: User) -> None:
    form = {"person": sales.pk, "path": ADD, "sent": "title=Planted"}
    for planted in ("", "nothing", signing.dumps(form), signing.dumps(form, salt="other")):
        browser = Client()
        typed = {"username": "sara", "password": PASSWORD, "kept": planted}
        browser.post(f"/admin/login/?next={ADD}", typed)
        assert fields(browser.get(ADD), "job_form")["title"] == ""


def test_a_form_is_kept_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    form = KeptForm(1, ADD, "title=Boiler", at=0)
    assert KeptForm.read(form.signed()) == form
    monkeypatch.setattr(kept_forms, "KEPT_FOR", -1)
    assert KeptForm.read(form.signed()) is None


def test_what_is_too_long_is_not_kept_and_it_is_told(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    typed = {"title": "T", "description": "x" * kept_forms.MOST, "typed_by": sales.form_mark}
    page = sent_without_session(browser, ADD, typed)
    assert "what you typed is too long to be kept. Go back in your browser to copy it." in words(
        page
    )
    assert 'name="kept"' not in page.content.decode()
    assert sign_in_again(browser, page, sales).headers["Location"] == ADD
    assert fields(browser.get(ADD), "job_form")["title"] == ""


def test_a_button_alone_leads_back_to_its_page(sales: User, tech: User, sign_in: Sign) -> None:
    job, browser = make_job(owner=sales, assigned_to=tech), sign_in(tech)
    session_over()
    start = f"/admin/operations/job/{job.pk}/start/"
    page = f"/admin/operations/job/{job.pk}/change/?a=b"

    def next_of(**headers: str) -> str:
        location = browser.post(start, headers=headers).headers["Location"]
        return unescape(location)

    assert next_of(referer=f"http://testserver{page}") == (
        f"/admin/login/?next=/admin/operations/job/{job.pk}/change/%3Fa%3Db"
    )
    for bad in ("", "https://evil.example/a", "http://[", "//evil.example"):
        assert next_of(referer=bad) == f"/admin/login/?next={start}"


def test_signing_out_without_a_session_leads_to_the_sign_in(sales: User, sign_in: Sign) -> None:
    browser = sign_in(sales)
    session_over()
    sent = {"referer": "http://testserver/admin/profile/"}
    assert browser.post("/admin/logout/", headers=sent).headers["Location"] == "/admin/"


def test_a_dialog_in_place_leads_to_the_sign_in_as_a_whole_page(sales: User, sign_in: Sign) -> None:
    job, browser = make_job(owner=sales), sign_in(sales)
    cancel = f"/admin/operations/job/{job.pk}/cancel/"
    page = f"/admin/operations/job/{job.pk}/change/"
    dialog = browser.get(cancel, headers={"hx-request": "true"}).content.decode()
    assert f'name="typed_by" value="{sales.form_mark}"' in dialog
    session_over()
    current = {"hx-request": "true", "hx-current-url": f"http://testserver{page}"}
    opened = browser.get(cancel, headers=current)
    assert (opened.content, opened.headers["HX-Redirect"]) == (b"", f"/admin/login/?next={page}")
    sent = browser.post(cancel, {"reason": "R", "typed_by": sales.form_mark}, headers=current)
    # The browser then sends it as a whole page (core/static/core/jobops.js).
    assert (sent.status_code, sent.content) == (401, b"")


def test_what_a_script_sends_without_a_session_is_refused(sales: User, sign_in: Sign) -> None:
    job, browser = make_job(owner=sales), sign_in(sales)
    session_over()
    typed = {"job": f"{job.pk}:1", "reason": "R", "typed_by": sales.form_mark}
    sent = {"accept": "application/json"}
    answer = browser.post("/admin/operations/job/bulk/cancel/", typed, headers=sent)
    assert (answer.status_code, answer.content) == (401, b"")


# The token of a form is renewed by each sign-in: pages that were open before it hold an old one.


def strict(user: User) -> Client:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


OURS = {"origin": "http://testserver"}


def test_a_form_open_since_before_the_last_sign_in_stands_as_it_was_typed(sales: User) -> None:
    browser = strict(sales)
    typed = fields(browser.get(ADD), "job_form") | {"title": "Boiler"}
    typed["csrfmiddlewaretoken"] = "of-before-that-sign-in"
    answer = browser.post(ADD, typed, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (302, ADD)
    page = browser.get(ADD)
    assert NOT_YET in words(page)
    assert fields(page, "job_form")["title"] == "Boiler"
    assert Job.objects.count() == 0


@pytest.mark.parametrize("origin", [{}, {"origin": "https://evil.example"}])
def test_what_no_page_of_ours_sent_is_not_kept(origin: dict[str, str], sales: User) -> None:
    browser = strict(sales)
    answer = browser.post(ADD, {"title": "Planted", "typed_by": sales.form_mark}, headers=origin)
    assert answer.status_code == 403
    assert fields(browser.get(ADD), "job_form")["title"] == ""


def test_nor_what_somebody_else_typed(sales: User, other_sales: User) -> None:
    browser = strict(sales)
    answer = browser.post(ADD, {"title": "T", "typed_by": other_sales.form_mark}, headers=OURS)
    assert answer.status_code == 403
    assert browser.post(ADD, {"title": "T"}, headers=OURS).status_code == 403
    script = {**OURS, "hx-request": "true"}
    answer = browser.post(ADD, {"title": "T", "typed_by": sales.form_mark}, headers=script)
    assert answer.status_code == 403
    assert fields(browser.get(ADD), "job_form")["title"] == ""


def test_of_two_sign_ins_that_are_open_at_once_each_keeps_its_form(sales: User) -> None:
    browser = strict(sales)
    typed = fields(browser.get(ADD), "job_form") | {"title": "Boiler"}
    session_over()
    # Without a session, and with a token of before.
    page = browser.post(ADD, typed, headers=OURS)
    assert KEPT in words(page)
    # Its token is old as well by now; shown anew with what is kept.
    sent = {"username": "sara", "password": PASSWORD, "kept": kept_in(page)}
    again = browser.post(page.context["app_path"], sent, headers=OURS)
    assert KEPT in words(again)
    # And where another page has let them in meanwhile, they are led on.
    browser.force_login(sales, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post(page.context["app_path"], sent, headers=OURS)
    assert answer.headers["Location"] == ADD
    assert fields(browser.get(ADD), "job_form")["title"] == "Boiler"


# What can no longer be saved at all


def test_what_was_typed_is_quoted_where_its_row_is_no_longer_theirs(
    sales: User, other_sales: User, admin: User, sign_in: Sign
) -> None:
    job, browser = make_job(owner=sales, tasks=1), sign_in(sales)
    path = f"/admin/operations/job/{job.pk}/change/?edit=title"
    typed = fields(browser.get(path), "job_form") | {"title": "Mine", "tasks-0-description": "Dry"}
    acts.edit(job, by=admin, owner=other_sales, customer=make_customer(name="Secret"))
    page = browser.post(path, typed)
    assert page.status_code == 404
    assert "has been deleted, or you no longer have access to it." in words(page)
    texts = page.context["texts"]
    assert ("Title", "Mine") in texts
    assert ("Description", "Dry") in texts
    assert "Secret" not in page.content.decode()
    # The same after a sign-in in between.
    page = sent_without_session(browser, path, typed)
    sign_in_again(browser, page, sales)
    again = browser.get(path)
    assert (again.status_code, again.context["texts"]) == (404, texts)


def test_a_page_without_anything_typed_is_refused_as_ever(tech: User, sign_in: Sign) -> None:
    page = sign_in(tech).post("/admin/operations/job/999/start/")
    assert (page.status_code, page.templates[0].name) == (404, "404.html")
    page = sign_in(tech).post(ADD, {"title": " "})
    assert (page.status_code, page.templates[0].name) == (403, "403.html")
    page = sign_in(tech).post(ADD, {"title": "Mine", "password1": "Secret"})
    assert (page.status_code, page.context["texts"]) == (403, [("Title", "Mine")])
