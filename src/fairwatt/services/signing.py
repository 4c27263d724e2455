"""The instance's signing key, and the signatures of its certificates.

The private key is in the data folder (``signing_key.pem``, for its owner alone) or in a setting, never in the database.
The public halves of all keys that ever signed are in the database, and published for good.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from fairwatt.core.errors import Conflict, InvalidInput, NotFound
from fairwatt.core.metadata import Certificate, canonical_json, parse_certificate
from fairwatt.core.metadata.signing import (
    PublicKey,
    Verdict,
    check_signature,
    load_private,
    public_key_of,
    sign_text,
    write_private,
)
from fairwatt.records.models import Dataset, DatasetVersion, File, SigningKey
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.audit import record_event

KEY_FILE = "signing_key.pem"
_LEAST_REASON = 10  # characters


def list_keys() -> list[PublicKey]:
    """All public keys that certificates were ever signed with, the present one first."""
    return [_public(row) for row in SigningKey.objects.all()]


def _public(row: SigningKey) -> PublicKey:
    return PublicKey(
        kid=row.kid,
        x=row.x,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        revoked_at=row.revoked_at,
        revocation_reason=row.revocation_reason,
    )


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs certificates with the instance's present key, at one instant."""

    private: Ed25519PrivateKey
    kid: str
    at: datetime

    @classmethod
    def open(cls, *, at: datetime) -> Signer:
        """Load the key, or make the first one, and publish its public half.

        Parameters
        ----------
        at
            When it signs, as the signatures say.

        Raises
        ------
        Conflict
            Where the private key has been retired or revoked.
        """
        private = _load_or_make()
        return cls(private, _register(private, at=at).kid, at)

    def sign(self, certificate: Certificate) -> dict[str, str]:
        """Sign a certificate as it is issued, and as it may be shown once its values may not be told any more.

        Returns
        -------
        dict[str, str]
            The checksum of each → its detached JWS.
        """
        forms = {form.checksum: form for form in (certificate, certificate.without_values())}
        return {
            checksum: sign_text(canonical_json(form), self.private, kid=self.kid, at=self.at)
            for checksum, form in forms.items()
        }


def find_signature(certificate: Certificate, signatures: Mapping[str, str]) -> str:
    """The signature of a certificate just as it is shown; "" where it has none."""
    return signatures.get(certificate.checksum, "")


def signature_of(certificate: Certificate, subject: Dataset | File) -> str:
    """The signature of a certificate of a dataset (of any of its versions) or of a file; "" where it has none."""
    if isinstance(subject, File):
        return find_signature(certificate, subject.signatures)
    row = subject.versions.filter(number=certificate.version.number).only("signatures").first()
    return find_signature(certificate, row.signatures) if row is not None else ""


def check_certificate(certificate: Certificate, jws: str) -> Verdict:
    """Check a signature of ours by the keys that are published."""
    return check_signature(canonical_json(certificate), jws, list_keys())


def _load_or_make() -> Ed25519PrivateKey:
    if given := settings.FAIRWATT_SIGNING_KEY:
        return load_private(given)
    path = _key_path()
    if not path.exists():
        _write_first(path)
    return load_private(path.read_text())


def _key_path() -> Path:
    return Path(settings.FAIRWATT_HOME) / KEY_FILE


def _write_first(path: Path) -> None:
    """Write a new key, unless another process has been quicker: then that one's counts."""
    half = _write_beside(path)
    try:
        os.link(half, path)
    except FileExistsError:
        pass
    finally:
        half.unlink()


def _write_beside(path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(write_private(Ed25519PrivateKey.generate()))
            file.flush()
            os.fsync(descriptor)
    except OSError:
        half.unlink()
        raise
    return half


@transaction.atomic
def _register(private: Ed25519PrivateKey, *, at: datetime) -> PublicKey:
    """Publish the public half; the key that signed before ends with it."""
    public = public_key_of(private, valid_from=at)
    row = SigningKey.objects.select_for_update().filter(kid=public.kid).first()
    if row is None:
        SigningKey.objects.filter(valid_until=None).update(valid_until=at)
        SigningKey.objects.create(kid=public.kid, x=public.x, valid_from=at)
        return public
    if row.valid_until is not None or row.revoked_at is not None:
        raise Conflict(
            "The signing key has been retired or revoked.",
            where={"key": row.kid},
            next_step="Make a new one: fairwatt keys rotate",
        )
    before = SigningKey.objects.exclude(pk=row.pk).aggregate(last=Max("valid_until"))["last"]
    if at < row.valid_from and (before is None or before <= at):  # what is issued for an earlier day
        SigningKey.objects.filter(pk=row.pk).update(valid_from=at)
    return _public(row)


def rotate_key(*, actor: Actor, at: datetime) -> PublicKey:
    """Make a new key; the old one's public half stays published, with the instant until which it signed.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    Conflict
        Where the key is in a setting: it is rotated there.
    """
    require_manager(actor)
    if settings.FAIRWATT_SIGNING_KEY:
        raise Conflict(
            "The signing key is in FAIRWATT_SIGNING_KEY.",
            next_step="Put another there and start again: the one before is retired when the new one first signs.",
        )
    path = _key_path()
    half = _write_beside(path)
    try:
        with transaction.atomic():
            public = _register(load_private(half.read_text()), at=at)
            row = SigningKey.objects.get(kid=public.kid)
            record_event(actor=actor, verb="key.rotated", subject=row, at=at, detail={"kid": public.kid})
            half.replace(path)  # last: a failure before it leaves the old key in use
    finally:
        half.unlink(missing_ok=True)
    return public


@transaction.atomic
def revoke_key(*, actor: Actor, kid: str, reason: str, at: datetime) -> PublicKey:
    """Say that a key is not to be trusted any more: what it signed is refused, and to be signed anew.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    NotFound
        Where there is no such key.
    InvalidInput
        Where no reason is given.
    """
    require_manager(actor)
    row = SigningKey.objects.select_for_update().filter(kid=kid).first()
    if row is None:
        raise NotFound("There is no such key.", where={"key": kid[:60]}, next_step="fairwatt keys list names them.")
    if len(reason.strip()) < _LEAST_REASON:
        raise InvalidInput("Say why, in a sentence: it is published with the key.", where={"field": "reason"})
    row.revoked_at, row.revocation_reason = at, reason.strip()
    row.valid_until = row.valid_until or at
    row.save()
    record_event(actor=actor, verb="key.revoked", subject=row, at=at, detail={"kid": kid, "reason": reason.strip()})
    return _public(row)


def sign_missing(*, actor: Actor, at: datetime) -> tuple[int, list[str]]:
    """Sign the certificates that have no signature that counts: issued before there were any, or by a revoked key.

    Only what is known to be what was issued is signed: what an earlier signature fits, be its key retired or revoked;
    and of what was never signed, a version that still has its checksum. A file's certificate has none of its own: one
    that was never signed is signed when the next version is issued.

    Returns
    -------
    tuple
        How many were signed, and which were not, because they are not known to be what was issued.
    """
    require_manager(actor)
    signer, keys, signed, altered = Signer.open(at=at), list_keys(), 0, []
    rows: Iterable[DatasetVersion | File] = (
        *DatasetVersion.objects.select_related("dataset"),
        *File.objects.filter(~Q(certificate=None)).select_related("version"),
    )
    for row in rows:
        certificate = parse_certificate(row.certificate)
        jws = find_signature(certificate, row.signatures)
        if jws and check_signature(canonical_json(certificate), jws, keys).is_genuine:
            continue
        if not _is_as_issued(row, certificate, keys):
            altered.append(f"{row} ({row.key})")
            continue
        row.signatures = signer.sign(certificate)
        row.save(update_fields=["signatures"])
        signed += 1
    return signed, altered


def _is_as_issued(row: DatasetVersion | File, certificate: Certificate, keys: Iterable[PublicKey]) -> bool:
    """Whether a certificate in the database is known to be the one that was issued."""
    if isinstance(row, DatasetVersion) and row.digest != certificate.checksum:
        return False
    if not row.signatures:
        return isinstance(row, DatasetVersion)
    ever = {"valid_from": datetime.min.replace(tzinfo=UTC), "valid_until": None, "revoked_at": None}
    known = [key.model_copy(update=ever) for key in keys]  # whether it fits, not whether it counts
    return check_signature(canonical_json(certificate), find_signature(certificate, row.signatures), known).is_genuine
