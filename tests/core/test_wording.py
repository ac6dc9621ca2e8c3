"""One word for one thing, also where Django and unfold say it (core/words)."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import django
import pytest
import unfold
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from core.backoffice import library_words
from core.roles import Role
from operations.models import Job
from people.models import User
from tests import acting
from tests.conftest import Sign
from tests.factories import make_customer, make_equipment, make_job, make_task, make_user

WORDS = Path(settings.BASE_DIR) / "core/words/locale/en/LC_MESSAGES/django.po"
# What the packages say, in their sources: in one line each.
SOURCES = [
    re.sub(r"\s+", " ", re.sub(r'"\s*\n\s*"', "", file.read_text()))
    for package in (django, unfold)
    for kind in ("*.py", "*.html")
    for file in Path(str(package.__file__)).parent.rglob(kind)
]
# As they are, in both languages.
SAME = {"System", "AM", "PM"}
# Of another product, or of none.
STRANGE = re.compile(
    r"\blog(ged)?[ -]?(in|out)\b|\busername\b|select record|there are no\b|successfully logged"
    r"|done: |is done to|quality time|---------",
    re.IGNORECASE,
)


def entries() -> dict[str, str]:
    text = re.sub(r'"\n"', "", WORDS.read_text())
    return dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', text, re.MULTILINE))


def test_the_words_are_compiled() -> None:
    with WORDS.with_suffix(".mo").open("rb") as file:
        compiled: Any = GNUTranslations(file)
    assert {name: text for name, text in compiled._catalog.items() if name} == entries()
    assert {name: gettext(name) for name in entries()} == entries()


@pytest.mark.parametrize("name", entries())
def test_each_is_said_by_a_package_still(name: str) -> None:
    """Where a package says it in other words, those go into the file."""
    sentence = re.sub(r"%\((\w+)\)s", r"{{ \1 }}", name)
    assert [text for text in SOURCES if sentence in text or name in text]


def test_nobody_logs_in_and_nothing_is_selected(db: None) -> None:
    anybody = Client()
    pages = [anybody.get(reverse("admin:login"))]
    anybody.force_login(make_user(Role.TECHNICIAN), backend=settings.AUTHENTICATION_BACKENDS[1])
    pages.append(anybody.post(reverse("admin:logout")))
    assert [strange(page) for page in pages] == [[], []]
    assert "Signed out" in pages[1].content.decode()


def test_no_page_speaks_of_another_product(
    admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    office = sign_in(admin)
    assert strange(office.get(url("operations_equipment_changelist"))) == []
    job = make_job(owner=sales, assigned_to=tech, customer=make_customer(phone="555"))
    make_task(job=job, equipment=[make_equipment()])
    acting.complete(make_job(owner=sales, assigned_to=tech), by=tech)
    pages = {address: office.get(address) for address in addresses(job, tech)}
    assert {page.status_code for page in pages.values()} == {200}
    found = {address: strange(page) for address, page in pages.items()}
    assert {address: texts for address, texts in found.items() if texts} == {}


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def addresses(job: Job, tech: User) -> list[str]:
    """A page of each kind."""
    return [
        url("index"),
        url("operations_job_changelist"),
        url("operations_job_add"),
        url("operations_job_change", job.pk),
        url("operations_job_delete", job.pk),
        url("operations_job_hold", job.pk),
        url("operations_job_hand_over"),
        url("operations_customer_changelist"),
        url("operations_customer_change", job.customer_id),
        url("operations_site_changelist"),
        url("operations_equipment_change", job.tasks.get().equipment.get().pk),
        url("people_user_changelist"),
        url("people_user_change", tech.pk),
        url("people_user_add"),
        url("audit_log"),
        url("profile"),
        reverse("my-day"),
    ]


def strange(page: Any) -> list[str]:
    """What a page shows that people are not to read: in its text, and in what is read aloud."""
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", "", page.content.decode(), flags=re.DOTALL)
    html = re.sub(r"<span[^>]*material-symbols[^>]*>[^<]*</span>", "", html)
    shown = re.findall(r'>([^<]+)<|(?:title|aria-label|placeholder|alt)="([^"]*)"', html)
    texts = [" ".join(text.split()) for pair in shown for text in pair]
    return [text for text in texts if STRANGE.search(text)]


def test_what_the_packages_say_on_our_pages_is_said_in_german() -> None:
    with override("de"):
        found = {word: gettext(word) for word in library_words.WORDS}
    assert [word for word, german in found.items() if word == german and word not in SAME] == []
