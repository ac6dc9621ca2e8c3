"""Papers: a page to print, and its PDF, for which nothing is fetched."""

from __future__ import annotations

import base64
import io
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.translation import override
from PIL import Image
from pypdf import PdfReader

from core import papers
from core.papers import Paper
from tests import pdf
from tests.conftest import SetRegion

PAPER = Paper("core/papers/paper.html", "Sheet “7”", "/sheet/", "/sheet.pdf", "/back/")


def answered(form: str = "", paper: Paper = PAPER) -> HttpResponse:
    return papers.answer(RequestFactory().get("/sheet/"), paper, form=form)


@pytest.fixture
def no_pango(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which a library of the system is missing."""

    class Missing(MetaPathFinder):
        def find_spec(self, name: str, path: Any, target: Any = None) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    papers._maker.cache_clear()
    yield
    papers._maker.cache_clear()


def test_without_pango_the_page_remains_and_says_so(no_pango: None) -> None:
    page = answered().content.decode()
    assert '<p role="status">This server cannot make PDFs because Pango is not installed' in page
    assert 'href="/sheet.pdf"' not in page
    assert "data-print" in page


def test_without_pango_the_address_of_the_pdf_leads_to_the_page(no_pango: None) -> None:
    answer = answered("pdf")
    assert (answer.status_code, answer["Location"]) == (302, "/sheet/")


@pdf.needs_pango
def test_with_pango_the_page_leads_to_its_pdf() -> None:
    page = answered().content.decode()
    assert '<a class="main" href="/sheet.pdf">PDF</a>' in page
    assert '<a href="/back/">← Back</a>' in page
    assert "This server cannot make PDFs" not in page


@pdf.needs_pango
def test_half_a_picture_stays_no_picture_where_pdfs_are_made() -> None:
    answered("pdf")
    whole = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(whole, "PNG")
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(whole.getvalue()[:900])).load()


@pdf.needs_pango
def test_a_pdf_is_named_and_tagged_and_opens_in_the_browser() -> None:
    answer = answered("pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        "inline; filename*=utf-8''Sheet%20%E2%80%9C7%E2%80%9D.pdf"
    )
    found = PdfReader(io.BytesIO(answer.content))
    assert found.metadata is not None
    assert found.metadata.title == "Sheet “7”"
    root: Any = found.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    # What is for a screen is not on it.
    assert pdf.pages(answer) == ["Page 1 of 1"]


@pdf.needs_pango
@pytest.mark.parametrize(("code", "size"), [("de-AT", (595, 842)), ("en-US", (612, 792))])
def test_paper_is_of_the_size_of_the_region(
    code: str, size: tuple[int, int], set_region: SetRegion
) -> None:
    set_region(code)
    box = PdfReader(io.BytesIO(answered("pdf").content)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


@pdf.needs_pango
def test_pages_are_numbered_in_the_language_at_hand() -> None:
    long = '<p style="break-after: page">one</p><p>two</p>'
    with override("de"):
        style = f"<style>@page {{ @bottom-right {{ content: {papers._page_numbers()} }} }}</style>"
    assert len(pdf.read(papers.made(style + long))) == 2
    assert pdf.read(papers.made(style + long))[1].startswith("two")
    assert '" counter(page) "' in papers._page_numbers()


@pdf.needs_pango
def test_what_would_take_minutes_stays_a_page_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "LONGEST", 1000)
    answer = answered("pdf")
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    page = answer.content.decode()
    assert '<p role="status">This is too long to be made into a PDF here.' in page
    assert 'href="/sheet.pdf"' not in page


# Nothing is fetched


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine: its address, and what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Not said."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


@pdf.needs_pango
def test_nothing_is_fetched_from_this_machine_or_another(
    asked: tuple[str, list[str]], tmp_path: Path
) -> None:
    server, paths = asked
    (tmp_path / "secret.png").write_bytes(picture())
    secret = (tmp_path / "secret.png").as_uri()
    for there in (server, "file://", secret, "//127.0.0.1", "/admin/", "ftp://127.0.0.1/x"):
        content = papers.made(
            f'<base href="{server}/base/"><link rel="stylesheet" href="{there}/a.css">'
            f'<link rel="attachment" href="{there}/b"><style>@import url("{there}/c.css");'
            f'@font-face {{ font-family: x; src: url("{there}/f.ttf") }}'
            f'p {{ font-family: x; background: url("{there}/d.png") }}</style><p>Kept</p>'
            f'<img src="{there}"><img src="{there}/e.png"><img srcset="{there}/g.png 2x">'
            f'<object data="{there}/h.svg"></object><embed src="{there}/i.svg">'
            f'<svg><image href="{there}/j.png" width="9" height="9"/>'
            f'<use href="{there}/k.svg#x"/></svg><iframe src="{there}/l"></iframe>'
        )
        found = PdfReader(io.BytesIO(content))
        assert "Kept" in found.pages[0].extract_text()
        assert (list(found.pages[0].images), found.attachments) == ([], {})
    assert paths == []


@pdf.needs_pango
def test_a_picture_that_stands_in_the_page_is_drawn() -> None:
    data = base64.b64encode(picture()).decode()
    content = papers.made(f'<html lang="en"><img alt="" src="data:image/png;base64,{data}">')
    assert len(PdfReader(io.BytesIO(content)).pages[0].images) == 1
