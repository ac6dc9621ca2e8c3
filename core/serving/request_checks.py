"""What no request gets past, and what every answer says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.functional import Promise, empty
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.csrf import csrf_failure
from django.views.defaults import page_not_found

from core.serving import bodies, log

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
REFUSALS = frozenset({400, 401, 403, 405, 411, 413, 429})
# What is wrong with a body, and the answer to it.
_BODIES = {
    bodies.NO_LENGTH: (411, gettext_lazy("Send a Content-Length header with this request.")),
    bodies.BROKEN_OFF: (400, gettext_lazy("This request arrived incomplete. Send it again.")),
}
HEADERS = {
    # Static files say themselves how long they may be kept; nothing else may be.
    "Cache-Control": "no-store, private",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()",
}


class RequestChecks:
    """Refuses unknown methods and bodies that nothing here reads; notes what was refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with log.coming_from(request.META.get("REMOTE_ADDR", "")):
            response = _refusal(request) or self.get_response(request)
            if response.status_code in REFUSALS:
                _note(request, response)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """What a form says whose token is no longer good; the sign-in itself is shown anew.

    Two of its pages that are open at once make each other's token useless. Nothing is lost by
    beginning again, and who has come in by the other page is led on. A form of the back office that
    was open before a sign-in is shown again with what was typed.
    """
    site: Any = admin.site
    if _is_from_here(request) and (answer := site.after_stale_token(request)):
        return answer  # type: ignore[no-any-return]  # Of our site.
    if request.path == reverse("admin:login"):
        query = request.GET.copy()
        query["again"] = "1"
        return redirect(f"{request.path}?{query.urlencode()}")
    return csrf_failure(request, reason)


def _is_from_here(request: HttpRequest) -> bool:
    """Does the browser say that a page of this very site sent it? No page of another can."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    # Django limits forms, but not files, which it writes to the disk before anybody is asked.
    if _length(request) > bodies.most(request.path):
        return _answer(413, _too_large(request.path))
    if wrong := request.META.get(bodies.WRONG):
        return _answer(*_BODIES[wrong])
    # No address of ours has it, and PostgreSQL takes no such text: Django's views do not ask.
    return page_not_found(request, Http404()) if "\0" in request.path else None


def _too_large(path: str) -> str:
    if bodies.takes(path):
        return _("This file is too large. Go back, split it, and send its parts one by one.")
    return _("This request is too large.")


def _answer(status: int, text: str | Promise) -> HttpResponse:
    return HttpResponse(str(text), status=status, content_type="text/plain; charset=utf-8")


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    # What is no number counts as nothing, and nothing is read.
    return int(length) if length.isdecimal() else 0


def _note(request: HttpRequest, response: HttpResponse) -> None:
    user = getattr(request, "user", None)
    # Where nobody asked who it is, the log does not either.
    known = user is not None and getattr(user, "_wrapped", None) is not empty
    log.note(
        "refused",
        status=response.status_code,
        request=f"{request.method} {escape_uri_path(request.path)}",
        user=user.get_username() if user is not None and known else "",
    )
