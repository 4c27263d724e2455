"""The data managers' back office: the queue, one entry as it would be published, and what to do with it."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairwatt.core.errors import Conflict, FairwattError, InvalidInput
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.forms.reviews import ApproveForm, MetadataForm, ReturnForm
from fairwatt.portal.pages.certificates import sheet_of
from fairwatt.portal.pages.files import FileRow, make_rows
from fairwatt.portal.pages.previews import draw_preview
from fairwatt.portal.pages.share import answered_steps
from fairwatt.portal.pages.signed_in import require_manager, signed_in
from fairwatt.records.models import Deposit, File
from fairwatt.services.access import describe_access
from fairwatt.services.actors import Actor
from fairwatt.services.audit import list_events
from fairwatt.services.certificates import certificate_of
from fairwatt.services.deposits import add_comment, get_deposit
from fairwatt.services.projects import get_project
from fairwatt.services.reviews import approve_deposit, edit_metadata, list_queue, return_deposit
from fairwatt.services.triage import list_due

_SHOWN_EVENTS = 30
_MOST_DECIDED = 500
_PICTURES = 3
_TABS = (
    (Deposit.State.SUBMITTED, "Waiting"),
    (Deposit.State.RETURNED, "Returned"),
    (Deposit.State.APPROVED, "Published"),
)


@require_safe
@signed_in
def show_queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the entries that wait, the oldest first, and those that were decided."""
    require_manager(actor)
    shown = request.GET.get("state", Deposit.State.SUBMITTED)
    words = request.GET.get("q", "").strip()
    origin = request.GET.get("origin", "")
    queue = list_queue(actor=actor) if shown == Deposit.State.SUBMITTED else _list_decided(shown)
    found = [deposit for deposit in queue if _fits(deposit, words, origin)]
    counts = {state: Deposit.objects.filter(state=state).count() for state, _ in _TABS}
    context = {
        "deposits": found,
        "total": len(queue),
        "tabs": [(state.value, label, counts[state]) for state, label in _TABS],
        "shown": shown,
        "words": words,
        "origin": origin,
        "due": list_due(actor=actor, at=timezone.now()),
        "page": "review",
    }
    return render(request, "portal/review/queue.html", context)


def _list_decided(state: str) -> list[Deposit]:
    """Entries that were returned or published, the latest decision first; for managers, who see all."""
    if state not in {Deposit.State.RETURNED, Deposit.State.APPROVED}:
        return []
    rows = Deposit.objects.filter(state=state).order_by("-decided_at", "-pk")
    return list(rows.select_related("dataset", "dataset__trial", "organization", "created_by")[:_MOST_DECIDED])


def _fits(deposit: Deposit, words: str, origin: str) -> bool:
    dataset = deposit.dataset
    text = f"{deposit.code} {dataset.title} {deposit.organization or ''} {deposit.created_by}".casefold()
    return all(word in text for word in words.casefold().split()) and origin in {"", dataset.origin}


@require_safe
@signed_in
def show_review(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Show an entry as it would be published, with all that helps to decide."""
    return _show(request, actor, code)


def _show(
    request: HttpRequest,
    actor: Actor,
    code: str,
    *,
    approving: ApproveForm | None = None,
    returning: ReturnForm | None = None,
) -> HttpResponse:
    require_manager(actor)
    deposit = get_deposit(actor=actor, code=code)
    dataset, at = deposit.dataset, timezone.now()
    context = {
        "deposit": deposit,
        "dataset": dataset,
        "rows": _picture_rows(actor, deposit),
        "answered": answered_steps(deposit, get_project()),
        "access": describe_access(dataset, at),
        "comments": list(deposit.comments.select_related("author")),
        "events": list_events(actor=actor, dataset=dataset, limit=_SHOWN_EVENTS),
        "approving": approving or ApproveForm(),
        "returning": returning or ReturnForm(),
        "has_points": dataset.series_pseudonyms.exists(),
        "can_decide": deposit.state == Deposit.State.SUBMITTED,
        "page": "review",
        "crumbs": [("Review", reverse("review_queue")), (dataset.title or code, "")],
        **sheet_of(certificate_of(dataset), dataset, at=at),
    }
    wrong = bool((approving and approving.errors) or (returning and returning.errors))
    return render(request, "portal/review/review.html", context, status=422 if wrong else 200)


def _picture_rows(actor: Actor, deposit: Deposit) -> list[FileRow]:
    """The entry's files, the first few with a picture of their readings."""
    rows, at = make_rows(deposit), timezone.now()
    for place, row in enumerate(rows[:_PICTURES]):
        if row.file.state == File.State.READ:
            drawn = draw_preview(actor=actor, dataset=deposit.dataset, at=at, file=row.file)
            rows[place] = replace(row, picture=drawn)
    return rows


@require_POST
@signed_in
def approve(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Publish an entry: version 1, its certificate, its row in the catalogue."""
    form = ApproveForm(request.POST)
    if form.is_valid():
        try:
            approve_deposit(actor=actor, code=code, note=form.cleaned_data["note"], at=timezone.now())
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
        else:
            return redirect("review", code=code)
    return _show(request, actor, code, approving=form)


@require_POST
@signed_in
def send_back(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Return an entry to its depositor with a comment."""
    form = ReturnForm(request.POST)
    if form.is_valid():
        try:
            return_deposit(actor=actor, code=code, comment=form.cleaned_data["comment"], at=timezone.now())
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"{code} is returned; its depositor has been told.")
            return redirect("review_queue")
    return _show(request, actor, code, returning=form)


@require_POST
@signed_in
def comment(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Write to the depositor without deciding."""
    require_manager(actor)
    try:
        add_comment(actor=actor, code=code, text=request.POST.get("text", ""), at=timezone.now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "Your comment is added; the depositor has been told.")
    return redirect(f"{reverse('review', args=[code])}#talk")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Mend an entry's metadata; what was there before stays in the record."""
    require_manager(actor)
    deposit = get_deposit(actor=actor, code=code)
    form = MetadataForm(request.POST or None, dataset=deposit.dataset)
    if request.method == "POST" and form.is_valid() and _edit(request, actor, deposit, form):
        return redirect("review", code=code)
    context = {
        "deposit": deposit,
        "form": form,
        "page": "review",
        "crumbs": [
            ("Review", reverse("review_queue")),
            (deposit.dataset.title or code, reverse("review", args=[code])),
            ("Edit the metadata", ""),
        ],
    }
    return render(request, "portal/review/edit.html", context, status=422 if form.errors else 200)


def _edit(request: HttpRequest, actor: Actor, deposit: Deposit, form: MetadataForm) -> bool:
    changes = form.changes()
    if not changes:
        messages.info(request, "Nothing was changed.")
        return True
    try:
        edit_metadata(actor=actor, dataset_key=deposit.dataset.key, changes=changes, at=timezone.now())
    except FairwattError as error:
        add_refusal(form, error)
        return False
    messages.success(request, f"{len(changes)} change{'' if len(changes) == 1 else 's'} saved and recorded.")
    return True
