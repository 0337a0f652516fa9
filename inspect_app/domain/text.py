"""Text as people paste it, made fit to be kept and shown: cleaned where it comes in, and again on its way into XML.

What nobody sees and what breaks files goes; what a writer could mean stays: rare characters of every CJK extension
(those that this Python does not know yet included), emoji, accents, right-to-left letters. Nothing is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import Any

_USUAL = re.compile("[ -~\u3000-\u3011\u4e00-\u9fa5\uff01-\uff5e]*")
"""Letters, Chinese characters and their signs, of which nearly every text is made: nothing is to be done in them."""
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Line breaks of every kind; the vertical tab is Word's soft one."""
_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
"""Outside of the characters that XML 1.0 allows, and those that it advises against (controls, noncharacters)."""
_NONCHARACTERS = "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    f"\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb{_NONCHARACTERS}\U000e0000\U000e0001]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+"  # tags, unless they make a flag
)
_EMOJI = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_JOINING = "\u0600-\u109f\u1780-\u180d\u180f-\u18af\u1a00-\u1cff\ua800-\uabff\U00010a00-\U00011fff"
"""Scripts whose letters change where they are joined: Arabic, Syriac, those of India and South East Asia, Mongolian."""
_MONGOLIAN = "\u180b-\u180d\u180f\u1820-\u18aa"
"""Its letters and the selectors of their variants, between which its vowel separator (U+180E) is part of a word."""
_JOINER = re.compile(
    f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    f"|(?<=[{_MONGOLIAN}])\u180e(?=[{_MONGOLIAN}])|([\u180e\u200c\u200d])"
)
_TURNING = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters that run to the left (Hebrew, Arabic and others), and characters that turn what follows them."""
_GB_18030 = dict(
    zip((0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864), range(0x9FB4, 0x9FBC), strict=True)
)
"""Characters to which Python's codec, after GB 18030-2000, gives private numbers; the edition of 2005 has their own."""


def cleaned(text: str) -> str:
    """A text of several lines (LF) as it is kept: composed (NFC), without hidden characters, trimmed at its ends.

    Cleaning twice changes nothing. Joiners stay where emoji or letters need them, and so does the vowel separator of
    Mongolian; U+3000 and U+00A0 count as blanks.
    """
    if _USUAL.fullmatch(text):
        return text.strip()
    seen = _HIDDEN.sub("", _BREAKS.sub("\n", _paired(text))).translate(_GB_18030)
    composed = unicodedata.normalize("NFC", seen)
    joined = _JOINER.sub(lambda found: "" if found[1] else found[0], composed)
    return unicodedata.normalize("NFC", joined).strip()


def cleaned_line(text: str) -> str:
    """A text of one line as it is kept: as ``cleaned``, with blanks for line breaks and tabs."""
    if _USUAL.fullmatch(text):
        return text.strip()
    return cleaned(re.sub("[\n\t]+", " ", cleaned(text)))


def cleaned_tree(value: Any, chosen: Collection[str] = ()) -> Any:
    """A value of JSON with each of its texts ``cleaned``, but those under a key of ``chosen``.

    They were not written, but chosen among texts that somebody else wrote.
    """
    return with_texts(value, cleaned, chosen)


def with_texts(value: Any, change: Callable[[str], str], but: Collection[str] = ()) -> Any:
    """A value of JSON with each of its texts changed, but those under a key of ``but``; keys are names of fields."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {
            key: one if key in but and isinstance(one, str) else with_texts(one, change, but)
            for key, one in value.items()
        }
    return [with_texts(one, change, but) for one in value] if isinstance(value, list | tuple) else value


def xml_text(text: str) -> str:
    """A text as XML 1.0 can carry it, line breaks and the writer's characters kept; for what is stored already."""
    return _NOT_XML.sub("", text.replace("\v", "\n"))


def isolated(text: str) -> str:
    """A text as it stands among others: one that runs to the left, or says so, is isolated (UAX #9), so that it turns
    nothing around it; marks in it that were never closed end with it.
    """
    return f"\u2068{text}\u2069" if not text.isascii() and _TURNING.search(text) else text


def is_line(text: str) -> bool:
    """Whether a text is one line that can be shown, also where it is written in characters newer than this Python."""
    return not re.search("[\t\n]", text) and not _BREAKS.search(text) and not _HIDDEN.search(text)


def _paired(text: str) -> str:
    """Halves of surrogate pairs that stand side by side joined; single halves stay as they are."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
