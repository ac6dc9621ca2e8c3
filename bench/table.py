"""The speed table: the calls that are compared from version to version, and with other systems.

Calls of the API come from programs with a token, pages of the back office from a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench import load
from bench.figures import Figures, columns

# After so many sign-ins the memory of the web processes is read.
SIGN_INS = 100


def calls() -> Iterable[tuple[str, str, load.Call]]:
    """Who opens or calls what."""
    from django.urls import reverse

    from bench import api
    from bench.pages import Visitor, cookie

    admin = Visitor("admin")
    program, phone = api.signed_in("admin"), api.signed_in("tech")
    browser = cookie(admin.user)
    job = f"/api/jobs/{admin.open_job.pk}"
    yield "sales", "sign-in", api.sign_in()
    yield "admin", "job list, 50 with tasks", load.Call("/api/jobs", headers=program)
    yield "tech", "job list, 50 with tasks", load.Call("/api/jobs", headers=phone)
    yield "admin", "job detail", load.Call(job, headers=program)
    yield "admin", "equipment list", load.Call("/api/equipment", headers=program)
    yield "tech", "task PATCH", api.change_task()
    yield "sales", "job create", api.create_job()
    jobs = reverse("admin:operations_job_changelist")
    yield "admin", "admin job list", load.Call(f"{jobs}?attention=all", headers=browser)
    yield "admin", "admin home", load.Call(reverse("admin:index"), headers=browser)


def text(figures: Sequence[Figures], *, rounds: int, seconds: float) -> str:
    """The table, below what its figures are."""
    lines = [
        [
            *(figure.person, figure.page),
            *(f"{ms:.2f}" for ms in (figure.web, figure.database, figure.cost)),
        ]
        for figure in figures
    ]
    details = (
        "Processor time of a request in ms, user and system, by /proc: of all web processes, and\n"
        "of the PostgreSQL backends that serve them. The best of "
        f"{rounds} rounds of {seconds / rounds:.1f} s\non {load.CONNECTIONS} connections, after a "
        "warm-up; calls of the API by a token, pages by a session."
    )
    return f"{details}\n{columns([['who', 'page', 'web-ms', 'db-ms', 'both'], *lines])}"
