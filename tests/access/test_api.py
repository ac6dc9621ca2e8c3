"""What the API has beside the table."""

from __future__ import annotations

from core.rest.api import api
from tests.access.doors.api import BESIDE_THE_TABLE, BY_SESSION, BY_TOKEN


def test_every_call_of_the_api_is_in_the_table() -> None:
    paths = api.get_openapi_schema()["paths"].items()
    there = {(method, path[4:]) for path, methods in paths for method in methods}
    for column in (BY_SESSION, BY_TOKEN):
        asked = {(call.method, call.path) for call in column}
        assert asked.isdisjoint(BESIDE_THE_TABLE)
        assert asked | BESIDE_THE_TABLE == there


def test_every_call_but_signing_in_is_entered_by_the_same_two_ways() -> None:
    paths = api.get_openapi_schema()["paths"].items()
    ways = {
        (path, method): [list(way) for way in call.get("security", ())]
        for path, methods in paths
        for method, call in methods.items()
    }
    signing_in = {("/api/auth/login", "post"), ("/api/auth/refresh", "post")}
    assert {call for call, way in ways.items() if not way} == signing_in
    assert {tuple(map(tuple, way)) for call, way in ways.items() if way} == {
        (("Bearer",), ("Session",))
    }
