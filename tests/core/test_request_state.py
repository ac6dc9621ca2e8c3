"""What is known of a request is kept with it alone (core/request_state.py)."""

from __future__ import annotations

from copy import copy

from django.test import RequestFactory

from core.request_state import RequestState, give_state, state


def test_it_is_one_and_the_same_until_the_request_is_answered(rf: RequestFactory) -> None:
    request = rf.get("/")
    state(request).to_do = {"overdue": 2}
    assert state(request).to_do == {"overdue": 2}


def test_another_request_begins_with_nothing(rf: RequestFactory) -> None:
    state(rf.get("/")).to_do = {"overdue": 2}
    assert state(rf.get("/")) == RequestState()


def test_a_copy_of_a_request_can_be_given_its_own(rf: RequestFactory) -> None:
    request = rf.get("/")
    state(request).form_key = "first"
    again = copy(request)
    give_state(again, RequestState(form_key="second"))
    assert (state(request).form_key, state(again).form_key) == ("first", "second")
