"""What a rule answers when it refuses: a sentence that a person can act on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.defaults import page_not_found


class Refused(ValidationError):
    """A rule (design section 5) or the life of a job (section 6) refuses what was asked: 409."""


@dataclass(frozen=True)
class Difference:
    """One field that somebody else changed meanwhile: their value, and the one now asked for."""

    field: str
    label: str
    theirs: Any
    yours: Any


class Stale(Refused):
    """The row changed since the version that the writer states: 412. Nothing was written."""

    # The object as the API answers it now.
    current: Any = None

    def __init__(self, message: str, differences: Sequence[Difference] = ()) -> None:
        super().__init__(message, code="stale")
        self.differences = list(differences)


class Busy(Exception):
    """So much of this goes on already that it was not begun: 429, to be asked again later."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


PROBLEM = "application/problem+json"
DETAILS = {
    400: _("This request makes no sense to us."),
    401: _("Sign in first: send an access token, or a session."),
    403: _("You may not do this."),
    404: _("There is nothing here, or it is not yours to see."),
    405: _("This address does not know this method."),
    411: _("Send this with its length, in Content-Length."),
    413: _("This is more than one request may bring."),
    500: _("The fault is ours. Nothing was saved. The log has it under the X-Request-ID."),
    503: _("The database does not answer. Nothing was saved. Try again in a moment."),
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


@contextmanager
def within(place: str) -> Iterator[None]:
    """What is invalid inside is told at its place: at `tasks.1.title` instead of `title`."""
    try:
        yield
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        told = {f"{place}.{name}": errors for name, errors in error.error_dict.items()}
        raise ValidationError(told) from error


class ForPrograms:
    """Whatever refuses or fails under `/api/`, beside the API itself too, says so in its form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        told = response.status_code < 400 or response["Content-Type"] == PROBLEM
        if told or not request.path.startswith("/api/"):
            return response
        in_our_form = problem(response.status_code)
        for name in ("Allow", "Retry-After"):
            if name in response:
                in_our_form[name] = response[name]
        return in_our_form


class ForPeople:
    """A page that is not there, or not theirs to see, says so in our words: in the demo too, where
    Django would list the addresses that it knows. So does what has to wait."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Django asks this about whatever a view raises."""
        if isinstance(error, Busy):
            response = render(request, "429.html", {"why": str(error)}, status=429)
            response["Retry-After"] = str(error.seconds)
            return response
        return page_not_found(request, error) if isinstance(error, Http404) else None
