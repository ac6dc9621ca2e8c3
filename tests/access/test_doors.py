"""Every door answers as the table says."""

from __future__ import annotations

import pytest

from tests.access.door import Answer
from tests.access.doors import COLUMNS
from tests.access.table import (
    ASKED,
    INSIDE,
    NONE,
    OUTSIDE,
)
from tests.access.world import make_world

# Coverage doubles its time, and tests of their own cover what it asks.
pytestmark = pytest.mark.no_cover


@pytest.mark.django_db
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("who", INSIDE)
def test_every_door_answers_as_the_table_says(who: str, column: str) -> None:
    world = make_world(who)
    tried = COLUMNS[column].tries(who)
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


@pytest.mark.parametrize("column", [name for name in COLUMNS if COLUMNS[name].like])
def test_a_column_that_is_like_another_has_the_same_doors_and_tries_each_kind_of_row(
    column: str,
) -> None:
    like = COLUMNS[COLUMNS[column].like]
    named = [(door.name, door.question, door.rows) for door in COLUMNS[column].doors]
    assert named == [(door.name, door.question, door.rows) for door in like.doors]
    tried = {(door.name, row) for who in INSIDE for door, row in COLUMNS[column].tries(who)}
    assert tried == {(door.name, row) for door in like.doors for row in door.rows}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_question_of_the_table_has_a_door_or_is_said_to_have_none(column: str) -> None:
    answered = {door.question for door in COLUMNS[column].doors}
    assert answered.isdisjoint(COLUMNS[column].not_answered)
    assert answered | COLUMNS[column].not_answered == set(ASKED)
