"""Requests one after the other on some connections at once, for a while."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field

CONNECTIONS = 4


@dataclass
class Answers:
    """How long each took in seconds, the bytes of one, and what was not as it should be."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    size: int = 0
    elapsed: float = 0.0

    def add(self, others: Answers) -> None:
        """Take what was answered later, too."""
        self.times += others.times
        self.errors += others.errors
        self.elapsed += others.elapsed
        self.size = others.size

    def quantile(self, share: float) -> float:
        """So many of all (0 to 1) took no longer than this, in ms."""
        times = sorted(self.times) or [0.0]
        return times[min(int(len(times) * share), len(times) - 1)] * 1000


def ask(port: int, address: str, *, cookie: str, seconds: float) -> Answers:
    """Ask for a page on each connection until the time is over; at least once."""
    answers = Answers()
    begin = time.monotonic()
    until = begin + seconds
    threads = [
        threading.Thread(target=_ask, args=(answers, port, address, cookie, until))
        for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.elapsed = time.monotonic() - begin
    return answers


def _ask(answers: Answers, port: int, address: str, cookie: str, until: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": cookie, "Host": f"127.0.0.1:{port}"}
    while not answers.errors:
        begin = time.perf_counter()
        try:
            connection.request("GET", address, headers=headers)
            response = connection.getresponse()
            answers.size = len(response.read())
        except (OSError, http.client.HTTPException) as error:
            answers.errors.append(repr(error))
            return
        answers.times.append(time.perf_counter() - begin)
        if response.status != http.HTTPStatus.OK:
            answers.errors.append(f"{response.status} {response.reason}")
        if time.monotonic() >= until:
            break
    connection.close()
