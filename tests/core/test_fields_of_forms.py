"""What a form reads stands in its page: a field that no page shows would be emptied by whoever
changes another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.forms import BoundField
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import HttpResponse
from django.urls import reverse

from core.roles import Role
from operations.models import Customer, Equipment, Job, Site
from people.models import User
from tests.conftest import Sign
from tests.factories import make_equipment, make_job, make_site, make_user

pytestmark = pytest.mark.django_db

# A row of each kind, and who has its form.
ROWS: dict[type[Any], tuple[Callable[[User], Any], list[str]]] = {
    Group: (lambda _by: Group.objects.create(name="Reception"), ["root"]),
    Customer: (lambda _by: make_site().customer, ["root", "adam", "sara"]),
    Site: (lambda _by: make_site(), ["root", "adam", "sara"]),
    Equipment: (lambda _by: make_equipment(), ["root", "adam"]),
    Job: (lambda by: make_job(owner=by, tasks=1), ["root", "adam", "sara"]),
    User: (lambda _by: make_user(Role.TECHNICIAN), ["root", "adam"]),
}


def read_by(page: HttpResponse) -> Iterator[BoundField]:
    """The fields of all forms of a page, also of a row that is still to be added."""
    form = page.context["adminform"].form
    forms = [form, *getattr(form, "parts", {}).values()]
    for inline in page.context["inline_admin_formsets"]:
        forms += inline.formset.forms
        if inline.has_add_permission:
            forms.append(new := inline.formset.empty_form)
            # A new row that is not wanted is not sent at all.
            new.fields.pop(DELETION_FIELD_NAME, None)
    return (field for each in forms for field in each if not field.field.disabled)


def not_shown(page: HttpResponse) -> list[str]:
    """The fields that the forms of a page read, and that do not stand in it."""
    start = f'id="{page.context["opts"].model_name}_form"'
    _above, _start, form = page.content.decode().partition(start)
    shown = {re.sub(r"_\d$", "", name) for name in re.findall(r'\bname="([^"]+)"', form)}
    return [field.html_name for field in read_by(page) if field.html_name not in shown]


@pytest.mark.parametrize("kind", ["add", "change"])
@pytest.mark.parametrize("model", django_admin.site._registry)
def test_every_field_of_a_form_stands_in_its_page(
    model: type[Any], kind: str, *, root: User, admin: User, sales: User, tech: User, sign_in: Sign
) -> None:
    make, who = ROWS[model]
    row = make(sales)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}"
    address = reverse(name, args=[row.pk] if kind == "change" else [])
    found = {}
    for person in (root, admin, sales, tech):
        page = sign_in(person).get(address, {"edit": "title"} if model is Job else {})
        if page.status_code == 200 and page.context.get(f"has_{kind}_permission"):
            found[person.username] = not_shown(page)
    assert found == {username: [] for username in who}


def test_a_phone_shows_digits_for_each_phone_number(admin: User, sign_in: Sign) -> None:
    browser = sign_in(admin)
    for address, name in [
        ("admin:profile", "phone"),
        ("admin:people_user_add", "phone"),
        ("admin:operations_customer_add", "phone"),
        ("admin:operations_job_add", "customer-phone"),
    ]:
        page = browser.get(reverse(address)).content.decode()
        assert re.findall(rf'<input[^>]* name="{name}"[^>]* inputmode="(\w+)"', page) == ["tel"]
        # No other field of the page does.
        assert page.count('inputmode="tel"') == 1
