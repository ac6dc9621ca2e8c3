"""Each request is answered in a language: that of the person, or what their browser asks for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from core.text import languages

_GetResponse = Callable[[HttpRequest], HttpResponse]


class AskedLanguage:
    """Until it is known who asks: one of ours that the browser names, or that of the region.

    Outermost, so that no answer is in the language of whom the thread spoke to before.
    """

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(translation.get_language_from_request(request))
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response


class PersonsLanguage:
    """Whoever is signed in reads their own language, whichever browser they sit at."""

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            languages.speak_to(request.user)
        return self.get_response(request)
