"""Where things stand in the portal, for mails, notifications and receipts. The portal's urls agree with these."""

from __future__ import annotations

from django.conf import settings


def deposit_path(code: str) -> str:
    """The page of an entry of the Data Sharing Log."""
    return f"/share/{code}/"


def review_path(code: str) -> str:
    """The page where a manager reviews an entry."""
    return f"/review/{code}/"


def dataset_path(key: str) -> str:
    """The landing page of a dataset."""
    return f"/datasets/{key}/"


def file_path(key: str) -> str:
    """The landing page of a file."""
    return f"/files/{key}/"


def original_path(key: str) -> str:
    """The bytes of a file as they were received."""
    return f"/files/{key}/original"


def profile_path(key: str) -> str:
    """The import profile by which a file was read, as TOML."""
    return f"/files/{key}/profile.toml"


def invitation_path(secret: str) -> str:
    """The page where an invitation is accepted."""
    return f"/invitations/{secret}/"


def absolute(path: str) -> str:
    """A path with the address people reach this portal by."""
    return f"{settings.BASE_URL}{path}" if path.startswith("/") else path
