"""The link by which whoever gets a mail gets no more of its kind: one click, signed out too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.notice_preferences import NoticePreferences
from core.outbox.posting import kinds
from core.text import languages

_SALT = "core.outbox.stopping"


def address(person: Any, names: Iterable[str]) -> str:
    """The whole address of the page on which somebody stops these kinds."""
    token = signing.dumps([person.pk, *names], salt=_SALT, compress=True)
    return f"{settings.SITE_URL}{reverse('stop-mail')}?{urlencode({'of': token})}"


def preferences_address() -> str:
    """The whole address of the page on which they choose among all kinds."""
    return f"{settings.SITE_URL}{reverse('admin:notices')}"


# The signature says that it is theirs: mail programs send this without any cookie (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """The page behind the link. Asked for, it asks: programs that look through mail open links."""
    person, names = _read(request.GET.get("of", ""))
    if person is not None:
        languages.speak_to(person)  # As the mail did.
    titles = [kinds()[name].title for name in names]
    if person is None or not titles:
        return _page(request, _("This link is no longer valid"), status=410)
    if request.method == "POST":
        NoticePreferences.objects.stop(person.pk, names)
        return _page(
            request, _("You will get no more of these mails"), titles=titles, is_stopped=True
        )
    return _page(request, _("Stop these mails?"), titles=titles)


def _read(token: str) -> tuple[Any, list[str]]:
    """Whose link it is, and the kinds that it stops; nobody for one that is no good."""
    try:
        key, *names = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None, []
    person: Any = get_user_model()
    known = [name for name in names if name in kinds() and kinds()[name].is_optional]
    return person._base_manager.filter(pk=key).first(), known


def _page(request: HttpRequest, title: str, *, status: int = 200, **shown: Any) -> HttpResponse:
    context = {"title": title, "preferences_url": reverse("admin:notices"), **shown}
    return render(request, "core/mail/stop.html", context, status=status)


urlpatterns = [path("stop/", stop, name="stop-mail")]
