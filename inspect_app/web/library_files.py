"""Files of front-end libraries, straight from their Python packages: no copy in the project, no other server."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, url_for
from xstatic.pkg import leaflet, leaflet_markercluster

from . import access
from .static_files import file_answer

blueprint = Blueprint("libraries", __name__)

_LIBRARIES = {"leaflet": leaflet, "markercluster": leaflet_markercluster}
_FILES = frozenset(
    {
        "leaflet/leaflet.js",
        "leaflet/leaflet.css",
        "leaflet/images/layers.png",
        "leaflet/images/layers-2x.png",
        "leaflet/images/marker-icon.png",
        "markercluster/leaflet.markercluster.js",
        "markercluster/MarkerCluster.css",
    }
)


@blueprint.get("/libraries/<library>/<version>/<path:filename>")
@access.public
def library(library: str, version: str, filename: str) -> Response:
    """One file of a library; kept for a year under the version that is installed."""
    if f"{library}/{filename}" not in _FILES:
        abort(404)
    package = _LIBRARIES[library]
    return file_answer(Path(package.BASE_DIR) / filename, fresh=version == package.PACKAGE_VERSION)


def library_asset(path: str) -> str:
    """The address of a library's file, for example ``leaflet/leaflet.js``."""
    library, filename = path.split("/", 1)
    assert path in _FILES, path
    return url_for("libraries.library", library=library, version=_LIBRARIES[library].PACKAGE_VERSION, filename=filename)
