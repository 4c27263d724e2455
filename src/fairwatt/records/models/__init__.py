"""Every table of the platform, a module each noun. Thin: no rules beyond constraints."""

from fairwatt.records.models.audit import AuditEvent
from fairwatt.records.models.catalogues import LinkCheck, Listing
from fairwatt.records.models.datasets import (
    Channel,
    Dataset,
    DatasetChannel,
    DatasetVersion,
    File,
    FileFinding,
    ReleaseRule,
)
from fairwatt.records.models.deposits import Comment, Deposit, Upload
from fairwatt.records.models.dois import Doi
from fairwatt.records.models.health import HealthScan
from fairwatt.records.models.jobs import Job
from fairwatt.records.models.live import LiveFeed, LiveRequest
from fairwatt.records.models.people import ApiToken, Invitation, Membership, Notification, Organization, User
from fairwatt.records.models.profiles import LoggerProfile
from fairwatt.records.models.pseudonyms import SeriesPseudonym
from fairwatt.records.models.search import FacetValue, SearchText
from fairwatt.records.models.signatures import FormerIssue, ReadingsDigest, SigningKey
from fairwatt.records.models.trials import ByteSum, EventCount, Procedure, Trial, TrialEvent, TrialPackage
from fairwatt.records.models.upkeep import DatasetUpkeep, Erasure, StorageDamage

__all__ = [
    "ApiToken",
    "AuditEvent",
    "ByteSum",
    "Channel",
    "Comment",
    "Dataset",
    "DatasetChannel",
    "DatasetUpkeep",
    "DatasetVersion",
    "Deposit",
    "Doi",
    "Erasure",
    "EventCount",
    "FacetValue",
    "File",
    "FileFinding",
    "FormerIssue",
    "HealthScan",
    "Invitation",
    "Job",
    "LinkCheck",
    "Listing",
    "LiveFeed",
    "LiveRequest",
    "LoggerProfile",
    "Membership",
    "Notification",
    "Organization",
    "Procedure",
    "ReadingsDigest",
    "ReleaseRule",
    "SearchText",
    "SeriesPseudonym",
    "SigningKey",
    "StorageDamage",
    "Trial",
    "TrialEvent",
    "TrialPackage",
    "Upload",
    "User",
]
