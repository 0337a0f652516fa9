"""Copies of photos: how they are written."""

from __future__ import annotations

import io
import sys

import pytest
from PIL import Image

from inspect_app.photos.copies import as_jpeg


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no files in memory")
def test_a_copy_is_encoded_to_a_descriptor_while_which_pillow_lets_other_threads_go_on(monkeypatch):
    picture, plain, descriptors = Image.radial_gradient("L").convert("RGB"), io.BytesIO(), []
    save = Image.Image.save

    def noted(image, file, *arguments, **named):
        descriptors.append(file.fileno())
        save(image, file, *arguments, **named)

    save(picture, plain, "JPEG", quality=80)
    monkeypatch.setattr(Image.Image, "save", noted)
    assert as_jpeg(picture, 80) == plain.getvalue()
    assert len(descriptors) == 1
