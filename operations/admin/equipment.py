"""Equipment."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import RecordedAdmin
from operations.models import Equipment


@admin.register(Equipment)
class EquipmentAdmin(RecordedAdmin):
    """Tools, machines, vehicles and accessories."""

    list_display = ("name", "serial_number", "kind", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "serial_number")
    fields = (("name", "serial_number"), ("kind", "is_active"), "description")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Equipment], search_term: str
    ) -> tuple[QuerySet[Equipment], bool]:
        """A task is offered what it can newly require."""
        if request.path.endswith("/autocomplete/"):
            queryset = queryset & Equipment.objects.active()
        return super().get_search_results(request, queryset, search_term)
