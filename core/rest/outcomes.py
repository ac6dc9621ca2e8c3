"""What an act points out, in what its call answers."""

from __future__ import annotations

from typing import Any

from core.record.acts import Outcome


def warned(outcome: Outcome[Any]) -> Any:
    """What it points out, where it does: to stand beside what is answered of its row."""
    warnings = [str(warning) for warning in outcome.warnings]
    return {"warnings": warnings} if warnings else {}
