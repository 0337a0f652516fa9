"""Sites as documents, by themselves and as a part of what was inspected there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.place.outlines import KINDS, outline_to_json, parse_outline
from ...domain.place.positions import Place, place_to_json
from ...domain.place.sites import Site
from ...domain.problems import NOWHERE
from ..collection import Collection, Document


def site_document(site: Site) -> Document:
    """A site without its code, which is the id of its document."""
    place = site.place
    return {
        "name": site.name,
        "site_type": site.site_type,
        "area": site.area,
        "place": place_to_json(place) if place else None,
        "state": site.state,
        **({"outline": outline_to_json(site.outline)} if site.outline else {}),
        **({"gates": [place_to_json(gate) for gate in site.gates]} if site.gates else {}),
    }


def site_of(code: str, document: Mapping[str, Any]) -> Site:
    """The site of a document that ``site_document`` made."""
    place, outline = document["place"], document.get("outline")
    parsed = parse_outline(outline, NOWHERE, KINDS) if outline else None
    assert not isinstance(parsed, list), parsed
    return Site(
        code=code,
        name=document["name"],
        site_type=document["site_type"],
        area=document["area"],
        place=Place(**place) if place else None,
        state=document["state"],
        outline=parsed,
        gates=tuple(Place(**gate) for gate in document.get("gates", ())),
    )


SITES: Collection[Site] = Collection("sites", site_of, site_document, by=("area", "state"))
"""Sites in use and retired ones; an id is the site's code."""
