"""The accounts' own forms in the portal's words (``ACCOUNT_FORMS``)."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from django.forms import BaseForm

_ADDRESS = "E-mail address"
_ADVICE = "At least 10 characters, and not one that many people use. A few words in a row do well."


def _say(form: BaseForm, words: dict[str, tuple[str, str | None]]) -> None:
    for name, (label, text) in words.items():
        if name in form.fields:
            form.fields[name].label = label
            if text is not None:
                form.fields[name].help_text = text


class LoginForm(account.LoginForm):  # type: ignore[misc]
    """Sign in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, {"login": (_ADDRESS, None), "remember": ("Stay signed in on this device", None)})


class SignupForm(account.SignupForm):  # type: ignore[misc]
    """Create an account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"email": (_ADDRESS, None), "password1": ("Password", _ADVICE), "password2": ("Password again", "")}
        _say(self, words)


class ResetPasswordForm(account.ResetPasswordForm):  # type: ignore[misc]
    """Ask for a link by which to choose a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, {"email": (_ADDRESS, None)})


class ResetPasswordKeyForm(account.ResetPasswordKeyForm):  # type: ignore[misc]
    """Choose a new password by such a link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, {"password1": ("New password", _ADVICE), "password2": ("New password again", "")})


class ChangePasswordForm(account.ChangePasswordForm):  # type: ignore[misc]
    """Change one's password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"oldpassword": ("Your password now", None), "password1": ("New password", _ADVICE)}
        _say(self, {**words, "password2": ("New password again", "")})


class AddEmailForm(account.AddEmailForm):  # type: ignore[misc]
    """Add an e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, {"email": (_ADDRESS, None)})
