#!/usr/bin/env python3
"""Install an offline package on a bare Debian without any network, and open a page.

Run as ``python benchmarks/offline_install.py PACKAGE``, a tar file of ``bin/bundle --offline``. Needs root and
``unshare``, and ``debootstrap`` with a network or ``--base``, the folder of a system that has python3 and nothing else.
Prints what failed or, as the last line, JSON: seconds until set-up was done, and until the page answered. The system
sees a network with nothing in it but itself.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

THERE = "srv/明察 暗访"
DEBIAN = ("debootstrap", "--variant=minbase", "--include=python3", "bookworm")
INSIDE = r"""
set -eu
cd "/$1"/inspect-offline-*
python3 - <<'END'
import socket
try:
    socket.create_connection(("1.1.1.1", 53), 3)
except OSError as error:
    print("no network:", error)
else:
    raise SystemExit("there is a network")
END
began=$(date +%s)
bash bin/setup --offline
echo "SETUP $(($(date +%s) - began))"
bash bin/serve --data /srv/data >/srv/served 2>&1 &
served=$!
for _ in $(seq 300); do
  if answer=$(.venv/bin/python -c '
import urllib.request
page = urllib.request.urlopen("http://127.0.0.1:8000/login", timeout=20)
text = page.read().decode()
print(page.status, "明察暗访" in text, ".bundle" in text or "/static/" in text)' 2>/dev/null); then break; fi
  kill -0 $served || { cat /srv/served; exit 1; }
  sleep 1
done
echo "PAGE ${answer:-none} $(($(date +%s) - began))"
INSPECT_DATA=/srv/data .venv/bin/flask --app inspect_app doctor | grep -E "模型|bundle|脚本" || true
kill $served; wait $served || true
"""
WITHOUT_NETWORK = r"""
set -eu
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
ip link set lo up 2>/dev/null || python3 -c '
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))'
exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb bash -c "$2" _ "$3"
"""


def main() -> int:
    asked = _options()
    with tempfile.TemporaryDirectory() as folder:
        system = Path(folder) / "system"
        _bare(system, asked.base)
        (system / THERE).mkdir(parents=True)
        shutil.unpack_archive(asked.package, system / THERE, filter="data")
        for path in asked.tamper:
            (spoilt,) = (system / THERE).glob(f"*/{path}")
            spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"!")
        alone = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"]
        done = subprocess.run(
            [*alone, "bash", "-c", WITHOUT_NETWORK, "_", str(system), INSIDE, THERE],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    print(done.stdout)
    if done.returncode:
        return done.returncode
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("SETUP ", "PAGE ")))
    status, ours, scripts, seconds = said["PAGE"].split()
    print(json.dumps({"setup_s": int(said["SETUP"]), "page_s": int(seconds), "status": int(status)}))
    return 0 if (status, ours, scripts) == ("200", "True", "True") else 1


def _bare(system: Path, base: Path | None) -> None:
    if base:
        subprocess.run(["bash", "-c", 'cp -a "$1" "$2"', "_", str(base), str(system)], check=True)
    else:
        subprocess.run([*DEBIAN, str(system)], check=True, stdout=subprocess.DEVNULL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--base", type=Path, help="the folder of a bare system, which is copied")
    parser.add_argument(
        "--tamper", action="append", default=[], metavar="PATTERN", help="change a byte of a file first"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
