"""Requests one after the other on some connections at once, for a while."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONNECTIONS = 4


@dataclass(frozen=True)
class Call:
    """A request that is made again and again; address and body may be others each time."""

    address: str | Callable[[], str]
    method: str = "GET"
    body: Callable[[], Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def make(self, connection: http.client.HTTPConnection, host: str) -> None:
        """Make it once."""
        address = self.address if isinstance(self.address, str) else self.address()
        headers = {"Host": host, "Content-Type": "application/json", **self.headers}
        body = None if self.body is None else json.dumps(self.body())
        connection.request(self.method, address, body, headers)


@dataclass
class Answers:
    """How long each took in seconds, bytes and rows of one, and what was not right."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    size: int = 0
    rows: int = 0
    elapsed: float = 0.0

    def add(self, others: Answers) -> None:
        """Take what was answered later, too."""
        self.times += others.times
        self.errors += others.errors
        self.elapsed += others.elapsed
        self.size, self.rows = others.size, others.rows

    def quantile(self, share: float) -> float:
        """So many of all (0 to 1) took no longer than this, in ms."""
        times = sorted(self.times) or [0.0]
        return times[min(int(len(times) * share), len(times) - 1)] * 1000


def measure(port: int, call: Call, *, seconds: float, least: int = 1) -> Answers:
    """Make a request on each connection until the time is over, and at least so many on all."""
    answers = Answers()
    begin = time.monotonic()
    each = -(-least // CONNECTIONS)
    threads = [
        threading.Thread(target=_measure, args=(answers, port, call, begin + seconds, each))
        for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.elapsed = time.monotonic() - begin
    return answers


def _measure(answers: Answers, port: int, call: Call, until: float, least: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    made = 0
    while not answers.errors and (made < least or time.monotonic() < until):
        begin = time.perf_counter()
        try:
            call.make(connection, f"127.0.0.1:{port}")
            response = connection.getresponse()
            page = response.read()
        except (OSError, http.client.HTTPException) as error:
            answers.errors.append(repr(error))
            return
        answers.times.append(time.perf_counter() - begin)
        answers.size, answers.rows = len(page), _rows(page)
        if response.status not in {http.HTTPStatus.OK, http.HTTPStatus.CREATED}:
            answers.errors.append(f"{response.status} {response.reason}")
        made += 1
    connection.close()


def _rows(page: bytes) -> int:
    """The lines of a page's tables, or the results on a page of the API."""
    if not page.startswith(b"{"):
        return page.count(b"<tr")
    return len(json.loads(page).get("results", ()))
