"""The next file of a logger: read by the profile that was made for the one before."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.variants.judging import Found, Refusal
from bench.variants.own import converted, truthful
from bench.variants.variant import Variant
from fairwatt.core.errors import FairwattError
from fairwatt.core.files import ImportProfile, Inspection, apply_answers
from fairwatt.core.files.disputing import find_disputes
from fairwatt.core.files.fitting import fit_profile
from fairwatt.lake.looking import look_at_file


def saved_profile(first: Variant) -> ImportProfile | None:
    """The profile of a first file, its questions answered truthfully; None where it is not read."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-first-") as folder:
        inspection = _looked(first, Path(folder))
    if inspection.profile is None:
        return None
    answers = {question.id: truthful(question, first, inspection.profile) for question in inspection.questions}
    return apply_answers(inspection.profile, answers)


def read_following(profile: ImportProfile, following: Variant) -> Found | Refusal:
    """Read a next file by a saved profile; what is asked all the same is answered truthfully."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-next-") as folder:
        try:
            inspection = _looked(following, Path(folder))
            fitted = fit_profile(profile, inspection, name=following.filename)
            asked = find_disputes(profile, inspection)
            answers = {question.id: truthful(question, following, fitted) for question in asked}
            fitted = apply_answers(fitted, answers)
            readings = converted(Path(folder) / following.filename, fitted, following)
        except FairwattError as error:
            return Refusal(str(error))
    misguessed = tuple(question.id for question in asked if question.guess != answers[question.id])
    return Found(*readings[:2], tuple(question.id for question in asked), misguessed, readings[2])


def _looked(variant: Variant, folder: Path) -> Inspection:
    path, work = folder / variant.filename, folder / "work"
    path.write_bytes(variant.data)
    work.mkdir()
    with look_at_file(path, name=variant.filename, work=work) as look:
        return look.inspection
