"""The days that the product knows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from core.days import FIRST, LAST, check_day


def test_the_first_and_the_last_day_are_known() -> None:
    for day in (date(1900, 1, 1), date(2199, 12, 31)):
        check_day(day)


@pytest.mark.parametrize("day", [FIRST - timedelta(1), LAST + timedelta(1), date.min, date.max])
def test_a_day_outside_is_refused_with_a_sentence(day: date) -> None:
    with pytest.raises(ValidationError, match="Choose a day from 1900 to 2199"):
        check_day(day)
