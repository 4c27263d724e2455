"""Signatures: what a key signed is genuine, and whatever was altered, forged or signed out of turn is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata import Certificate, canonical_json, parse_certificate
from fairwatt.core.metadata.signing import (
    PublicKey,
    check_signature,
    load_private,
    parse_jwks,
    public_key_of,
    sign_text,
    to_jwks,
    write_private,
)
from tests.core.metadata.examples import certificate, certificates

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
# RFC 8037, appendix A.1
RFC_SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
PRIVATE = load_private(RFC_SEED)
KEY = public_key_of(PRIVATE, valid_from=AT - DAY)
TEXT = canonical_json(certificate())
JWS = sign_text(TEXT, PRIVATE, kid=KEY.kid, at=AT)


def _header(jws: str) -> dict[str, object]:
    first = jws.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(first + "=="))


def _with_header(**changes: object) -> str:
    header = json.dumps({**_header(JWS), **changes}).encode()
    return ".".join((base64.urlsafe_b64encode(header).decode().rstrip("="), "", JWS.split(".")[2]))


def test_the_key_and_its_name_are_those_of_the_rfc() -> None:
    assert (KEY.x, KEY.kid) == (RFC_X, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")


def test_the_signature_is_detached_and_its_header_says_how_it_is_to_be_read() -> None:
    assert JWS.split(".")[1] == ""
    assert _header(JWS) == {
        "alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": KEY.kid, "typ": "JOSE", "iat": 1_780_315_200,
    }  # fmt: skip


def test_the_signature_is_over_the_text_itself_as_rfc_7797_says() -> None:
    header, _, signature = JWS.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    PRIVATE.public_key().verify(raw, f"{header}.".encode() + TEXT.encode())  # raises where it is not


@given(certificates())
def test_every_certificate_can_be_signed_and_read_back(written: Certificate) -> None:
    text = canonical_json(written)
    jws = sign_text(text, PRIVATE, kid=KEY.kid, at=AT)
    verdict = check_signature(canonical_json(parse_certificate(text)), jws, parse_jwks(json.dumps(to_jwks([KEY]))))
    assert (verdict.is_genuine, verdict.kid, verdict.signed_at) == (True, KEY.kid, AT)


@given(st.integers(0, len(TEXT) - 1), st.characters(exclude_categories=["Cs"]))
def test_any_other_character_anywhere_is_refused(place: int, other: str) -> None:
    altered = TEXT[:place] + other + TEXT[place + 1 :]
    verdict = check_signature(altered, JWS, [KEY])
    assert verdict.is_genuine is (altered == TEXT)
    if altered != TEXT:
        assert verdict.reason.startswith(
            "The signature does not fit: the certificate or the signature has been altered"
        )


@given(st.text(max_size=200))
def test_no_text_in_place_of_a_signature_breaks_the_check(junk: str) -> None:
    assert not check_signature(TEXT, junk, [KEY]).is_genuine
    assert not check_signature(TEXT, f"{JWS.split('.')[0]}..{junk}", [KEY]).is_genuine


OTHER = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
OTHER_KEY = public_key_of(OTHER, valid_from=AT - DAY)
REFUSED = {
    "cut": (JWS.rpartition(".")[0], [KEY], "not a detached JWS: it has been cut or altered"),
    "attached": (JWS.replace("..", ".e30."), [KEY], "not a detached JWS"),
    "no-algorithm": (_with_header(alg="none"), [KEY], "not of the kind that certificates have"),
    "other-algorithm": (_with_header(alg="HS256"), [KEY], "not of the kind that certificates have"),
    "encoded-payload": (_with_header(b64=True), [KEY], "not of the kind that certificates have"),
    "other-instant": (_with_header(iat=1_780_315_201), [KEY], "has been altered since it was made"),
    "no-instant": (_with_header(iat=None), [KEY], "does not say when it was made"),
    "unknown-key": (sign_text(TEXT, OTHER, kid=OTHER_KEY.kid, at=AT), [KEY], "which is not known"),
    "no-key": (JWS, [], "which is not known"),
    "under-another-name": (sign_text(TEXT, OTHER, kid=KEY.kid, at=AT), [KEY], "has been altered since it was made"),
    "before-the-key": (sign_text(TEXT, PRIVATE, kid=KEY.kid, at=AT - 2 * DAY), [KEY], "was not in use"),
    "after-the-key": (JWS, [KEY.model_copy(update={"valid_until": AT})], "was not in use"),
    "revoked": (
        JWS,
        [KEY.model_copy(update={"revoked_at": AT + DAY, "revocation_reason": "It was copied."})],
        "was revoked on 2 Jun 2026, 12:00 UTC: It was copied.",
    ),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_forged_or_out_of_turn_is_refused_with_the_reason(case: str) -> None:
    jws, keys, reason = REFUSED[case]
    verdict = check_signature(TEXT, jws, keys)
    assert not verdict.is_genuine
    assert reason in verdict.reason


def test_an_old_key_still_tells_what_it_signed() -> None:
    retired = KEY.model_copy(update={"valid_until": AT + DAY})
    assert check_signature(TEXT, JWS, [OTHER_KEY, retired]).is_genuine


def test_keys_come_back_from_their_set_with_their_validity() -> None:
    keys = (
        OTHER_KEY,
        KEY.model_copy(
            update={"valid_until": AT, "revoked_at": AT + DAY, "revocation_reason": "It lay open on a disk."}
        ),
    )
    assert parse_jwks(json.dumps(to_jwks(keys))) == keys


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"keys": [{"crv": "Ed25519"}]}', json.dumps({"keys": [KEY.to_jwk() | {"x": OTHER_KEY.x}]})],
    ids=["empty", "list", "cut", "no-x", "under-another-name"],
)
def test_what_is_no_set_of_keys_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_jwks(text)


def test_keys_of_other_kinds_are_left_out() -> None:
    assert parse_jwks(json.dumps({"keys": [{"kty": "RSA", "n": "x", "e": "AQAB"}, KEY.to_jwk()]})) == (KEY,)


def test_a_private_key_comes_back_from_pem_and_is_never_shown_when_it_cannot_be_read() -> None:
    again = load_private(write_private(PRIVATE))
    assert public_key_of(again, valid_from=AT - DAY) == KEY
    with pytest.raises(InvalidInput) as refused:
        load_private("c2VjcmV0")
    assert "c2VjcmV0" not in str(refused.value)


def test_a_certificate_of_before_keeps_its_checksum() -> None:
    """As it was reckoned before: keys sorted, no blanks, whole floats with .0."""
    old = certificate(certificate_version=1)
    assert '"resolution_s":5.0' in canonical_json(old)
    assert '"resolution_s":5,' in canonical_json(certificate())
    assert "readings_sha256" not in canonical_json(old)
    assert parse_certificate(canonical_json(old)) == old


def test_a_public_key_knows_nothing_that_is_not_its_own() -> None:
    with pytest.raises(ValueError, match="extra"):
        PublicKey(kid="x", x="y", valid_from=AT, d="secret")
