"""Reference photos on the phone: under the item that they are of, and there without a network."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.services.evidence.redacting import finish, redaction_of
from inspect_app.services.evidence.references import Candidate, adopt, note_upload, references_of
from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import open_form, ready_offline, wait_until
from tests.faults import BadLine
from tests.sites import keep_only
from tests.world import NOW, World, photo, received, sha256

pytestmark = pytest.mark.browser


def with_reference(world: World) -> str:
    """A checklist's item with a reference of its worst grade; the item."""
    services, checklist = world.services, world.checklist("public-toilet")
    item, sha = checklist.items[1].id, sha256(photo(3))
    received(services, photo(3))
    owner = note_upload(services, "supervisor", checklist, item, sha, NOW)
    assert isinstance(owner, str)
    redaction = redaction_of(services, owner, sha, scope=EVERYTHING)
    assert redaction
    finish(services, "supervisor", redaction, [], NOW)
    grade = list(checklist.item(item).rule.grades)[-1].key if checklist.item(item).method == "grade" else "severe"
    taken = Candidate(owner, sha, item, failed=True)
    assert adopt(services, "supervisor", checklist, taken, grade, "便池边有积水", NOW, expected=0) == []
    return item


def test_a_reference_is_shown_without_a_network_and_goes_again_by_the_same_tap(
    world: World, line: BadLine, open_phone: OpenPhone
):
    item = with_reference(world)
    (reference,) = references_of(world.services, world.checklist("public-toilet"))
    keep_only(world.services.store, "public-toilet-1")
    page = open_phone(line.address)
    ready_offline(page, line.address, forms=1)
    kept = "async (name) => Boolean(await caches.match(`/field/references/pictures/${name}.jpg`, { ignoreVary: true }))"
    wait_until(page, lambda: page.evaluate(kept, reference.picture), 20, "the picture is kept ahead")
    line.network_off()
    open_form(page, line.address, "public-toilet-1")
    link = page.locator(f"#item-{item} [data-references]")
    link.tap()
    shown = page.locator(f"#item-{item} .references img")
    expect(shown).to_have_attribute("alt", "严重：便池边有积水")
    wide = Image.open(io.BytesIO(world.services.photos.read(reference.picture))).width
    wait_until(page, lambda: shown.evaluate("(image) => image.naturalWidth") == wide, 10, "the picture is there")
    link.tap()
    expect(shown).to_have_count(0)
