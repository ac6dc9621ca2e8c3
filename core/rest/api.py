"""The API: its routers, who may call it, and what it answers when something is refused."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja.errors import HttpError
from ninja.errors import ValidationError as Malformed

from core.declarations import ApiSignIn, Routes, collected
from core.refusals import Busy, Refused, Stale
from core.rest.openapi import Api
from core.rest.parsing import BodyParser, TooManyFields
from core.rest.problems import problem

api = Api(
    title="JobOps",
    version="1",
    description="Jobs, tasks, customers, equipment and people, by role and on record.",
    urls_namespace="api",
    # Our own pages show the documentation: core/rest/docs.py.
    docs_url=None,
    parser=BodyParser(),
    auth=[caller for each in collected(ApiSignIn) for caller in import_string(each.auth)],
)


def _knowing_parameters(run: Any) -> Any:
    """Has an operation refuse a parameter that it does not know, or is told twice: a mistyped
    filter must not answer everything."""
    operation = run.__self__
    models = [m for m in operation.models if m.__ninja_param_source__ == "query"]
    known = {name for model in models for name in model.__ninja_flatten_map__}
    lists = {name for model in models for name in model.__ninja_collection_fields__}
    asked = operation.view_func

    @wraps(asked)
    def view(request: HttpRequest, **details: Any) -> Any:
        sentence = {name: _("There is no such parameter.") for name in set(request.GET) - known}
        for name in set(request.GET) - sentence.keys() - lists:
            if len(request.GET.getlist(name)) > 1:
                sentence[name] = _("Give this only once.")
        if sentence:
            raise ValidationError({name: sentence[name] for name in sorted(sentence)})
        return asked(request, **details)

    operation.view_func = view
    return run


api.add_decorator(_knowing_parameters, mode="view")
for _routes in collected(Routes):
    api.add_router("", import_string(_routes.router))


# What ninja says by itself where nobody is signed in, or a form's token is missing.
_OUR_WORDS = {
    "Unauthorized": "",
    "CSRF check Failed": gettext_lazy(
        "A call from a browser must send its CSRF token in X-CSRFToken."
    ),
}


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, TooManyFields):
        return problem(error.status_code, str(error.__cause__))
    return problem(error.status_code, str(_OUR_WORDS.get(error.message, error.message)))


@api.exception_handler(Http404)
@api.exception_handler(ObjectDoesNotExist)
def _missing(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(404)


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403, str(error))


@api.exception_handler(IntegrityError)
def _overtaken(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    return problem(409, _("Somebody else has just saved this as well. Check it and try again."))


@api.exception_handler(Busy)
def _busy(request: HttpRequest, error: Busy) -> HttpResponse:
    sentence = _("%(why)s Nothing was done. Try again in a few seconds.") % {"why": error}
    response = problem(429, sentence)
    response["Retry-After"] = str(error.seconds)
    return response


@api.exception_handler(Malformed)
def _malformed(request: HttpRequest, error: Malformed) -> HttpResponse:
    return _fields([{"field": _path(e["loc"]), "message": _words(e["msg"])} for e in error.errors])


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if isinstance(error, Stale):
        return problem(412, str(error.message), current=error.current)
    if isinstance(error, Refused):
        return problem(409, str(error.message))
    texts = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return _fields([{"field": f, "message": m} for f, messages in texts.items() for m in messages])


def _fields(errors: list[dict[str, str]]) -> HttpResponse:
    return problem(422, _("Some fields are not valid: see errors."), errors=errors)


def _path(loc: tuple[Any, ...]) -> str:
    # Where it stood, then, in a body or in a list of a query, our parameter, then the field.
    named = loc[0] == "body" or (loc[0] == "query" and len(loc) > 2)
    return ".".join(map(str, loc[2:] if named else loc[1:]))


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")
