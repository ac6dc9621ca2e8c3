"""The pages on which programmers read the API: Swagger UI to try it, ReDoc to read it.

Both are ninja's copies, from our own static files; our templates and modules start them, as the
content security policy lets no inline script run.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """Swagger UI, which tries calls out with a token, or as whoever is signed in here."""
    return render(request, "core/swagger.html", {"schema": reverse("api:openapi-json")})


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    """ReDoc, to read from top to bottom."""
    return render(request, "core/redoc.html", {"schema": reverse("api:openapi-json")})
