"""Static files: compressed once, and named by a digest of them all.

The digest stands before the path (``/static/<digest>/js/inspecting/form.js``), so that a module's relative imports
carry it too: a page never mixes modules of two versions, and every file may be kept by browsers for good. Where set-up
has made a bundle of these files (bundles.py), its scripts are sent in the place of those that are written.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import os
import re
from functools import lru_cache
from pathlib import Path

import brotli
from flask import Blueprint, Response, abort, current_app, make_response, request, url_for
from werkzeug.security import safe_join

from ..bundles import STATIC, Bundle, bundle_of, sources_digest
from . import access
from .context import services
from .modules import imported, without_comments

blueprint = Blueprint("files", __name__)

_YEAR_S = 365 * 24 * 3600
_VERSION = re.compile(r"[0-9a-f]{12}")
_COMPRESSIBLE = {".js", ".css", ".svg", ".json", ".txt"}
# Windows takes types from its registry, where ".js" is often text/plain, which browsers refuse as a module.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@blueprint.get("/static/<digest>/<path:filename>")
@access.public
def static(digest: str, filename: str) -> Response:
    """One file. Kept for a year under the digest of this version; under another one looked at again each time."""
    bundled = _bundled(digest, filename)
    if bundled:
        return file_answer(bundled, fresh=True)
    path = _inside(STATIC, filename)
    if path is None:
        abort(404)
    return file_answer(path, fresh=digest == version(), own=True)


def _bundled(digest: str, filename: str) -> Path | None:
    """A script of a bundle, of an earlier one as well: pages that were opened before go on with theirs."""
    bundles = services().settings.bundles
    if bundles is None or not filename.endswith(".js") or not _VERSION.fullmatch(digest):
        return None
    return _inside(bundles / digest, filename)


def _inside(folder: Path, filename: str) -> Path | None:
    inside = safe_join(str(folder), filename)
    # ``os.path.isfile`` takes a name that no file system can have (too long, with a NUL) for that of no file.
    return Path(inside) if inside and os.path.isfile(inside) else None  # noqa: PTH113


def file_answer(path: Path, *, fresh: bool, own: bool = False) -> Response:
    """A file, compressed where the browser takes that; ``fresh``: its address changes with its content.

    Comments of our ``own`` modules are for those who read the source; those of others hold their licences.
    """
    encoding = _encoding(path)
    content = _encoded(path, path.stat().st_mtime_ns, encoding, own)
    answer = make_response(content)
    answer.content_type = _content_type(path)
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable" if fresh else "no-cache"
    answer.set_etag(hashlib.sha256(content).hexdigest()[:20])
    answer.make_conditional(request)
    return answer


def asset(path: str) -> str:
    """The address of a static file in this version."""
    return url_for("files.static", digest=version(), filename=path)


def preloads(path: str, *later: str) -> list[str]:
    """The addresses of what a module imports, for the page's head: the browser then fetches them all at once.

    ``later`` are modules that it will import once it runs.
    """
    bundle = _bundle()
    if bundle:
        return [asset(name) for name in bundle.needs.get(path, ())]
    needed = [*_imported(path, version()), *(name for one in later for name in (one, *_imported(one, version())))]
    return [asset(name) for name in dict.fromkeys(needed)]


@lru_cache(maxsize=32)
def _imported(path: str, _: str) -> tuple[str, ...]:
    return imported(path, lambda name: (STATIC / name).read_text("utf-8"))


def version() -> str:
    """A digest of all static files, their names included: the version of the phone's part of the application.

    Computed once; with Flask's debugger on, again after each edit.
    """
    bundle = _bundle()
    return bundle.version if bundle else _sources()


def names(*patterns: str) -> list[str]:
    """The files that match any of the patterns, as they are sent, relative to the folder, sorted."""
    bundle = _bundle()
    found = _matching(STATIC, patterns)
    if bundle:
        found = {name for name in found if not name.endswith(".js")} | _matching(bundle.folder, patterns)
    return sorted(found)


def _matching(folder: Path, patterns: tuple[str, ...]) -> set[str]:
    paths = (path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    return {path.relative_to(folder).as_posix() for path in paths}


def _bundle() -> Bundle | None:
    bundles = services().settings.bundles
    return None if bundles is None or current_app.debug else bundle_of(_sources(), bundles)


def _sources() -> str:
    files = (path for path in STATIC.rglob("*") if path.is_file()) if current_app.debug else ()
    return _digest(tuple(path.stat().st_mtime_ns for path in files))


@lru_cache(maxsize=4)
def _digest(_: tuple[int, ...]) -> str:
    return sources_digest()


def _encoding(path: Path) -> str:
    if path.suffix not in _COMPRESSIBLE:
        return ""
    accepted = request.accept_encodings
    return next((name for name in ("br", "gzip") if accepted[name] > 0), "")


@lru_cache(maxsize=512)
def _encoded(path: Path, _: int, encoding: str, own: bool) -> bytes:
    """The file's bytes in one encoding; the second argument is its time of change, so that an edit is seen."""
    content = path.read_bytes()
    if own and path.suffix == ".js":
        content = without_comments(content.decode()).encode()
    if encoding == "br":
        return bytes(brotli.compress(content, quality=11))
    return gzip.compress(content, 9, mtime=0) if encoding == "gzip" else content


def _content_type(path: Path) -> str:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
