"""Numbers of another system that look like ours: no task goes to the wrong job in silence."""

from __future__ import annotations

from io import BytesIO

import pytest

from core.imports import shell
from core.imports.options import ImportOptions
from operations.models import Job, Task
from people.models import User
from tests.core.imports.files import rows as rows_of
from tests.core.imports.files import taken_in
from tests.factories import make_customer, make_job, make_task
from tests.imports.tables import load

pytestmark = pytest.mark.django_db


@pytest.fixture
def alike(admin: User) -> tuple[Job, Job]:
    """A job of ours, and one of another system that was called by the number of ours there."""
    here = make_job(owner=admin, title="Ours", customer=make_customer(name="Baker"))
    lines = ("reference,title,customer", f"{here.number},Theirs,Baker")
    made = taken_in(admin, *lines, kind="jobs", name="jobs.csv")
    note = (
        f"The reference “{here.number}” is the number of the job “{here.number} Ours” here, and "
        "this row makes another one. In a file of tasks, call the column “reference” to mean the "
        "new one."
    )
    assert [each[4] for each in rows_of(made)] == [[["", note, ""]]]
    other = Job.objects.get(title="Theirs")
    return here, other


@pytest.mark.parametrize("header", ["job", "Job number", "Auftrag", "Nr."])
def test_a_name_that_is_the_number_of_one_job_and_the_reference_of_another_is_refused(
    header: str, admin: User, alike: tuple[Job, Job]
) -> None:
    here, other = alike
    done = load("tasks", {header: here.number, "title": "Look"}, by=admin)
    assert done.errors == {
        2: {
            header: [
                f"“{here.number}” is the number of the job “{here.number} Ours”, and the "
                f"reference of the job “{other.number} Theirs”. Call this column “reference” in "
                "the file to mean references, or “number” to mean numbers."
            ]
        }
    }
    # What is no other job's is meant as before.
    sound = load("tasks", {header: other.number, "title": "Look"}, by=admin)
    assert (sound.kinds, other.tasks.count()) == (["new"], 1)


@pytest.mark.parametrize(
    ("header", "title"), [("reference", "Theirs"), ("Ref.", "Theirs"), ("NUMBER", "Ours")]
)
def test_a_column_of_references_or_of_numbers_means_these_alone(
    header: str, title: str, admin: User, alike: tuple[Job, Job]
) -> None:
    done = load("tasks", {header: alike[0].number, "title": "Look"}, by=admin)
    job = Job.objects.get(title=title)
    assert (done.kinds, job.tasks.count(), Task.objects.count()) == (["new"], 1, 1)
    assert done.cells[2][header] == ("", f"{job.number} {title}")


def test_a_number_is_no_reference_and_a_reference_no_number(admin: User) -> None:
    number = make_job(owner=admin, title="Ours").number
    done = load("tasks", {"reference": number, "title": "Look"}, by=admin)
    assert done.errors[2]["reference"] == [
        f"There is no job of the reference “{number}”. Import the jobs first. If you mean the "
        f"number of the job “{number} Ours”, call this column “number” in the file."
    ]
    make_customer(name="Baker")
    taken_in(admin, "reference,title,customer", "A1,x,Baker", kind="jobs", name="jobs.csv")
    assert load("tasks", {"number": "A1", "title": "Look"}, by=admin).errors == {
        2: {"number": ["There is no job “A1”."]}
    }


def test_what_changes_nothing_of_a_job_called_like_another_comes_in_again(
    admin: User, alike: tuple[Job, Job]
) -> None:
    for job in alike:
        make_task(job=job, title="Look", position=1)
    rows = [{"job": job.number, "position": "1", "title": "Look"} for job in alike]
    assert load("tasks", *rows, by=admin).kinds == ["unchanged", "unchanged"]
    changed = load("tasks", {**rows[0], "title": "See"}, by=admin)
    assert (changed.kinds, list(changed.errors[2])) == (["refused"], ["job"])


def test_it_is_refused_at_a_shell_as_well(admin: User, alike: tuple[Job, Job]) -> None:
    file = BytesIO(f"job,title\n{alike[0].number},Look\n".encode())
    report = shell.load(file, "tasks.csv", kind="tasks", options=ImportOptions())
    assert (report.code, [each["column"] for each in report.errors]) == (1, ["job"])
    assert Task.objects.count() == 0
