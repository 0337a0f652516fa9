"""Text that people paste: what stays, what goes, whatever the characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from inspect_app.domain.tables import is_name
from inspect_app.domain.text import cleaned, cleaned_line, cleaned_tree, is_line, isolated, xml_text

_ODD = "\x00\x0b\x1b\x85\xa0\xad\u034f\u200b\u200c\u200d\u200e\u202e\u2028\u2066\u3000\ud83d\ude00\ufe0f\ufeff\ufffe"
_MIXED = "\r\n\t👩👧🏴e\u0301ن龴ᠨ\u180eᠠ"
_ANY = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from(_ODD + _MIXED)))


@given(_ANY)
def test_cleaning_twice_changes_nothing_and_leaves_what_every_file_carries(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once == once.strip()
    assert cleaned_line(cleaned_line(text)) == cleaned_line(text)
    assert is_line(cleaned_line(text))
    assert xml_text(once) == once
    once.encode("utf-8")


@given(_ANY)
def test_whatever_is_stored_makes_xml(text: str) -> None:
    element = etree.Element("text")
    element.text = xml_text(text)
    assert etree.fromstring(etree.tostring(element)).text == (xml_text(text) or None)


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("一\v二\r\n三\u2028四", "一\n二\n三\n四"),
        ("\u3000\xa0 名称\u3000", "名称"),
        ("中\u200b山\ufeff路\u202e", "中山路"),
        ("Cafe\u0301", "Café"),
        ("👩\u200d👧 ❤\ufe0f\u200d🔥", "👩\u200d👧 ❤\ufe0f\u200d🔥"),
        ("中\u200d山", "中山"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u1828\u180e\u1820", "\u1828\u180e\u1820"),  # how traditional Mongolian is spelt
        ("中\u180e山\u1828\u180e", "中山\u1828"),
        ("\ud83d\ude00半\ud83d", "😀半"),
        ("\U00031350\U0002ebf0", "\U00031350\U0002ebf0"),
        ("\ue81e", "\u9fb4"),
        ("🏴\U000e0067\U000e0062\U000e007f乱\U000e0067", "🏴\U000e0067\U000e0062\U000e007f乱"),
    ],
)
def test_each_kind_of_character(pasted: str, kept: str) -> None:
    assert cleaned(pasted) == kept


def test_a_line_has_blanks_where_lines_broke() -> None:
    assert cleaned_line("东门\r\n外\t侧") == "东门 外 侧"


def test_a_body_keeps_its_keys_numbers_and_shape() -> None:
    assert cleaned_tree({"note\v": ["a\x00", 1, None, {"b": "\u3000c"}]}) == {"note\v": ["a", 1, None, {"b": "c"}]}


def test_what_was_chosen_stays_as_who_offered_it_wrote_it():
    sent = {"value": "好\u200b", "note": "好\u200b", "rows": [{"value": ["a\v"], "name": "b\x00"}]}
    kept = {"value": "好\u200b", "note": "好", "rows": [{"value": ["a"], "name": "b"}]}
    assert cleaned_tree(sent, chosen={"value"}) == kept


def test_names_may_be_written_in_characters_newer_than_python() -> None:
    assert is_name("\U00031350路")
    assert not is_name("一\v路")
    assert not is_name("一\u202e路")


@pytest.mark.parametrize("turning", ["שלום", "مرحبا", "a\u202eb", "a\u2067b"])
def test_what_runs_to_the_left_is_isolated_and_nothing_else_is(turning):
    assert isolated(turning) == f"\u2068{turning}\u2069"
    assert isolated("中山路 No. 1 é 😀") == "中山路 No. 1 é 😀"
    assert cleaned(isolated("שלום")) == "שלום"
