"""Values that break programs: as texts, as JSON, as files."""

from __future__ import annotations

import copy
import io
import json
import random
import zipfile
from typing import Any

MARK = "zq\"zq'<zq>"
"""What a page must never say as it is: it ends attributes and opens elements."""
ELSEWHERE = "elsewhere.invalid"
"""A host that is not ours: no answer leads there."""
_ODD = [
    "", " ", "\0", "a\0b", "\x1b[31m", "x\r\nSet-Cookie: zq=1", "😀" * 40, "\u202eabc\u2066\ufeff", "\u3000",
    "e\u0301",     "{}", "[]", "null", "true", "[[[[", '{"a":1}', "a" * 300, "a" * 20_000, MARK, "_",
    "-", "--x", "=1+1", "'", ";", "<!--",
]  # fmt: skip
_NUMBERS = [
    "-1", "0", "1", "2147483648", "9" * 30, "9" * 5000, "000001" + "9" * 5000, "1e999", "NaN", "Infinity", "-0",
    "1_000",     "0x10", "\uff11\uff12", "\u00b2", "\u0663", "1,5", "1.0.0",
]  # fmt: skip
_TIMES = [
    "2026-W00", "2026-W54", "0000-W01", "9999-W53", "2026-W\uff148", "2026-13-40", "0001-01-01", "9999-12-31",
    "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59+14:00", "2026-11-25T10:00", "24:00", "25:61",
]  # fmt: skip
_PATHS = [
    "../../etc/passwd", "..\\..\\x", "%2e%2e%2f", "%", "%s%n{0}{x}", "{{7*7}}", "con", ".", "..", "~", f"//{ELSEWHERE}",
    f"/\\{ELSEWHERE}", f"/\t/{ELSEWHERE}", f"https://{ELSEWHERE}/", "javascript:alert(1)", "http://[",
]  # fmt: skip
_KNOWN = [
    "00000000-0000-4000-8000-000000000000", "0" * 64, "f" * 64, "421002001", "999999999", "2026-W48", "inspector",
]  # fmt: skip
TEXTS = [*_ODD, *_NUMBERS, *_TIMES, *_PATHS, *_KNOWN]
RAW = [b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf", b"\x80", b"\xf4\x90\x80\x80"]
"""Bytes that are no UTF-8: a half pair, an overlong form, one beyond Unicode."""
JSON_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    10**30,
    10**400,
    1e308,
    -1e308,
    1.5,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"\ud800": "\udfff"},
    "\ud800",
    "a\udc00b",
    ["x"] * 2000,
    {"lat": 91, "lon": 181, "accuracy_m": -1},
]
BODIES = [
    b"", b"null", b"[]", b"1", b'"x"', b"{", b"{}", b"[" * 100_000, b'{"a":' * 50_000, b"NaN", b'{"a":1,"a":2}',
    b'{"a":"\xed\xa0\x80"}', b'{"\xff":1}', '{"a":"\\ud800"}'.encode("utf-16"), '{"a":1}'.encode("utf-32"),
    b"\xef\xbb\xbf{}", b"1" * 5000, b'{"a":' + b"1" * 5000 + b"}", b"a=1;b", b"--x\r\n", b"%" * 100,
]  # fmt: skip
"""Bodies that are no document at all, or not of the kind that they are said to be."""
TYPES = [
    "application/json", "application/json; charset=utf-7", "application/json; charset=zq", "text/plain", "", "\xff",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/xml",
    "application/x-www-form-urlencoded; charset=zq", "image/jpeg", "application/problem+json", "a/b/c;;",
]  # fmt: skip
HEADERS = {
    "Host": [ELSEWHERE, "", "[", "a b", "x:99999", f"127.0.0.1@{ELSEWHERE}", "\xff", "localhost:x"],
    "Range": ["bytes=", "bytes=-", "bytes=9-1", "bytes=0-0,2-3", "bytes=99999999999999999999-", "x=1-2"],
    "If-None-Match": ["*", '"', 'W/"x', "\xff", "x" * 5000],
    "If-Modified-Since": ["x", "Thu, 01 Jan 0000 00:00:00 GMT", "9" * 400],
    "If-Range": ["x", '"', "Thu, 01 Jan 0000 00:00:00 GMT"],
    "Accept": ["", "*", "x", "application/json;q=x", "\xff", "text/html;q=9e999"],
    "Accept-Encoding": ["", "x;q=x", "br;q=1e9", "gzip;q=-1,br;q=nan"],
    "Accept-Language": ["x;q=x", "\xff"],
    "User-Agent": [
        "",
        MARK,
        "\xff" * 300,
        "a" * 5000,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 999999999999 like Mac OS X)",
    ],
    "Cookie": [
        "session=",
        "session=x.y.z",
        "=;;=",
        "\xff=\xff",
        "session=" + "a" * 5000,
        "known=x; known=",
        '__Host-session="',
    ],
    "Authorization": ["Bearer", "Bearer ", "Bearer \xff", "Basic x", "Bearer " + "a" * 5000, "bearer x"],
    "Referer": [f"https://{ELSEWHERE}/", "", "http://[", "\xff"],
    "Origin": ["null", f"https://{ELSEWHERE}", "http://["],
    "X-Forwarded-For": ["x", "1.2.3.4, \xff", "[", "999.1.1.1"],
    "X-Forwarded-Host": [ELSEWHERE],
    "X-Forwarded-Proto": ["zq", "https"],
    "X-Only-Copy": ["2", ""],
    "X-CSRFToken": ["", "x", "\xff", "a.b.c"],
    "Content-Length": ["x", "-1", "99999999999999999999", "5"],
    "Content-Encoding": ["gzip", "zq"],
    "X-HTTP-Method-Override": ["DELETE"],
}


def _archive(*names: str, content: bytes = b"<x/>") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return output.getvalue()


def _files() -> list[bytes]:
    workbook = _archive("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml")
    feature = {
        "type": "Feature",
        "properties": {"code": 1},
        "geometry": {"type": "Polygon", "coordinates": [[[1e999, "x"]]]},
    }
    empty = {
        "type": "FeatureCollection",
        "features": [{}, None, {"type": "Feature", "geometry": None, "properties": None}],
    }
    return [
        b"",
        b"\0" * 100,
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"\xff\xd8\xff\xe1\0\x02\xff\xd9",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
        b"RIFF\x04\0\0\0WEBP",
        b"\0\0\0\x18ftypheic",
        b"GIF89a\xff\xff\xff\xff\0\0\0",
        b"\x1aE\xdf\xa3webm",
        b"OggS\0",
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\0" * 18,
        workbook,
        workbook[:-30],
        _archive("../../x", "/etc/x", "a" * 300),
        _archive("x.toml", content=b"\xff"),
        _archive("bomb.xml", content=b"\0" * 5_000_000),
        json.dumps(feature).encode(),
        json.dumps(empty).encode(),
        b'{"type":"FeatureCollection","features":1}',
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"421002001"},"geometry":'
        b'{"type":"Polygon","coordinates":[[[1,2],[1,2],[NaN,2],[1,2]]]}}]}',
        b"code,name\n" + b"\0,\xff\n",
        "code,name,type,area,lat,lon,accuracy_m\nx,x,x,x,NaN,1e999,-1\n".encode("utf-16"),
        b"code,name,type,area,lat,lon,accuracy_m\n=1,\x00,zebra-crossing,421002001,1e999,nan,inf\n",
        b"code,name,type,area,lat,lon,accuracy_m\n" + b"a" * 200_000 + b"\n",
        b'"' * 5001,
        b"[x\n" + b"[" * 5000,
        b"a = " + b"[" * 5000,
        b"id = 1\n[[items]]\nid = nan\n",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "编码,名称\n１,x".encode("gb18030"),
    ]


FILES = _files()
NAMES = [
    "",
    "x.jpg",
    "x.xlsx",
    "x.toml",
    "x.csv",
    "x.geojson",
    "x.zip",
    "../../x.csv",
    "a" * 300 + ".csv",
    "\0.csv",
    "😀.json",
    MARK,
]


def text(rng: random.Random) -> str:
    """A hostile text."""
    return rng.choice(TEXTS)


def value(rng: random.Random) -> Any:
    """A hostile JSON value."""
    return copy.deepcopy(rng.choice(JSON_VALUES)) if rng.random() < 0.5 else text(rng)


def mutated(rng: random.Random, tree: Any, times: int = 1) -> Any:
    """A copy of a JSON value in which a few places hold something else, are missing, or are there twice."""
    holder = {"": copy.deepcopy(tree)}
    for _ in range(times):
        places = list(_places(holder))
        parent, key = places[0] if rng.random() < 0.02 else rng.choice(places)
        _change(rng, parent, key)
    return holder.get("")


def _places(node: Any) -> Any:
    if isinstance(node, dict | list):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from _places(node[key])


def _change(rng: random.Random, parent: Any, key: Any) -> None:
    act = rng.random()
    if act < 0.15 and key != "":
        del parent[key]
    elif act < 0.25:
        parent[key] = [parent[key], parent[key]]
    elif act < 0.35 and isinstance(parent[key], dict):
        parent[key][text(rng)] = value(rng)
    elif act < 0.4 and isinstance(parent[key], str):
        parent[key] += text(rng)
    else:
        parent[key] = value(rng)


def encoded(rng: random.Random, tree: Any) -> bytes:
    """JSON as it goes over the wire: half pairs as escapes or as bytes, seldom in UTF-16."""
    try:
        escaped = rng.random() < 0.5
        written = json.dumps(tree, ensure_ascii=escaped)
    except ValueError:
        return b"{}"
    return written.encode("utf-16" if rng.random() < 0.05 else "utf-8", "surrogatepass")
