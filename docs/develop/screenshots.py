"""Make the README's screenshots from a demonstration server: .venv/bin/python docs/develop/screenshots.py

Starts run.py --demo on a folder that is thrown away, walks the pages in Chromium as the people of each role do, and
writes docs/screenshots/*.jpg. Needs what bin/setup --dev installs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
PICTURES = PROJECT / "docs" / "screenshots"
PORT = 9249
ADDRESS = f"http://127.0.0.1:{PORT}"
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1}
HERE = {"latitude": 30.3121, "longitude": 112.2533, "accuracy": 9}


@contextmanager
def demo_server() -> Iterator[dict[str, str]]:
    """A server with demonstration data; gives the passwords that it printed, by account."""
    with tempfile.TemporaryDirectory() as data:
        server = subprocess.Popen(
            [sys.executable, "run.py", "--demo", "--host", "127.0.0.1", "--port", str(PORT), "--data", data],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout
        passwords = {}
        try:
            for line in server.stdout:
                if found := re.search(r"账号 (\S+)\s+密码 (\S+)", line):
                    passwords[found[1]] = found[2]
                if line.startswith("READY"):
                    break
            yield passwords
        finally:
            server.terminate()
            server.wait()


def signed_in(browser: Browser, name: str, password: str, device: dict) -> Page:
    """A page in a window of its own, signed in."""
    context = browser.new_context(
        **device, locale="zh-CN", timezone_id="Asia/Shanghai", geolocation=HERE, permissions=["geolocation"]
    )
    page = context.new_page()
    page.goto(f"{ADDRESS}/login")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"^(?!.*/login)"))
    return page


def save(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=82)
    print(f"docs/screenshots/{name}.jpg")


def inspector(browser: Browser, password: str) -> None:
    page = signed_in(browser, "demo-1", password, PHONE)
    save(page, "phone-sites")
    page.goto(f"{ADDRESS}/field/?type=zebra-crossing")
    page.locator("a[href*='/field/sites/']:visible").first.click()
    item = page.locator("[data-item='yielding']")
    for kind, yes, no in [("bus", 3, 0), ("taxi", 2, 1), ("other", 4, 2)]:
        group = item.locator(f"[data-class='{kind}']")
        for _ in range(yes):
            group.get_by_role("button", name="让行").first.click()
        for _ in range(no):
            group.get_by_role("button", name="未让行").click()
    item.locator(".tally").evaluate("tally => window.scrollBy(0, tally.getBoundingClientRect().top - 24)")
    save(page, "phone-form")
    page.goto(f"{ADDRESS}/field/mine")
    page.locator("main a[href*='/inspections/']:visible").first.click()
    save(page, "phone-result")


def supervisor(browser: Browser, password: str) -> None:
    page = signed_in(browser, "demo-supervisor", password, DESK)
    page.goto(f"{ADDRESS}/review/photos")
    save(page, "photo-log")
    page.goto(f"{ADDRESS}/review/photos?state=open")
    page.locator("main a[href*='/inspections/']:visible").first.click()
    save(page, "review")
    page.goto(f"{ADDRESS}/index/")
    save(page, "index")


def main() -> None:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("no Chromium on this machine; bash bin/setup --dev installs it")
    PICTURES.mkdir(exist_ok=True)
    with demo_server() as passwords, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        inspector(browser, passwords["demo-1"])
        supervisor(browser, passwords["demo-supervisor"])
        page = signed_in(browser, "admin", passwords["admin"], DESK)
        page.goto(f"{ADDRESS}/admin/")
        save(page, "admin")
        browser.close()


if __name__ == "__main__":
    main()
