"""PDFs, as tests read them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from core import papers

# `make test` needs nothing installed. What `make check` runs with coverage fails without these.
needs_pango = pytest.mark.skipif(bool(papers.missing()), reason="Pango is not installed")


def pages(answer: Any) -> list[str]:
    """What each page of a PDF says, blanks of any kind as one."""
    assert answer["Content-Type"] == "application/pdf"
    return read(answer.content)


def read(content: bytes) -> list[str]:
    """The same of its bytes."""
    found = PdfReader(io.BytesIO(content)).pages
    return [" ".join(page.extract_text().split()) for page in found]
