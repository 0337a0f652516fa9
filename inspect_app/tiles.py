"""The tile source of maps: set by the administrator, or none at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SYSTEMS = ("wgs84", "gcj02")
_TEMPLATE = re.compile(r"(https?://[^/\s?#]+)?/\S*")
_HOST = re.compile(r"https?://([a-zA-Z0-9.-]|\{s\})+(:[0-9]{1,5})?")
_WANTED = ("{z}", "{x}", "{y}")


class TilesWrong(ValueError):
    """A setting that is none; the message names the variable, in Chinese."""


@dataclass(frozen=True, slots=True)
class TileSource:
    """One or more layers of tiles, the lowest first, in the same system.

    ``templates`` have Leaflet's ``{s}``, ``{z}``, ``{x}``, ``{y}``; ``subdomains`` are the letters that ``{s}`` stands
    for; ``system`` is what the tiles' positions are in, wgs84 or gcj02.
    """

    templates: tuple[str, ...]
    system: str = "wgs84"
    attribution: str = ""
    max_zoom: int = 18
    subdomains: str = "abc"

    @property
    def origins(self) -> tuple[str, ...]:
        """The servers that tiles come from, for the content policy; without those of this application itself."""
        found = []
        for template in self.templates:
            if template.startswith("/"):
                continue
            origin = "/".join(template.split("/", 3)[:3])
            found += [origin.replace("{s}", one) for one in self.subdomains] if "{s}" in origin else [origin]
        return tuple(dict.fromkeys(found))


def tiles_from(environment: Mapping[str, str]) -> TileSource | None:
    """The tile source that ``INSPECT_TILES…`` describe, or None where ``INSPECT_TILES`` is not set.

    Raises ``TilesWrong``.
    """
    templates = tuple(environment.get("INSPECT_TILES", "").split())
    if not templates:
        return None
    for template in templates:
        host = "" if template.startswith("/") else "/".join(template.split("/", 3)[:3])
        if not _TEMPLATE.fullmatch(template) or (host and not _HOST.fullmatch(host)):
            raise TilesWrong(
                f"INSPECT_TILES：「{template}」不是瓦片地址，例如 https://瓦片服务器/{{z}}/{{x}}/{{y}}.png"
            )
        if missing := [part for part in _WANTED if part not in template]:
            raise TilesWrong(f"INSPECT_TILES：「{template}」缺少 {'、'.join(missing)}")
    system = environment.get("INSPECT_TILES_SYSTEM", "wgs84")
    if system not in SYSTEMS:
        raise TilesWrong(f"INSPECT_TILES_SYSTEM：应为{'或'.join(SYSTEMS)}，实为「{system}」")
    zoom = environment.get("INSPECT_TILES_MAX_ZOOM", "18")
    if not (zoom.isascii() and zoom.isdecimal() and 1 <= int(zoom) <= 22):
        raise TilesWrong(f"INSPECT_TILES_MAX_ZOOM：应为1到22之间的整数，实为「{zoom}」")
    subdomains = environment.get("INSPECT_TILES_SUBDOMAINS", "abc")
    if not re.fullmatch(r"[a-z0-9]{1,36}", subdomains):
        raise TilesWrong(f"INSPECT_TILES_SUBDOMAINS：应为小写字母和数字，例如 abc 或 01234567，实为「{subdomains}」")
    return TileSource(templates, system, environment.get("INSPECT_TILES_ATTRIBUTION", ""), int(zoom), subdomains)
