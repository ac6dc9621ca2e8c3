"""No question, however odd, is answered by a fault of ours.

Every address of the back office and the API is asked with doubled, extreme, empty and missing
parameters, and is sent what nobody would type: by the roles, a superuser, and people with
permissions by chance. Nothing runs within a transaction of the test, as nothing does when the
product serves: PostgreSQL locks no row outside of one.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.walk import dealt
from tests.walk.addresses import Chance, calls, pages
from tests.walk.company import ROLES, ROOT, SEEDS, make_company, written
from tests.walk.walker import Walker

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]
# The name of a test says with what permissions it is to be done again.
WHO = [
    *(pytest.param(who, id=who) for who in (*ROLES, ROOT)),
    *(pytest.param(seed, id=written(seed)) for seed in SEEDS),
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Each fault is told once, by where it happened."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("number", range(dealt.PARTS))
def test_no_extreme_of_any_parameter_is_answered_by_a_fault(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is asked is read before a page is made into a PDF, which takes a quarter of a second.
    monkeypatch.setattr("core.papers.made", str.encode)
    company, chance = make_company(ROOT), Chance(random.Random(0), share=0, values=0)
    people = (company.person, company.boss, company.friend)
    walkers = [Walker(replace(company, person=person), chance) for person in people]
    addresses = dealt.part(number)
    asked = {each for address in addresses for each in dealt.deal(address, walkers)}
    assert asked == set(dealt.every(addresses))
    faults = [fault for walker in walkers for fault in walker.faults.values()]
    assert not faults, "\n\n".join(faults)


def test_the_parts_have_all_that_can_be_asked() -> None:
    asked = [each for number in range(dealt.PARTS) for each in dealt.every(dealt.part(number))]
    assert sorted(asked) == sorted(dealt.every(dealt.readable()))
    assert len(asked) > 12_000
    assert ("/admin/audit-log/", "until", "9999-12-31") in asked


@pytest.mark.parametrize("who", WHO)
def test_no_question_is_answered_by_a_fault(who: str | int) -> None:
    draw = random.Random(f"questions {who}")
    is_known = isinstance(who, str)
    share = 0.6 if is_known else 0.2
    chance = Chance(draw, share=share, values=1, extremes=not is_known)
    walker = Walker(make_company(who), chance)
    walker.read(pages())
    walker.read(calls())
    walker.send(calls())
    walker.type(pages())
    assert not walker.faults, "\n\n".join(walker.faults.values())
