"""This site's own address, for what others keep or fetch: never the one that a request names as its host."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for

from .context import services


def own_address(endpoint: str, **values: Any) -> str:
    """The address of a page: whole where ``INSPECT_ADDRESS`` is set, else its path, which readers resolve."""
    return services().settings.address + url_for(endpoint, **values)


def lasting_id(endpoint: str, **values: Any) -> str:
    """What a page is called for good (RFC 4287, 4.2.6): its address, or a name that this installation alone gives."""
    address = own_address(endpoint, **values)
    if not address.startswith("/"):
        return address
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{services().receipts.id}{address}')}"
