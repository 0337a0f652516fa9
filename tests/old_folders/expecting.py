"""Write down what the program says of the folder: ``python -m tests.old_folders.expecting [SECTION …]``.

Run it for all sections when a folder is made. Afterwards only for those of ``COMPUTED`` whose method was changed on
purpose, and say so in the commit; what is in ``KEPT`` is never written again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.old_folders import FOLDER, application_over, copied, given, settled
from tests.old_folders.again import AGAIN
from tests.old_folders.answers import Reader
from tests.old_folders.reading import COMPUTED, KEPT


def main(sections: list[str]) -> None:
    path = FOLDER / "expected.json"
    expected = json.loads(path.read_text("utf-8")) if path.exists() else {}
    with tempfile.TemporaryDirectory() as place:
        for name, read in {**KEPT, **COMPUTED, **AGAIN}.items():
            if not sections or name in sections:
                reader = Reader(application_over(copied(Path(place) / name)), given())
                expected[name] = json.loads(json.dumps(read(reader)))
                settled(reader.app)
    parts = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in expected.items()]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
