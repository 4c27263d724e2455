"""What people say of themselves, and the tokens they make for their programs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from fairwatt.portal.forms.choices import Checkboxes, Radios
from fairwatt.records.models import User
from fairwatt.services.actors import DEPOSIT, MANAGE, READ, Actor
from fairwatt.services.profiles import rename_person

_SCOPES = {
    READ: "Read: find and download what you may see",
    DEPOSIT: "Deposit: log data and upload files in your name",
    MANAGE: "Manage: review, approve and edit, as you may",
}
_DAYS = [("7", "A week"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class ProfileForm(forms.Form):
    """A person's own name."""

    name = forms.CharField(
        label="Your name",
        max_length=150,
        required=False,
        help_text="As others in the project know you. It stands beside what you log and decide.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SignupForm(forms.Form):
    """What is asked at signing up besides address and password (``ACCOUNT_SIGNUP_FORM_CLASS``)."""

    name = forms.CharField(
        label="Your name", max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "email", "password1", "password2"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Keep the name; called once the person is stored."""
        if name := self.cleaned_data.get("name", ""):
            actor = Actor(user=user, address=request.META.get("REMOTE_ADDR"))
            rename_person(actor=actor, name=name, at=timezone.now())


class TokenForm(forms.Form):
    """A token's name, what it may do, and for how long."""

    name = forms.CharField(
        label="Name", max_length=80, help_text="What will use it: “Power BI”, “logger on the school roof”."
    )
    scopes = forms.MultipleChoiceField(label="It may", widget=Checkboxes)
    days = forms.ChoiceField(label="It works for", choices=_DAYS, initial="90", widget=Radios)

    def __init__(self, *args: Any, is_manager: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in _SCOPES if scope != MANAGE or is_manager]
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(scope, _SCOPES[scope]) for scope in offered]
        scopes.initial = [READ]
