"""What the night and the morning cost: the overdue run with its digest, and the reminders.

All of it in one transaction that is taken back; mail is made, and given to nobody.
"""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

# How many jobs become overdue, and how many take place today.
NEWLY, TODAY = 1_000, 1_500


def cost() -> str:
    """The figures, in words."""
    from django.db import transaction
    from django.test.utils import override_settings

    backend = "django.core.mail.backends.dummy.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend), transaction.atomic():
        _prepare()
        lines = [_measured(*run) for run in _runs()]
        transaction.set_rollback(True)
    return "\n".join(lines)


def _prepare() -> None:
    """Have so many jobs become overdue, and each technician some for today, and an address."""
    from django.db.models import F, Value
    from django.db.models.functions import Concat
    from django.utils import timezone

    from operations.models import Job
    from people.models import User

    address = {"email": Concat(F("username"), Value("@example.com"))}
    address["email_folded"] = Concat(F("username_folded"), Value("@example.com"))
    User.objects.filter(email="").update(**address)
    today, plain = timezone.localdate(), {"overdue": False, "overdue_since": None}
    technicians = list(User.objects.technicians().values_list("pk", flat=True))
    newest = Job.objects.open().order_by("-pk").values_list("pk", flat=True)
    keys = list(newest[: TODAY + NEWLY])
    for place, technician in enumerate(technicians):
        theirs = Job.objects.filter(pk__in=keys[place : TODAY : len(technicians)])
        theirs.update(scheduled_date=today, assigned_to=technician, **plain)
    late = Job.objects.filter(pk__in=keys[TODAY:])
    late.update(scheduled_date=today - timedelta(days=1), **plain)


def _runs() -> list[tuple[str, Callable[[], dict[str, int]]]]:
    from django.utils import timezone

    from operations import tasks

    now = timezone.now()
    return [
        ("The night", lambda: tasks.flag_overdue(now)),
        ("The morning", lambda: tasks.send_reminders(now)),
    ]


def _measured(name: str, run: Callable[[], dict[str, int]]) -> str:
    """One run: what it did, its queries, those of the ledger apart, its time and the memory."""
    from django.db import connection

    asked: Counter[str] = Counter()

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        is_ledgers = '"core_message"' in sql or '"core_notice"' in sql
        asked["ledger" if is_ledgers or "SAVEPOINT" in sql else "others"] += 1
        return execute(sql, *rest)

    start = time.perf_counter()
    with connection.execute_wrapper(count):
        counts = run()
    seconds = time.perf_counter() - start
    did = ", ".join(f"{number} {what}" for what, number in counts.items())
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{name}: {did}. {asked['others']} queries, and {asked['ledger']} of the ledger, "
        f"in {seconds:.1f} s; {megabytes:.0f} MB at most."
    )
