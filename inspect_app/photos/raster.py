"""A photo's pixels by Pillow: which formats, nothing guessed, and never more of them in memory than has to be.

This file is a program as well: ``python raster.py 1600`` reads a photo and writes width, height and RGB rows of a small
raster, so that what a large picture takes, or breaks, is gone with the process. Hence it imports nothing of ours.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageCms, ImageFile

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")
READS_AVIF: bool = AvifImagePlugin.SUPPORTED
"""Whether this Pillow can decode AVIF: its wheels can, but for those of Windows on ARM."""
# Never guess the rest of a photo that ends early.
ImageFile.LOAD_TRUNCATED_IMAGES = False
# The limits are by format and decoded scale (intake.py); Pillow's own one would refuse what they allow.
Image.MAX_IMAGE_PIXELS = None
# Of a HEIC only the picture itself is of use; what else phones put into it is not even looked at.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
# More threads would take more memory for one picture, and the processor from everybody else.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_ANY_BRANDS = frozenset((b"mif1", b"mif2", b"msf1", b"miaf"))
"""Brands of pictures coded by HEVC, by AV1, and by whatever else (ISO/IEC 23008-12, 10; AV1 in HEIF, 6 and 8)."""
_MOST_BRANDS = 64
_STRIP_PIXELS = 2_000_000
_MOST_REDUCED = 16
_MOST_CHUNKS = 10_000
_APART_CPU_S, _APART_S = 5, 30
_MOST_MEMORY = 400_000_000
"""Processor time that a process of its own may take (where the system can limit it), time on the clock, and bytes of
memory beside those that it has before it decodes: what a file says of its size need not be so."""
_SIZE = struct.Struct(">II")
_KILLED = 9


class Unable(Exception):
    """A process of its own could not be had, or not kept: no fault of the photo's, which may be sent again."""


def opened(content: bytes) -> Image.Image:
    """The image of these bytes, of which only the header is read. Raises what Pillow raises for what is none."""
    if content.startswith(b"\x89PNG") and not _has_few_chunks(content):
        raise OSError("too many chunks")
    kind = "AVIF" if coding(content) == "avif" else None
    return Image.open(io.BytesIO(content), formats=[kind] if kind else FORMATS[:-1])


def coding(content: bytes) -> str:
    """``heic`` or ``avif`` for what begins as such a picture, and nothing for other files, videos of the family too.

    Both may begin with a brand that they share; then the first of the others tells, and HEIC is what it usually is.
    """
    if content[4:8] != b"ftyp":
        return ""
    end = min(int.from_bytes(content[:4]), 16 + 4 * _MOST_BRANDS)
    others = [content[at : at + 4] for at in range(16, end - 3, 4)]
    brand = content[8:12]
    if brand in _ANY_BRANDS:
        brand = next((one for one in others if one in _HEIF_BRANDS | _AVIF_BRANDS), b"heic")
    return "heic" if brand in _HEIF_BRANDS else "avif" if brand in _AVIF_BRANDS else ""


def format_of(image: Image.Image) -> str:
    """One of ``FORMATS``. Phones add further pictures to a JPEG, which Pillow then calls another format."""
    return "JPEG" if image.format == "MPO" else str(image.format)


def small_raster(image: Image.Image, content: bytes, small_px: int) -> Image.Image:
    """All of an opened image decoded, to an RGB raster of ``small_px`` or somewhat more on the longest side.

    A JPEG is scaled by its decoder, which reads every coded bit all the same. Raises what Pillow raises.
    """
    if format_of(image) == "HEIF":
        return _small_heif(content, small_px)
    if format_of(image) == "JPEG":
        width, height = image.size
        longest = max(width, height)
        image.draft("RGB", (max(1, width * small_px // longest), max(1, height * small_px // longest)))
    image.load()
    in_rgb = _from_print(image.info.get("icc_profile")) if image.mode == "CMYK" else None
    return _reduced(image.size, small_px, lambda top, end: image.crop((0, top, image.width, end)), image, in_rgb)


def small_raster_apart(content: bytes, small_px: int, most_memory: int = _MOST_MEMORY) -> Image.Image:
    """As ``small_raster``, by a process of its own that gets so many bytes of memory (where the system can limit it).

    Raises ``OSError`` with what that one said, ``TimeoutError``, or ``Unable``.
    """
    # -P: the files beside this one are no modules for it.
    command = [sys.executable, "-P", __file__, str(small_px), str(most_memory)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_APART_S, check=False)
    except subprocess.TimeoutExpired:
        raise TimeoutError("took too long") from None
    except OSError as error:
        raise Unable(str(error)) from error
    if done.returncode == -_KILLED:
        raise Unable("killed, as the system does where memory is short")
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    size = _SIZE.unpack_from(done.stdout)
    return Image.frombytes("RGB", size, memoryview(done.stdout)[_SIZE.size :])


def _small_heif(content: bytes, small_px: int) -> Image.Image:
    """From the decoder's own memory: Pillow would make a copy of all of it first."""
    file = pillow_heif.open_heif(content)
    frame = file[file.primary_index]
    rows, stride, mode, size = memoryview(frame.data), frame.stride, frame.mode, frame.size

    def strip(top: int, end: int) -> Image.Image:
        return Image.frombytes(mode, (size[0], end - top), rows[top * stride : end * stride], "raw", mode, stride)

    return _reduced(size, small_px, strip)


def _reduced(
    size: tuple[int, int],
    small_px: int,
    strip: Callable[[int, int], Image.Image],
    whole: Image.Image | None = None,
    in_rgb: Callable[[Image.Image], Image.Image] | None = None,
) -> Image.Image:
    """An RGB picture by a whole factor smaller, of ``small_px`` or more; a strip at a time where it is large.

    ``strip(top, end)`` gives rows of the large one, which is never copied whole.
    """
    width, height = size
    in_rgb = in_rgb or _in_rgb
    by = min(_MOST_REDUCED, max(1, max(size) // small_px))
    if whole is not None and (by == 1 or width * height <= _STRIP_PIXELS):
        rgb = in_rgb(whole)
        return rgb.reduce(by) if by > 1 else rgb
    small = Image.new("RGB", (-(-width // by), -(-height // by)))
    rows = by * max(1, _STRIP_PIXELS // (width * by))
    for top in range(0, height, rows):
        small.paste(in_rgb(strip(top, min(height, top + rows))).reduce(by), (0, top // by))
    return small


def _in_rgb(picture: Image.Image) -> Image.Image:
    """The picture in RGB: of 16 bits the upper 8, and what is transparent on white, as a page shows it."""
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I"):
        grey = picture if picture.mode == "I" else picture.convert("I")
        return grey.point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    shown = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(shown, mask=shown.getchannel("A"))
    return white


def _from_print(profile: bytes | None) -> Callable[[Image.Image], Image.Image] | None:
    """From CMYK to sRGB as the photo's profile says; None without one that can be used."""
    try:
        inks = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        # Built once: its tables cost more than a strip of a picture.
        transform = ImageCms.buildTransform(inks, ImageCms.createProfile("sRGB"), "CMYK", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return lambda picture: ImageCms.applyTransform(picture, transform) or _in_rgb(picture)


def _has_few_chunks(png: bytes) -> bool:
    """Whether a PNG is in as many pieces as a photo may be: Pillow takes its time, and memory, for each."""
    at = 8
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(png):
            return True
        at += 12 + int.from_bytes(png[at : at + 4])
    return False


def _limit_memory(most: int) -> None:
    """Let this process have so many bytes more than it has, where the system can tell and limit it."""
    with suppress(ImportError, OSError):
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + most, used + most))


def _main() -> None:
    with suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (_APART_CPU_S, _APART_CPU_S + 1))
    warnings.simplefilter("ignore")
    content = sys.stdin.buffer.read()
    if coding(content) == "avif":
        _limit_memory(int(sys.argv[2]))
    try:
        small = small_raster(opened(content), content, int(sys.argv[1]))
    except Exception as error:  # as any decoder's; the other process tells them apart by their words
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(_SIZE.pack(*small.size) + small.tobytes())


if __name__ == "__main__":
    _main()
