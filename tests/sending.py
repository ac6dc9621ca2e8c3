"""A process that sends what waits, to be killed at any point. Run as a program, it sends until
nothing is left, and sweeps as it begins, as if so many minutes had gone by since the last one.
"""

from __future__ import annotations

import sys
from datetime import timedelta


def main(minutes: int) -> None:
    """Take up what nobody has, and send it."""
    import django

    django.setup()

    from django.utils import timezone

    from core.outbox.delivering import deliver, recover
    from core.outbox.gathering import gather

    now = timezone.now()
    recover(at=now + timedelta(minutes=minutes))
    gather(at=now)
    print("begun", flush=True)  # noqa: T201 (whoever kills waits for it)
    deliver(at=now)


if __name__ == "__main__":
    main(int(sys.argv[1]))
