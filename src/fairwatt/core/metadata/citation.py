"""How to cite a dataset or a file: as text (in the manner of DataCite) and as BibTeX."""

from __future__ import annotations

import re
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from fairwatt.core.metadata.addresses import citable_address
from fairwatt.core.metadata.certificate import Certificate

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


class Citation(BaseModel):
    """A citation, ready to copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    bibtex: str


def cite(certificate: Certificate) -> Citation:
    """Write the citation of a dataset or of a file."""
    return Citation(text=cite_as_text(certificate), bibtex=cite_as_bibtex(certificate))


def cite_as_text(certificate: Certificate) -> str:
    """Write ``Creator (year): Title. Version 1. Publisher. [Dataset] address``."""
    title = certificate.title
    if certificate.part_of is not None:
        title = f"{title}. In: {certificate.part_of.title}"
    version = f"Version {certificate.version.number}" if certificate.version.number else "Draft"
    return (
        f"{_creator(certificate)} ({_year(certificate)}): {_ended(title)} {version}. "
        f"{_ended(_publisher(certificate))} [Dataset] {citable_address(certificate)}"
    )


def cite_as_bibtex(certificate: Certificate) -> str:
    """Write a ``@dataset`` entry (biblatex); characters that TeX reads as commands are escaped."""
    fields = {
        "author": "{" + _tex(_creator(certificate)) + "}",
        "title": _tex(certificate.title),
        "year": _year(certificate),
        "version": str(certificate.version.number or "draft"),
        "publisher": _tex(_publisher(certificate)),
        "doi": _tex(certificate.doi),
        "url": citable_address(certificate),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@dataset{{{_bibtex_key(certificate)},", *lines, "}"])


def _creator(certificate: Certificate) -> str:
    return certificate.provider.name if certificate.provider else _publisher(certificate)


def _publisher(certificate: Certificate) -> str:
    return certificate.catalogue.publisher or certificate.catalogue.name


def _year(certificate: Certificate) -> str:
    at: datetime | None = (
        certificate.version.published_at or certificate.issued_at or certificate.data_provenance.logged_at
    )
    return str(at.year) if at else "n.d."


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _bibtex_key(certificate: Certificate) -> str:
    name = certificate.provider.code or certificate.provider.name if certificate.provider else "fairwatt"
    key = re.sub(r"[^A-Za-z0-9]", "", certificate.pid.rpartition("/")[2])
    return f"{re.sub(r'[^A-Za-z0-9]', '', name)}{_year(certificate).replace('.', '')}_{key}"


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in " ".join(text.split()))
