"""The form of the Data Sharing Log: one path of steps for foreground data, one for background data.

A step knows when it applies and what it asks, given the answers so far and the project file. The steps of the
procedures are the project file's; no code is needed to change them. No path has more than ten required questions:
what a project file requires beyond that is asked all the same, and may be left empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fairwatt.core import project as core
from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.metadata.triage import CONCERNS
from fairwatt.core.project import Project
from fairwatt.records.models import Dataset
from fairwatt.services.answers import FieldSpec, clean_answer

Answers = Mapping[str, Mapping[str, Any]]
MOST_REQUIRED = 10
PROCEDURE_PREFIX = "procedure-"
OTHER = "other"  # a provider or receiver that the project file does not name
FOREGROUND, BACKGROUND = "foreground", "background"
SENSITIVITIES = tuple((value, label) for value, label in Dataset.Sensitivity.choices)
OPEN = Dataset.Sensitivity.OPEN.value

_WHEN = (("now", "Now"), ("date", "From a date on"), ("never", "Never"))
AUDIENCES = ("public", "external", "partner")


@dataclass(frozen=True)
class Step:
    """One page of the form.

    Attributes
    ----------
    slug
        Its name in addresses and in the stored answers.
    applies
        Whether it belongs to the path that the answers so far have taken.
    fields
        What it asks, given the answers and the project file; empty for ``files`` and ``check``, which are pages
        of their own kind.
    """

    slug: str
    title: str
    hint: str
    applies: Callable[[Answers], bool]
    fields: Callable[[Answers, Project], tuple[FieldSpec, ...]]


def value_of(answers: Answers, step: str, field: str) -> Any:
    """A stored answer, or None."""
    return (answers.get(step) or {}).get(field)


def origin_of(answers: Answers) -> str:
    """``foreground``, ``background``, or "" while nobody has said."""
    return str(value_of(answers, "origin", "origin") or "")


def chosen_procedures(answers: Answers, project: Project) -> tuple[core.Procedure, ...]:
    """The procedures that were chosen, in the project file's order."""
    trial = project.find_trial(str(value_of(answers, "trial", "trial") or ""))
    chosen = value_of(answers, "procedures", "procedures") or []
    return tuple(p for p in trial.procedures if p.code in chosen) if trial else ()


def _always(_answers: Answers) -> bool:
    return True


def _foreground(answers: Answers) -> bool:
    return origin_of(answers) == FOREGROUND


def _background(answers: Answers) -> bool:
    return origin_of(answers) == BACKGROUND


def wants_files(answers: Answers) -> bool:
    """Whether files are handed in; a background dataset may stay where it is instead."""
    return not (_background(answers) and value_of(answers, "source", "source") == "link")


def _nothing(_answers: Answers, _project: Project) -> tuple[FieldSpec, ...]:
    return ()


def _ask_origin(_answers: Answers, _project: Project) -> tuple[FieldSpec, ...]:
    choices = (
        (FOREGROUND, "Foreground: made by the project, mostly in its trials"),
        (BACKGROUND, "Background: from elsewhere, used by the project"),
    )
    return (FieldSpec("origin", "Where do the data come from?", type="choice", required=True, choices=choices),)


def _ask_trial(_answers: Answers, project: Project) -> tuple[FieldSpec, ...]:
    choices = tuple((trial.code, f"{trial.code} {trial.title}") for trial in project.trials)
    return (FieldSpec("trial", "Which trial are the data from?", type="choice", required=True, choices=choices),)


def _ask_procedures(answers: Answers, project: Project) -> tuple[FieldSpec, ...]:
    trial = project.find_trial(str(value_of(answers, "trial", "trial") or ""))
    choices = tuple((p.code, f"{p.code} {p.title}") for p in trial.procedures) if trial else ()
    return (
        FieldSpec(
            "procedures",
            "Which of its procedures did you carry out?",
            help="Choose all that these data belong to. You are asked about these only.",
            type="choices",
            required=True,
            choices=choices,
        ),
    )


def _ask_parties(_answers: Answers, project: Project) -> tuple[FieldSpec, ...]:
    choices = (*((p.code, p.name) for p in project.partners), (OTHER, "Somebody else"))
    return (
        FieldSpec(
            "provider", "Who provides the data?", help="Whoever made or published them.",
            type="choice", required=True, choices=choices,
        ),
        FieldSpec("provider_name", "Its name, if it is somebody else", width=200),
        FieldSpec(
            "receiver", "Who receives them in the project?",
            type="choice", required=True, choices=tuple((p.code, p.name) for p in project.partners if p.partner),
        ),
    )  # fmt: skip


def _ask_about(_answers: Answers, _project: Project) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("title", "Title", help="What, where and when, so that others find it.", required=True, width=200),
        FieldSpec(
            "description", "Description", help="What was measured, how, and what to know before using it.",
            type="paragraph", required=True,
        ),
        FieldSpec("place", "Place", help="A site, street or area, as exact as may be told.", width=200),
        FieldSpec("provenance", "How the data came to be", help="Instruments, processing, sources.", type="paragraph"),
        FieldSpec(
            "quality_statement", "How was their quality checked?",
            help="For example: compared with the fiscal meter for a day; clock set by network time.",
            type="paragraph",
        ),
        FieldSpec("keywords", "Keywords", help="With commas between them."),
    )  # fmt: skip


_CONCERNS = tuple((concern.value, label) for concern, label in CONCERNS.items())


def _ask_source(_answers: Answers, _project: Project) -> tuple[FieldSpec, ...]:
    choices = (("file", "I have the files"), ("link", "They stay where they are: I have a link"))
    return (
        FieldSpec("source", "How do you share them?", type="choice", required=True, choices=choices),
        FieldSpec("link", "The link", help="The page or file on the web, where there is one.", type="url"),
    )


def _ask_access(answers: Answers, project: Project) -> tuple[FieldSpec, ...]:
    licences = tuple((licence.code, licence.title) for licence in project.licences)
    licence = project.default_licence
    fields = [
        FieldSpec("licence", "Under which licence?", type="choice", required=True, choices=licences, initial=licence),
        *_ask_releases(answers, project),
        FieldSpec("sensitivity", "How sensitive are they?", type="choice", choices=SENSITIVITIES, initial=OPEN),
        FieldSpec("sensitivity_reason", "Why, if they are not open?", type="paragraph"),
        FieldSpec("triage_concerns", "What speaks against opening them?", type="choices", choices=_CONCERNS),
        FieldSpec(
            "triage_mitigation", "What could be shared all the same?", type="paragraph",
            help="Such as totals of several homes, coarser steps, or the same data a year later.",
        ),
        FieldSpec("restrictions", "Restrictions on publishing", help="In your own words.", type="paragraph"),
        FieldSpec(
            "metadata_withheld", "Keep even the description out of the catalogues?", type="boolean",
            help="For data whose very existence must not be known. Managers and your organisation still see it.",
        ),
    ]  # fmt: skip
    return tuple(fields)


def _ask_releases(answers: Answers, project: Project) -> Iterator[FieldSpec]:
    """Ask from when each audience may have the data, in the project's words and with its proposals."""
    trial = project.find_trial(str(value_of(answers, "trial", "trial") or ""))
    public = project.audiences.public.name
    for code, audience in project.audiences.readers():
        is_public = code == "public"
        what = "these data" if is_public else "them"
        when, day = audience.propose(trial.ends if trial else None)
        also = "" if is_public else f"They never wait longer than {public}."
        yield FieldSpec(
            code, f"When may {audience.name} have {what}?", type="choice", required=is_public, choices=_WHEN,
            help=" ".join(filter(None, (audience.description, also))), initial=when,
        )  # fmt: skip
        yield FieldSpec(f"{code}_date", "From which day on?", type="date", initial=day)


STEPS: tuple[Step, ...] = (
    Step("origin", "Origin", "Foreground or background", _always, _ask_origin),
    Step("trial", "Trial", "The trial the data are from", _foreground, _ask_trial),
    Step("procedures", "Procedures", "What was carried out", _foreground, _ask_procedures),
    # the steps of the chosen procedures stand here: see list_steps
    Step("parties", "Provider and receiver", "Whose data, and for whom", _background, _ask_parties),
    Step("about", "About the data", "Title and description", _always, _ask_about),
    Step("source", "Files or link", "Where the data are", _background, _ask_source),
    Step("access", "Licence and access", "Who may have the data, and when", _always, _ask_access),
    Step("files", "Files", "Upload, and what reading them found", wants_files, _nothing),
    Step("check", "Check your answers", "Look once more, then send", _always, _nothing),
)


def list_steps(answers: Answers, project: Project) -> tuple[Step, ...]:
    """The steps of the path that the answers have taken, in their order."""
    path: list[Step] = []
    for step in STEPS:
        if origin_of(answers) or step.slug == "origin":
            path += [step] if step.applies(answers) else []
        if step.slug == "procedures" and _foreground(answers):
            path += [_procedure_step(p) for p in chosen_procedures(answers, project) if p.steps]
    return tuple(path)


def find_step(slug: str, answers: Answers, project: Project) -> Step:
    """The step of this name on the path.

    Raises
    ------
    NotFound
        Where the path has none.
    """
    found = next((step for step in list_steps(answers, project) if step.slug == slug), None)
    if found is None:
        raise NotFound(
            f"There is no step “{slug[:40]}” in this entry.",
            where={"step": slug[:40]},
            next_step="Open the entry's task list: it names the steps that apply.",
        )
    return found


def _procedure_step(procedure: core.Procedure) -> Step:
    slug = f"{PROCEDURE_PREFIX}{procedure.code.lower()}"

    def fields(answers: Answers, project: Project) -> tuple[FieldSpec, ...]:
        budget = MOST_REQUIRED - _fixed_required(answers, project)
        for other in chosen_procedures(answers, project):
            asked = _ask_procedure(other, budget)
            if other.code == procedure.code:
                return asked
            budget -= sum(spec.required for spec in asked)
        return ()

    return Step(slug, f"{procedure.code} {procedure.title}", "What was done", _foreground, fields)


def _ask_procedure(procedure: core.Procedure, budget: int) -> tuple[FieldSpec, ...]:
    specs: list[FieldSpec] = []
    for step in procedure.steps:
        spec = FieldSpec(
            step.slug,
            step.label,
            help=step.help,
            type=step.type,
            required=step.required and budget > 0,
            choices=tuple((choice, choice) for choice in step.choices),
            unit=step.unit,
        )
        budget -= spec.required
        specs.append(spec)
    return tuple(specs)


def _fixed_required(answers: Answers, project: Project) -> int:
    steps = (step for step in STEPS if step.applies(answers))
    return sum(spec.required for step in steps for spec in step.fields(answers, project))


def validate_step(step: Step, raw: Mapping[str, object], answers: Answers, project: Project) -> dict[str, Any]:
    """Read the answers to one step.

    Parameters
    ----------
    raw
        Field name → what was sent; names the step does not ask for are left out.

    Returns
    -------
    dict[str, Any]
        Field name → what is stored, as JSON.

    Raises
    ------
    InvalidInput
        With ``where["field"]`` the first field at fault and ``where["fields"]`` all of them with their messages.
    """
    clean: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for spec in step.fields(answers, project):
        try:
            clean[spec.name] = clean_answer(spec, raw.get(spec.name), zone=project.time_zone)
        except InvalidInput as error:
            faults[spec.name] = str(error)
    if step.slug in _CROSS_CHECKS:
        for name, fault in _CROSS_CHECKS[step.slug](clean).items():
            faults.setdefault(name, fault)
    if faults:
        first = next(iter(faults))
        raise InvalidInput(faults[first], where={"field": first, "fields": faults})
    return clean


def _check_parties(clean: Mapping[str, Any]) -> dict[str, str]:
    if clean.get("provider") == OTHER and not clean.get("provider_name"):
        return {"provider_name": "Say who provides the data."}
    return {}


def _check_source(clean: Mapping[str, Any]) -> dict[str, str]:
    if clean.get("source") == "link" and not clean.get("link"):
        return {"link": "Give the link."}
    return {}


def _check_access(clean: Mapping[str, Any]) -> dict[str, str]:
    faults = {
        f"{audience}_date": "Give the day."
        for audience in AUDIENCES
        if clean.get(audience) == "date" and not clean.get(f"{audience}_date")
    }
    if (clean.get("sensitivity") or OPEN) != OPEN and not clean.get("sensitivity_reason"):
        faults["sensitivity_reason"] = "Say why the data are not open."
    return faults


_CROSS_CHECKS: dict[str, Callable[[Mapping[str, Any]], dict[str, str]]] = {
    "parties": _check_parties,
    "source": _check_source,
    "access": _check_access,
}


def is_done(step: Step, answers: Answers, project: Project) -> bool:
    """Whether a step's stored answers would be taken as they are."""
    if step.slug not in answers:
        return False
    try:
        validate_step(step, answers[step.slug], answers, project)
    except InvalidInput:
        return False
    return True


def keep_answers(answers: Answers, slug: str, clean: Mapping[str, Any], project: Project) -> dict[str, dict[str, Any]]:
    """All answers with one step's new ones; those that no longer fit (of another trial's procedures) are dropped."""
    kept = {name: dict(values) for name, values in answers.items()}
    kept[slug] = dict(clean)
    if "procedures" in kept:
        known = {p.code for p in chosen_procedures(kept, project)}
        left = [code for code in kept["procedures"].get("procedures") or [] if code in known]
        if left:
            kept["procedures"]["procedures"] = left
        else:
            del kept["procedures"]
    path = {step.slug for step in list_steps(kept, project)}
    return {name: values for name, values in kept.items() if name in path or not name.startswith(PROCEDURE_PREFIX)}
