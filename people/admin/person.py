"""People in the back office."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.access import can
from core.backoffice.admin import RecordedAdmin
from core.backoffice.panels import Text, mail_link, phone_link
from core.record.acts import Outcome
from core.refusals import Stale
from core.roles import group_text
from core.text import search
from people import accounts
from people.admin import mail, password
from people.admin.password_forms import GivenPasswordForm
from people.admin.person_form import NewPersonForm, PersonForm
from people.models import User


class ByGroup(admin.RelatedFieldListFilter):
    """The groups that people are in, those of the roles as the roles are called."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> Any:
        choices = super().field_choices(field, request, model_admin)
        return [(key, group_text(str(name))) for key, name in choices]


@admin.register(User)
class UserAdmin(RecordedAdmin, DjangoUserAdmin):  # type: ignore[misc,type-arg]
    """People: an Admin edits them, others see name, role and phone."""

    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    change_form_outer_after_template = "people/mail_works.html"
    change_password_form = GivenPasswordForm
    list_filter = (("groups", ByGroup), "is_active")
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name, user name or phone")
    ordering = ("first_name", "last_name", "username")
    filter_horizontal = ()
    autocomplete_fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        if not self._details(request):
            return ("full_name", "role_names", "phone_link")
        return ("name_and_username", "role_names", "contact", "is_active", "seen")

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return self.list_filter if self._details(request) else ()

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if not self._details(request):
            return ((None, {"fields": ("full_name", "role_names", "phone")}),)
        name = ("first_name", "last_name")
        rights: tuple[str, ...] = ("role_names", "is_active")
        if self._gives_rights(request):
            rights = ("roles", "is_active")
        if request.user.is_superuser:
            rights = (*rights, "groups", "is_superuser")
        sets: list[Any] = [
            (_("Who"), {"fields": ("username", name, ("email", "phone"), "language")}),
            (_("Roles"), {"fields": rights}),
        ]
        if obj is None:
            return sets
        if obj.email_problem:
            sets[0][1]["fields"] = (*sets[0][1]["fields"], "mail_problem")
        signing_in: tuple[str, ...] = ("last_login", "date_joined")
        may_change = self.has_change_permission(request, obj)
        if accounts.may_give_link(obj, by=request.user, may_change=may_change):
            signing_in = ("password_ways", *signing_in)
        return [*sets, (_("Sign-in"), {"fields": signing_in})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        if not self._details(request):
            return ("full_name", "role_names", "phone")
        shown = ("password_ways", "mail_problem", "last_login", "date_joined", "role_names")
        beyond = obj is not None and obj.is_beyond(request.user)
        if beyond:
            return (*shown, "username", "email", "language", "is_active")
        return (
            (*shown, "email") if obj is not None and obj.has_fixed_address(request.user) else shown
        )

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if not self._gives_rights(request):
            # Declared by the form itself, so that no list of fields leaves it out.
            del form.base_fields["roles"]
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not obj.is_beyond(request.user))

    def _details(self, request: HttpRequest) -> bool:
        return can(request.user, "change", User)

    def _gives_rights(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return user.gives_rights

    @display(description=gettext_lazy("password"))
    def password_ways(self, obj: User) -> SafeString:
        """Whether there is one, and the ways to another."""
        return format_html(
            '{} · <a href="{}">{}</a> · <a href="{}">{}</a>',
            _("Set") if obj.has_usable_password() else _("Not set yet"),
            self._url("password_link", obj.pk),
            _("Make a link to set one"),
            reverse("admin:auth_user_password_change", args=(obj.pk,)),
            _("Type a new one"),
        )

    @display(description=gettext_lazy("mail"))
    def mail_problem(self, obj: User) -> SafeString:
        """Why nothing is sent to their address, and the way to have it sent again."""
        return mail.problem(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        if not self._gives_rights(request):
            raise PermissionDenied
        if self.get_object(request, unquote(id)) == request.user:
            # The account would refuse it: on to the page that asks for the old one.
            return redirect("admin:password_change")
        try:
            with transaction.atomic():
                return super().user_change_password(request, id, form_url)
        except Stale as stale:  # Somebody saved the person between the form and its answer.
            messages.error(request, stale.message)
            return redirect(request.path)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the link by which the new person sets their password."""
        gives = accounts.may_give_link(obj, by=request.user)
        if IS_POPUP_VAR in request.POST or not gives:
            return super().response_add(request, obj, post_url_continue)
        password.offer_link(request, obj)
        return redirect(self._url("password_link", obj.pk))

    def found_text(self, obj: User) -> tuple[str, str]:
        return obj.name, obj.phone or obj.username

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """A field that not everybody can be named in offers those who can be; the filter of a
        list, those whom its rows name."""
        field = request.GET.get("field_name", "")
        offered = self.offered_by(field) if request.path.endswith("/autocomplete/") else None
        if offered is not None:
            if "named" in request.GET:
                rows = apps.get_model(request.GET["app_label"], request.GET["model_name"])
                named = rows._base_manager.filter(**{field: OuterRef("pk")})
                queryset = queryset.filter(Exists(named))
            else:
                queryset = queryset & offered
        found = search.standing(search_term, also=["email"][: self._details(request)])
        return queryset.filter(found), False

    def offered_by(self, field: str) -> QuerySet[User] | None:
        """Those who can be named in a field, where that is not everybody; the apps above know."""
        return None

    def choice_text(self, obj: User) -> str:
        """The name, and that somebody has left."""
        return obj.name if obj.is_active else _("%(name)s (has left)") % {"name": obj.name}

    def write_form(self, form: Any, *, by: Any) -> Outcome[User]:
        """Roles and groups are part of the account."""
        return accounts.save_account(form.instance, by=by, **form.rights())

    @display(description=gettext_lazy("name"), ordering="first_name")
    def full_name(self, obj: User) -> str:
        return obj.name

    @display(description=gettext_lazy("name"), ordering="first_name", header=True)
    def name_and_username(self, obj: User) -> tuple[str, str]:
        return (obj.name, obj.username)

    @display(description=gettext_lazy("phone"), ordering="phone")
    def phone_link(self, obj: User) -> Text:
        return phone_link(obj.phone) or "–"

    @display(description=gettext_lazy("contact"), ordering="email")
    def contact(self, obj: User) -> Text:
        ways = [(way,) for way in (phone_link(obj.phone), mail_link(obj.email)) if way]
        return format_html_join(mark_safe("<br>"), "{}", ways) or "–"

    @display(description=gettext_lazy("last sign-in"), ordering="last_login")
    def seen(self, obj: User) -> str:
        if not obj.last_login:
            return _("never")
        return date_format(localtime(obj.last_login), "SHORT_DATETIME_FORMAT")

    @display(description=gettext_lazy("roles"))
    def role_names(self, obj: User) -> str:
        return ", ".join(str(role.label) for role in obj.roles) or "–"
