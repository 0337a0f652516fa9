"""A browser without a screen, over real connections to a real server."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlencode

from tests.measured import PATIENCE_S
from tests.web.builders import hidden
from tests.world import PASSWORD


class Browser:
    """One connection that is kept, and the session of who signed in by it."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self.cookies = dict(cookies or {})

    def get(self, path: str, **headers: str) -> str:
        return self._asked("GET", path, None, headers)

    def sign_in(self, name: str) -> None:
        form = {"name": name, "password": PASSWORD, "csrf_token": hidden(self.get("/login"), "csrf_token")}
        self._asked("POST", "/login", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})

    def post(self, path: str, body: object, page: str) -> str:
        """Send JSON, with the token of a page."""
        token = hidden(self.get(page), "csrf_token")
        return self._asked("POST", path, json.dumps(body), {"Content-Type": "application/json", "X-CSRFToken": token})

    def is_cut_off(self) -> bool:
        try:
            return self.get("/healthz") != "ok\n"
        except (OSError, http.client.HTTPException):
            return True

    def _asked(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> str:
        self._line.auto_open = int(self._line.sock is None)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._line.request(method, path, body, {"Cookie": cookies, **headers})
        answer = self._line.getresponse()
        for text in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = text.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.read().decode(errors="replace")
