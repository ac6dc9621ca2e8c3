"""`python -m bench.company --jobs 100000`: into the empty database that DATABASE_URL names."""

from __future__ import annotations

import os
import sys

import django


def main() -> None:
    """Run the command as `manage.py` would, which does not know it: it is no part of JobOps."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    django.setup()
    from bench.company.command import Command

    Command().run_from_argv(["python -m", "bench.company", *sys.argv[1:]])


if __name__ == "__main__":
    main()
