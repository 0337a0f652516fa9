"""Map layers to download, for supervisors."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO

from flask import Blueprint, Response, render_template, request

from ...domain.accounts.permissions import Permission
from ...domain.weeks import is_week
from ...exports.place.geo import FORMATS
from ...exports.place.geo_layers import LAYERS, Layer, LayerChoice
from ...services.index.weekly import weeks_with_inspections
from ...services.place.register import area_tree
from .. import access
from ..context import scope, services, this_week
from ..downloads import saved_as
from ..refusing import refuse
from .choosing import areas_to_choose

blueprint = Blueprint("exchange", __name__, url_prefix="/exchange")

_IN_MEMORY = 4 * 1024 * 1024
_PIECE = 64 * 1024


@blueprint.get("/")
@access.allowed(Permission.LAYER_EXPORT)
def show() -> str:
    """The layers, with the week and the area that are chosen."""
    chosen = _chosen()
    tree = area_tree(services().store, chosen.week or chosen.this_week)
    weeks = {*weeks_with_inspections(services()), this_week()}
    return render_template(
        "place/exchange.html",
        layers=LAYERS,
        chosen=chosen,
        query={name: value for name, value in (("week", chosen.week), ("area", chosen.area)) if value},
        weeks=sorted(weeks, reverse=True),
        areas=[area for area in areas_to_choose(tree) if len(area.code) < 12],
    )


@blueprint.get("/<layer>.geojson")
@access.allowed(Permission.LAYER_EXPORT)
def geojson(layer: str) -> Response:
    """A layer as GeoJSON, sent while it is read."""
    found, chosen = _layer(layer), _chosen()
    features = found.features(services(), chosen)
    ((name, write),) = FORMATS["geojson"](found.columns).items()
    answer = Response(_joined(write(features)), mimetype="application/geo+json")
    return _to_keep(answer, name, chosen)


@blueprint.get("/<layer>.zip")
@access.allowed(Permission.LAYER_EXPORT)
def csv(layer: str) -> Response:
    """A layer as CSV, with the types of its columns and its coordinate system beside it, in a ZIP."""
    found, chosen = _layer(layer), _chosen()
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed once it is sent
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, write in FORMATS["csv"](found.columns).items():
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in _joined(write(found.features(services(), chosen))):
                    member.write(piece)
    file.seek(0)
    answer = Response(_pieces(file), mimetype="application/zip")
    answer.call_on_close(file.close)
    return _to_keep(answer, f"{found.columns.name}.zip", chosen)


def _layer(name: str) -> Layer:
    if name not in LAYERS:
        refuse(404, f"没有图层「{name}」，可用：{'、'.join(LAYERS)}")
    return LAYERS[name]


def _chosen() -> LayerChoice:
    week, area = request.args.get("week") or None, request.args.get("area", "")
    if week is not None and not is_week(week):
        refuse(400, f"「{week}」不是有效的周，应形如 2026-W48")
    if area and not area_tree(services().store, week or this_week()).path(area):
        refuse(400, f"没有区域「{area}」")
    return LayerChoice(this_week(), scope(), week, area)


def _joined(pieces: Iterator[str]) -> Iterator[bytes]:
    """Text in pieces of some size: a feature alone would be a packet of its own."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _to_keep(answer: Response, name: str, chosen: LayerChoice) -> Response:
    """Under a name that says what was chosen."""
    stem, _, suffix = name.partition(".")
    said = "-".join(part for part in (stem, chosen.area, chosen.week) if part)
    return saved_as(answer, f"{said}.{suffix}")
