"""The doors: the back office, and what watches the process."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from core import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
handler500 = "core.health.server_error"
