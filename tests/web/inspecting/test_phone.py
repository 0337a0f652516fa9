"""What the phone keeps: the manifest, the sites, and forms without a site."""

from __future__ import annotations

import json
import re

from tests.web.builders import signed_in


def test_the_manifest_names_icons_that_are_there(world):
    client = world.app().test_client()
    manifest = client.get("/field/manifest.webmanifest")
    assert manifest.content_type == "application/manifest+json"
    content = json.loads(manifest.data)
    assert {icon["purpose"] for icon in content["icons"]} == {"any", "maskable"}
    for icon in content["icons"]:
        answer = client.get(icon["src"])
        assert (answer.status_code, answer.content_type) == (200, icon["type"])
    assert content["start_url"].startswith(content["scope"])


def test_today_has_every_active_site_and_the_address_of_its_form(world):
    client = signed_in(world, "inspector")
    today = client.get("/field/today.json").json
    site = today["sites"]["zebra-crossing-1"]
    assert site["place"] == {"lat": 30.3105, "lon": 112.2412, "accuracy_m": 5}
    assert set(today["forms"]) == {site["type"] for site in today["sites"].values()}
    page = client.get(today["forms"]["zebra-crossing"])
    assert page.headers["X-App-Version"] == today["app"]
    data = json.loads(re.search(r'id="page-data">(.*?)</script>', page.text)[1])
    assert (data["site"], data["place"], data["checklist"]["id"]) == (None, None, "zebra-crossing")
    assert "zebra-crossing-1" not in page.text
    assert 'name="started_at" value=""' in page.text, "nothing of the moment it was made"


def test_a_form_that_stays_on_the_phone_names_no_colleague(world):
    client = signed_in(world, "inspector")
    page = client.get("/field/forms/zebra-crossing").text
    assert 'name="partner"' in page, "who was chosen on the list has a place"
    assert "inspector2" not in page
    assert "inspector2" in client.get("/field/sites/zebra-crossing-1").text, "the form that is sent without a script"


def test_sites_and_forms_are_for_inspectors(world):
    for path in ("/field/today.json", "/field/forms/zebra-crossing"):
        assert world.app().test_client().get(path).status_code == 302
        assert signed_in(world, "supervisor").get(path).status_code == 403
    assert signed_in(world, "inspector").get("/field/forms/none").status_code == 404
