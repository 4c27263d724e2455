"""Who appears in the demo, and the passwords that were made for those one can sign in as."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

DOMAIN = "wrenshire.example"
CAST = (
    # role shown, local part, name, organisation, its role
    ("data manager", "morgan.hale", "Morgan Hale", "WCC", "steward"),
    ("partner", "priya.shah", "Priya Shah", "HLC", "steward"),
    ("outside researcher", "robin.dale", "Robin Dale", "", ""),
    ("", "sam.okafor", "Sam Okafor", "BGN", "member"),
    ("", "alex.wren", "Alex Wren", "UWR", "member"),
)


@dataclass(frozen=True)
class DemoAccount:
    """Somebody to sign in as. The others of the cast have no password: they only appear."""

    role: str
    name: str
    email: str
    password: str
    organization: str = ""


def open_accounts(home: Path) -> list[DemoAccount]:
    """Whom to sign in as: as it was written down, or made and written down now."""
    path = home / "demo_accounts.json"
    if path.exists():
        return [DemoAccount(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    made = [
        DemoAccount(role, name, f"{local}@{DOMAIN}", secrets.token_urlsafe(9), organization)
        for role, local, name, organization, _ in CAST
        if role
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(account) for account in made], file, indent=1)
    return made


def is_filled(home: Path) -> bool:
    """Whether the demo has been filled to its end."""
    return (home / "demo_filled").exists()


def mark_filled(home: Path) -> None:
    """Remember that the demo has been filled to its end."""
    (home / "demo_filled").touch()
