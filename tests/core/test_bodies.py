"""Bodies of requests: read whole, or refused; and how the real server hands them over."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory

from core.serving.bodies import BROKEN_OFF, NO_LENGTH, WRONG, WholeBodies
from core.serving.request_checks import RequestChecks

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MOST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class Dribble(BytesIO):
    """A connection that gives what has arrived, a little at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 65536))


def handed(body: bytes, **environ: Any) -> tuple[str | None, bytes, str | None]:
    """What the application gets: length, body, and what is wrong with it."""
    got: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        got.update(environ)
        return []

    environ = {"wsgi.input": Dribble(body), "wsgi.input_terminated": True, **environ}
    WholeBodies(application)(environ, None)
    return got.get("CONTENT_LENGTH"), got["wsgi.input"].read(MOST + 1), got.get(WRONG)


def test_a_body_in_chunks_gets_its_length() -> None:
    body = b'{"a": 1}' * 20_000
    values = {"CONTENT_TYPE": JSON, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert handed(body, **values)[0] == str(len(body))
    assert handed(b"{}", HTTP_TRANSFER_ENCODING="chunked") == ("2", b"{}", None)
    assert handed(b"", HTTP_TRANSFER_ENCODING="chunked") == ("0", b"", None)


def test_of_more_than_anybody_may_send_the_length_says_so() -> None:
    length, _body, wrong = handed(b"x" * (MOST + 9), HTTP_TRANSFER_ENCODING="chunked")
    assert (length, wrong) == (str(MOST + 1), None)


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=utf-8", "Multipart/Form-Data; b=c"])
def test_a_form_in_chunks_is_not_read(kind: str) -> None:
    """One that broke off would be saved as if it were whole."""
    found = handed(b"a=1", CONTENT_TYPE=kind, HTTP_TRANSFER_ENCODING="chunked")
    assert (found[0], found[2]) == (None, NO_LENGTH)


def test_where_the_server_knows_no_end_nothing_is_read() -> None:
    no_end = {"wsgi.input_terminated": False, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert handed(b"3\r\n{ }", **no_end)[2] == NO_LENGTH


def test_what_breaks_off_before_its_length_is_not_whole() -> None:
    assert handed(b"a=1", CONTENT_LENGTH="3") == ("3", b"a=1", None)
    assert handed(b"a=1&b", CONTENT_LENGTH="50")[2] == BROKEN_OFF
    # What nobody may send is not read to see whether it is all there.
    assert handed(b"a", CONTENT_LENGTH=str(MOST + 1)) == (str(MOST + 1), b"a", None)


def test_what_has_no_body_stays_as_it_is() -> None:
    assert handed(b"", CONTENT_LENGTH="") == ("", b"", None)
    assert handed(b"", CONTENT_LENGTH="0") == ("0", b"", None)
    assert handed(b"", **{WRONG: "x"}) == (None, b"", None)


@pytest.mark.parametrize(
    ("wrong", "status", "expected"),
    [
        (NO_LENGTH, 411, "Send a Content-Length header with this request."),
        (BROKEN_OFF, 400, "This request arrived incomplete. Send it again."),
    ],
)
def test_the_guard_says_what_is_wrong(wrong: str, status: int, expected: str) -> None:
    request = RequestFactory().post("/admin/", **{WRONG: wrong})  # type: ignore[arg-type]
    response = RequestChecks(lambda _request: pytest.fail("Nothing behind it is asked."))(request)
    assert (response.status_code, response.content.decode()) == (status, expected)


# The server as it is run, nothing before it


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    environment = {
        **{
            n: v for n, v in os.environ.items() if not n.startswith(("DATABASE", "DJANGO", "DEBUG"))
        },
        "SECRET_KEY": "for-tests-alone-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
        "SITE_URL": "http://127.0.0.1",
        "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('bodies')}/bodies.sqlite3",
    }
    command = ["-m", "granian", "--interface", "wsgi", "--port", str(number)]
    server = subprocess.Popen(
        [sys.executable, *command, "core.wsgi:application"],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(number)
        yield number
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(port: int) -> None:
    for _try in range(600):
        try:
            if raw_answer(
                port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            )[0]:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("The server does not come up.")


def raw_answer(port: int, *parts: bytes, ends: bool = False) -> tuple[int, str]:
    """What the server answers to these bytes; `ends`: the client says no more after them."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        # Who has heard enough answers, and listens no more.
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
                time.sleep(0.02)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    status = re.match(rb"HTTP/1\.1 (\d+)", answer)
    return int(status[1]) if status else 0, answer.decode()


def head(kind: str = JSON, framing: str = "Transfer-Encoding: chunked") -> bytes:
    lines = ["POST /api/auth/login HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    return "\r\n".join([*lines, f"Content-Type: {kind}", framing, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


END = b"0\r\n\r\n"


def test_json_in_chunks_is_read(port: int) -> None:
    status, answer = raw_answer(port, head(), chunk(b'{"username": '), chunk(b'"anna"}'), END)
    # The user name has come: what is missing is the password.
    assert status == 422
    assert '"password"' in answer
    assert '"username"' not in answer


def test_more_in_chunks_than_anybody_may_send_is_refused(port: int) -> None:
    parts = [chunk(b" " * 1_000_000) for _number in range(5)]
    status, answer = raw_answer(port, head(), *parts, chunk(b" " * 300_000), END)
    assert (status, "This request is too large" in answer) == (413, True)


def test_what_is_framed_wrong_or_breaks_off_is_no_json(port: int) -> None:
    for rest, ends in ((b"ZZ\r\nx\r\n", False), (b"50\r\nhello", True), (b"", True)):
        status, _answer = raw_answer(port, head(), chunk(b'{"username": "anna"'), rest, ends=ends)
        assert status in {400, 422}


def test_a_form_in_chunks_is_refused_with_a_sentence(port: int) -> None:
    status, answer = raw_answer(port, head(FORM) + chunk(b"username=anna") + END)
    assert (status, "Send a Content-Length header" in answer) == (411, True)


def test_what_breaks_off_before_its_length_is_refused(port: int) -> None:
    begun = head(framing="Content-Length: 50")
    status, _answer = raw_answer(port, begun, b'{"username": "anna", "password": "x"}', ends=True)
    assert status == 400


def test_of_two_framings_the_chunks_count_and_nothing_is_left_for_a_second_request(
    port: int,
) -> None:
    both = head(framing="Content-Length: 3\r\nTransfer-Encoding: chunked")
    status, answer = raw_answer(port, both, chunk(b'{"username": "anna"}'), END)
    assert (status, answer.count("HTTP/1.1")) == (422, 1)
