"""Signatures of certificates: a detached JWS (RFC 7515, RFC 7797) by an instance's Ed25519 key, and how it is checked.

What is signed is the certificate's canonical JSON, byte for byte, as ``certificate.json`` hands it out. The key's name
is its thumbprint (RFC 7638), so that nobody can pass another key off under it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.api_jws import PyJWS
from pydantic import BaseModel, ConfigDict

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata.entries import Instant
from fairwatt.core.metadata.words import say_instant

ALGORITHM = "EdDSA"
MEDIA_TYPE = "application/jose"
_PARTS = 3


class PublicKey(BaseModel):
    """A public key of an instance, and when signatures by it count.

    Attributes
    ----------
    kid
        Its thumbprint.
    x
        The key itself, base64url.
    valid_from, valid_until
        It signs in [valid_from, valid_until); without an end it is the present one.
    revoked_at, revocation_reason
        Where it is not to be trusted any more, whatever it signed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kid: str
    x: str
    valid_from: Instant
    valid_until: Instant | None = None
    revoked_at: Instant | None = None
    revocation_reason: str = ""

    def to_jwk(self) -> dict[str, Any]:
        """Write it as a JWK, its validity in the words of OpenID Federation's historical keys."""
        written: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid}
        written |= {"alg": ALGORITHM, "use": "sig", "iat": _seconds(self.valid_from)}
        if self.valid_until is not None:
            written["exp"] = _seconds(self.valid_until)
        if self.revoked_at is not None:
            written["revoked"] = {"revoked_at": _seconds(self.revoked_at), "reason": self.revocation_reason}
        return written


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a signature is worth: ``reason`` says why it is refused, or by which key it was made and when."""

    is_genuine: bool
    reason: str
    kid: str = ""
    signed_at: datetime | None = None


def public_key_of(private: Ed25519PrivateKey, *, valid_from: datetime) -> PublicKey:
    """The public half of a key."""
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = _base64url(raw)
    return PublicKey(kid=thumbprint_of(x), x=x, valid_from=valid_from)


def thumbprint_of(x: str) -> str:
    """The thumbprint of an Ed25519 key by RFC 7638.

    The example of RFC 8037, appendix A.3:

    >>> thumbprint_of("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
    """
    required = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"), sort_keys=True)
    return _base64url(sha256(required.encode()).digest())


def to_jwks(keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Write keys as a JWK set (RFC 7517)."""
    return {"keys": [key.to_jwk() for key in keys]}


def parse_jwks(text: str) -> tuple[PublicKey, ...]:
    """Read the Ed25519 keys of a JWK set, or one JWK; others are left out.

    Raises
    ------
    InvalidInput
        Where it is neither, or a key's name is not its thumbprint.
    """
    try:
        document = json.loads(text)
        entries = document.get("keys", [document])
        return tuple(_parse_jwk(entry) for entry in entries if entry.get("crv") == "Ed25519")
    except (ValueError, AttributeError, TypeError, KeyError, OverflowError) as error:
        raise InvalidInput("These are no public keys: a JWK set was expected.", where={"field": "keys"}) from error


def _parse_jwk(entry: Mapping[str, Any]) -> PublicKey:
    x = str(entry["x"])
    kid = thumbprint_of(x)
    if entry.get("kid", kid) != kid:
        raise InvalidInput(
            f"The public key {str(entry['kid'])[:60]} is not what its name says: its thumbprint is {kid}.",
            where={"field": "keys"},
        )
    revoked = entry.get("revoked") or {}
    return PublicKey(
        kid=kid,
        x=x,
        valid_from=_instant(entry.get("iat", 0)),
        valid_until=_instant(entry["exp"]) if "exp" in entry else None,
        revoked_at=_instant(revoked["revoked_at"]) if revoked else None,
        revocation_reason=str(revoked.get("reason", "")) if revoked else "",
    )


def sign_text(text: str, private: Ed25519PrivateKey, *, kid: str, at: datetime) -> str:
    """Sign a text; the JWS leaves it out (``header..signature``), and its header says by which key and when."""
    headers = {"kid": kid, "typ": "JOSE", "crit": ["b64"], "iat": _seconds(at)}
    return PyJWS().encode(text.encode(), private, algorithm=ALGORITHM, headers=headers, is_payload_detached=True)


def check_signature(text: str, jws: str, keys: Iterable[PublicKey]) -> Verdict:
    """Check a detached JWS over a text; never raises: what can't be right is refused with the reason."""
    header = _header_of(jws.strip())
    if header is None:
        return Verdict(is_genuine=False, reason="The signature is not a detached JWS: it has been cut or altered.")
    if header.get("alg") != ALGORITHM or header.get("b64") is not False:
        return Verdict(is_genuine=False, reason="The signature is not of the kind that certificates have (EdDSA).")
    kid, at = str(header.get("kid", "")), header.get("iat")
    key = next((known for known in keys if known.kid == kid), None)
    if key is None:
        return Verdict(is_genuine=False, reason=f"The signature names the key {kid[:60]}, which is not known.", kid=kid)
    signed_at = _instant(at) if isinstance(at, int) and 0 <= at < 1 << 40 else None
    if refusal := _refuse_key(key, signed_at):
        return Verdict(is_genuine=False, reason=refusal, kid=kid, signed_at=signed_at)
    try:
        PyJWS().decode_complete(
            jws.strip(), _load_public(key.x), algorithms=[ALGORITHM], detached_payload=text.encode()
        )
    except (jwt.PyJWTError, ValueError):
        reason = "The signature does not fit: the certificate or the signature has been altered since it was made."
        return Verdict(is_genuine=False, reason=reason, kid=kid, signed_at=signed_at)
    assert signed_at is not None  # else refused above
    return Verdict(
        is_genuine=True, reason=f"Signed on {say_instant(signed_at)} by the key {kid}.", kid=kid, signed_at=signed_at
    )


def _refuse_key(key: PublicKey, signed_at: datetime | None) -> str:
    if key.revoked_at is not None:
        why = f": {key.revocation_reason}" if key.revocation_reason else ""
        return f"The key {key.kid} was revoked on {say_instant(key.revoked_at)}{why}."
    if signed_at is None:
        return "The signature does not say when it was made."
    # a header has whole seconds
    if signed_at < key.valid_from.replace(microsecond=0) or (
        key.valid_until is not None and signed_at >= key.valid_until
    ):
        return f"The signature is dated {say_instant(signed_at)}, when the key {key.kid} was not in use."
    return ""


def _header_of(jws: str) -> dict[str, Any] | None:
    parts = jws.split(".")
    if len(parts) != _PARTS or parts[1] or not parts[2]:
        return None
    try:
        header = PyJWS().get_unverified_header(jws)
    except (jwt.PyJWTError, ValueError):
        return None
    return header if isinstance(header, dict) else None


def _load_public(x: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))


def load_private(text: str) -> Ed25519PrivateKey:
    """Read a private key: PEM (PKCS#8), or its 32 bytes in base64.

    Raises
    ------
    InvalidInput
        Where it is none; the message never shows it.
    """
    text = text.strip()
    try:
        if text.startswith("-----BEGIN"):
            key = serialization.load_pem_private_key(text.encode(), password=None)
        else:
            raw = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
            key = Ed25519PrivateKey.from_private_bytes(raw)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput("The signing key can't be read: it is neither PEM nor base64 of 32 bytes.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput("The signing key is of another kind: Ed25519 is needed.")
    return key


def write_private(key: Ed25519PrivateKey) -> str:
    """Write a private key as PEM (PKCS#8, not encrypted)."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
