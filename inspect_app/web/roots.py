"""By which address phones find this server, for QR codes."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request

from ..network import is_this_machine_only, lan_address
from .context import services


def root_for_phones(again: str) -> tuple[str, str]:
    """What comes before a path of ``url_for``, and what to warn of.

    ``again`` is what to do once the page is opened by another address.
    """
    if own := services().settings.address:
        return own.removesuffix(request.script_root), ""
    seen = urlsplit(request.host_url)
    if not is_this_machine_only(seen.hostname or ""):
        return f"{seen.scheme}://{seen.netloc}", ""
    address, (scheme, port) = lan_address(), _for_others(seen.scheme, seen.port)
    if address is None:
        return (
            f"{seen.scheme}://{seen.netloc}",
            f"您是用 {seen.netloc} 打开本页的，这个地址只有本机能用，手机打不开下面的二维码；也没有找到局域网地址。"
            f"请把本机接入手机能到达的网络，用那里的地址打开本页，{again}。",
        )
    return (
        f"{scheme}://{address}{port}",
        f"您是用 {seen.netloc} 打开本页的，这个地址只有本机能用，所以二维码里写的是局域网地址 {address}{port}。"
        f"手机须与本机在同一网络；如果扫码后打不开，请用手机能打开的地址打开本页，{again}。",
    )


def root_of_labels() -> str:
    """What comes before a path on the labels of sites, as far as it can be told without the host of a request."""
    if own := services().settings.address:
        return own.removesuffix(request.script_root)
    address, (scheme, port) = lan_address(), _for_others(request.scheme, urlsplit(request.host_url).port)
    return f"{scheme}://{address}{port}" if address else ""


def _for_others(scheme: str, port: int | None) -> tuple[str, str]:
    """Scheme and port of this server for other machines, which get HTTPS where this machine does without."""
    own = current_app.config.get("HTTPS_PORT")
    if scheme == "http" and own:
        return "https", "" if own == 443 else f":{own}"
    return scheme, f":{port}" if port else ""
