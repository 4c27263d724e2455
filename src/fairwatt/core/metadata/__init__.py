"""FAIR Data Certificates: one frozen model, and a module for each form it is written in."""

from __future__ import annotations

from fairwatt.core.metadata.access import (
    AccessClass,
    AccessTerms,
    Audience,
    Release,
    access_right,
    classify_access,
    coar_right,
    opening_date,
    say_access,
    say_label,
)
from fairwatt.core.metadata.certificate import (
    Catalogue,
    Certificate,
    ChannelEntry,
    Detail,
    FileEntry,
    FindingEntry,
    Parent,
    Party,
    ProcedureEntry,
    Provenance,
    TrialEntry,
    Validity,
    VersionEntry,
    Withdrawal,
    canonical_json,
    parse_certificate,
)
from fairwatt.core.metadata.chain import ChainLink, chain_of, find_link
from fairwatt.core.metadata.citation import Citation, cite
from fairwatt.core.metadata.dublin_core import to_dublin_core, to_erc, to_oai_dc
from fairwatt.core.metadata.licences import Licensing, find_licensing, say_licence
from fairwatt.core.metadata.provenance_level import ProvenanceLevel, assess_provenance, list_requirements
from fairwatt.core.metadata.schema_org import to_schema_org, to_script_json
from fairwatt.core.metadata.triage import Concern, Triage, TriageClass

__all__ = [
    "AccessClass",
    "AccessTerms",
    "Audience",
    "Catalogue",
    "Certificate",
    "ChainLink",
    "ChannelEntry",
    "Citation",
    "Concern",
    "Detail",
    "FileEntry",
    "FindingEntry",
    "Licensing",
    "Parent",
    "Party",
    "ProcedureEntry",
    "Provenance",
    "ProvenanceLevel",
    "Release",
    "Triage",
    "TriageClass",
    "TrialEntry",
    "Validity",
    "VersionEntry",
    "Withdrawal",
    "access_right",
    "assess_provenance",
    "canonical_json",
    "chain_of",
    "cite",
    "classify_access",
    "coar_right",
    "find_licensing",
    "find_link",
    "list_requirements",
    "opening_date",
    "parse_certificate",
    "say_access",
    "say_label",
    "say_licence",
    "to_dublin_core",
    "to_erc",
    "to_oai_dc",
    "to_schema_org",
    "to_script_json",
]
