"""What the racers of test_races.py do, by name and with plain arguments, so that a thread and
another process do it alike. Run as a program, it does what each line of its input says.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

Said = dict[str, Any]


def setup() -> Said:
    """One person per role, and a second technician; their ids."""
    from core.roles import Role
    from tests.factories import make_user

    people = {
        "admin": Role.ADMIN,
        "sales": Role.SALES_AGENT,
        "tech": Role.TECHNICIAN,
        "other_tech": Role.TECHNICIAN,
    }
    return {name: make_user(role).pk for name, role in people.items()}


def new_job(*, owner: int, tech: int, tasks: int) -> Said:
    """A job, assigned; its id, its tasks' and its version."""
    from people.models import User
    from tests.factories import make_job

    technician = User.objects.get(pk=tech)
    job = make_job(owner=User.objects.get(pk=owner), assigned_to=technician, tasks=tasks)
    return {"job": job.pk, "tasks": list(job.tasks.values_list("pk", flat=True))}


def superuser() -> int:
    """Who edits groups."""
    from itertools import count

    from people.models import User

    free = next(n for n in count() if not User.objects.filter(username=f"root{n}").exists())
    return int(User.objects.create_superuser(f"root{free}", password="pass-word-1").pk)


def new_customer() -> int:
    """Its id."""
    from tests.factories import make_customer

    return int(make_customer().pk)


def two_admins() -> Said:
    """The only two who hold the role; their ids."""
    from core.roles import Role
    from people.models import User
    from tests import acting
    from tests.factories import make_user

    two = [make_user(Role.ADMIN).pk for _ in range(2)]
    for other in User.objects.active().holding(Role.ADMIN).exclude(pk__in=two):
        acting.deactivate(other, by=None)
    return {"admins": two}


def verb(*, job: int, by: int, name: str, **given: str) -> None:
    """A verb of the job."""
    from operations import acts
    from operations.models import Job
    from operations.states import Verb
    from people.models import User

    acts.move(Job.objects.get(pk=job), Verb(name), by=User.objects.get(pk=by), **given)


def add_task(*, job: int) -> None:
    """One more task."""
    from operations.models import Job
    from tests.factories import make_task

    make_task(job=Job.objects.get(pk=job))


def finish_task(*, task: int, by: int) -> None:
    """A task done."""
    from operations import acts
    from operations.models import Task
    from people.models import User

    acts.progress(Task.objects.get(pk=task), by=User.objects.get(pk=by), status="completed")


def assign(*, job: int, to: int, by: int) -> None:
    """The job to somebody else."""
    from operations import acts
    from operations.models import Job
    from people.models import User

    acts.assign(Job.objects.get(pk=job), User.objects.get(pk=to), by=User.objects.get(pk=by))


def demote(*, who: int, by: int) -> None:
    """No role any more."""
    from people.models import User

    User.objects.get(pk=who).set_roles([], by=User.objects.get(pk=by))


def save_form(*, job: int, by: int, version: int, **fields: str) -> Said:
    """The job's page of the back office, as somebody sends it who read it at a version."""
    from django.test import Client

    from operations.models import Job
    from people.models import User

    row = Job.objects.get(pk=job)
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(pk=by), backend="django.contrib.auth.backends.ModelBackend")
    form = {
        "stated_version": version,
        "title": "As it was",
        "priority": "medium",
        "customer": row.customer_id,
        "assigned_to": row.assigned_to_id or "",
        "owner": row.owner_id,
        "tasks-TOTAL_FORMS": 0,
        "tasks-INITIAL_FORMS": 0,
        **fields,
    }
    answer = client.post(f"/admin/operations/job/{job}/change/", form)
    if answer.status_code not in {200, 302}:
        raise AssertionError(f"The form answered {answer.status_code}.")
    return {"done": answer.status_code == 302}


def sign_in(*, who: int) -> Said:
    """A session of the back office."""
    from django.conf import settings
    from django.test import Client

    from people.models import User

    client = Client()
    user = User.objects.get(pk=who)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {"session": client.cookies[settings.SESSION_COOKIE_NAME].value}


def send_form(*, session: str, path: str, form: Said) -> Said:
    """A form of the back office, as a browser sends it; done where it leads to the row saved."""
    from django.conf import settings
    from django.test import Client

    client = Client(raise_request_exception=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    answer = client.post(path, form)
    leads_on = answer.status_code == 302 and client.get(answer["Location"]).status_code == 200
    return {"done": leads_on, "why": answer.headers.get("Location", answer.status_code)}


def change_password(*, session: str, form: Said) -> Said:
    """Somebody's own; done where that is the answer, and their browser keeps its session."""
    from django.conf import settings
    from django.test import Client

    client = Client(raise_request_exception=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    answer = client.post("/admin/password_change/", form)
    where, kept = answer.headers.get("Location"), client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"done": bool(kept) and where == "/admin/password_change/done/", "why": where}


def made(*, model: str, **values: Any) -> int:
    """How many rows there are with these values."""
    from django.apps import apps

    return apps.get_model(model)._base_manager.filter(**values).count()


def customer_of(*, job: int) -> int:
    """The key of its customer."""
    from operations.models import Job

    return int(Job.objects.get(pk=job).customer_id)


def version_of(*, who: int) -> int:
    """That of a person."""
    from people.models import User

    return int(User.objects.get(pk=who).version)


def sign_in_program(*, who: int) -> Said:
    """A program signs in; its pair."""
    from django.utils import timezone

    from people import tokens
    from people.models import User

    pair = tokens.sign_in(User.objects.get(pk=who), at=timezone.now())
    return {"access": pair.access, "refresh": pair.refresh}


def refresh_token(*, token: str) -> None:
    """A program asks for its next pair."""
    from django.utils import timezone

    from people import tokens

    tokens.refresh(token, at=timezone.now())


def use_token(*, token: str) -> None:
    """A program makes a call."""
    from people import tokens

    tokens.family_of_access(token)


def state(*, job: int) -> Said:
    """The job, its tasks, and how often its history names each status, title and priority."""
    from operations.models import Job, Task

    row = Job.objects.get(pk=job)
    history = list(Job.history.filter(id=job).order_by("history_id"))
    return {
        "status": row.status,
        "title": row.title,
        "priority": row.priority,
        "version": row.version,
        "assigned_to": row.assigned_to_id,
        "tasks": list(row.tasks.order_by("pk").values_list("status", flat=True)),
        "history": [[h.version, h.status, h.title, h.priority, h.assigned_to_id] for h in history],
        "tasks_made": Task.history.filter(job_id=job, history_type="+").count(),
        "tasks_done": Task.history.filter(job_id=job, status="completed").count(),
    }


def admins() -> list[int]:
    """Who is an active Admin."""
    from core.roles import Role
    from people.models import User

    return list(User.objects.active().holding(Role.ADMIN).values_list("pk", flat=True))


def do(name: str, given: Said) -> Any:
    """Do it; what a rule refuses is an answer, and anything else a fault."""
    from django.core.exceptions import PermissionDenied, ValidationError

    from people.tokens import BadToken

    try:
        answer = globals()[name](**given)
        return {"done": True} if answer is None else answer
    except (BadToken, PermissionDenied, ValidationError) as refused:
        return {"done": False, "why": str(refused)}


def main() -> None:
    """Do what each line says, at the time it says, and answer with a line."""
    import django

    django.setup()
    for line in sys.stdin:
        name, given, at = json.loads(line)
        time.sleep(max(0, at - time.time()))
        print(json.dumps(do(name, given)), flush=True)  # noqa: T201 (the answer)


if __name__ == "__main__":
    main()
