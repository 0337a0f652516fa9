"""Opening after a crash, a flipped bit or a careless copy: what is cut off, and what refuses to open."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from inspect_app.store import StoreDamaged
from inspect_app.store.journal import JournalStorage
from tests.store.folders import compact, filled, journal_of, kept, put

THREE = {"d0": 0, "d1": 1, "d2": 2}
FOUR = {**THREE, "d3": 3}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A folder with four records that is not to be changed."""
    filled(tmp_path / "whole").close()
    return tmp_path / "whole"


def copied(whole: Path, content: bytes) -> Path:
    """A copy of the folder with another journal."""
    folder = whole.parent / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    journal_of(folder).write_bytes(content)
    return folder


def starts_of(content: bytes) -> list[int]:
    return [0, *(at + 1 for at, byte in enumerate(content[:-1]) if byte == 10)]


def test_a_last_record_cut_at_any_byte_is_cut_off_kept_aside_and_logged(whole, caplog):
    content = journal_of(whole).read_bytes()
    last = starts_of(content)[-1]
    for size in range(last + 1, len(content)):
        folder = copied(whole, content[:size])
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert kept(folder) == THREE
        assert f"第{last}字节" in caplog.text
        assert str(journal_of(folder)) in caplog.text
        assert (folder / f"torn-0-{last}").read_bytes() == content[last:size]
        assert journal_of(folder).read_bytes() == content[:last]


def test_a_first_record_cut_at_any_byte_leaves_an_empty_store(tmp_path):
    filled(tmp_path / "whole", 1).close()
    content = journal_of(tmp_path / "whole").read_bytes()
    for size in range(len(content)):
        assert kept(copied(tmp_path / "whole", content[:size])) == {}


def test_a_last_record_whose_end_is_zeros_from_any_byte_on_is_cut_off(whole):
    """The file system had grown the file and not yet written it; with and without a block's worth of zeros behind."""
    content = journal_of(whole).read_bytes()
    last = starts_of(content)[-1]
    for size in range(last, len(content)):
        for zeros in (len(content) - size, 4096):
            folder = copied(whole, content[:size] + bytes(zeros))
            assert kept(folder) == THREE
            assert journal_of(folder).read_bytes() == content[:last]


def test_zeros_behind_the_last_record_are_cut_off(whole):
    content = journal_of(whole).read_bytes()
    for zeros in (1, 511, 4096):
        folder = copied(whole, content + bytes(zeros))
        assert kept(folder) == FOUR
        assert journal_of(folder).read_bytes() == content


@pytest.mark.parametrize("first", [True, False], ids=["the first block", "a later block"])
def test_a_long_last_record_with_an_unwritten_block_is_cut_off(tmp_path, first):
    database = filled(tmp_path)
    put(database, "long", 4, pad="x" * 3000)
    database.close()
    path = journal_of(tmp_path)
    content = bytearray(path.read_bytes())
    last = starts_of(bytes(content))[-1]
    begin, end = (last, 512) if first else (1024, 2048)
    content[begin:end] = bytes(end - begin)
    path.write_bytes(content)
    assert kept(tmp_path) == FOUR
    assert path.stat().st_size == last


def test_a_record_with_zeros_that_no_block_explains_refuses_to_open(tmp_path):
    database = filled(tmp_path)
    put(database, "long", 4, pad="x" * 3000)
    database.close()
    path = journal_of(tmp_path)
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        kept(tmp_path)


@pytest.mark.parametrize("flip", [0x01, 0x04, 0x20, 0x80, 0xFF, "to zero", "to line break"])
def test_a_flipped_byte_anywhere_before_the_last_record_refuses_to_open_and_names_file_and_offset(whole, flip):
    content = journal_of(whole).read_bytes()
    starts = starts_of(content)
    for at in range(starts[-1]):
        spoilt = bytearray(content)
        spoilt[at] = {"to zero": 0, "to line break": 10}.get(flip, spoilt[at] ^ flip if isinstance(flip, int) else 0)
        if spoilt == content:
            continue
        folder = copied(whole, bytes(spoilt))
        with pytest.raises(StoreDamaged) as refused:
            kept(folder)
        assert str(journal_of(folder)) in str(refused.value)
        assert f"第{max(start for start in starts if start <= at)}字节" in str(refused.value), at
        assert journal_of(folder).read_bytes() == spoilt, "the evidence is left as it is"


@pytest.mark.parametrize("flip", [0x01, 0x04, 0x20, 0x80, 0xFF])
def test_a_flipped_byte_in_a_whole_last_record_refuses_to_open_as_well(whole, flip):
    content = journal_of(whole).read_bytes()
    last = starts_of(content)[-1]
    for at in range(last, len(content)):
        spoilt = bytearray(content)
        spoilt[at] ^= flip
        with pytest.raises(StoreDamaged, match=f"第{last}字节"):
            kept(copied(whole, bytes(spoilt)))


def test_a_damaged_record_before_a_torn_one_refuses_to_open(whole):
    content = bytearray(journal_of(whole).read_bytes())
    content[20] ^= 0x04
    with pytest.raises(StoreDamaged, match="第0字节"):
        kept(copied(whole, bytes(content[:-5])))


def test_text_that_begins_no_record_is_not_taken_for_a_torn_one(whole):
    content = journal_of(whole).read_bytes()
    for rest in (b"hello", b"{}", b"deadbeef x", b"deadbeef 5 hello, this is longer"):
        with pytest.raises(StoreDamaged, match=f"第{len(content)}字节"):
            kept(copied(whole, content + rest))


def test_a_record_missing_from_the_middle_of_a_snapshot_or_any_byte_of_it_changed_refuses_to_open(tmp_path):
    database = filled(tmp_path)
    compact(database)
    put(database, "d4", 4)
    database.close()
    path = tmp_path / "snapshot.json"
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    spoilt = [content[:size] for size in range(len(content))]
    spoilt += [content[:at] + bytes([content[at] ^ 0x04]) + content[at + 1 :] for at in range(len(content))]
    spoilt += [b"".join(lines[:at] + lines[at + 1 :]) for at in range(len(lines))]
    for bad in spoilt:
        path.write_bytes(bad)
        with pytest.raises(StoreDamaged, match=r"snapshot\.json：第\d+字节"):
            kept(tmp_path)
    path.write_bytes(content)
    assert kept(tmp_path) == {**FOUR, "d4": 4}


def test_a_missing_snapshot_refuses_to_open_and_its_journal_is_left_alone(tmp_path):
    database = filled(tmp_path)
    compact(database)
    put(database, "d4", 4)
    database.close()
    (tmp_path / "snapshot.json").unlink()
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=r"journal\.1.*snapshot\.json"):
            kept(tmp_path)
    assert (tmp_path / "journal.1").stat().st_size


def test_an_older_snapshot_than_the_journal_belongs_to_refuses_to_open(tmp_path):
    """As in a copy made while the store was compacted."""
    database = filled(tmp_path)
    compact(database)
    snapshot = (tmp_path / "snapshot.json").read_bytes()
    put(database, "d4", 4)
    compact(database)
    put(database, "d5", 5)
    database.close()
    (tmp_path / "snapshot.json").write_bytes(snapshot)
    (tmp_path / "journal.1").touch()
    with pytest.raises(StoreDamaged, match=r"journal\.2"):
        kept(tmp_path)


def test_a_missing_journal_behind_a_snapshot_refuses_to_open(tmp_path):
    database = filled(tmp_path)
    compact(database)
    database.close()
    (tmp_path / "journal.1").unlink()
    with pytest.raises(StoreDamaged, match=r"journal\.1"):
        kept(tmp_path)


def test_a_store_that_is_damaged_while_in_use_says_so_each_time(tmp_path):
    writer, reader = filled(tmp_path), JournalStorage(tmp_path)
    compact(writer)
    path = tmp_path / "snapshot.json"
    path.write_bytes(path.read_bytes()[:-3])
    for _ in range(3):
        with pytest.raises(StoreDamaged, match=r"snapshot\.json"), reader.reading():
            pass


def test_a_journal_that_became_shorter_in_use_refuses_to_go_on(tmp_path):
    database = filled(tmp_path)
    path = journal_of(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(StoreDamaged, match=r"journal\.0"):
        put(database, "d4", 4)


def test_a_torn_record_is_cut_off_even_where_the_disk_is_too_full_to_keep_it_aside(whole, monkeypatch, caplog):
    content = journal_of(whole).read_bytes()
    folder = copied(whole, content[:-3])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with caplog.at_level(logging.WARNING):
        assert kept(folder) == THREE
    assert "未能另存" in caplog.text
