"""Every door answers as the table says."""

from __future__ import annotations

import pytest

from tests.access.door import Answer
from tests.access.doors import COLUMNS
from tests.access.table import (
    ASKED,
    ASSIGNED,
    COMPANY,
    FOR_PROGRESS,
    INSIDE,
    NONE,
    OUTSIDE,
    ROOT,
    TO_VIEW,
)
from tests.access.world import make_world


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("who", INSIDE)
def test_every_door_answers_as_the_table_says(who: str, column: str) -> None:
    world = make_world(who)
    # To a superuser and to a group of the company all rows are alike: two of them say it.
    alike = {TO_VIEW, FOR_PROGRESS, ASSIGNED} if who in {ROOT, COMPANY} else set()
    tried = [(door, row) for door in COLUMNS[column].doors for row in door.rows if row not in alike]
    found = {(door.name, row): door.found(world, row) for door, row in tried}
    assert found == {(door.name, row): door.expected(who, row) for door, row in tried}


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("who", OUTSIDE)
def test_every_door_is_shut_to_who_may_not_enter(who: str, column: str) -> None:
    world = make_world(who)
    found = {door.name: door.found(world, door.rows[0]) for door in COLUMNS[column].doors}
    if who == NONE and not COLUMNS[column].entered_by_role:
        assert Answer.DONE not in found.values()
        return
    assert found == {door.name: Answer.LOGIN for door in COLUMNS[column].doors}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_question_of_the_table_has_a_door_or_is_said_to_have_none(column: str) -> None:
    answered = {door.question for door in COLUMNS[column].doors}
    assert answered.isdisjoint(COLUMNS[column].not_answered)
    assert answered | COLUMNS[column].not_answered == set(ASKED)
