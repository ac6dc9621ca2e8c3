"""The company's logo, for whoever looks at the sign-in page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import condition, require_safe

from core import kept
from people.company import Logo, company


def shown(request: HttpRequest) -> dict[str, str]:
    """The company's name and where its logo is, for pages of those who have not signed in: at
    most a minute old."""
    return kept.for_everybody("company", _read, since=kept.last_write(request))


def _read() -> dict[str, str]:
    row = company()
    return {"name": row.name, "logo": row.logo_url}


def _mark(request: HttpRequest, mark: str) -> str:
    return f'"{mark}"'


@require_safe
@condition(etag_func=_mark)
def logo(request: HttpRequest, mark: str) -> HttpResponse:
    """The picture of this mark, which is never another one."""
    row: Any = get_object_or_404(Logo, mark=mark)
    answer = HttpResponse(bytes(row.picture), content_type=row.content_type)
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    # By itself it is a picture and nothing else.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


urlpatterns = [path("<slug:mark>/", logo, name="company-logo")]
