"""The log's head is signed and published: who rewrites the whole folder is found by what they cannot rewrite."""

from __future__ import annotations

import secrets
from dataclasses import astuple, replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.witness import witness_as_kept
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.commitments import canonical, committed
from inspect_app.domain.signed_heads import heads_in, printed
from inspect_app.services.audit import verify
from inspect_app.services.evidence.unit_bundle import unit_bundle
from inspect_app.services.index.publishing import publish, published
from inspect_app.services.reconciling import Compared, compare
from inspect_app.services.signing import OfficeKey, office_key
from inspect_app.store import Broken, Head, Stored
from inspect_app.store.chain import START, chained, head_of, unchained
from tests.store import behind
from tests.web.evidence.test_desk import visit
from tests.world import NOW, WEEK, World

LATER = NOW + timedelta(days=1)
EXPORTED = "evidence.exported"


@pytest.fixture
def office(tmp_path):
    """A visit, an export that somebody would like to be forgotten, a published week."""
    world = World.in_memory(tmp_path)
    id = visit(world, 0)
    exported = unit_bundle(world.services, "supervisor", id, "jam", LATER, scope=EVERYTHING)
    assert not isinstance(exported, list)
    exported.close()
    assert publish(world.services, "supervisor", WEEK, "", LATER) == 1
    return world


def printed_head(world) -> Head:
    log = published(world.services, WEEK).head.log
    return Head(log.seq, log.hash)


def rewritten(world, key: OfficeKey) -> None:
    """The folder as somebody leaves it who takes an act out of the log and makes all else fit, signed with a key."""
    log, store, frozen = world.services.audit, world.services.store, world.services.frozen
    entries = [unchained(entry) for entry in log.entries() if entry["act"] != EXPORTED]
    head, lines = Head(0, START), []
    for entry in entries:
        if entry["act"] == "week.published":
            week = published(world.services, WEEK)
            signed = key.signed_head(f"{head.seq}:{head.hash}", week.head.log.at)
            digest = frozen.keep(replace(week, head=replace(week.head, log=signed)))
            kept = store.get("publications", WEEK)
            fields = {"digest": digest, "audit_head": {"seq": head.seq, "hash": head.hash}}
            document = {**kept.document, "revisions": [{**kept.document["revisions"][0], **fields}]}
            forged = Stored(WEEK, kept.revision, document)
            behind.put(store, "publications", forged)
            row = [*astuple(witness_as_kept("publications", forged))[:-1], ""]
            plain = {name: entry[name] for name in entry if name not in ("commitments", "seed")}
            told = {**plain, "after": {**entry["after"], "digest": digest}, "kept": [row]}
            entry = committed(told, secrets.token_hex(32))
        (added,) = chained([entry], head)
        head = head_of(added)
        lines.append(canonical(added) + b"\n")
    behind.write_log(store, lines)


def test_a_published_week_carries_the_head_of_the_log_signed_by_the_office(office):
    log = published(office.services, WEEK).head.log
    assert office.services.office.has_signed(log)
    assert log.key == office.services.office.fingerprint
    entry = list(office.services.audit.entries())[log.seq - 1]
    assert (entry["act"], entry["hash"]) == ("log.signed", log.hash)
    assert verify(office.services, [Head(log.seq, log.hash)]) == office.services.audit.head()


def test_whoever_rewrites_everything_cannot_sign_it(office):
    rewritten(office, office_key(ec.generate_private_key(ec.SECP256R1())))
    assert isinstance(office.services.audit.verify(), Head)
    assert isinstance(compare(office.services), Compared)
    found = verify(office.services)
    assert isinstance(found, Broken)
    assert "签名不是本办公室的公钥" in found.reason


def test_whoever_rewrites_everything_and_has_the_key_is_found_by_what_was_published(office):
    before = printed_head(office)
    rewritten(office, office.services.office)
    assert isinstance(compare(office.services), Compared)
    assert isinstance(verify(office.services), Head)
    found = verify(office.services, [before])
    assert isinstance(found, Broken)
    assert f"缺少先前记下的第 {before.seq} 条" in found.reason


def test_whoever_rewrites_the_log_and_the_head_in_the_publication_alone_is_found(office):
    log = office.services.audit
    head, lines = Head(0, START), []
    for entry in [unchained(entry) for entry in log.entries() if entry["act"] != EXPORTED]:
        (added,) = chained([entry], head)
        head = head_of(added)
        lines.append(canonical(added) + b"\n")
    behind.write_log(office.services.store, lines)
    kept = PUBLICATIONS.get(office.services.store, WEEK)
    revision = replace(kept.value.revisions[0], audit_head=(head.seq, head.hash))
    PUBLICATIONS.update(office.services.store, kept, replace(kept.value, revisions=(revision,)))
    found = verify(office.services)
    assert isinstance(found, Broken)
    assert "与发布记录里的不符" in found.reason


def test_a_signature_that_was_altered_is_none(office):
    log = published(office.services, WEEK).head.log
    for altered in ("", "!", log.signature[:-4] + "AAA=", log.signature + "AAAA"):
        assert not office.services.office.has_signed(replace(log, signature=altered))
    for other in (replace(log, head="1:" + log.hash), replace(log, at="2026-01-01T00:00:00.000Z")):
        assert not office.services.office.has_signed(other)


def test_heads_are_found_however_they_were_printed():
    head = f"128:{'0123456789abcdef' * 4}"
    expected = [(128, "0123456789abcdef" * 4)]
    for text in (
        head,
        f"末条为{printed(head)}，由",
        f'{{"head": "{head}"}}',
        printed(head).replace(" ", "\n"),
        f"：{head}。",
    ):
        assert heads_in(text) == expected
    assert heads_in("12:00 0:" + "a" * 64 + " 7:" + "a" * 65 + " 8:" + "a" * 63) == []
