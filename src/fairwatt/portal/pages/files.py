"""The files of an entry: upload, see them read, answer what they can't tell, take one out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairwatt.core.errors import Conflict, FairwattError, InvalidInput, NotFound
from fairwatt.portal.forms.files import QuestionForm
from fairwatt.portal.forms.reading import CorrectionForm
from fairwatt.portal.forms.refusals import add_refusal
from fairwatt.portal.pages.previews import Preview, draw_preview
from fairwatt.portal.pages.readings_shown import show_reading
from fairwatt.portal.pages.signed_in import signed_in
from fairwatt.records.models import Deposit, File, Upload
from fairwatt.services.actors import Actor
from fairwatt.services.deposits import EDITABLE, answer_questions, get_deposit, read_again, remove_file
from fairwatt.services.files import KEEP_AS_DOCUMENT, FilePreview, preview_file
from fairwatt.services.health_scans import latest_scan
from fairwatt.services.import_profiles import ProfileOffer, find_profiles_for, propose_name
from fairwatt.services.reading_previews import correctable_reading, preview_reading
from fairwatt.services.uploads import deposit_file, terminate_upload, upload_limits

PLAIN_BYTES = 100 * 1000**2  # beyond this a plain form is no way to send a file
_UNREAD = (File.State.RECEIVED, File.State.READING)
_ASKS = (File.State.QUESTIONS, File.State.READ)  # a file that was read may still have guesses to confirm
_ANSWERABLE = (*EDITABLE, Deposit.State.SUBMITTED)
_MOST_OFFERS = 3
FEW_CHANNELS = 24  # are shown to be corrected without being asked for


@dataclass(frozen=True)
class Corrections:
    """What can be corrected of how a file is read, as its page shows it."""

    form: CorrectionForm
    is_open: bool = False
    first: str = ""


@dataclass(frozen=True)
class FileRow:
    """A file as the pages show it: what is happening to it, what was found, what is asked."""

    file: File
    preview: FilePreview
    form: QuestionForm | None
    picture: Preview | None = None
    offer: ProfileOffer | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether its page should look again soon."""
        return self.file.state in _UNREAD

    @property
    def asks_for_table(self) -> bool:
        """Whether it is open which of its tables is meant."""
        return any(question["id"] == "table" for question in self.file.questions)

    @property
    def is_blocked(self) -> bool:
        """Whether the file can't be read before somebody answers."""
        return self.file.state == File.State.QUESTIONS


def make_row(file: File, form: QuestionForm | None = None) -> FileRow:
    """Gather what a page shows of a file."""
    asks = file.state in _ASKS and bool(file.questions)
    return FileRow(
        file=file,
        preview=preview_file(file),
        form=form or (QuestionForm(file) if asks else None),
        offer=_find_offer(file) if file.state == File.State.QUESTIONS else None,
    )


def _find_offer(file: File) -> ProfileOffer | None:
    """The one saved profile that fits a file perfectly, where there is one."""
    perfect = [offer for offer in find_profiles_for(file) if offer.is_perfect]
    return perfect[0] if len(perfect) == 1 else None


def make_rows(deposit: Deposit) -> list[FileRow]:
    """Gather what a page shows of all files of an entry."""
    return [make_row(file) for file in deposit.dataset.files.prefetch_related("channels", "findings")]


def show_files(request: HttpRequest, actor: Actor, deposit: Deposit, *, status: int = 200) -> HttpResponse:
    """Show the files step of an entry (a step of :mod:`fairwatt.portal.pages.share`)."""
    if request.method == "POST":
        return _receive(request, actor, deposit)
    unfinished = Upload.objects.filter(deposit=deposit, finished_at__isnull=True).select_related("owner")
    rows = make_rows(deposit)
    title = deposit.dataset.title or deposit.code
    context = {
        "deposit": deposit,
        "rows": rows,
        "limits": upload_limits(actor=actor, code=deposit.code),
        "unfinished": list(unfinished),
        "plain_bytes": PLAIN_BYTES,
        "page": "share",
        "crumbs": [
            ("Share data", reverse("share")),
            (title, reverse("deposit", args=[deposit.code])),
            ("Files", ""),
        ],
    }
    return render(request, "portal/share/files.html", context, status=status)


def _receive(request: HttpRequest, actor: Actor, deposit: Deposit) -> HttpResponse:
    """Take files sent by a plain form."""
    sent = request.FILES.getlist("files")
    if not sent:
        messages.error(request, "No file was chosen. Choose one, then send it.")
    for upload in sent:
        try:
            _keep(actor, deposit, upload)
        except FairwattError as error:
            messages.error(request, f"{upload.name}: {error}")
        else:
            messages.success(request, f"{upload.name} has been received.")
    return redirect("deposit_step", code=deposit.code, slug="files")


def _keep(actor: Actor, deposit: Deposit, upload: UploadedFile[bytes]) -> None:
    if (upload.size or 0) > PLAIN_BYTES:
        raise InvalidInput(
            "It is too large to be sent by a plain form.",
            next_step="Switch JavaScript on, or use the command line: fairwatt upload.",
        )
    deposit_file(
        actor=actor,
        code=deposit.code,
        filename=upload.name or "",
        chunks=upload.chunks(),
        at=timezone.now(),
    )


@require_safe
@signed_in
def show_list(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Show the list of files alone, for a page that has just sent one."""
    deposit = get_deposit(actor=actor, code=code)
    return render(request, "portal/share/file_list.html", {"deposit": deposit, "rows": make_rows(deposit)})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_file(request: HttpRequest, actor: Actor, code: str, key: str) -> HttpResponse:
    """Show one file of an entry; posting answers its questions, and it is read again.

    Posting ``preview`` along shows the first rows as they would be read with the answers, and saves nothing.
    """
    deposit = get_deposit(actor=actor, code=code)
    file = _get_file(deposit, key)
    form: QuestionForm | None = None
    corrections = _make_corrections(request, file)
    if request.method == "POST":
        form = QuestionForm(file, data=request.POST)
        answers = _read_answers(form, corrections)
        if "preview" in request.POST:
            return _show_preview(request, actor, deposit, make_row(file, form), corrections, answers=answers or {})
        if answers is not None and _answer(request, actor, file, form, answers):
            return redirect(f"{reverse('deposit_step', args=[code, 'files'])}#file-{key}")
    row = make_row(file, form)
    if getattr(request, "htmx", False):
        return render(request, "portal/share/file_row.html", {"deposit": deposit, "row": row})
    return _show_page(request, actor, deposit, row, corrections, status=422 if form else 200)


def _make_corrections(request: HttpRequest, file: File) -> Corrections | None:
    found = correctable_reading(file) if file.state in _ASKS else None
    if found is None:
        return None
    number = request.GET.get("first", "")
    is_asked_for = number.isdecimal() and len(number) < 6  # noqa: PLR2004 - far beyond all columns
    first = int(number) if is_asked_for else 0
    form = CorrectionForm(
        found.profile,
        file.key,
        asked=frozenset(str(question["id"]) for question in file.questions),
        left_out=found.left_out,
        first=first,
        with_channels=is_asked_for or len(found.profile.channels) <= FEW_CHANNELS,
        data=request.POST if request.method == "POST" and _has_corrections(request, file) else None,
    )
    return Corrections(form, is_open=is_asked_for, first=str(first) if is_asked_for else "")


def _has_corrections(request: HttpRequest, file: File) -> bool:
    """Whether what was sent comes from the file's own page: on the list of files only questions are answered."""
    return any(name.startswith(f"c-{file.key}-") for name in request.POST)


def _read_answers(form: QuestionForm, corrections: Corrections | None) -> dict[str, str] | None:
    """What a person said, in both forms; None where either can't be used."""
    if form.fields and not form.is_valid():
        return None
    answers = form.answers() if form.fields else {}
    if corrections is not None and corrections.form.is_bound:
        if not corrections.form.is_valid():
            return None
        answers |= corrections.form.answers()
    return answers


def _show_preview(
    request: HttpRequest,
    actor: Actor,
    deposit: Deposit,
    row: FileRow,
    corrections: Corrections | None,
    *,
    answers: dict[str, str],
) -> HttpResponse:
    """Show the rows as they would be read: alone for a page that asks for them, else in the whole page."""
    if getattr(request, "htmx", False):
        preview = preview_reading(actor=actor, file_key=row.file.key, answers=answers, at=timezone.now())
        reading = show_reading(preview) if preview else None
        return render(request, "portal/share/reading_swapped.html", {"reading": reading})
    opened = replace(corrections, is_open=True) if corrections is not None else None
    return _show_page(request, actor, deposit, row, opened, answers=answers)


def _show_page(
    request: HttpRequest,
    actor: Actor,
    deposit: Deposit,
    row: FileRow,
    corrections: Corrections | None,
    *,
    answers: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    file, can_answer = row.file, deposit.state in _ANSWERABLE
    preview = None
    if file.state in _ASKS:
        preview = preview_reading(
            actor=actor, file_key=file.key, answers=answers or {}, at=timezone.now(), with_guesses=answers is None
        )
    is_settled = file.state == File.State.READ and not file.questions
    context = {
        "deposit": deposit,
        "row": row,
        "health": latest_scan(file.dataset, file=file),
        "preview": _draw(actor, file, request.GET.get("channel", "")) if file.state == File.State.READ else None,
        "reading": show_reading(preview) if preview else None,
        "corrections": corrections,
        "with_guesses": answers is None and bool(file.questions),
        "offers": find_profiles_for(file)[:_MOST_OFFERS] if preview and can_answer and file.logger_id is None else (),
        "may_save": bool(preview) and is_settled and file.logger_id is None and deposit.organization_id is not None,
        "proposed_name": propose_name(file) if preview else "",
        "can_edit": deposit.state in EDITABLE,
        "can_answer": can_answer,
        **_way_back(request, deposit),
    }
    context["crumbs"] = [*context["crumbs"], (file.name, "")]
    return render(request, "portal/share/file.html", context, status=status)


def _draw(actor: Actor, file: File, wanted: str) -> Preview | None:
    return draw_preview(actor=actor, dataset=file.dataset, at=timezone.now(), wanted=wanted, file=file)


def _way_back(request: HttpRequest, deposit: Deposit) -> dict[str, Any]:
    """Where a file's page leads back to: the review for whoever came from it, else the entry."""
    title = deposit.dataset.title or deposit.code
    if request.GET.get("from") == "review":
        address = reverse("review", args=[deposit.code])
        crumbs = [("Review", reverse("review_queue")), (title, address)]
        return {"page": "review", "crumbs": crumbs, "back": address, "back_label": "Back to the review"}
    entry = reverse("deposit", args=[deposit.code])
    files = reverse("deposit_step", args=[deposit.code, "files"])
    if deposit.state not in EDITABLE:
        crumbs = [("Share data", reverse("share")), (title, entry)]
        return {"page": "share", "crumbs": crumbs, "back": entry, "back_label": "Back to the entry"}
    crumbs = [("Share data", reverse("share")), (title, entry), ("Files", files)]
    return {"page": "share", "crumbs": crumbs, "back": files, "back_label": "Back to the files"}


def _answer(request: HttpRequest, actor: Actor, file: File, form: QuestionForm, answers: Mapping[str, str]) -> bool:
    try:
        answer_questions(actor=actor, file_key=file.key, answers=answers, at=timezone.now())
    except (InvalidInput, Conflict) as error:
        add_refusal(form, error)
        return False
    messages.success(request, f"Thank you. {file.name} is being read with your answers.")
    return True


@require_POST
@signed_in
def remove(request: HttpRequest, actor: Actor, code: str, key: str) -> HttpResponse:
    """Take a file out of an entry."""
    file = _get_file(get_deposit(actor=actor, code=code), key)
    remove_file(actor=actor, file_key=file.key, at=timezone.now())
    messages.success(request, f"{file.name} is taken out of this entry.")
    return redirect("deposit_step", code=code, slug="files")


@require_POST
@signed_in
def again(request: HttpRequest, actor: Actor, code: str, key: str) -> HttpResponse:
    """Read a file once more, after a failure."""
    file = _get_file(get_deposit(actor=actor, code=code), key)
    read_again(actor=actor, file_key=file.key, at=timezone.now())
    return redirect(f"{reverse('deposit_step', args=[code, 'files'])}#file-{key}")


@require_POST
@signed_in
def keep_document(request: HttpRequest, actor: Actor, code: str, key: str) -> HttpResponse:
    """Keep a file that could not be read as a document, without readings."""
    file = _get_file(get_deposit(actor=actor, code=code), key)
    answer_questions(actor=actor, file_key=file.key, answers={KEEP_AS_DOCUMENT: "yes"}, at=timezone.now())
    return redirect(f"{reverse('deposit_step', args=[code, 'files'])}#file-{key}")


@require_POST
@signed_in
def drop_upload(request: HttpRequest, actor: Actor, code: str, upload_id: str) -> HttpResponse:
    """Give up an upload that was begun and not finished."""
    terminate_upload(actor=actor, upload_id=upload_id, at=timezone.now())
    messages.success(request, "The unfinished upload is removed.")
    return redirect("deposit_step", code=code, slug="files")


def _get_file(deposit: Deposit, key: str) -> File:
    file = deposit.dataset.files.filter(key=key).first()
    if file is None:
        raise NotFound(
            "There is no such file in this entry.",
            where={"deposit": deposit.code},
            next_step="Look at its list of files.",
        )
    return file
