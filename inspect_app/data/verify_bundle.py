"""核对证据包(verify an evidence bundle): python3 verify.py [文件夹] --key office.pem | --fingerprint 指纹

Compares every file with the SHA-256 in manifest.json, the manifest's signature with the office's public key and, in a
sealed bundle, photos with their own hashes and the log extract with its commitments. Needs Python 3.8 or later and
nothing else.

The key, or its fingerprint, and this script must come from the office (its public page /key/), not from the bundle:
what came in a forged bundle may say anything. Ends with 0 where all is right and signed by that key, with 1 where
anything is not, with 2 where all agrees but no key was given: then nobody knows who made it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

UNSIGNED = {"manifest.json", "manifest.sig"}

# The curve P-256 (NIST FIPS 186-5, SP 800-186) and how its public keys begin (SubjectPublicKeyInfo, RFC 5480).
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


class Wrong(Exception):
    """A key or signature that is none."""


def is_signed(key: bytes, content: bytes, signature: bytes) -> bool:
    """ECDSA over P-256 with SHA-256 (FIPS 186-5, 6.4.2); ``key`` is PEM, ``signature`` DER. All of it is public."""
    try:
        point, (r, s) = public_point(der_of(key)), integers(signature)
    except (Wrong, ValueError, IndexError):
        return False
    if not (0 < r < N and 0 < s < N):
        return False
    digest = int.from_bytes(hashlib.sha256(content).digest(), "big")
    inverse = pow(s, -1, N)
    found = add(times(digest * inverse % N, G), times(r * inverse % N, point))
    return found is not None and found[0] % N == r


def der_of(pem: bytes) -> bytes:
    lines = [line.strip() for line in pem.decode("ascii").splitlines() if line.strip()]
    if not lines or lines[0] != "-----BEGIN PUBLIC KEY-----" or lines[-1] != "-----END PUBLIC KEY-----":
        raise Wrong
    return base64.b64decode("".join(lines[1:-1]), validate=True)


def public_point(der: bytes) -> tuple[int, int]:
    if not der.startswith(SPKI) or len(der) != len(SPKI) + 64:
        raise Wrong
    x, y = (int.from_bytes(der[-64:][at : at + 32], "big") for at in (0, 32))
    if x >= P or y >= P or (y * y - x * x * x + 3 * x - B) % P:
        raise Wrong
    return x, y


def integers(der: bytes) -> tuple[int, int]:
    """The two integers of a signature: SEQUENCE { INTEGER r, INTEGER s }, nothing around it."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2 or der[1] > 0x7F:
        raise Wrong
    first = 4 + der[3]
    parts = der[2:first], der[first:]
    if any(len(part) < 3 or part[0] != 0x02 or part[1] != len(part) - 2 or part[2] > 0x7F for part in parts):
        raise Wrong
    r, s = (int.from_bytes(part[2:], "big") for part in parts)
    return r, s


def add(a: tuple[int, int] | None, b: tuple[int, int] | None) -> tuple[int, int] | None:
    """The sum of two points; None is the point at infinity."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(factor: int, point: tuple[int, int] | None) -> tuple[int, int] | None:
    total = None
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


def file_problems(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    for name, expected in sorted(manifest["sha256"].items()):
        path = folder / name
        if not path.is_file():
            yield f"缺少文件(missing): {name}"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            yield f"文件被改动(changed): {name}"
    known = set(manifest["sha256"]) | UNSIGNED
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and "__pycache__" not in name:
            yield f"清单之外的文件(not in the manifest): {name}"


def photo_problems(folder: Path) -> Iterator[str]:
    record = json.loads((folder / "record.json").read_text("utf-8"))
    originals = sorted((folder / "originals").glob("*"))
    held = {path.stem for path in originals}
    for photo in record["photos"]:
        if photo["sha256"] not in held:
            yield f"缺少原始照片(original missing): {photo['sha256']}"
    for path in originals:
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
            yield f"原始照片与其编号不符(not its own hash): {path.name}"


def log_problems(folder: Path) -> Iterator[str]:
    """An entry's hash is over its place in the log and salted commitments; what it shows must open some of those."""
    entries = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    seqs = [entry["seq"] for entry in entries]
    if seqs != sorted(set(seqs)):
        yield "日志摘录的顺序不对(log extract out of order)"
    for entry in entries:
        if "hash" not in entry:  # written before there were commitments
            continue
        covered = {name: entry[name] for name in ("act", "of", "seq", "previous", "commitments")}
        opened = {name: digest([salt, name, value]) for name, (salt, value) in entry["opened"].items()}
        if digest(covered) != entry["hash"] or not opened.items() <= entry["commitments"].items():
            yield f"日志摘录第{entry['seq']}条与自身的哈希不符(log entry not its own hash)"


def digest(value: Any) -> str:
    """SHA-256 of JSON in one spelling."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


CHECKS = {"inspect-evidence-bundle": (photo_problems, log_problems), "inspect-unit-bundle": ()}
"""By format of the manifest, what is held to more than hashes; the unit's bundle has nothing more to be held to."""


def signature_problems(folder: Path, key: bytes) -> Iterator[str]:
    path = folder / "manifest.sig"
    if not path.is_file():
        yield "清单没有签名(the manifest is not signed)"
    elif not is_signed(key, (folder / "manifest.json").read_bytes(), path.read_bytes()):
        yield "清单的签名与公钥不符(not signed by this key)"


def fingerprint(pem: bytes) -> str:
    """SHA-256 of the key as DER; empty where it is none."""
    try:
        return hashlib.sha256(der_of(pem)).hexdigest()
    except (Wrong, ValueError):
        return ""


def bundle_problems(folder: Path, key: bytes) -> Iterator[str]:
    yield from signature_problems(folder, key)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    checks = CHECKS.get(manifest.get("format"))
    if checks is None:
        yield "不是证据包的清单(not the manifest of a bundle)"
    problems = list(file_problems(folder, manifest))
    yield from problems
    if not problems:
        for check in checks or ():
            yield from check(folder)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="核对证据包(verify an evidence bundle)")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", type=Path, help="办公室公布的公钥文件(the office's published public key, PEM)")
    parser.add_argument("--fingerprint", help="公钥的指纹(SHA-256 of the public key, 64 hex digits)")
    given = parser.parse_args(arguments)
    key = (given.key or given.folder / "office.pem").read_bytes()
    problems = list(bundle_problems(given.folder, key))
    wanted = "".join((given.fingerprint or "").lower().replace(":", "").split())
    if wanted and fingerprint(key) != wanted:
        problems.append(f"公钥的指纹不是给出的那个(another key): {fingerprint(key)}")
    for problem in problems:
        print(problem)
    if problems:
        print("不一致(NOT VERIFIED)")
        return 1
    if not given.key and not wanted:
        print(f"内容前后一致，但没有给出办公室的公钥，不能证明出自谁(SIGNER NOT CHECKED)。包内公钥: {fingerprint(key)}")
        return 2
    print("一致，由这个公钥的持有者签名(VERIFIED)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
