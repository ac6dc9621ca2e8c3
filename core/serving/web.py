"""The web server: Granian, which forks its workers once the application is loaded.

What no worker changes lies in memory once for all of them. Options come from the command line and
the environment, as for `granian` itself: `python -m core.serving.web core.wsgi:application`.
"""

import gc
import sys
from importlib import import_module

from granian.cli import entrypoint


def main() -> None:
    """Load the application that the last argument names, then serve it."""
    import_module(sys.argv[-1].partition(":")[0])
    # What is collected later would touch, and so copy, what is shared.
    gc.collect()
    gc.freeze()
    entrypoint()  # type: ignore[no-untyped-call]  # Of click.


if __name__ == "__main__":
    main()
