"""What is known of a request is kept with it alone (core/request_state.py)."""

from __future__ import annotations

import ast
from copy import copy

from django.test import RequestFactory

from core.request_state import RequestState, give_state, state
from tests.apps import APPS, ROOT

# What Django and its neighbours themselves keep on a request, and read there.
THEIRS = {"GET", "axes_locked_out", "current_app", "method", "path", "user"}


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


def test_nothing_of_ours_rides_on_a_request_beside_it() -> None:
    put: dict[str, set[str]] = {}
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for name in _put_on_request(node):
                put.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    mine = {name: paths for name, paths in put.items() if name not in THEIRS}
    assert mine == {"__dict__": {"core/request_state.py"}}
    assert put.keys() == THEIRS | mine.keys()


def _put_on_request(node: ast.AST) -> list[str]:
    """The names that a statement puts on what is called a request."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "request":
        is_put = isinstance(node.ctx, ast.Store) or node.attr == "__dict__"
        return [node.attr] if is_put else []
    is_call = isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr"
    return [ast.unparse(node)] if is_call and ast.unparse(node.args[0]) == "request" else []
