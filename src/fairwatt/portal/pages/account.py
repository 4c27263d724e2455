"""A person's own account: their name, their organisations, their tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from fairwatt.core.errors import Conflict, InvalidInput
from fairwatt.portal.forms.accounts import ProfileForm, TokenForm
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.pages.signed_in import signed_in
from fairwatt.records.models import ApiToken, Membership
from fairwatt.services.actors import Actor, require_user
from fairwatt.services.profiles import rename_person
from fairwatt.services.tokens import create_token, list_tokens, revoke_token


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_account(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show who one is here, and let one change one's name."""
    user = require_user(actor)
    form = ProfileForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_person(actor=actor, name=form.cleaned_data["name"], at=timezone.now())
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, "Your name is saved.")
            return redirect("account")
    memberships = Membership.objects.filter(user=user).select_related("organization").order_by("organization__name")
    context = {"form": form, "memberships": memberships, "page": "account"}
    return render(request, "portal/account/profile.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_tokens(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List one's tokens and make new ones; a new one's secret is in this answer and nowhere else."""
    form = TokenForm(request.POST or None, is_manager=actor.is_manager)
    made: tuple[ApiToken, str] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = create_token(
                actor=actor,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                days=int(form.cleaned_data["days"]),
                at=timezone.now(),
            )
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
    now = timezone.now()
    tokens = list_tokens(actor=actor)
    context = {
        "form": form if made is None else TokenForm(is_manager=actor.is_manager),
        "made": made,
        "working": [t for t in tokens if t.revoked_at is None and t.expires_at > now],
        "ended": [t for t in tokens if t.revoked_at is not None or t.expires_at <= now],
        "page": "tokens",
    }
    return render(request, "portal/account/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def revoke(request: HttpRequest, actor: Actor, token_id: int) -> HttpResponse:
    """Stop a token from working."""
    token = revoke_token(actor=actor, token_id=token_id, at=timezone.now())
    messages.success(request, f"“{token.name}” no longer works.")
    return redirect("tokens")
