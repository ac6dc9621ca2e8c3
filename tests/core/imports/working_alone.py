"""A process that works on an import, to be killed or stopped at any point; a run as a program."""

from __future__ import annotations

import sys


def main(pk: int, attempt: int, by: int) -> None:
    """Do what was claimed, as the worker of the long queue does."""
    import django

    django.setup()

    from core.long_work import progress
    from core.tasks import work_on_import

    progress.EVERY = 0.05
    print("begun", flush=True)  # noqa: T201 (whoever kills waits for it)
    print(work_on_import(pk, attempt, by), flush=True)  # noqa: T201 (likewise)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
