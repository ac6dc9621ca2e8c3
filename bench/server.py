"""The web server as production runs it, on loopback."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.database import ROOT

WORKERS = 2
THREADS = 4
_LOG = ROOT / "var/bench-server.log"


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serve(port: int) -> Iterator[int]:
    """Serve on a port with the environment as it is; the process id of the server."""
    command = [
        *(sys.executable, "-m", "core.serving.web", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WORKERS), "--blocking-threads", str(THREADS)),
        "core.wsgi:application",
    ]
    with _LOG.open("wb") as log:
        # As the image has it: see the Dockerfile.
        memory = {
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_MMAP_THRESHOLD_": "1048576",
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        }
        given = os.environ | memory
        server = subprocess.Popen(command, env=given, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(server, port)
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit(f"The server did not become ready; see {_LOG.relative_to(ROOT)}.")
