"""核对证据包(verify an evidence bundle): python3 verify.py [文件夹]

Compares every file with the SHA-256 in manifest.json and, in a sealed bundle, the photos named in record.json with the
originals' own hashes. Needs Python 3 and nothing else. Ends with 0 where all is right, with 1 where anything is not.
"""

import hashlib
import json
import sys
from pathlib import Path


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
    if not problems and manifest["format"] == "inspect-evidence-bundle":
        record = json.loads((folder / "record.json").read_text("utf-8"))
        held = {path.stem for path in (folder / "originals").glob("*")}
        for photo in record["photos"]:
            if photo["sha256"] not in held:
                problems.append(f"缺少原始照片(original missing): {photo['sha256']}")
        for path in sorted((folder / "originals").glob("*")):
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
                problems.append(f"原始照片与其编号不符(not its own hash): {path.name}")
        seqs = [json.loads(line)["seq"] for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
        if seqs != sorted(set(seqs)):
            problems.append("日志摘录的顺序不对(log extract out of order)")
    for problem in problems:
        print(problem)
    print("不一致(NOT VERIFIED)" if problems else f"一致(VERIFIED): {len(manifest['sha256'])} 个文件")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
