"""What records keep of people when its time is over (《个人信息保护法》第十九条、第二十八条、第四十七条).

Where somebody went is sensitive (第二十八条：行踪轨迹). Of a visit there stay its instants, answers, scores, decisions
and the hashes of what was sent; its track goes, and positions of photos become as coarse as a street.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from ..evidence.checks import CheckedPhoto, Checks
from ..evidence.photo import Evidence, Original
from ..inspecting.held_import import UNREADABLE, HeldImport
from ..inspecting.inspection import Inspection
from ..inspecting.presence import Claim
from ..place.positions import Fix

RULE = "记录里的个人信息保存{days}天"
GONE = "已按保存期限删去"
"""What is shown in place of a text."""
_DECIMALS = 2
BLUR_M = 800.0
"""Degrees are rounded to hundredths: by at most 0.005° of latitude and of longitude, 557 m each, 788 m together."""
_OF_PEOPLE = frozenset({"presence", "taps"})
_OF_PHOTOS = frozenset({"fix", "original"})


def coarse(fix: Fix) -> Fix:
    """A position rounded to hundredths of a degree, which says by how much it may be off now. One that is stays."""
    lat, lon = round(fix.lat, _DECIMALS), round(fix.lon, _DECIMALS)
    if (lat, lon) == (fix.lat, fix.lon) and fix.accuracy_m >= BLUR_M:
        return fix
    return replace(fix, lat=lat, lon=lon, accuracy_m=fix.accuracy_m + BLUR_M)


def thinned_visit(visit: Inspection) -> Inspection:
    """An inspection without the inspector's track, phone and typing; its photos roughly where they were taken.

    Photos of confirmed findings stay whole: they are where the problem was, which cases, maps and bundles tell. So do
    the site, and premises that were found for an item: they are no people's.
    """
    needed = needed_items(visit)
    photos = tuple(photo if photo.item in needed else _thinned_photo(photo) for photo in visit.photos)
    claim = Claim(area=visit.presence.claim.area)
    return replace(visit, photos=photos, taps={}, presence=replace(visit.presence, claim=claim))


def needed_items(visit: Inspection) -> frozenset[str]:
    """The items of which the photos stay whole."""
    return frozenset(finding.item.item_id for finding in visit.findings if finding.confirmed)


def thinned_checks(checks: Checks, needed: Container[str]) -> Checks:
    """What was found about photos, without where and with what they were taken as their files say; signals stay."""
    photos = (photo if photo.item in needed else _thinned_check(photo) for photo in checks.photos)
    return replace(checks, photos=tuple(photos))


def thinned_submission(held: HeldImport) -> HeldImport:
    """What waited and was decided about, as what came was known by; none of it that cannot be read."""
    raw = _thinned_raw(held.raw)
    return held if raw == held.raw else replace(held, raw=raw, sent_as=held.fingerprint, form=held.begun)


def _thinned_photo(photo: Evidence) -> Evidence:
    fix = coarse(photo.fix) if photo.fix else None
    return replace(photo, fix=fix, original=_thinned_original(photo.original) if photo.original else None)


def _thinned_check(photo: CheckedPhoto) -> CheckedPhoto:
    if photo.exif is None:
        return photo
    nowhere = replace(photo.exif, lat=None, lon=None, accuracy_m=None, altitude_m=None, gps_at=None, datum=None)
    return replace(photo, exif=replace(nowhere, make=None, model=None, software=None))


def _thinned_original(original: Original) -> Original | None:
    thinned = replace(original, fix=None, make=None, model=None, software=None)
    return None if thinned == Original() else thinned


def _thinned_raw(raw: Mapping[str, Any]) -> dict[str, object]:
    if UNREADABLE in raw:
        return {UNREADABLE: GONE}
    rest = {name: value for name, value in raw.items() if name not in _OF_PEOPLE}
    photos = rest.get("photos")
    return {**rest, "photos": [_without(one) for one in photos]} if isinstance(photos, list) else rest


def _without(photo: object) -> object:
    """One of a list that anybody may have written."""
    if not isinstance(photo, Mapping):
        return photo
    return {name: value for name, value in photo.items() if name not in _OF_PHOTOS}
