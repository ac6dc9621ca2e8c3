"""The pages on which a password is typed, somebody's or one's own: the account takes it."""

from __future__ import annotations

from typing import Any

from unfold.forms import AdminPasswordChangeForm

from core.backoffice.sign_in import ChangePasswordForm
from core.record import audit
from people import accounts
from people.models import User
from people.passwords import TypedTwice


class GivenPasswordForm(TypedTwice, AdminPasswordChangeForm):
    """Somebody's new password, or none until they set one."""

    def set_password_and_save(self, user: User, *_name: str, **_how: Any) -> User:
        by: Any = audit.person()
        if not self.cleaned_data["set_usable_password"]:
            return accounts.take_password(user, by=by).row
        password = self.cleaned_data["password1"]
        return accounts.change_account(user, by=by, password=password).row


class OwnPasswordForm(TypedTwice, ChangePasswordForm):
    """One's own, for whoever knows the old one."""

    def set_password_and_save(self, user: User, name: str, **_how: Any) -> User:
        password, known = self.cleaned_data[name], user.password
        done = accounts.change_profile((User, user.pk), by=user, password=password, known=known)
        # Of this row the page tells the session the new sign-in key.
        self.user = done.row
        return self.user
