"""What a trial's page tells machines of the data that it shows."""

from __future__ import annotations

from django.urls import reverse

from fairwatt.core.identifiers import ark_of
from fairwatt.core.metadata import AccessClass, Party, ProcedureEntry, TrialEntry, Validity
from fairwatt.core.metadata.certificate import Part
from fairwatt.core.metadata.package_described import joint_licensing
from fairwatt.core.metadata.trial_schema_org import TrialDescription
from fairwatt.records.models import Dataset
from fairwatt.services.links import absolute
from fairwatt.services.projects import get_project, licensing_of, own_catalogue
from fairwatt.services.trials import TrialView, trial_path


def describe_trial(view: TrialView) -> TrialDescription:
    """Describe the published datasets of a trial: drafts are nobody else's."""
    naan, code = get_project().identifiers.naan, view.row.code
    shown = [one for one in view.datasets if one.row.state == Dataset.State.PUBLISHED]
    allowed = any(one.decision.allowed for one in shown)
    arks = [(one.row.title, ark_of(naan, one.row.key)) for one in shown]
    return TrialDescription(
        address=absolute(trial_path(code)),
        trial=TrialEntry(code=code, title=view.row.title),
        summary=view.row.summary,
        procedures=tuple(ProcedureEntry(code=one.row.code, title=one.row.title) for one in view.procedures),
        providers=tuple(Party(code=one.code, name=one.name, homepage=one.homepage) for one in view.partners),
        period=Validity(start=view.period.start, end=view.period.end) if view.period else Validity(),
        published_at=min((one.row.published_at for one in shown if one.row.published_at), default=None),
        parts=tuple(Part(pid=ark, pid_url=absolute(f"/{ark}"), title=title) for title, ark in arks),
        licensing=joint_licensing((one.row.licence for one in shown), licensing_of),
        is_open=bool(shown) and all(one.access.access_class is AccessClass.OPEN for one in shown),
        package_url=absolute(reverse("trial_package", args=[code])) if allowed else "",
        record_url=absolute(f"/api/v1/trials/{code}"),
        catalogue=own_catalogue(),
    )
