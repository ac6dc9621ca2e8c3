"""What happens between the check of a form and its save, or between reading and holding a row."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.contrib import admin as back_office
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.test import Client, RequestFactory

from core.backoffice.chosen import RelatedRow
from core.refusals import Stale
from operations.models import Customer
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer

pytestmark = pytest.mark.django_db
ROWS = {"sites-TOTAL_FORMS": "0", "sites-INITIAL_FORMS": "0"}


@pytest.fixture
def browser(admin: User, sign_in: Sign) -> Client:
    return sign_in(admin)


def test_a_save_that_the_database_refuses_is_undone_whole_and_checked_again(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = Customer.save

    def beaten(customer: Customer, *args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(Customer, "save", stock)
        make_customer(name="Written on the way")
        raise IntegrityError("the unique name")

    monkeypatch.setattr(Customer, "save", beaten)
    page = browser.post("/admin/operations/customer/add/", {"name": "Mine", **ROWS})
    assert page.status_code == 302
    assert list(Customer.objects.values_list("name", flat=True)) == ["Mine"]


def test_a_row_that_is_deleted_when_it_is_to_be_held_is_not_there(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_customer()
    monkeypatch.setattr(Customer, "held_row", lambda _pk: None)
    url = f"/admin/operations/customer/{customer.pk}/change/"
    assert browser.post(url, {"name": "New", **ROWS}).status_code == 404
    assert list(Customer.objects.values_list("name", flat=True)) == [customer.name]


def test_a_password_set_while_somebody_saves_the_person_is_refused_with_a_sentence(
    browser: Client, tech: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beaten(user: User, *_args: Any, **_kwargs: Any) -> None:
        raise Stale("Otto changed this in the meantime.")

    monkeypatch.setattr(User, "save", beaten)
    new = "A-quite-long-secret-7"
    url = f"/admin/people/user/{tech.pk}/password/"
    page = browser.post(url, {"password1": new, "password2": new}, follow=True)
    assert [str(text) for text in page.context["messages"]] == [
        "Otto changed this in the meantime."
    ]
    assert User.objects.get(pk=tech.pk).check_password("pass-word-1")


def test_a_field_leads_to_no_page_of_rows_that_have_none(rf: RequestFactory) -> None:
    permissions: Any = Group._meta.get_field("permissions")
    widget = forms.SelectMultiple()
    shown = RelatedRow(widget, permissions.remote_field, back_office.site, rf.get("/"))
    context = shown.get_context("permissions", None, {})
    assert [context[f"can_{what}_related"] for what in ("add", "change", "delete", "view")] == [
        False,
        False,
        False,
        False,
    ]
