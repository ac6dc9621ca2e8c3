"""What every request gets: an id, one line in the log, and its place in the audit log."""

import logging
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from django.utils.functional import empty

from core import kept
from core.access import remembering_shares
from core.record import audit

logger = logging.getLogger("jobops.request")
_current: ContextVar[str] = ContextVar("request_id", default="-")

type_of_get_response = Callable[[HttpRequest], HttpResponse]


def request_id() -> str:
    """The id of the request at hand, as the log and the error page show it; `-` outside of one."""
    return _current.get()


class RequestId(logging.Filter):
    """Puts the id of the request at hand into every line of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id()
        return True


class RequestLog:
    """One line a request: who, what, the answer, and how long it took in milliseconds."""

    def __init__(self, get_response: type_of_get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _current.set(uuid.uuid4().hex[:12])
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id()
            self._log(request, response, milliseconds=(time.perf_counter() - start) * 1000)
            return response
        finally:
            _current.reset(token)

    def _log(self, request: HttpRequest, response: HttpResponse, *, milliseconds: float) -> None:
        logger.info(
            "%s %s %s %.0fms user=%s",
            request.method,
            # The path alone: a query string can hold what people search for.
            escape_uri_path(request.path),
            response.status_code,
            milliseconds,
            getattr(_person_known(request), "username", "") or "-",
        )


def _person_known(request: HttpRequest) -> Any:
    """The person, where answering has asked who it is; this itself asks no database."""
    user = getattr(request, "user", None)
    return None if getattr(user, "_wrapped", None) is empty else user


def _door_of(request: HttpRequest) -> audit.Door:
    """The door that a request comes through. A page of ours that calls the API names its own; a
    program, which brings a token, calls the API whatever it says."""
    if not request.path.startswith("/api/"):
        return audit.Door.ADMIN
    is_page = "Authorization" not in request.headers
    named = request.headers.get("X-Door") if is_page else None
    return audit.Door.MY_DAY if named == audit.Door.MY_DAY else audit.Door.API


class OnRecord:
    """Whatever this request writes is on record as its person's, through its door."""

    def __init__(self, get_response: type_of_get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        door = _door_of(request)
        kind = audit.Kind.FORM if door == audit.Door.ADMIN else audit.Kind.CALL
        with remembering_shares(), audit.change_set(kind, request=request, door=door):
            response = self.get_response(request)
        # A page kept open learns by it that somebody else has signed in meanwhile.
        if key := getattr(_person_known(request), "pk", None):
            response["X-Person"] = str(key)
        if request.method not in {"GET", "HEAD"}:
            kept.forget(request, response)
        return response
