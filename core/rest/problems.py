"""How the API refuses: `application/problem+json`, as RFC 9457 has it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

PROBLEM = "application/problem+json"
DETAILS = {
    400: _("This request could not be understood."),
    401: _("Sign in first: send an access token, or a session."),
    403: _("You may not do this."),
    404: _("There is nothing here, or you do not have access to it."),
    405: _("This address does not support this method."),
    411: _("Send a Content-Length header with this request."),
    413: _("This request is too large."),
    500: _(
        "The fault is ours. Nothing was saved. The details are in the log under the X-Request-ID."
    ),
    503: _("The database is not responding. Nothing was saved. Try again in a moment."),
}


def problem(status: int, detail: str = "", **more: Any) -> HttpResponse:
    """An answer as RFC 9457 has it."""
    title = HTTPStatus(status).phrase
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or str(DETAILS.get(status, title)),
        **more,
    }
    response = JsonResponse(body, status=status, content_type=PROBLEM)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


class ProblemResponses:
    """Whatever refuses or fails under `/api/`, beside the API itself too, says so in its form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        message = response.status_code < 400 or response["Content-Type"] == PROBLEM
        if message or not request.path.startswith("/api/"):
            return response
        in_our_form = problem(response.status_code)
        for name in ("Allow", "Retry-After"):
            if name in response:
                in_our_form[name] = response[name]
        return in_our_form
