"""The review desk on a real server of this process, and a browser-like client that keeps its cookie."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from served import free_port

from console.desk.app import app_of


@contextmanager
def desk(home: Path, account: str = "") -> Iterator[Client]:
    """The desk over one home, and somebody in front of it."""
    port = free_port()
    config = uvicorn.Config(app_of(home, "127.0.0.1", account), port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield Client(port)
    finally:
        server.should_exit = True
        thread.join()


class Client:
    """Asks and remembers the desk's cookie; sends what a browser would, unless told otherwise."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie = port, ""
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Status, headers (lower case) and text of an answer."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> tuple[int, dict[str, str], str]:
        """The answer to a form."""
        given = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url, **headers}
        return self._ask("POST", path, urlencode(fields), given)

    def form(self, path: str, **headers: str) -> dict[str, str]:
        """The hidden fields of the form on a page."""
        _, _, text = self.get(path, **headers)
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))

    def _ask(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Cookie": self.cookie, **named})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        self.cookie = found.get("set-cookie", self.cookie).partition(";")[0]
        text = answer.read().decode()
        connection.close()
        return answer.status, found, text
