"""Pages made for paper: a browser prints them, or they are made into a PDF here.

Both are one template. For the PDF it is read by WeasyPrint, which needs Pango of the system
(README): where that is missing, the page to print remains and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from PIL import ImageFile

# A PDF takes a core and 100 MB while it is made: the others of this process wait.
_ONE_AT_A_TIME = threading.Lock()
# Longer ones, in characters, would take minutes; a line costs as much as so many of them.
LONGEST, _LINE = 400_000, 100


@dataclass(frozen=True)
class Paper:
    """A page for paper: its template, made of core/papers/paper.html, and what that shows; its
    title, which a file of it has for a name. `page` and `pdf` are its addresses, `back` where it
    was opened from."""

    template: str
    title: str
    page: str
    pdf: str
    back: str
    context: Mapping[str, Any] = field(default_factory=dict)


def answer(request: HttpRequest, paper: Paper, *, form: str) -> HttpResponse:
    """The page to print, or its PDF; where none can be made, that leads to the page."""
    if form != "pdf":
        return HttpResponse(_drawn(request, paper, why_not=missing()))
    if missing():
        return redirect(paper.page)
    page = _drawn(request, paper, is_pdf=True)
    if len(page) + _LINE * page.count("<br") > LONGEST:
        return HttpResponse(_drawn(request, paper, why_not=_too_long()))
    answered = HttpResponse(made(page), content_type="application/pdf")
    name = content_disposition_header(as_attachment=False, filename=f"{paper.title}.pdf")
    answered["Content-Disposition"] = name or ""
    return answered


def _drawn(request: HttpRequest, paper: Paper, *, is_pdf: bool = False, why_not: str = "") -> str:
    context = {
        **paper.context,
        "paper": paper,
        "is_pdf": is_pdf,
        "why_not": why_not,
        "size": settings.REGION.paper,
        "page_numbers": _page_numbers(),
    }
    return render_to_string(paper.template, context, request)


def _page_numbers() -> SafeString:
    """What stands on each page, as a stylesheet says it."""
    text = _("Page %(page)s of %(pages)s").replace('"', "").replace("\\", "")
    counters = {"page": '" counter(page) "', "pages": '" counter(pages) "'}
    return SafeString(f'"{text % counters}"')  # A text of ours alone.


# PDF


@cache
def _maker() -> Any:
    """What makes a PDF; nothing where a library of the system is missing."""
    # Wanted by nobody else, and slow to be read.
    try:
        import weasyprint
    except OSError:
        return None
    # It has Pillow take half a picture for a whole one, in the whole process: no upload may be.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return weasyprint


def missing() -> str:
    """Why no PDF can be made here, for whoever wants one; empty where one can be."""
    if _maker():
        return ""
    return _(
        "This server cannot make PDFs because Pango is not installed (README says how "
        "to install it). Print this page instead, or save it as a PDF in your "
        "browser’s print dialog."
    )


def _too_long() -> str:
    return _(
        "This is too long to be made into a PDF here. Print this page instead, or save "
        "it as a PDF in your browser’s print dialog."
    )


def made(html: str) -> bytes:
    """The PDF of a page. Nothing is fetched for it, from this machine or any other: pictures stand
    in the page itself."""
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=["data"])
    with _ONE_AT_A_TIME:
        page = _maker().HTML(string=html, base_url=settings.SITE_URL, url_fetcher=fetcher)
        content: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return content
