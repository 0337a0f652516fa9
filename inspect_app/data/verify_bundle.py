"""核对证据包(verify an evidence bundle): python3 verify.py [文件夹]

Compares every file with the SHA-256 in manifest.json, and the photos named in record.json with the originals' own
hashes. Needs Python 3 and nothing else. Ends with 0 where all is right, with 1 where anything is not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def log_problems(entries: list[dict[str, Any]]) -> Iterator[str]:
    """An entry's hash is over its place in the log and salted commitments; what it shows must open some of those."""
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


def main(folder: Path) -> int:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    problems = []
    for name, expected in sorted(manifest["sha256"].items()):
        path = folder / name
        if not path.is_file():
            problems.append(f"缺少文件(missing): {name}")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            problems.append(f"文件被改动(changed): {name}")
    known = set(manifest["sha256"]) | {"manifest.json"}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and "__pycache__" not in name:
            problems.append(f"清单之外的文件(not in the manifest): {name}")
    if not problems:
        record = json.loads((folder / "record.json").read_text("utf-8"))
        held = {path.stem for path in (folder / "originals").glob("*")}
        for photo in record["photos"]:
            if photo["sha256"] not in held:
                problems.append(f"缺少原始照片(original missing): {photo['sha256']}")
        for path in sorted((folder / "originals").glob("*")):
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
                problems.append(f"原始照片与其编号不符(not its own hash): {path.name}")
        problems += log_problems([json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()])
    for problem in problems:
        print(problem)
    print("不一致(NOT VERIFIED)" if problems else f"一致(VERIFIED): {len(manifest['sha256'])} 个文件")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
