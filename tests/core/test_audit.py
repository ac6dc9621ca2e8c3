"""What an act says is what is on record of whatever is saved inside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import timezone
from pytest_django.fixtures import Settings
from simple_history.utils import bulk_update_with_history

from core.record import audit
from core.record.audit import Door
from operations.models import Customer
from people.models import User
from tests.factories import make_customer

LATE = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def test_outside_of_any_act_nobody_acts_from_the_command_line() -> None:
    expected = (audit.door(), audit.person(), audit.person_name(), audit.reason())
    assert expected == ("command", None, "", "")


def test_an_act_keeps_what_it_does_not_say_from_the_act_around_it(sales: User, tech: User) -> None:
    with audit.act(door=Door.IMPORT, by=sales, reason="the file of May"):
        with audit.act(by=tech) as inner:
            assert (inner.door, inner.by, inner.reason) == (Door.IMPORT, tech, "the file of May")
            assert (audit.door(), audit.person()) == ("import", tech)
        assert (audit.person(), audit.person_name()) == (sales, "Sara Sales")
    assert audit.person() is None


def test_an_act_that_fails_ends_too(sales: User) -> None:
    with pytest.raises(ZeroDivisionError), audit.act(by=sales):
        raise ZeroDivisionError
    assert audit.person() is None


def test_the_person_is_whoever_the_request_is_of(sales: User) -> None:
    request = RequestFactory().get("/")
    with audit.act(request=request):
        assert audit.person() is None
        request.user = AnonymousUser()
        assert audit.person() is None
        request.user = sales  # A program signs in later than a browser.
        assert audit.person() == sales


def test_who_a_verb_names_comes_before_who_the_request_is_of(sales: User, tech: User) -> None:
    request = RequestFactory().get("/")
    request.user = sales
    with audit.act(request=request), audit.act(by=tech):
        assert audit.person() == tech


def test_an_act_happens_now_unless_it_says_when() -> None:
    assert timezone.now() - audit.now() < timedelta(minutes=1)
    with audit.act(at=LATE):
        assert audit.now() == LATE


def test_today_is_the_day_in_the_business_time_zone(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    with audit.act(at=LATE), timezone.override("America/New_York"):
        assert audit.today() == date(2026, 3, 2)
    settings.TIME_ZONE = "UTC"
    with audit.act(at=LATE), timezone.override("Pacific/Auckland"):
        assert audit.today() == date(2026, 3, 1)


@pytest.mark.django_db
def test_a_history_row_holds_who_when_through_which_door_and_why(sales: User) -> None:
    with audit.act(door=Door.API, by=sales, reason="they moved", at=LATE):
        customer = make_customer()
    row = customer.history.get()
    assert (row.history_user, row.person_name, row.door) == (sales, "Sara Sales", "api")
    assert (row.history_date, row.history_change_reason) == (LATE, "they moved")


@pytest.mark.django_db
def test_the_time_of_one_act_does_not_date_the_next() -> None:
    with audit.act(at=LATE):
        customer = make_customer()
    customer.phone = "1"
    bulk_update_with_history([customer], Customer, ["phone"])
    assert timezone.now() - customer.history.first().history_date < timedelta(minutes=1)
