"""Words and phone numbers of a search."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.text import search
from core.text.typed import searchable
from operations.models import Customer, Equipment, Job, Site
from operations.models.job_queries import is_too_short
from people.models import User
from tests.factories import make_customer, make_equipment, make_job, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "stored", ["+43 1 555 0140", "0043 1 5550140", "01/555 01 40", "+43 (0)1 555-0140"]
)
@pytest.mark.parametrize(
    "asked",
    [
        "+4315550140",
        "+43 1 5550140",
        "+43 (0)1 5550140",
        "004315550140",
        "015550140",
        "01 5550140",
        "5550140",
        "555 0140",
        "hotel 5550140",
    ],
)
def test_a_phone_is_found_by_its_digits_however_they_are_written(stored: str, asked: str) -> None:
    hotel = make_customer(name="Hotel Donauwarte", phone=stored)
    make_customer(name="Hotel", phone="+43 1 555 0141")
    assert list(Customer.objects.matching(asked)) == [hotel]


@pytest.mark.parametrize("asked", ["00000", "0000000", "+43", "()/-", "000 000 000"])
def test_what_is_no_phone_number_is_none(asked: str) -> None:
    make_customer(name="Hotel", phone="+1 2345 678")
    assert list(Customer.objects.matching(asked)) == []


@pytest.mark.parametrize(
    "asked",
    [
        "theater am kanalufer",
        "THEATER AM KANALUFER",
        "am kanalufer theater",
        "Théatér kanalufer",
        "theater\N{NO-BREAK SPACE}am\N{ZERO WIDTH SPACE} kanalufer",
    ],
)
def test_short_words_narrow_what_longer_ones_find(asked: str, sales: User) -> None:
    theatre = make_site(name="Main", customer=make_customer(name="Theater am Kanalufer"))
    found = make_job(owner=sales, site=theatre)
    make_job(owner=sales, customer=make_customer(name="Theater im Kanal"))
    assert list(Job.objects.matching(asked)) == [found]
    assert list(Customer.objects.matching(asked)) == [theatre.customer]


@pytest.mark.parametrize("asked", ["am", "a m", "am 9", "&", "9 9"])
def test_short_words_alone_find_no_job(asked: str, sales: User) -> None:
    make_job(owner=sales, title="am 9 & a m")
    assert list(Job.objects.matching(asked)) == []


def test_among_words_a_number_is_a_word_too(sales: User) -> None:
    ninth = make_job(owner=sales, title="x", customer=make_customer(name="Kraftwerk 9"))
    make_job(owner=sales, title="x", customer=make_customer(name="Kraftwerk 8"))
    by_number = make_job(owner=sales, title="Kraftwerk", customer=make_customer(name="y"))
    # A short one begins a word: that there is a 9 in the number of another is no matter.
    Job.objects.filter(pk=ninth.pk + 1).update(search_text="j-000199 x kraftwerk 8")
    assert list(Job.objects.matching("kraftwerk 9").exclude(pk=9)) == [ninth]
    assert by_number in Job.objects.matching(f"kraftwerk {by_number.pk}")


@pytest.mark.parametrize(
    "written", ["J-{pk:06d}", "j-{pk}", "J{pk}", "#{pk}", "{pk}", " #{pk} ", "J {pk}"]
)
def test_the_number_of_a_job_is_known_however_it_is_written(written: str, sales: User) -> None:
    job = make_job(owner=sales, title="Mend")
    assert list(Job.objects.matching(written.format(pk=job.pk))) == [job]


def test_nothing_asked_is_not_too_short() -> None:
    assert [search.is_too_short(text) for text in ("", "  ", "ab", "a b", "abc", "\u200bab")] == [
        *(False, False, True, True, False, True)
    ]


def test_what_stands_around_a_word_is_no_part_of_it(admin: User) -> None:
    customer = make_customer(name="Theater am Kanalufer")
    job = make_job(
        owner=admin, title="Boiler leak", site=make_site(customer=customer, name="Bühne")
    )
    drill = make_equipment(name="Drill", serial_number="SN-77")
    maria = make_user(first_name="Maria", last_name="Huber")
    number = job.number
    for asked in (
        "Theater am Kanalufer, Bühne",
        "boiler, leak",
        f"{number}, Boiler",
        f"{number}:",
        f"({number})",
        "„Theater am Kanalufer“",
        "“boiler leak”",
        "(boiler) [leak]!",
    ):
        assert (asked, list(Job.objects.matching(asked))) == (asked, [job])
    assert list(Customer.objects.matching("„Theater am Kanalufer“")) == [customer]
    assert list(Site.objects.matching("Theater am Kanalufer, Bühne")) == [job.site]
    assert list(Equipment.objects.matching(str(drill))) == [drill]
    assert str(drill) == "Drill (SN-77)"
    found = User.objects.matching("Huber, Maria", role=None, active=None, email=False)
    assert list(found) == [maria]


def test_what_only_parts_words_is_none(admin: User) -> None:
    job = make_job(owner=admin, title="Leak", customer=make_customer(name="Café A·B / C"))
    for asked in (
        f"{job.number} · Café A·B",
        "leak – café",
        "leak | café",
        "a·b / c",
        "Café → Leak",
    ):
        assert (asked, list(Job.objects.matching(asked))) == (asked, [job])
    assert list(Job.objects.matching("·")) == []
    assert search.is_too_short("· –")


@pytest.mark.parametrize(
    "asked",
    [
        "tel:+4315550140",
        "Tel. 01 555 01 40",
        "Phone: +43 (0)1 555 0140",
        "T 015550140",
        "FAX:5550140",
    ],
)
def test_a_phone_is_found_with_what_is_written_before_it(asked: str) -> None:
    baker = make_customer(name="Baker", phone="+43 1 555 0140")
    make_customer(name="Tel. Hotel", phone="+43 1 555 0141")
    assert list(Customer.objects.matching(asked)) == [baker]


def test_a_short_word_with_signs_around_it_is_found_as_it_stands(admin: User) -> None:
    named = make_customer(name="Baker (AB)")
    make_customer(name="Baker")
    assert list(Customer.objects.matching("Baker (AB)")) == [named]
    job = make_job(owner=admin, title="Mend", customer=named)
    assert list(Job.objects.matching("baker (ab)")) == [job]


@pytest.mark.parametrize(
    "ask",
    [
        *(search.words, search.is_too_short, search.standing, is_too_short),
        *(Job.objects.matching, Customer.objects.matching),
    ],
)
@pytest.mark.parametrize("text", ["Kraftwerk · 9 (J-154)", "J-154", "a b"])
def test_what_is_asked_is_folded_once(
    text: str, ask: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    folded: list[str] = []

    def fold(asked: str) -> str:
        folded.append(asked)
        return searchable(asked)

    monkeypatch.setattr(search, "searchable", fold)
    ask(text)
    assert folded == [text]
