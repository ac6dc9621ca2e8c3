"""How the back office looks, for pages outside of it that are to look the same."""

from __future__ import annotations

from collections.abc import Mapping

from unfold.settings import get_config

# The stylesheet that names the letters, as a static file.
FONT = "unfold/fonts/inter/styles.css"


def colors() -> Mapping[str, Mapping[str, str]]:
    """The colours by name and weight, as CSS writes them."""
    shown: Mapping[str, Mapping[str, str]] = get_config()["COLORS"]
    return shown
