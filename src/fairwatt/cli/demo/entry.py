"""One deposit of the demo, and the answers that most of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Answers = dict[str, dict[str, Any]]
Outcome = Literal["published", "waiting", "returned"]

MEASURED = "Logged on site by the trial's own meters, class 0.5, set up by the partner that provides the data."
CHECKED = "Compared with the site's fiscal meter for one day; clock set by network time before installation."


@dataclass(frozen=True)
class Entry:
    """One deposit of the demo.

    Attributes
    ----------
    depositor
        The local part of the e-mail address of whoever logs it.
    write
        Writes its files into a folder, seeded; none for a background dataset that stays where it is.
    file_answers
        Question id → answer, for what the files can't tell; questions not named get their guess.
    days_ago
        When it was published, counted back from the demo's start.
    """

    depositor: str
    answers: Answers
    write: Callable[[Path], list[Path]] = lambda _folder: []
    file_answers: dict[str, str] = field(default_factory=dict)
    outcome: Outcome = "published"
    comment: str = ""
    days_ago: float = 1.0

    @property
    def title(self) -> str:
        """The dataset's title."""
        return str(self.answers["about"]["title"])


OPEN = {"licence": "CC-BY-4.0", "public": "now", "external": "now", "partner": "now", "sensitivity": "IB1-O"}


def shared(reason: str) -> dict[str, Any]:
    """Partners now, nobody else; the reason is shown."""
    return {
        "licence": "DSA",
        "public": "never",
        "external": "never",
        "partner": "now",
        "sensitivity": "IB1-SB",
        "sensitivity_reason": reason,
    }


def foreground(
    trial: str, procedures: dict[str, dict[str, Any]], about: dict[str, str], access: dict[str, Any]
) -> Answers:
    """The answers of a foreground deposit; ``procedures`` maps each chosen one's code to its steps' answers."""
    answers: Answers = {
        "origin": {"origin": "foreground"},
        "trial": {"trial": trial},
        "procedures": {"procedures": list(procedures)},
    }
    for code, steps in procedures.items():
        answers[f"procedure-{code.lower()}"] = steps
    return answers | {"about": about, "access": access}


def background(provider: str, receiver: str, about: dict[str, str], access: dict[str, Any], link: str = "") -> Answers:
    """The answers of a background deposit, of files or of a link."""
    source = {"source": "link", "link": link} if link else {"source": "file", "link": ""}
    return {
        "origin": {"origin": "background"},
        "parties": {"provider": provider, "receiver": receiver},
        "about": about,
        "source": source,
        "access": access,
    }


def about(
    title: str, description: str, place: str, keywords: str, provenance: str = MEASURED, quality: str = CHECKED
) -> dict[str, str]:
    return {
        "title": title,
        "description": description,
        "place": place,
        "keywords": keywords,
        "provenance": provenance,
        "quality_statement": quality,
    }
