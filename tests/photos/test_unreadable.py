"""An original that the disk gives no more is a damaged one, and mended by the same photo."""

from __future__ import annotations

import errno
import hashlib
import logging

import pytest

from inspect_app.photos.damage import OriginalDamaged
from inspect_app.photos.folder import FolderPhotoStore
from tests.unreadable import make_unreadable

CONTENT = b"photo"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def photos(tmp_path):
    FolderPhotoStore(tmp_path / "photos").keep(SHA256, CONTENT)
    return FolderPhotoStore(tmp_path / "photos")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "photos" / "originals" / SHA256[:2] / SHA256


def test_an_original_that_cannot_be_read_is_damaged_until_it_comes_again(photos, path, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        make_unreadable(broken, path)
        assert photos.has(SHA256)
        assert not photos.is_whole(SHA256)
        with pytest.raises(OriginalDamaged, match=f"{SHA256}」已损坏"):
            photos.whole(SHA256)
        with caplog.at_level(logging.WARNING):
            assert photos.keep(SHA256, CONTENT)
    assert "读不出来" in caplog.text
    assert photos.whole(SHA256) == CONTENT


def test_too_many_open_files_are_no_damage_of_an_original(photos, path, monkeypatch):
    make_unreadable(monkeypatch, path, error=errno.EMFILE)
    for look in (photos.is_whole, photos.whole, photos.read):
        with pytest.raises(OSError, match="Too many open files"):
            look(SHA256)
