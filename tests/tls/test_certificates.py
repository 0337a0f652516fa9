"""The authority and its certificates: what they hold, whom they can stand for, when they are renewed."""

from __future__ import annotations

import ssl
import stat
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from inspect_app.tls.authority import make_authority, open_authority
from inspect_app.tls.certificate import LIFETIME, make_certificate, must_renew, names_in
from inspect_app.tls.names import NotAName, names_of, names_of_this_machine
from inspect_app.tls.renewal import open_tls

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
NAMES = names_of(["localhost", "office", "office.local", "127.0.0.1", "::1", "192.168.1.20"])


@pytest.fixture(scope="module")
def authority():
    return make_authority(NAMES, NOW)


def certificate(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificates(pem)[0]


def is_trusted(pem: bytes, authority, name, at=NOW) -> bool:
    subject = x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name)
    verifier = PolicyBuilder().store(Store([authority.certificate])).time(at).build_server_verifier(subject)
    try:
        verifier.verify(certificate(pem), [])
    except x509.verification.VerificationError:
        return False
    return True


def test_a_certificate_is_trusted_for_each_name_of_the_machine_and_for_no_other(authority):
    pem = make_certificate(authority, NAMES, NOW)
    assert names_in(certificate(pem)) == NAMES
    assert [is_trusted(pem, authority, name) for name in (*NAMES.hosts, *NAMES.addresses)] == [True] * 6
    assert not is_trusted(pem, authority, "other.local")
    assert not is_trusted(pem, authority, ip_address("192.168.1.21"))
    assert not is_trusted(pem, make_authority(NAMES, NOW), "localhost")


def test_the_authority_cannot_stand_for_sites_of_the_internet(authority):
    pem = make_certificate(authority, names_of(["www.icbc.com.cn", "8.8.8.8"]), NOW)
    assert not is_trusted(pem, authority, "www.icbc.com.cn")
    assert not is_trusted(pem, authority, ip_address("8.8.8.8"))
    kept = authority.may_vouch_for(names_of(["www.icbc.com.cn", "8.8.8.8", "office.local", "10.1.2.3"]))
    assert kept == names_of(["office.local", "10.1.2.3"])


def test_a_public_name_given_at_the_beginning_is_one_that_it_may_stand_for():
    authority = make_authority(names_of(["inspect.jingzhou.gov.cn", "58.48.1.2"]), NOW)
    pem = make_certificate(authority, names_of(["inspect.jingzhou.gov.cn", "58.48.1.2"]), NOW)
    assert is_trusted(pem, authority, "inspect.jingzhou.gov.cn")
    assert is_trusted(pem, authority, ip_address("58.48.1.2"))


def test_a_certificate_lives_no_longer_than_phones_of_apple_take_and_never_longer_than_the_authority(authority):
    made = certificate(make_certificate(authority, NAMES, NOW))
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=398)
    late = NOW + timedelta(days=3600)
    ending = certificate(make_certificate(authority, NAMES, late))
    assert ending.not_valid_after_utc == authority.certificate.not_valid_after_utc


@pytest.mark.parametrize(
    ("after", "names", "due"),
    [
        (timedelta(), NAMES, False),
        (LIFETIME - timedelta(days=33), NAMES, False),
        (LIFETIME - timedelta(days=30), NAMES, True),
        (LIFETIME + timedelta(days=900), NAMES, True),
        (timedelta(), names_of(["localhost"]), False),
        (timedelta(), names_of(["localhost", "192.168.7.7"]), True),
        (timedelta(days=-3), NAMES, True),
    ],
)
def test_renewal_is_due_shortly_before_the_end_and_when_a_name_is_new(authority, after, names, due):
    made = certificate(make_certificate(authority, NAMES, NOW))
    assert must_renew(made, authority, names, NOW + after) is due


def test_a_certificate_that_ends_with_its_authority_is_not_made_again_and_again(authority):
    late = NOW + timedelta(days=3630)
    made = certificate(make_certificate(authority, NAMES, late))
    assert not must_renew(made, authority, NAMES, late + timedelta(days=15))
    assert not must_renew(made, authority, NAMES, late + timedelta(days=100))


def test_renewal_is_due_under_another_authority(authority):
    made = certificate(make_certificate(make_authority(NAMES, NOW), NAMES, NOW))
    assert must_renew(made, authority, NAMES, NOW)


def test_the_authority_is_kept_and_its_key_is_for_its_owner_only(tmp_path):
    folder = tmp_path / "tls"
    first = open_authority(folder, NAMES, NOW)
    assert open_authority(folder, names_of(["else"]), NOW).fingerprint == first.fingerprint
    open_tls(folder, lambda: NAMES, datetime.now(UTC))
    assert {path.name for path in folder.iterdir()} == {"authority.pem", "server.pem"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert open_authority(folder, NAMES, NOW + timedelta(days=4000)).fingerprint != first.fingerprint


def test_a_damaged_server_certificate_is_made_anew(tmp_path):
    open_tls(tmp_path, lambda: NAMES, datetime.now(UTC))
    (tmp_path / "server.pem").write_text("not a certificate")
    open_tls(tmp_path, lambda: NAMES, datetime.now(UTC))
    assert names_in(certificate((tmp_path / "server.pem").read_bytes())) == NAMES


def test_a_certificate_without_its_key_is_made_anew(tmp_path):
    open_tls(tmp_path, lambda: NAMES, datetime.now(UTC))
    path = tmp_path / "server.pem"
    path.write_text(path.read_text().partition("-----END PRIVATE KEY-----\n")[2])
    open_tls(tmp_path, lambda: NAMES, datetime.now(UTC))
    assert path.read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_names_that_came_up_after_the_authority_are_named(tmp_path):
    open_tls(tmp_path, lambda: NAMES, datetime.now(UTC))
    later = names_of([*NAMES.hosts, "renamed", "10.9.8.7", "58.48.1.2"])
    assert open_tls(tmp_path, lambda: later, datetime.now(UTC)).left_out() == names_of(["renamed", "58.48.1.2"])


def test_old_protocols_are_off(tmp_path):
    assert open_tls(tmp_path, lambda: NAMES, datetime.now(UTC)).context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_names_of_this_machine_are_those_that_phones_and_people_type():
    names = names_of_this_machine(["Inspect.Office."])
    assert {"localhost", "inspect.office"} <= set(names.hosts)
    assert {ip_address("127.0.0.1"), ip_address("::1")} <= set(names.addresses)
    assert not any(address.is_link_local for address in names.addresses)


@pytest.mark.parametrize("text", ["", "a b", "http://x", "under_score", "-x", "x" * 64, "1.2.3.4.5/8", "中文"])
def test_what_is_no_name_is_said(text):
    with pytest.raises(NotAName, match="不是主机名"):
        names_of([text])


def shown_by(context: ssl.SSLContext) -> bytes:
    """The certificate that a server with this context shows, without a network."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    unverified = ssl._create_unverified_context()
    client = unverified.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    while (shown := client.getpeercert(binary_form=True) if client.version() else None) is None:
        for one in (client, server):
            with suppress(ssl.SSLWantReadError):
                one.do_handshake()
    return shown


def test_what_one_process_renewed_the_others_take_over(tmp_path):
    now = datetime.now(UTC)
    one, other = (open_tls(tmp_path, lambda: NAMES, now) for _ in range(2))
    assert shown_by(one.context) == shown_by(other.context)
    later = now + LIFETIME - timedelta(days=1)
    assert one.renew(later) is True
    assert shown_by(one.context) != shown_by(other.context)
    assert other.renew(later) is False
    assert shown_by(one.context) == shown_by(other.context)
