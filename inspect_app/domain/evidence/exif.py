"""What a photo file says of itself (EXIF 2.32): size, time, position, device. Said, not proven."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from ..place.positions import Fix
from ..weeks import YEARS
from .photo import Evidence

_LONGEST_TEXT = 200
_YEARS = range(1970, YEARS.stop)
_HOURS_OFF = 14
"""No zone on earth is farther from UTC."""
UNKNOWN_ACCURACY_M = 100.0
"""How sure a position is taken to be of which the file does not say: no surer than a phone's own may be before a signal
tells of it."""


@dataclass(frozen=True, slots=True)
class Exif:
    """What was found. Degrees are WGS-84 unless ``datum`` says otherwise, metres for accuracy and altitude.

    ``taken_at`` is aware where the file names the offset from UTC and naive (the camera's local time) where it does
    not. ``gps_at`` is UTC. What is missing, damaged or impossible is None.
    """

    format: str = ""
    width: int = 0
    height: int = 0
    orientation: int | None = None
    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    altitude_m: float | None = None
    gps_at: datetime | None = None
    datum: str | None = None
    make: str | None = None
    model: str | None = None
    software: str | None = None


def interpret(
    tags: Mapping[int, Any], gps: Mapping[int, Any], format: str = "", width: int = 0, height: int = 0
) -> Exif:
    """Tags of IFD0 and the EXIF IFD, and of the GPS IFD, as far as they make sense. Never raises.

    A coordinate without its reference letter is no coordinate: guessing the hemisphere may be wrong by half the world.
    """
    lat = _coordinate(gps.get(2), gps.get(1), {"N": 1, "S": -1}, 90)
    lon = _coordinate(gps.get(4), gps.get(3), {"E": 1, "W": -1}, 180)
    # Android's picker puts zeros where it takes a position away; V says that the receiver had none. To the centimetre,
    # as the phone reads it.
    if lat is None or lon is None or (round(lat, 7), round(lon, 7)) == (0, 0) or _text(gps.get(9)) == "V":
        lat = lon = None
    orientation = tags.get(0x0112)
    return Exif(
        format=format,
        width=width,
        height=height,
        orientation=orientation if type(orientation) is int and 1 <= orientation <= 8 else None,
        taken_at=_taken_at(tags),
        lat=lat,
        lon=lon,
        accuracy_m=_number(gps.get(31), 0, 20_100_000) if lat is not None else None,
        altitude_m=_altitude(gps),
        gps_at=_gps_at(gps),
        datum=_text(gps.get(18)),
        make=_text(tags.get(0x010F)),
        model=_text(tags.get(0x0110)),
        software=_text(tags.get(0x0131)),
    )


def exif_to_json(exif: Exif) -> dict[str, object]:
    """Every field; instants as ISO 8601, with a zone where the file named one."""
    return {name: _written(value) for name, value in asdict(exif).items()}


def exif_from_json(raw: Mapping[str, Any]) -> Exif:
    """What ``exif_to_json`` wrote."""
    instants = {name: datetime.fromisoformat(raw[name]) for name in ("taken_at", "gps_at") if raw.get(name)}
    return Exif(**{**raw, **instants})


def evidence_told_by_file(sha256: str, item: str, exif: Exif | None, now: datetime, zone: tzinfo) -> Evidence:
    """A photo that came as a mere file: where and when it was taken is what the file says of itself.

    A time without a zone is the city's (``zone``); ``now`` stands for none.
    """
    taken = exif.taken_at if exif and exif.taken_at else now
    at = (taken if taken.tzinfo else taken.replace(tzinfo=zone)).astimezone(UTC)
    if exif is None or exif.lat is None or exif.lon is None:
        return Evidence(sha256, item, at, None)
    fix = Fix(exif.lat, exif.lon, exif.accuracy_m or UNKNOWN_ACCURACY_M, "exif", at)
    return Evidence(sha256, item, at, fix)


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _coordinate(value: object, reference: object, signs: Mapping[str, int], limit: float) -> float | None:
    """Degrees from up to three rationals (degrees, minutes, seconds)."""
    sign = signs.get((_text(reference) or "")[:1].upper())
    if sign is None or not isinstance(value, tuple | list) or not 1 <= len(value) <= 3:
        return None
    parts = [_number(part, 0, most) for part, most in zip(value, (limit, 60, 60), strict=False)]
    if None in parts:
        return None
    degrees = sum(part / 60**power for power, part in enumerate(parts) if part is not None)
    return sign * degrees if degrees <= limit else None


def _altitude(gps: Mapping[int, Any]) -> float | None:
    metres = _number(gps.get(6), 0, 20_000)
    reference = gps.get(5, 0)
    below = reference in (1, b"\x01", "1")
    return None if metres is None else -metres if below else metres


def _taken_at(tags: Mapping[int, Any]) -> datetime | None:
    """DateTimeOriginal, else DateTimeDigitized, else DateTime, each with its own offset."""
    for stamp, offset in ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010)):
        taken = _stamp(tags.get(stamp))
        if taken is not None:
            return taken.replace(tzinfo=_offset(tags.get(offset)))
    return None


def _stamp(value: object) -> datetime | None:
    text = _text(value)
    if text is None:
        return None
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y:%m:%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            found = datetime.strptime(text[:19], form)
        except ValueError:
            continue
        return found if found.year in _YEARS else None
    return None


def _offset(value: object) -> timezone | None:
    text = _text(value) or ""
    if text == "Z":
        return UTC
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":" or not (text[1:3] + text[4:]).isdecimal():
        return None
    hours, minutes = int(text[1:3]), int(text[4:])
    if hours > _HOURS_OFF or minutes > 59:
        return None
    off = timedelta(hours=hours, minutes=minutes)
    return timezone(-off if text[0] == "-" else off)


def _gps_at(gps: Mapping[int, Any]) -> datetime | None:
    """GPSDateStamp and GPSTimeStamp, which are UTC."""
    day, clock = _text(gps.get(29)) or "", gps.get(7)
    if not isinstance(clock, tuple | list) or len(clock) != 3:
        return None
    parts = [_number(part, 0, most) for part, most in zip(clock, (23, 59, 60), strict=True)]
    if None in parts:
        return None
    try:
        start = datetime.strptime(day[:10].replace("-", ":"), "%Y:%m:%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = sum(part * 60 ** (2 - power) for power, part in enumerate(parts) if part is not None)
    return start + timedelta(seconds=seconds) if start.year in _YEARS else None


def _number(value: object, low: float, high: float) -> float | None:
    """A finite number between bounds from an int, a float or a rational; zero denominators give none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) and low <= number <= high else None


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    if not isinstance(value, str):
        return None
    text = value.split("\0", 1)[0].strip()
    printable = "".join(letter for letter in text[:_LONGEST_TEXT] if letter.isprintable())
    return printable or None
