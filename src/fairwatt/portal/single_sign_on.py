"""Organisations' own sign-in (OpenID Connect): read from a file in the data folder, since it holds secrets.

    [[providers]]
    id = "wcc"                                  # stands in the address that the provider sends people back to
    name = "Wrenshire County Council"           # stands on the button
    server_url = "https://login.wrenshire.example"
    client_id = "…"
    client_secret = "…"
    organization = "WCC"                        # who signs in this way becomes a member

The provider must allow the address ``BASE_URL/accounts/oidc/<id>/login/callback/``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError


class Provider(BaseModel):
    """One organisation's sign-in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,29}$")
    name: str = Field(min_length=1, max_length=40)
    server_url: HttpUrl
    client_id: str
    client_secret: str
    organization: str = ""

    @property
    def origin(self) -> str:
        """Scheme and host of the provider: forms may lead there."""
        port = f":{self.server_url.port}" if self.server_url.port not in (None, 80, 443) else ""
        return f"{self.server_url.scheme}://{self.server_url.host}{port}"

    def as_app(self) -> dict[str, Any]:
        """What allauth wants to know of it."""
        return {
            "provider_id": self.id,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.client_secret,
            "settings": {"server_url": str(self.server_url), "organization": self.organization},
        }


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    providers: tuple[Provider, ...] = ()


def read_providers(path: Path) -> tuple[Provider, ...]:
    """Read the file; no file, no providers.

    Raises
    ------
    ImproperlyConfigured
        Where the file can't be read; the message names the entry and holds no secret.
    """
    if not path.is_file():
        return ()
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).providers
    except tomllib.TOMLDecodeError as error:
        raise ImproperlyConfigured(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ImproperlyConfigured(f"{path}: {place}: {first['msg']}") from None
