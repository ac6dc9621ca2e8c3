"""The pages of the product, and the floors below which none can be."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from bench import bare
from core.urls import handler500
from operations.models import Job

__all__ = ["handler500", "urlpatterns"]


def constant(request: HttpRequest) -> HttpResponse:
    """Nothing is asked: what server, Django and its middleware cost."""
    return HttpResponse("constant")


@login_required
def one_row(request: HttpRequest) -> HttpResponse:
    """Somebody who is signed in reads one row."""
    return HttpResponse(Job.objects.values_list("title", flat=True).order_by("-pk")[0])


urlpatterns = [
    path("floor/constant/", constant, name="floor_constant"),
    path("floor/row/", one_row, name="floor_row"),
    path("floor/bare/", bare.site.urls),
    path("", include("core.urls")),
]
