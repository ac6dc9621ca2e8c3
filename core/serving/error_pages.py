"""What a person sees where a page is missing, has to wait or fails."""

import sys
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.defaults import page_not_found

from core.refusals import Busy
from core.serving.requests import request_id

# How soon, in seconds, to try again while the database does not answer.
RETRY_AFTER = 30


class ErrorPages:
    """A page that is not there, or not theirs to see, says so in our words: in the demo too, where
    Django would list the addresses that it knows. So does what has to wait, and what we do not
    understand."""

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
        if isinstance(error, BadRequest):
            # What we refuse we say why; Django keeps it to itself.
            return render(request, "400.html", {"why": str(error)}, status=400)
        return page_not_found(request, error) if isinstance(error, Http404) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to what nobody caught: a fault of ours, with the id that finds it in the log, or a
    database that does not answer."""
    lost = _database_is_lost(sys.exception())
    status, template = (503, "503.html") if lost else (500, "500.html")
    response = render(request, template, {"request_id": request_id()}, status=status)
    if lost:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


def _database_is_lost(error: BaseException | None) -> bool:
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    # A statement that fails for its own sake, such as a deadlock, leaves the connection usable.
    return connection.connection is None or not connection.is_usable()
