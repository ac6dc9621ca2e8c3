"""`manage.py export`: what the back office exports, at a shell."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.record import audit
from core.roles import Role
from people.models import User
from tests import acting
from tests.factories import make_customer, make_job, make_site, make_user


def taken(tmp_path: Path, *words: str) -> Any:
    path = tmp_path / "out"
    call_command("export", *words, "--format", "json", "--output", str(path))
    return json.loads(path.read_text())


@pytest.mark.django_db
def test_every_row_is_written_where_nobody_is_named(
    tmp_path: Path, sales: User, other_sales: User
) -> None:
    numbers = [make_job(owner=owner).number for owner in (sales, other_sales)]
    assert {each["number"] for each in taken(tmp_path, "jobs")} == set(numbers)
    assert {each["username"] for each in taken(tmp_path, "people")} == {"sara", "otto"}


@pytest.mark.django_db
def test_as_somebody_it_is_what_they_see(tmp_path: Path, sales: User, other_sales: User) -> None:
    mine = make_job(owner=sales).number
    make_job(owner=other_sales)
    assert [each["number"] for each in taken(tmp_path, "jobs", "--as", "SARA")] == [mine]
    people = taken(tmp_path, "people", "--as", "sara")
    assert people[0].keys() == {"first_name", "last_name", "phone", "roles"}


@pytest.mark.django_db
def test_where_is_what_the_list_is_asked_for(tmp_path: Path, sales: User) -> None:
    pump = make_job(owner=sales, title="Pump", tasks=1, site=make_site(), priority="high")
    make_job(owner=sales, title="Lift", tasks=1)
    for where in (
        "q=pump",
        "?priority__exact=high",
        "priority=high",
        f"customer={pump.customer_id}",
    ):
        found = taken(tmp_path, "jobs", "--where", where)
        assert [each["number"] for each in found] == [pump.number]
    tasks = taken(tmp_path, "tasks", "--where", "priority=high")
    assert [each["job"] for each in tasks] == [pump.number]
    ordered = taken(tmp_path, "jobs", "--where", "o=1")
    assert [each["title"] for each in ordered] == ["Pump", "Lift"]


@pytest.mark.django_db
@pytest.mark.parametrize("words", [(), ("--output", "-")])
def test_it_is_written_to_standard_output_where_no_file_is_named(
    words: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    make_customer(name="Mill", phone="+1")
    call_command("export", "customers", *words)
    text = capfdbinary.readouterr().out.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert lines[1] == ["Mill", "", "", "'+1", "", "yes"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("jobs", "--as", "tina"), 1, "tina may not export jobs."),
        (("jobs", "--as", "x"), 2, "There is no active person “x”."),
        (("jobs", "--as", "gone"), 2, "There is no active person “gone”."),
        (("jobs", "--where", "foo=1"), 2, "The list does not understand this: foo=1"),
        (("jobs", "--output", "/nowhere/x"), 2, "/nowhere/x cannot be written"),
        (("jobs", "--format", "pdf"), 1, "invalid choice: 'pdf'"),
    ],
)
def test_what_goes_wrong_is_said_with_an_exit_code(
    words: tuple[str, ...], code: int, why: str, tech: User, admin: User
) -> None:
    acting.deactivate(make_user(Role.ADMIN, username="gone"), by=admin)
    with pytest.raises(CommandError, match=re.escape(why)) as refused:
        call_command("export", *words)
    assert refused.value.returncode == code


UNKNOWN = [
    ("jobs", "status=nope"),
    ("jobs", "status__exact=nope"),
    ("jobs", "status="),
    ("jobs", "priority__exact=hi"),
    ("jobs", "attention=nope"),
    ("jobs", "scheduled_date_from=nope"),
    ("jobs", "scheduled_date_to=1500-01-01"),
    ("jobs", "assigned_to__id__exact=999999"),
    ("jobs", "assigned_to__isnull=nope"),
    ("jobs", "owner=nope"),
    ("jobs", "customer=999999"),
    ("jobs", "from=2030-01-01"),
    ("jobs", "figure=nothing"),
    ("jobs", "o=nope"),
    ("jobs", "o=1.99"),
    ("jobs", "o=0"),
    ("tasks", "status=nope"),
    ("customers", "is_active=nope"),
    ("customers", "is_active__exact=2"),
    ("customers", "jobs=1"),
    ("customers", "o=9"),
    ("sites", "customer=999999"),
    ("sites", "customer__id__exact=nope"),
    ("equipment", "kind=nope"),
    ("equipment", "kind__exact=nope"),
    ("people", "is_active__exact=nope"),
    ("people", "groups__id__exact=999999"),
    ("people", "groups=nope"),
    ("people", "email=a"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "where"), UNKNOWN)
def test_what_a_list_does_not_know_is_told_and_nothing_written(
    kind: str, where: str, tmp_path: Path, admin: User
) -> None:
    path = tmp_path / "out"
    with pytest.raises(CommandError) as refused:
        call_command("export", kind, "--where", f"q=pump&{where}", "--output", str(path))
    assert refused.value.returncode == 2
    sentence, what = str(refused.value).split(": ")
    assert sentence == "The list does not understand this"
    assert what in {where, f"q=pump&{where}"}
    assert not path.exists()


@pytest.mark.django_db
def test_words_that_find_no_job_at_all_are_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Type a word of three letters or more") as refused:
        taken(tmp_path, "jobs", "--where", "q=ab")
    assert refused.value.returncode == 2
    assert taken(tmp_path, "customers", "--where", "q=ab") == []


@pytest.mark.django_db
def test_what_a_list_knows_is_taken_as_it_shows_it(tmp_path: Path, sales: User, tech: User) -> None:
    job = make_job(owner=sales, site=make_site(), assigned_to=tech)
    acting.hold(job, by=tech, reason="x")
    group = sales.groups.get().pk
    asked = {
        "jobs": (
            "status=on_hold",
            "status__exact=on_hold&priority__exact=",
            "attention=open&scheduled_date_from=",
            "attention=",
            f"owner__id__exact={sales.pk}&o=-1.4",
            f"assigned_to={tech.pk}&assigned_to__isnull=False",
        ),
        "sites": (f"customer__id__exact={job.customer_id}",),
        "customers": ("is_active=1", "is_active__exact=True&o=1"),
        "people": (f"groups={group}", f"groups__id__exact={group}&is_active__exact=1"),
    }
    found = {
        kind: [len(taken(tmp_path, kind, "--where", w)) for w in asked[kind]] for kind in asked
    }
    assert found == {kind: [1] * len(asked[kind]) for kind in asked}


@pytest.mark.django_db
def test_what_a_figure_counts_is_taken(tmp_path: Path, sales: User) -> None:
    job, day = make_job(owner=sales), audit.today().isoformat()
    where = f"figure=created&from={day}&to={day}"
    assert [each["number"] for each in taken(tmp_path, "jobs", "--where", where)] == [job.number]
