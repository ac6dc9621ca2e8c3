"""How passwords are hashed: Argon2id by the figures of OWASP, and few at once.

A stranger may send as many sign-ins at once as they like, and each takes memory and a core. So few
are hashed at once in a process; the others wait for their turn, and give up after a while.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext as _

from core.refusals import Busy

# In a process: two take both cores of a small machine.
AT_ONCE = 2
# So long, in seconds, somebody waits for their turn; who gets none is to come back after so many.
PATIENCE = 3.0
COME_BACK = 5

_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Raise `Busy` where none of the turns comes free in time."""
    if not _turns.acquire(timeout=PATIENCE):
        raise Busy(_("Too many people are signing in at this moment."), seconds=COME_BACK)
    try:
        yield
    finally:
        _turns.release()


class Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, 2 passes and 1 lane (OWASP's Password Storage Cheat Sheet).

    Hashes of other parameters are known, and made anew when their person next signs in.
    """

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1

    def encode(self, password: str, salt: str) -> str:
        """The password, hashed; raises `Busy`."""
        with turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Is it this password? Raises `Busy`."""
        with turn():
            return super().verify(password, encoded)
