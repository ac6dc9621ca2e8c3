"""What an act points out, in what its call answers."""

from __future__ import annotations

from typing import Any

from ninja import Field

from core.record.acts import Outcome
from core.rest.schemas import Answer


class Warned(Answer):
    """An object that was just written: its warnings are left out where there are none."""

    warnings: list[str] = Field([])


def warned(outcome: Outcome[Any]) -> Any:
    """What it points out, where it does: to stand beside what is answered of its row."""
    warnings = [str(warning) for warning in outcome.warnings]
    return {"warnings": warnings} if warnings else {}
