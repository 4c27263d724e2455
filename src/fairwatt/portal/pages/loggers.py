"""How loggers are read: saved profiles listed, exported, brought in, renamed, removed; saved from a file and used."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, TooLarge
from fairwatt.core.identifiers import clean_file_name
from fairwatt.portal.forms.loggers import ProfileImportForm
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.pages.signed_in import actor_of, signed_in
from fairwatt.services.actors import Actor, organizations
from fairwatt.services.import_profiles import (
    DocumentFormat,
    get_profile,
    import_profile,
    list_profiles,
    profile_document,
    remove_profile,
    rename_profile,
    save_profile,
    use_profile,
    write_document,
)

MEDIA_TYPES = {"toml": "application/toml", "json": "application/json"}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_profiles(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the saved profiles of one's organisations; posting a document brings one in."""
    mine = list(organizations(actor))
    form = ProfileImportForm(request.POST or None, request.FILES or None, places=mine)
    if request.method == "POST" and form.is_valid() and _take_in(request, actor, form):
        return redirect("logger_profiles")
    saved = list_profiles(actor=actor)
    context = {
        "places": [(place, list(rows)) for place, rows in groupby(saved, key=lambda one: one.organization)],
        "mine": mine,
        "form": form,
        "page": "account",
    }
    return render(request, "portal/loggers/list.html", context, status=422 if form.errors else 200)


def _take_in(request: HttpRequest, actor: Actor, form: ProfileImportForm) -> bool:
    try:
        saved = import_profile(
            actor=actor,
            document=form.cleaned_data["document"],
            name=form.cleaned_data["name"],
            organization=form.cleaned_data.get("organization", ""),
            file_name=form.file_name,
            at=timezone.now(),
        )
    except (InvalidInput, NotAllowed, TooLarge) as error:
        add_refusal(form, error)
        return False
    messages.success(request, f"“{saved.name}” is taken in, and offered for files that look like it.")
    return True


@require_POST
@signed_in
def rename(request: HttpRequest, actor: Actor, profile_id: int) -> HttpResponse:
    """Call a saved profile otherwise."""
    try:
        saved = rename_profile(actor=actor, profile_id=profile_id, name=request.POST.get("name", ""), at=timezone.now())
    except InvalidInput as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"It is called “{saved.name}” now.")
    return redirect("logger_profiles")


@require_POST
@signed_in
def remove(request: HttpRequest, actor: Actor, profile_id: int) -> HttpResponse:
    """Remove a saved profile."""
    remove_profile(actor=actor, profile_id=profile_id, at=timezone.now())
    messages.success(request, "The profile is removed. Files that were read by it stay as they are.")
    return redirect("logger_profiles")


@require_safe
@signed_in
def download_saved(request: HttpRequest, actor: Actor, profile_id: int, form: DocumentFormat) -> HttpResponse:
    """Hand out a saved profile's document."""
    saved = get_profile(actor=actor, profile_id=profile_id)
    return _document(write_document(saved, form), saved.name, form)


@require_safe
def download_of_file(request: HttpRequest, key: str, form: DocumentFormat) -> HttpResponse:
    """Hand out the document by which a file was read."""
    file, text = profile_document(actor=actor_of(request), file_key=key, form=form, at=timezone.now())
    return _document(text, f"{file.name}.profile", form)


def _document(text: str, name: str, form: DocumentFormat) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{MEDIA_TYPES[form]}; charset=utf-8")
    filename = f"{clean_file_name(name)}.{form}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    return response


@require_POST
@signed_in
def save(request: HttpRequest, actor: Actor, code: str, key: str) -> HttpResponse:
    """Save how a file is read."""
    try:
        saved = save_profile(actor=actor, file_key=key, name=request.POST.get("name", ""), at=timezone.now())
    except (InvalidInput, Conflict, NotAllowed) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Saved. The next file that looks like “{saved.name}” is offered the same answers.")
    return redirect("deposit_file", code=code, key=key)


@require_POST
@signed_in
def use(request: HttpRequest, actor: Actor, code: str, key: str) -> HttpResponse:
    """Read a file as a saved profile says."""
    number = request.POST.get("profile", "")
    try:
        profile_id = int(number) if number.isdecimal() and len(number) < 19 else 0  # noqa: PLR2004 - of 64 bits
        file = use_profile(actor=actor, file_key=key, profile_id=profile_id, at=timezone.now())
    except (InvalidInput, Conflict) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{file.name} is being read the same way as “{file.given['name']}”.")
    return redirect("deposit_file", code=code, key=key)
