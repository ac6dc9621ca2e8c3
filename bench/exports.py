"""What an export costs: all jobs and all tasks as CSV, each in a process of its own.

What is told of memory is the most that the process had.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

KINDS = ("jobs", "tasks")


def cost() -> str:
    """The figures, in words."""
    command = [sys.executable, "-m", "bench.exports"]
    lines = [
        subprocess.run([*command, kind], check=True, capture_output=True, text=True).stdout
        for kind in KINDS
    ]
    return "".join(lines).rstrip()


def measure(kind: str) -> str:
    """One export, written to nowhere: rows a second, and the memory at most."""
    import django

    django.setup()
    from core.access import command_line_user
    from core.backoffice import listed
    from core.exports.files import FORMATS
    from core.exports.kinds import kinds
    from core.exports.table import Table, keys_of

    wanted = kinds()[kind]
    begin, worked = time.perf_counter(), time.process_time()
    rows = listed.rows(wanted, command_line_user(), "")
    table = Table(wanted.model, wanted.columns, keys_of(rows))
    size = sum(len(block) for block in FORMATS["csv"].write(table))
    seconds, processor = time.perf_counter() - begin, time.process_time() - worked
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    number = len(table.keys)
    return (
        f"Export of {number} {kind} as CSV ({size / 1e6:.1f} MB): {number / seconds:.0f} rows a"
        f" second, {processor:.1f} s of processor time of {seconds:.1f} s; {megabytes:.0f} MB at"
        " most."
    )


if __name__ == "__main__":
    print(measure(sys.argv[1]))
