"""What it costs to fold a text, by which names are the same and rows are found."""

from __future__ import annotations

import time
from collections.abc import Callable

TEXTS = {
    "a name": "Ärztehaus Nord & Söhne",
    "what a job is found by": "J-000154 Heat pump, roof Café Silberlöffel Wien Tina Tech",
    "the longest text": "Größe " * 1_666,
}


def cost() -> str:
    """Microseconds of processor time for each kind of text, a line each."""
    from core.text.typed import folded, one_line, searchable, several_lines

    ways: dict[str, Callable[[str], str]] = {
        "kept": one_line,
        "kept, several lines": several_lines,
        "folded": folded,
        "searchable": searchable,
    }
    lines = ["Folding, in microseconds:"]
    for name, text in TEXTS.items():
        message = ", ".join(f"{way} {_microseconds(do, text):.1f}" for way, do in ways.items())
        lines.append(f"  {name} ({len(text)} characters): {message}")
    return "\n".join(lines)


def _microseconds(do: Callable[[str], str], text: str, *, times: int = 300) -> float:
    begun = time.process_time()
    for _ in range(times):
        do(text)
    return (time.process_time() - begun) / times * 1e6
