"""A form that is sent again is saved once. At the same moment: tests/test_races.py."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.test import Client

from core.models import SentForm
from operations.models import Customer
from people.models import User
from tests.conftest import Sign
from tests.factories import make_customer
from tests.operations.pages import errors, messages

pytestmark = pytest.mark.django_db
ADD = "/admin/operations/customer/add/"
LIST = "/admin/operations/customer/"
ROWS = {"sites-TOTAL_FORMS": "0", "sites-INITIAL_FORMS": "0", "once": "a" * 32}
MINE = {"name": "Mine", **ROWS}


@pytest.fixture
def browser(admin: User, sign_in: Sign) -> Client:
    return sign_in(admin)


def test_a_form_sent_again_from_another_sign_in_of_the_person_is_saved_once(
    browser: Client, admin: User, sign_in: Sign
) -> None:
    answers = [each.post(ADD, {**MINE, "_continue": "yes"}) for each in (browser, sign_in(admin))]
    place = f"{LIST}{Customer.objects.get().pk}/change/"
    assert [answer.headers["Location"] for answer in answers] == [place, place]


def test_the_session_keeps_nothing_of_it(browser: Client) -> None:
    before = dict(browser.session)
    browser.post(ADD, MINE, follow=True)
    assert {k: v for k, v in browser.session.items() if k != "_messages"} == before


def test_the_same_mark_and_content_from_somebody_else_is_a_form_of_theirs(
    browser: Client, sales: User, sign_in: Sign
) -> None:
    browser.post(ADD, MINE)
    page = sign_in(sales).post(ADD, MINE)
    assert list(errors(page)) == ["name"]


def test_a_window_that_is_sent_again_gives_the_same_row_to_its_opener(browser: Client) -> None:
    sent = {**MINE, "_popup": "1"}
    first, second = (browser.post(ADD, sent).context["popup_response_data"] for _ in range(2))
    assert (first, Customer.objects.count()) == (second, 1)


def test_a_form_that_is_refused_claims_nothing(browser: Client) -> None:
    make_customer(name="Mine")
    assert list(errors(browser.post(ADD, MINE))) == ["name"]
    assert SentForm.objects.count() == 0


def test_a_save_that_is_undone_takes_its_claim_with_it(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beaten(*_args: Any, **_kwargs: Any) -> None:
        raise IntegrityError("whatever it is")

    with monkeypatch.context() as patch:
        patch.setattr(Customer, "save", beaten)
        sentence = "Somebody else has just saved this as well. Check it and save again."
        assert errors(browser.post(ADD, MINE)) == {"__all__": [sentence]}
    assert (SentForm.objects.count(), browser.post(ADD, MINE).status_code) == (0, 302)


def test_a_form_whose_row_was_deleted_since_is_not_saved_anew(browser: Client) -> None:
    browser.post(ADD, MINE)
    Customer.objects.get().delete()
    answer = browser.post(ADD, MINE, follow=True)
    assert (answer.redirect_chain, Customer.objects.count()) == ([(LIST, 302)], 0)
    assert messages(answer)[-1] == "This was already saved, and has been deleted since."


def test_a_group_sent_again_is_made_once(root: User, sign_in: Sign) -> None:
    browser = sign_in(root)
    page = browser.get("/admin/auth/group/add/")
    assert 'name="once"' in page.content.decode()
    sent = {"name": "Office", "once": page.context["once"]}
    answers = [browser.post("/admin/auth/group/add/", sent) for _ in range(2)]
    assert [each.headers["Location"] for each in answers] == ["/admin/auth/group/"] * 2
    assert Group.objects.filter(name="Office").count() == 1


def test_a_form_is_named_by_its_claim(browser: Client) -> None:
    browser.post(ADD, MINE)
    claim = SentForm.objects.get()
    assert (str(claim), claim.row) == (claim.key, Customer.objects.get().pk)
