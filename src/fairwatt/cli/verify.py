"""``fairwatt verify``: whether a downloaded file is the certified one, without asking anybody unless told to."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwatt.cli.faults import said_as_faults

if TYPE_CHECKING:
    from fairwatt.cli.verifying import Verified

NOT_VERIFIED = 1  # exit codes; 2 is for what can't be read
UNSIGNED = 3


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(verify)


def verify(
    file: Annotated[Path, typer.Argument(help="A file as received, exported readings, or a package.")],
    certificate: Annotated[
        Path | None, typer.Option("--certificate", "-c", help="Its certificate.json; else one beside the file.")
    ] = None,
    signature: Annotated[
        Path | None, typer.Option(help="The certificate's .jws; else the one beside the certificate.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="The portal's public keys (jwks.json), had from the portal itself and kept.")
    ] = None,
    online: Annotated[
        str, typer.Option(metavar="URL", help="Ask this portal for its keys, and a certificate; only the hash is sent.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/reference/certificates.md).")] = False,
) -> None:
    """Say whether a file is the certified one. Exit 0: yes; 1: no; 2: unreadable; 3: not by keys of the portal."""
    from fairwatt.cli.verifying import Given, verify_file

    with said_as_faults(as_json=as_json):
        found = verify_file(file, Given(certificate, signature, keys, online))
    if as_json:
        sys.stdout.write(json.dumps(_as_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        typer.echo(_say(found))
    raise typer.Exit(exit_code_of(found))


def exit_code_of(found: Verified) -> int:
    """0 where the file is certified and the signature genuine, else 1; 3 where it could not be checked by keys that
    did not come with the data."""
    if not found.is_certified or found.is_refused:
        return NOT_VERIFIED
    return 0 if found.is_signed else UNSIGNED


def _as_json(found: Verified) -> dict[str, Any]:
    from fairwatt.core.files.report import SCHEMA_VERSION

    certificate = found.certificate
    return {
        "schema_version": SCHEMA_VERSION,
        "file": asdict(found.evidence),
        "verified": exit_code_of(found) == 0,
        "reason": found.reason,
        "standing": found.standing,
        "link": found.judgement.link._asdict() if found.judgement.link else None,
        "chain": [{**link._asdict(), "at_hand": link.sha256 in found.at_hand} for link in found.judgement.chain],
        "members": [{"name": member.name, "certified": member.is_certified} for member in found.members],
        "certificate": {
            "pid": certificate.pid,
            "pid_url": certificate.pid_url,
            "title": certificate.title,
            "version": certificate.version.number,
            "issue": certificate.issue,
            "issued_at": certificate.issued_at.isoformat() if certificate.issued_at else None,
            "sha256": certificate.checksum,
        },
        "signature": {
            "genuine": found.is_genuine,
            "fits": found.signature.is_genuine if found.signature else None,
            "reason": found.signature_reason,
            "key": found.signature.kid if found.signature else "",
            "signed_at": found.signature.signed_at.isoformat()
            if found.signature and found.signature.signed_at
            else None,
            "keys_from": found.keys_from,
        },
    }


def _say(found: Verified) -> str:
    certificate = found.certificate
    mark = {0: "✓", UNSIGNED: "?"}.get(exit_code_of(found), "✗")
    version = f", version {certificate.version.number}" if certificate.version.number else ""
    version += f", issue {certificate.issue}" if certificate.issue > 1 else ""
    lines = [
        f"{mark} {found.reason}",
        f"  Certificate  {certificate.title}{version}: {certificate.pid}",
        f"               sha256 {certificate.checksum}",
        f"  Signature    {found.signature_reason}",
    ]
    if found.standing:
        lines.insert(1, f"  Since then   {found.standing}")
    if found.keys_from:
        lines.append(f"               The public keys are from {found.keys_from}.")
    for number, link in enumerate(found.judgement.chain):
        tick = "✓" if link.sha256 in found.at_hand else "·"
        lines.append(
            f"  {'Chain  ' if not number else '       '}    {tick} {link.label:<17} {link.sha256}  {link.name}"
        )
    if found.judgement.chain:
        lines.append("             ✓ is at hand and has this hash; · is known by its hash alone.")
    unknown = [member.name for member in found.members if not member.is_certified]
    if unknown:
        lines.append(f"  Not certified in this package: {', '.join(unknown)}")
    return "\n".join(map(_printable, lines))


def _printable(line: str) -> str:
    """A line that can't move the cursor: names and titles in it are from a file that is not yet believed."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
