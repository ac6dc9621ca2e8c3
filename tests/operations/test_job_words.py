"""Jobs are found by whole words, or by letters, and by one no otherwise than by the other."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from core.text import search
from operations.models import Customer, Job, job_words
from people.models import User
from tests.factories import make_customer, make_job, make_site
from tests.operations.test_migrations import migrate

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="Only PostgreSQL keeps words."
)

# Letters of which many parts are alike, and what has a meaning to an index or in a pattern.
SIGNS = "aab1.-%_\\"


def words_kept() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT word FROM operations_jobword ORDER BY word")
        return [word for (word,) in cursor.fetchall()]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    titles=st.lists(st.text(f"{SIGNS}  ", min_size=1, max_size=14), min_size=1, max_size=6),
    asked=st.lists(st.text(SIGNS, min_size=3, max_size=5), min_size=1, max_size=3),
)
def test_a_job_is_found_where_each_word_is_part_of_its_text(
    titles: list[str], asked: list[str], sales: User
) -> None:
    Job._base_manager.all().delete()
    customer = Customer.objects.first() or make_customer(name="Café")
    for title in titles:
        make_job(owner=sales, customer=customer, title=f"x {title}")
    text = " ".join(asked)
    parts = search.words(text)
    found = {job.pk for job in Job.objects.matching(text)}
    expected = {
        job.pk for job in Job.objects.all() if all(part in job.search_text for part in parts)
    }
    # A short word, and a number, ask for something else.
    if all(len(part) >= search.SHORTEST for part in parts) and not search.is_phone(text):
        assert found == expected


@on_postgresql
def test_letters_are_asked_of_the_words_and_digits_of_the_text(
    sales: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(owner=sales, customer=make_customer(name="Kraftwerk 154"), title="Leak")
    with django_assert_num_queries(1):
        asked = Job.objects.matching("raftwer eak 154")
    statement = str(asked.query)
    assert "string_to_array(kraftwerk, ' ')" in statement
    assert "string_to_array(leak, ' ')" in statement
    assert "LIKE %154%" in statement
    assert "LIKE %raftwer%" not in statement
    assert list(asked) == [job]
    with django_assert_num_queries(1):
        # No word holds it, so no job is asked for.
        assert list(Job.objects.matching("raftwerx")) == []


@on_postgresql
def test_a_part_of_too_many_words_is_asked_of_the_text(
    sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_words, "MOST", 2)
    jobs = [make_job(owner=sales, title=f"x {end}leak") for end in ("a", "b", "c")]
    asked = Job.objects.matching("leak")
    assert "LIKE %leak%" in str(asked.query)
    assert set(asked) == set(jobs)
    assert "LIKE" not in str(Job.objects.matching("aleak").query)


@on_postgresql
def test_words_that_stand_there_twice_leave_none_out(
    sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after two transactions that ended at once.
    monkeypatch.setattr(job_words, "MOST", 4)
    with connection.cursor() as cursor:
        for _twice in range(3):
            cursor.execute("INSERT INTO operations_jobword VALUES ('aleak'), ('bleak')")
    jobs = [make_job(owner=sales, title=f"x {end}leak") for end in "abcde"]
    assert set(Job.objects.matching("leak")) == set(jobs)


@on_postgresql
def test_the_database_keeps_each_word_once_whoever_writes_it(sales: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM operations_jobword")
    customer = make_customer(name="Ebner")
    job = make_job(owner=sales, customer=customer, title="Leak leak 12 a12 b-1 abc-1")
    # Of a number, no part is asked for by letters.
    assert words_kept() == ["abc-1", "ebner", "leak"]
    Job.objects.filter(pk=job.pk).update(search_text="ebner flood", version=2)
    assert words_kept() == ["abc-1", "ebner", "flood", "leak"]
    Job.objects.filter(pk=job.pk).update(version=3)
    assert words_kept() == ["abc-1", "ebner", "flood", "leak"]
    assert list(Job.objects.matching("floo")) == [job]


def test_a_word_of_no_end_is_saved_and_found_by_how_it_begins(sales: User) -> None:
    # Each of these is one sign of a line, and six letters of three bytes of what it stands for.
    title = "".join(chr(0x3300 + number % 0x50) for number in range(200))
    job = make_job(owner=sales, title=title)
    begin = search.words(title[:3])[0]
    assert len(begin) > 9
    assert max(map(len, job.search_text.split())) == job_words.LONGEST
    assert list(Job.objects.matching(begin)) == [job]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_jobs_of_before_are_found_by_their_words(sales: User) -> None:
    pk = make_job(owner=sales, title="Leak").pk
    try:
        old = migrate(("operations", "0011_moments_known"))
        jobs = old.get_model("operations", "Job").objects.filter(pk=pk)
        jobs.update(search_text=f"flood {'ab' * 500} begin")
    finally:
        migrate()
    assert Job.objects.get().search_text == f"flood {'ab' * 300} begin"
    for asked in ("loo", "abab", "begin flood"):
        assert [job.pk for job in Job.objects.matching(asked)] == [pk]


def test_to_say_what_a_job_is_found_by_changes_nothing_of_it(sales: User) -> None:
    pk = make_job(owner=sales, site=make_site(name="Mill", customer=make_customer(name="Ebner"))).pk
    job, other = Job.objects.get(pk=pk), make_customer(name="Café")
    job.customer_id = other.pk
    assert "mill" in job.words()
    assert job.customer == other
