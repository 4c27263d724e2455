"""What follows when somebody signs in through their organisation."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from fairwatt.records.models import User
from fairwatt.services.accounts import join_by_sign_on


@receiver(user_logged_in)
def join_the_organization(user: User, sociallogin: Any = None, **_more: Any) -> None:
    """Make whoever came through an organisation's sign-in a member of it."""
    if sociallogin is None:
        return
    app = sociallogin.provider.app
    code = (app.settings or {}).get("organization") if app else ""
    if code:
        join_by_sign_on(user=user, organization=code, at=timezone.now())
