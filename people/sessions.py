"""Sessions: how long one lasts, and what the log says of signing in and out.

A session ends `SESSION_COOKIE_AGE` seconds after its sign-in, however much it is used, and
`SESSION_IDLE` seconds after it was last used.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from core.serving import log
from core.text.typed import folded

BEGUN, USED = "begun", "used"
# So often, in seconds, is it written down that a session is in use.
STEP = 600


class SessionStore(DatabaseStore):
    """Sessions in the database, which end on time."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no session any more, where its time is over."""
        data = super().load()
        if SESSION_KEY not in data:
            return data
        now = int(time.time())
        if is_over(data, now=now):
            log.note("session over", user=_name(data[SESSION_KEY]))
            self.delete(self.session_key)
            self._session_key = None
            return {}
        if now - data[USED] >= STEP:
            data[USED] = now
            self.modified = True
        return data


def is_over(data: dict[str, Any], *, now: int) -> bool:
    """Is the time of a session over? One that does not say when it began ends as well."""
    lasted, idle = now - data.get(BEGUN, 0), now - data.get(USED, 0)
    return bool(lasted >= settings.SESSION_COOKIE_AGE or idle >= settings.SESSION_IDLE)


def _name(key: str) -> str:
    person = get_user_model()._base_manager.filter(pk=key).first()
    return person.get_username() if person else ""


def _begin(request: HttpRequest, user: Any, **_signal: Any) -> None:
    if BEGUN in request.session:  # Signed in again as the same person: Django keeps the key.
        request.session.cycle_key()
    request.session[BEGUN] = request.session[USED] = int(time.time())
    log.note("signed in", user=user.get_username())


def _end(user: Any, **_signal: Any) -> None:
    log.note("signed out", user=user.get_username() if user else "")


def _fail(credentials: dict[str, Any], **_signal: Any) -> None:
    # A name that nobody has may be a password, typed into the wrong field.
    typed = str(credentials.get("username") or "")
    people = get_user_model()._base_manager
    known = None if "\0" in typed else people.filter(username_folded=folded(typed)).first()
    log.note("sign-in failed", user=known.get_username() if known else "nobody of ours")


def listen() -> None:
    """Have sessions begin, and the log told, at each sign-in and sign-out."""
    user_logged_in.connect(_begin)
    user_logged_out.connect(_end)
    user_login_failed.connect(_fail)
