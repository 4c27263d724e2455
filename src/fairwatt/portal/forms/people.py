"""Inviting somebody to an organisation."""

from __future__ import annotations

from django import forms

from fairwatt.portal.forms.choices import Radios
from fairwatt.records.models import Membership


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="The invitation goes there, and only this address can accept it.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "width-20"}),
    )
    role = forms.ChoiceField(
        label="Role",
        choices=[
            (Membership.Role.MEMBER, "Member: logs data and sees the organisation’s own"),
            (Membership.Role.STEWARD, "Steward: invites others too, and answers for the organisation’s data"),
        ],
        initial=Membership.Role.MEMBER,
        widget=Radios,
    )
