"""People in the back office, groups, and everybody's own profile."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from core import search
from core.access import can, require
from core.backoffice.admin import RecordedAdmin
from core.backoffice.forms import RecordedForm, RefusableForm
from core.backoffice.kept_forms import typed_into
from core.backoffice.once import SavesOnce
from core.backoffice.panels import Text, mail_link, phone_link
from core.record.transactions import whole
from core.refusals import Refused, Stale
from core.roles import Role
from core.serving import log
from core.text import folded, one_line
from people import accounts
from people.models import User
from people.password_link import password_link


class _RolesField(forms.MultipleChoiceField):
    def __init__(self) -> None:
        super().__init__(
            choices=Role.choices,
            required=False,
            label=gettext_lazy("Roles"),
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            help_text=gettext_lazy("A person may do what any of their roles allows."),
        )


class PersonForm(RecordedForm):
    """A person as an Admin edits them; only a superuser's form has groups and superuser."""

    roles = _RolesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_active" in self.fields:
            self.fields["is_active"].help_text = _(
                "Who is not active cannot sign in; what they did stays on record."
            )
        if self.instance.pk:
            self.initial["roles"] = [role.value for role in self.instance.roles]
        if "groups" in self.fields:
            own = Group.objects.exclude(name__in=[role.group_name for role in Role])
            self.fields["groups"].queryset = own  # type: ignore[attr-defined]
            if self.instance.pk:
                self.initial["groups"] = own.filter(user=self.instance)

    def clean(self) -> dict[str, Any]:
        """The last active Admin stays one, and whoever asks stays in."""
        data = super().clean()
        person, roles = self.instance, data.get("roles", self.initial.get("roles", []))
        active = data.get("is_active", person.is_active)
        if person.pk:
            try:
                person.check_last_admin(stays=active and Role.ADMIN in roles)
                person.check_stays_in(active=active)
            except Refused as refused:
                self.add_error("roles" if active else "is_active", refused.message)
        return data

    def _wanted(self, data: dict[str, Any]) -> dict[str, Any]:
        """Roles are groups, and on record as such."""
        wanted = super()._wanted(data)
        if "roles" in data and {"roles", "groups"} & set(self.changed_data):
            kept = self.instance.groups.exclude(name__in=[role.group_name for role in Role])
            wanted["groups"] = [
                *(Role(role).group_name for role in data["roles"]),
                *data.get("groups", kept),
            ]
        return wanted

    def add_error(self, field: str | None, error: Any) -> None:
        unnamed = field == "groups" and "groups" not in self.fields
        super().add_error("roles" if unnamed else field, error)

    def _save_m2m(self) -> None:
        with transaction.atomic():
            if "groups" in self.cleaned_data:
                roles = Group.objects.filter(name__in=[r.group_name for r in self.instance.roles])
                self.instance.set_groups([*roles, *self.cleaned_data["groups"]])
            if "roles" in self.cleaned_data:
                self.instance.set_roles([Role(role) for role in self.cleaned_data["roles"]])


class NewPersonForm(PersonForm, UserCreationForm):
    """A new person, with their first password."""

    def clean_username(self) -> str:
        """Told once and alike on every database, which Django's own is not."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username_folded=folded(name)).exists():
            raise ValidationError(_("Another person has this user name."))
        return name


@admin.register(User)
class UserAdmin(RecordedAdmin, DjangoUserAdmin):  # type: ignore[misc,type-arg]
    """People: an Admin edits them, others see name, role and phone."""

    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    change_password_form = AdminPasswordChangeForm
    list_filter = ("groups", "is_active")
    search_fields = ("search_text",)
    ordering = ("first_name", "last_name", "username")
    filter_horizontal = ()
    autocomplete_fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        if not self._details(request):
            return ("full_name", "role_names", "phone_link")
        return ("name_and_username", "role_names", "contact", "is_active", "seen")

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
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
            (_("Who"), {"fields": ("username", name, ("email", "phone"))}),
            (_("Roles"), {"fields": rights}),
        ]
        if obj is None:
            return [*sets, (_("First password"), {"fields": ("password1", "password2")})]
        signing_in: tuple[str, ...] = ("last_login", "date_joined")
        if self._may_give_password(request, obj):
            signing_in = ("password_ways", *signing_in)
        return [*sets, (_("Sign-in"), {"fields": signing_in})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        if not self._details(request):
            return ("full_name", "role_names", "phone")
        shown = ("password_ways", "last_login", "date_joined", "role_names")
        beyond = obj is not None and obj.is_beyond(request.user)
        return (*shown, "username", "email", "is_active") if beyond else shown

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

    def _may_give_password(self, request: HttpRequest, person: User) -> bool:
        gives = self._gives_rights(request) and person != request.user
        return gives and person.is_active and self.has_change_permission(request, person)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.password_link_view)
        route = path("<int:pk>/password-link/", view, name="people_user_password_link")
        return [route, *super().get_urls()]

    def password_link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A link by which the person sets a password, to be handed to them."""
        person = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self._may_give_password(request, person):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Password link for %(name)s") % {"name": person},
            "opts": self.opts,
            "person": person,
            "back": self._url("change", pk),
        }
        if request.method == "POST":
            log.note("password link made", by=request.user.get_username(), user=person.username)
            context["link"] = password_link(person)
        return TemplateResponse(request, "people/password_link.html", context)

    @display(description=gettext_lazy("password"))
    def password_ways(self, obj: User) -> SafeString:
        """Whether there is one, and the ways to another."""
        return format_html(
            '{} · <a href="{}">{}</a> · <a href="{}">{}</a>',
            _("Set") if obj.has_usable_password() else _("Not set yet"),
            self._url("password_link", obj.pk),
            _("Make a link to set it"),
            reverse("admin:auth_user_password_change", args=(obj.pk,)),
            _("Type a new one"),
        )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        if not self._gives_rights(request):
            raise PermissionDenied
        if self.get_object(request, unquote(id)) == request.user:
            # One's own is changed by who knows it, not by whoever found the screen unlocked.
            return redirect("admin:password_change")
        try:
            with transaction.atomic():
                return super().user_change_password(request, id, form_url)
        except Stale as stale:  # Somebody saved the person between the form and its answer.
            messages.error(request, stale.message)
            return redirect(request.path)

    def found_text(self, obj: User) -> tuple[str, str]:
        return obj.name, obj.phone or obj.username

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """A field that names a technician or an owner offers those who can be one; the filter of
        a list, those whom its rows name."""
        offered = {"assigned_to": User.objects.technicians, "owner": User.objects.owners}
        field = request.GET.get("field_name", "")
        if request.path.endswith("/autocomplete/") and field in offered:
            if "named" in request.GET:
                rows = apps.get_model(request.GET["app_label"], request.GET["model_name"])
                named = rows._base_manager.filter(**{field: OuterRef("pk")})
                queryset = queryset.filter(Exists(named))
            else:
                queryset = queryset & offered[field]()
        found = search.standing(search_term, also=["email"][: self._details(request)])
        return queryset.filter(found), False

    def choice_text(self, obj: User) -> str:
        """The name, and that somebody has left."""
        return obj.name if obj.is_active else _("%(name)s (has left)") % {"name": obj.name}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        leaving = {"roles", "is_active", "is_superuser"} & set(form.changed_data)
        if change and leaving and (note := self.leaving_note(request, form.instance)):
            messages.warning(request, str(note))

    def leaving_note(self, request: HttpRequest, person: User) -> Text:
        """What is to know of somebody who left or lost a role; empty where nothing is."""
        return person.open_jobs_note()

    @display(description=gettext_lazy("name"), ordering="first_name")
    def full_name(self, obj: User) -> str:
        return obj.name

    @display(description=gettext_lazy("name"), ordering="first_name", header=True)
    def name_and_username(self, obj: User) -> tuple[str, str]:
        return (obj.name, obj.username)

    @display(description=gettext_lazy("phone"), ordering="phone")
    def phone_link(self, obj: User) -> Text:
        return phone_link(obj.phone)

    @display(description=gettext_lazy("contact"), ordering="email")
    def contact(self, obj: User) -> Text:
        ways = [(way,) for way in (phone_link(obj.phone), mail_link(obj.email)) if way]
        return format_html_join(mark_safe("<br>"), "{}", ways) or "–"

    @display(description=gettext_lazy("last sign-in"), ordering="last_login")
    def seen(self, obj: User) -> str:
        return (
            date_format(localtime(obj.last_login), "j M Y, H:i") if obj.last_login else _("never")
        )

    @display(description=gettext_lazy("roles"))
    def role_names(self, obj: User) -> str:
        return ", ".join(str(role.label) for role in obj.roles) or "–"


admin.site.unregister(Group)


class GroupForm(RefusableForm):
    """A group, whose name looks like that of no other, nor like a role's."""

    def clean_name(self) -> str:
        """Raises `ValidationError` for a name that shows nothing, or looks like another one's."""
        name: str = self.cleaned_data["name"]
        if self.instance.pk and name == self.initial["name"]:
            return name
        kept = one_line(name)
        if not kept:
            raise ValidationError(_("Give the group a name."))
        others = Group.objects.exclude(pk=self.instance.pk).values_list("name", flat=True)
        if folded(kept) in map(folded, others):
            raise ValidationError(_("There is a group of this name already."))
        return kept


@admin.register(Group)
class GroupAdmin(SavesOnce, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]  # As above.
    """Groups of the company's own. Only a superuser edits what a group may do; the groups of the
    three roles are made from core/roles.py and stay as they are."""

    form = GroupForm
    change_form_before_template = "core/form_state.html"
    change_list_template = "core/change_list.html"

    def _may(self, request: HttpRequest, obj: Group | None) -> bool:
        role = obj is not None and Role.of_group(obj.name) is not None
        return request.user.is_superuser and not role

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self._may(request, obj)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Group | None:
        """Django's; an address can name no column at all: `?_to_field=`."""
        found: Group | None = super().get_object(request, object_id, from_field or None)
        return found

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        group = form.instance
        given = " ".join(sorted(group.permissions.values_list("codename", flat=True)))
        log.note("group saved", by=request.user.get_username(), group=group, may=given)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        accounts.delete_group(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        with transaction.atomic():
            for group in queryset:
                accounts.delete_group(group)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Group]) -> Any:
        for group in queryset:
            log.note("group deleted", by=request.user.get_username(), group=group)
        return super().log_deletions(request, queryset)


class ProfileForm(RecordedForm):
    """What everybody may change of themselves; the password has a page of its own."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "phone")
        widgets = dict.fromkeys(fields, UnfoldAdminTextInputWidget)


def profile(request: HttpRequest) -> HttpResponse:
    """The page *My profile*."""
    user = User.objects.get(pk=request.user.pk)
    require(request.user, "change_profile", user)
    if request.method != "POST":
        form = typed_into(partial(ProfileForm, instance=user), request)
    else:
        with whole():
            # Held first: of two alike that come at once, the second finds nothing to change.
            form = ProfileForm(request.POST, instance=user.lock())
            if form.is_valid():
                accounts.save_profile(form.instance)
                messages.success(request, _("Your profile was saved."))
                return redirect("admin:profile")
    context = {**admin.site.each_context(request), "title": _("My profile"), "form": form}
    return TemplateResponse(request, "people/profile.html", context)
