"""How far an import is, for whoever waits for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.imported import Import, ImportState
from core.models import Heartbeat
from people.models import User
from tests.core.import_pages.world import PAGE, applied, make_import
from tests.operations.pages import words

pytestmark = pytest.mark.django_db
AT_WORK = {"state": ImportState.PREVIEWING, "is_in_hand": True}
NO_WORKER = "No worker for long work has been seen for three minutes"


def at_work(admin: User, **fields: Any) -> Import:
    load = make_import(admin, **{**AT_WORK, **fields})
    Import.objects.filter(pk=load.pk).update(total=fields.get("total", 3000))
    return load


def asked(browser: Client, load: Import) -> dict[str, Any]:
    answer: dict[str, Any] = browser.get(
        f"{PAGE}{load.pk}/progress/", headers={"Accept": "application/json"}
    ).json()
    return answer


@pytest.mark.parametrize(
    ("fields", "says", "so_far"),
    [
        ({"seen": 1200}, "The file is being checked.", "Row 1200 of 3000"),
        (
            {"state": ImportState.APPLYING, "seen": 1},
            "The rows are being imported.",
            "Row 1 of 3000",
        ),
        ({"state": ImportState.UNDOING}, "The import is being undone.", "Row 0 of 3000"),
        ({"is_in_hand": False}, "Waiting for a worker.", ""),
        (
            {"is_stop_asked": True, "seen": 5},
            "Stopping. Nothing will be saved.",
            "Row 5 of 3000",
        ),
    ],
)
def test_it_says_what_is_done_and_how_far_it_is(
    fields: dict[str, Any], says: str, so_far: str, admin: User, browser: Client
) -> None:
    load = at_work(admin, **fields)
    page = browser.get(f"{PAGE}{load.pk}/")
    assert says in words(page)
    answer = asked(browser, load)
    assert (answer["says"], answer["so_far"], answer["is_over"]) == (says, so_far, False)


def test_a_number_that_is_not_known_yet_is_not_told(admin: User, browser: Client) -> None:
    assert asked(browser, at_work(admin, total=0))["so_far"] == ""


def test_what_is_over_says_so(admin: User, browser: Client) -> None:
    assert asked(browser, applied(admin))["is_over"] is True


def test_the_numbers_are_for_the_script_of_the_page(admin: User, browser: Client) -> None:
    load = at_work(admin)
    answer = browser.get(f"{PAGE}{load.pk}/progress/", headers={"Accept": "text/html"})
    assert answer.status_code == 404


def test_it_says_where_nobody_would_take_it_up(admin: User, browser: Client) -> None:
    load = at_work(admin, is_in_hand=False)
    assert NO_WORKER in words(browser.get(f"{PAGE}{load.pk}/"))
    Heartbeat.objects.create(cluster="here", queue="long", at=timezone.now())
    assert NO_WORKER not in words(browser.get(f"{PAGE}{load.pk}/"))
    Heartbeat.objects.all().delete()
    Import.objects.update(is_in_hand=True)
    assert NO_WORKER not in words(browser.get(f"{PAGE}{load.pk}/"))


@pytest.mark.parametrize("state", [ImportState.PREVIEWING, ImportState.UNDOING])
def test_it_can_be_stopped(
    state: ImportState, admin: User, browser: Client, calls: list[Any]
) -> None:
    load = at_work(admin, state=state)
    action = f"{PAGE}{load.pk}/stop/"
    assert f'action="{action}"' in browser.get(f"{PAGE}{load.pk}/").text
    assert browser.post(action)["Location"] == f"{PAGE}{load.pk}/"
    assert calls == [("stop", {"load": load.pk, "args": (), "by": admin})]


def test_the_page_costs_the_same_however_far_it_is(
    admin: User, browser: Client, django_assert_num_queries: Any
) -> None:
    load = at_work(admin)
    for seen in (1, 3):
        Import.objects.update(seen=seen)
        with django_assert_num_queries(4):
            browser.get(f"{PAGE}{load.pk}/")
        with django_assert_num_queries(4):
            browser.get(f"{PAGE}{load.pk}/progress/", headers={"Accept": "application/json"})
