"""What the queue is doing for somebody: how far it is, and stopping it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from fairwatt.portal.pages.signed_in import signed_in
from fairwatt.portal.templatetags.upkeep import WORK
from fairwatt.records.models import Job
from fairwatt.services.actors import Actor
from fairwatt.services.jobs import cancel_job, get_job

_OPEN = (Job.State.QUEUED, Job.State.RUNNING)
_KINDS = {"read-file": "Reading a file", "scan-health": "Scanning the health of readings"} | WORK


@require_safe
@signed_in
def show_job(request: HttpRequest, actor: Actor, job_id: int) -> HttpResponse:
    """Show how far a job is; asked by a page that polls, only the part that changes."""
    job = get_job(actor=actor, job_id=job_id)
    what = _KINDS.get(job.kind, job.kind.replace("-", " ").capitalize())
    context = {"job": job, "what": what, "is_open": job.state in _OPEN, "crumbs": [(what, "")]}
    partial = bool(getattr(request, "htmx", False))
    return render(request, "portal/jobs/panel.html" if partial else "portal/jobs/job.html", context)


@require_POST
@signed_in
def cancel(request: HttpRequest, actor: Actor, job_id: int) -> HttpResponse:
    """Ask a job to stop."""
    job = cancel_job(actor=actor, job_id=job_id, at=timezone.now())
    return redirect("job", job_id=job.pk)
