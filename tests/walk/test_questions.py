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

import pytest

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


@pytest.mark.parametrize("who", WHO)
def test_no_question_is_answered_by_a_fault(who: str | int) -> None:
    draw = random.Random(f"questions {who}")
    share = 0.6 if isinstance(who, str) else 0.2
    walker = Walker(make_company(who), Chance(draw, share=share, values=1))
    walker.read(pages())
    walker.read(calls())
    walker.send(calls())
    walker.type(pages())
    assert not walker.faults, "\n\n".join(walker.faults.values())
