"""The doors. What watches the process is answered before them: core/serving/health.py."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from core.declarations import Urls, collected
from core.rest import docs
from core.rest.api import api

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/docs", docs.swagger, name="api-docs"),
    path("api/redoc", docs.redoc, name="api-redoc"),
    path("api/", api.urls),
    path("swagger/", RedirectView.as_view(pattern_name="api-docs")),
    path("redoc/", RedirectView.as_view(pattern_name="api-redoc")),
    *(path(urls.route, include(urls.module)) for urls in collected(Urls)),
]
handler500 = "core.serving.error_pages.server_error"
