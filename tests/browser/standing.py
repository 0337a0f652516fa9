"""Where a phone is: so many metres from a place, or without a network."""

from __future__ import annotations

from geographiclib.geodesic import Geodesic
from playwright.sync_api import BrowserContext, Page

from tests.browser.phone import Phone, let_in, ready_offline
from tests.faults import BadLine


def stand(context: BrowserContext, lat: float, lon: float, metres_north: float, accuracy: float) -> None:
    """Put the phone so many metres to the north of a place; its position is good to ``accuracy`` metres."""
    there = Geodesic.WGS84.Direct(lat, lon, 0, metres_north)
    context.set_geolocation({"latitude": there["lat2"], "longitude": there["lon2"], "accuracy": accuracy})


def started_offline(phone: Phone, line: BadLine, forms: int = 21) -> Page:
    """Let the phone get ready on the line, close its browser, take the line away, and start the browser again."""
    page = phone.open()
    let_in(page, line.address)
    ready_offline(page, line.address, forms)
    phone.close()
    line.network_off()
    return phone.open()
