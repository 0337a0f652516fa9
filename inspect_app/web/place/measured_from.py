"""Where a site is, for pages' scripts."""

from __future__ import annotations

from ...domain.place.outlines import outline_to_json
from ...domain.place.sites import Site


def place_data(site: Site) -> dict[str, object] | None:
    """Where a site is, as phones measure from it: its position and, where it has them, outline and gates."""
    if site.point is None or site.ground is None:
        return None
    lat, lon = site.point
    outline = {"outline": outline_to_json(site.outline)} if site.outline else {}
    gates = {"gates": [{"lat": gate.lat, "lon": gate.lon} for gate in site.gates]} if site.gates else {}
    return {"lat": lat, "lon": lon, "accuracy_m": site.ground.accuracy_m, **outline, **gates}
