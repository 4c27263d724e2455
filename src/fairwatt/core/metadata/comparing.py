"""What differs between two versions of a certificate: field by field, files and channels each by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fairwatt.core.metadata.certificate import Certificate

_OF_ITSELF = frozenset(  # differs in every version, or is said elsewhere
    {
        "certificate_version",
        "version",
        "versions",
        "issued_at",
        "issued_by",
        "withdrawal",
        "erasure",
        "issue",
        "doi_url",
        "catalogue",
        "coverage",
    }
)
_LISTS = {"files": "pid", "channels": "field", "findings": "code", "procedures": "code"}
_LABELS = {
    "leo_identifier": "LEO Identifier",
    "licensing": "Licensing",
    "date_of_data_validity": "Date of Data Validity",
    "data_description": "Data Description",
    "data_provenance": "Data Provenance",
    "level_of_provenancing": "Level of Provenancing",
    "readings_sha256": "sha256 of the readings",
    "access": "Access",
    "triage": "Data triage",
}
_NAMES = {"files": "File", "channels": "Channel", "findings": "Finding", "procedures": "Procedure"}


class Change(NamedTuple):
    """One difference: where, what people call it, and what stood there before and after; None is nothing."""

    field: str
    label: str
    before: Any
    after: Any

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def compare_certificates(before: Certificate, after: Certificate) -> list[Change]:
    """List what differs, in the fields' order."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return [change for name in new if name not in _OF_ITSELF for change in _compare(name, old[name], new[name])]


def _compare(name: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if name in _LISTS:
        yield from _compare_lists(name, old, new)
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_parts(name, _label(name), old, new)
    else:
        yield Change(name, _label(name), _or_none(old), _or_none(new))


def _compare_lists(name: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    key = _LISTS[name]
    was, now = {item[key]: item for item in old}, {item[key]: item for item in new}
    for one in dict.fromkeys((*was, *now)):
        label = f"{_NAMES[name]} {_name_of(now.get(one) or was[one])}"
        if one not in was or one not in now:
            yield Change(
                f"{name}.{one}", label, was.get(one) and _name_of(was[one]), now.get(one) and _name_of(now[one])
            )
        else:
            yield from _compare_parts(f"{name}.{one}", label, was[one], now[one])


def _compare_parts(path: str, label: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for part in dict.fromkeys((*old, *new)):
        if old.get(part) != new.get(part):
            words = part.replace("_", " ")
            yield Change(f"{path}.{part}", f"{label}: {words}", _or_none(old.get(part)), _or_none(new.get(part)))


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def _name_of(item: Mapping[str, Any]) -> str:
    return str(item.get("name") or item.get("title") or item.get("code"))


def _or_none(value: Any) -> Any:
    return None if value in ("", [], {}) else value
