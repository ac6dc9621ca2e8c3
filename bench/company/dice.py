"""What is left to chance: the same seed, the same chances."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Quick draws from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.share = Random(seed).random  # noqa: S311 (Nothing secret is drawn.)

    def chance(self, share: float) -> bool:
        """True in so many of all cases (0 to 1)."""
        return self.share() < share

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self.share() * (most - least + 1))

    def pick(self, things: Sequence[T]) -> T:
        """One of them, each as likely."""
        return things[int(self.share() * len(things))]

    def pick_early(self, things: Sequence[T]) -> T:
        """One of them, the first ones far more often: a few customers give most of the work."""
        return things[int(self.share() ** 2 * len(things))]
