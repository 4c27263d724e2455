"""The people of an organisation, and the invitations that bring more."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairwatt.core.errors import Conflict, InvalidInput, NotFound
from fairwatt.portal.forms.people import InvitationForm
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.pages.signed_in import actor_of, signed_in
from fairwatt.records.models import Membership, Organization
from fairwatt.services.actors import Actor, organizations, require_user
from fairwatt.services.people import (
    accept_invitation,
    change_role,
    find_invitation,
    invite_person,
    list_invitations,
    list_managed,
    list_members,
    remove_member,
    revoke_invitation,
)


@require_safe
@signed_in
def show_people(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the organisations whose people one may see; a single one is shown at once."""
    managed = list_managed(actor=actor)
    places = sorted({*managed, *organizations(actor)}, key=lambda place: (not place.is_partner, place.name))
    if len(places) == 1:
        return redirect("organization", code=places[0].code)
    counts = Membership.objects.filter(organization__in=places).values_list("organization", flat=True)
    members = list(counts)
    rows = [(place, members.count(place.pk), place in managed) for place in places]
    return render(request, "portal/people/list.html", {"rows": rows, "page": "people"})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_organization(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Show an organisation's people; whoever looks after them may invite more."""
    members = list_members(actor=actor, organization=code)
    place = Organization.objects.get(code__iexact=code)
    manages = place in list_managed(actor=actor)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invite(request, actor, place, form):
        return redirect("organization", code=place.code)
    context = {
        "place": place,
        "members": members,
        "manages": manages,
        "invitations": list_invitations(actor=actor, organization=code, at=timezone.now()) if manages else [],
        "form": form,
        "me": require_user(actor),
        "page": "people",
    }
    return render(request, "portal/people/organization.html", context, status=422 if form.errors else 200)


def _invite(request: HttpRequest, actor: Actor, place: Organization, form: InvitationForm) -> bool:
    try:
        invitation = invite_person(
            actor=actor,
            email=form.cleaned_data["email"],
            organization=place.code,
            role=form.cleaned_data["role"],
            at=timezone.now(),
        )
    except (InvalidInput, Conflict) as error:
        add_refusal(form, error)
        return False
    messages.success(request, f"An invitation is on its way to {invitation.email}.")
    return True


@require_POST
@signed_in
def set_role(request: HttpRequest, actor: Actor, membership_id: int) -> HttpResponse:
    """Make somebody a member or a steward."""
    role = request.POST.get("role", "")
    membership = change_role(actor=actor, membership_id=membership_id, role=role, at=timezone.now())
    messages.success(request, f"{membership.user} is now a {membership.get_role_display().lower()}.")
    return redirect("organization", code=membership.organization.code)


@require_POST
@signed_in
def remove(request: HttpRequest, actor: Actor, membership_id: int) -> HttpResponse:
    """End a membership: somebody's, or one's own."""
    code = Membership.objects.filter(pk=membership_id).values_list("organization__code", flat=True).first()
    remove_member(actor=actor, membership_id=membership_id, at=timezone.now())
    messages.success(request, "The membership has ended.")
    still = code is not None and (actor.is_manager or organizations(actor).filter(code=code).exists())
    return redirect("organization", code=code) if still else redirect("people")


@require_POST
@signed_in
def revoke(request: HttpRequest, actor: Actor, invitation_id: int) -> HttpResponse:
    """Take back an invitation."""
    invitation = revoke_invitation(actor=actor, invitation_id=invitation_id, at=timezone.now())
    messages.success(request, f"The invitation to {invitation.email} no longer works.")
    return redirect("organization", code=invitation.organization.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show an invitation to whoever holds its link: sign up, sign in, or join.

    Whoever can open the link has received the mail, so the address counts as confirmed when they sign up.
    """
    invitation = find_invitation(secret=secret, at=timezone.now())
    if invitation is None:
        raise NotFound(
            "This invitation no longer works: it was used, taken back, or is more than 14 days old.",
            next_step="Ask whoever invited you for a new one.",
        )
    actor = actor_of(request)
    if request.method == "POST" and actor.is_signed_in:
        membership = accept_invitation(actor=actor, secret=secret, at=timezone.now())
        messages.success(request, f"Welcome to {membership.organization.name}. You can now share data in its name.")
        return redirect("share")
    is_theirs = actor.user is not None and actor.user.email.casefold() == invitation.email.casefold()
    if not actor.is_signed_in:
        get_adapter().stash_verified_email(request, invitation.email)
    context = {"invitation": invitation, "is_theirs": is_theirs, "page": "invitation"}
    return render(request, "portal/people/invitation.html", context)
