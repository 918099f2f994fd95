"""Local servers that take what channels send, check it as the real ones do, and fail when told to."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Inbox:
    """What came in, as (path, headers, body); `answers` are given first, as (status, headers, body)."""

    def __init__(self, check):
        self.check, self.got, self.answers, self.url = check, [], [], ""

    def take(self, path, headers, body):
        if self.answers:
            return self.answers.pop(0)
        answer = self.check(path, headers, body)
        self.got.append((path, headers, body))
        return 200, {}, answer


@contextmanager
def http_inbox(check=lambda _path, _headers, _body: b"ok"):
    """An HTTP server on this machine; what `check` refuses (`AssertionError`) is answered with 400."""
    inbox = Inbox(check)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, headers, answer = inbox.take(self.path, self.headers, body)
            except AssertionError as error:
                status, headers, answer = 400, {}, str(error).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield inbox
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def slack_checks(token):
    """What Slack looks at: the bearer, limits of Block Kit, and the method; answers like it."""

    def check(path, headers, body):
        assert headers["Authorization"] == f"Bearer {token}"
        told = json.loads(body)
        assert path in {"/chat.postMessage", "/chat.update"}, path
        assert len(told["text"]) <= 40_000
        for block in told["blocks"]:
            text = block.get("text", {}).get("text", "")
            assert len(text) <= {"header": 150, "section": 3000}.get(block["type"], 0)
            assert block.get("text", {"type": "plain_text"})["type"] == "plain_text"
            for element in block.get("elements", ()):
                assert len(element["text"]["text"]) <= 75
                assert len(element["url"]) <= 3000
        if path == "/chat.update":
            assert told["ts"] == "1700000000.000100"
        return json.dumps({"ok": True, "channel": told["channel"], "ts": "1700000000.000100"}).encode()

    return check


@contextmanager
def smtp_inbox(*, refuse=False):
    """An SMTP server on this machine that keeps the mails it takes."""
    mails, listener = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb", buffering=0) as wire:
                _talk(wire, mails, refuse)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}", mails
    finally:
        listener.close()


def _talk(wire, mails, refuse):
    wire.write(b"220 inbox\r\n")
    while line := wire.readline():
        word = line.split()[0].upper() if line.split() else b""
        if word == b"DATA":
            wire.write(b"354 go on\r\n")
            body = b""
            while (part := wire.readline()) != b".\r\n":
                body += part
            mails.append(body.decode())
            wire.write(b"250 taken\r\n")
        elif word == b"QUIT":
            wire.write(b"221 bye\r\n")
            return
        elif word == b"RCPT" and refuse:
            wire.write(b"550 nobody here\r\n")
        else:
            wire.write(b"250 fine\r\n")
