"""The description of the interface: a file, with the values of each scoring method and the codes of problems put in."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from ...domain.checklists.methods import METHODS
from ...wording import SENTENCES

_FILE = Path(__file__).resolve().parents[2] / "data" / "openapi.json"


@lru_cache(maxsize=4)
def description(root: str = "") -> bytes:
    """OpenAPI 3.1 as JSON text; ``root`` is the path that a proxy has this site under."""
    described = json.loads(_FILE.read_bytes())
    for server in described["servers"]:
        server["url"] = root + server["url"]
    schemas = described["components"]["schemas"]
    for method in METHODS.values():
        schemas |= method.shared_schemas
        schemas["Value"]["anyOf"] += method.schemas
    problem = schemas["Problems"]["properties"]["problems"]["items"]
    problem["properties"]["code"]["enum"] = sorted(SENTENCES)
    return json.dumps(described, ensure_ascii=False, indent=1).encode()
