"""The script that courts check bundles with agrees with a well-kept library on every signature."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.data import verify_bundle
from inspect_app.services.signing import office_key

KEYS = [office_key(ec.derive_private_key(secret, ec.SECP256R1())) for secret in (1, 2, 2**200 + 7, verify_bundle.N - 1)]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KEYS), st.binary(max_size=200), st.integers(0, 71), st.integers(1, 255))
def test_it_takes_what_the_library_signs_and_nothing_that_was_changed(key, content, at, change):
    signature = key.key.sign(content, ec.ECDSA(hashes.SHA256()))
    assert verify_bundle.is_signed(key.pem, content, signature)
    assert not verify_bundle.is_signed(key.pem, content + b"x", signature)
    altered = bytearray(signature)
    altered[at % len(altered)] ^= change
    assert verify_bundle.is_signed(key.pem, content, bytes(altered)) == key.is_signed(content, bytes(altered)) is False


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (0, 0), (1, 1), (verify_bundle.N, 1), (1, verify_bundle.N)])
def test_numbers_out_of_range_sign_nothing(r, s):
    assert not verify_bundle.is_signed(KEYS[0].pem, b"", encode_dss_signature(r, s))


def test_what_stands_around_a_signature_makes_it_none():
    signature = KEYS[2].sign(b"content")
    r, s = decode_dss_signature(signature)
    assert verify_bundle.integers(signature) == (r, s)
    for wrong in (signature + b"\0", signature[:-1], b"", b"\x30\x00", b"\0" * 70, encode_dss_signature(r, s)[2:]):
        assert not verify_bundle.is_signed(KEYS[2].pem, b"content", wrong)


def test_a_key_that_is_no_point_of_the_curve_verifies_nothing():
    pem = KEYS[2].pem
    signature = KEYS[2].sign(b"content")
    lines = pem.decode().splitlines()
    for wrong in (b"", b"x", pem[:-30], "\n".join([lines[0], lines[1], "A" * len(lines[2]), lines[3]]).encode()):
        assert not verify_bundle.is_signed(wrong, b"content", signature)
    assert verify_bundle.fingerprint(pem) == KEYS[2].fingerprint
    assert verify_bundle.fingerprint(b"x") == ""
