"""The words of a photo's caption, as inspectors know them from 水印相机 apps; never the inspector's name."""

from __future__ import annotations

from datetime import tzinfo

from ..place.positions import SOURCE_TITLES
from .photo import Evidence, clock_words


def caption_lines(
    photo: Evidence, *, inspection: str, area: str, site: str, item: str, clauses: str, timezone: tzinfo
) -> list[str]:
    """Time, area and site, item, position with accuracy and source, inspection number and short hash; local time."""
    clock = clock_words(photo.clock_error_ms)
    at = f"{photo.captured_at.astimezone(timezone):%Y-%m-%d %H:%M:%S}"
    fix = photo.fix
    where = "无定位"
    if fix:
        where = f"{fix.lat:.5f}, {fix.lon:.5f} ±{fix.accuracy_m:.0f}米 {SOURCE_TITLES[fix.source]}（WGS-84）"
    return [
        f"{at}（{clock}）" if clock else at,
        " · ".join(part for part in (area, site) if part),
        f"{item} {clauses}".strip(),
        where,
        f"编号 {inspection[:8]} · 照片 {photo.sha256[:12]}",
    ]
