"""Which accounts an organisation's own sign-in may open by the address it vouches for."""

from __future__ import annotations

from allauth.account.utils import filter_users_by_email
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin

from fairwatt.records.models import Membership


class SignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc,unused-ignore]
    """An organisation vouches for its own people, and for nobody else's.

    Whoever runs its sign-in can write any address into it: a data manager's, or another organisation's. Those
    people sign in with their password and connect the sign-in to their account themselves.
    """

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Whether ``login`` opens the account that has the address ``email``."""
        if not super().can_authenticate_by_email(login, email):
            return False
        app = login.provider.app
        code = (app.settings or {}).get("organization", "") if app else ""
        return all(
            not user.is_manager and Membership.objects.filter(user=user, organization__code__iexact=code).exists()
            for user in filter_users_by_email(email)
        )
