"""A real S3 server in its own process, and a wire to it that remembers what was asked."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

#: Made up; the reader may only read.
WRITER = {"accessKey": "writer-of-the-lake", "secretKey": "a-secret-that-must-not-" + "be-seen"}
READER = {"accessKey": "reader-of-the-lake", "secretKey": "another-secret-that-must-not-" + "be-seen"}
_LIMIT = 30.0


def environment(server, key=WRITER):
    """What a user would export."""
    return {
        "AWS_ACCESS_KEY_ID": key["accessKey"],
        "AWS_SECRET_ACCESS_KEY": key["secretKey"],
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server}",
        "AWS_ALLOW_HTTP": "true",
    }


@contextmanager
def seaweed():
    """Yields the S3 port and a function that makes a new bucket and returns its URL."""
    names = ("master", "volume", "filer", "s3")
    ports = {name: free_port() for name in names}
    folder = Path(tempfile.mkdtemp(prefix="s3-"))
    people = [
        {"name": "writer", "credentials": [WRITER], "actions": ["Admin"]},
        {"name": "reader", "credentials": [READER], "actions": ["Read", "List"]},
    ]
    (folder / "people.json").write_text(json.dumps({"identities": people}))
    flags = [f"-{name}.port={ports[name]}" for name in names]
    flags += [f"-{name}.port.grpc={free_port()}" for name in names]
    command = [str(Path(sys.executable).with_name("weed")), f"-logdir={folder}", "server", f"-dir={folder}"]
    command += [
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        f"-s3.config={folder / 'people.json'}",
    ]
    command += [
        "-volume.max=0",
        "-master.volumeSizeLimitMB=64",
        "-s3.port.iceberg=0",
        "-s3.iam=false",
        *flags,
    ]
    with (folder / "said").open("wb") as said:
        server = subprocess.Popen(command, stdout=said, stderr=said, cwd=folder)
    buckets = iter(range(10_000))

    def post(path, content=None):
        asked = urllib.request.Request(
            f"http://127.0.0.1:{ports['filer']}{path}", content, method="PUT" if content else "POST"
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status == 201

    def bucket():
        name = f"lake-{next(buckets)}"
        assert post(f"/buckets/{name}/")
        return f"s3://{name}/below"

    try:
        wait_for(
            lambda: answers(ports["s3"]) and post("/buckets/ready/ready", b"ready"), server, folder / "said"
        )
        yield ports["s3"], bucket
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(ready, server, said):
    """Until `ready` neither fails nor is false, or the server's own words as an error."""
    end = time.monotonic() + _LIMIT
    while server.poll() is None and time.monotonic() < end:
        with suppress(OSError):
            if ready():
                return
        time.sleep(0.1)
    raise AssertionError(said.read_text()[-3000:])


def answers(port):
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Wire:
    """Hands bytes on to the server, and keeps (method, path, lower-case headers) of each request.

    The client must be another process: while Delta sends, other threads may have to wait.
    """

    _HEAD = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) (/\S*) HTTP/1\.1\r\n(.*?)\r\n\r\n", re.DOTALL)

    def __init__(self, to):
        self.requests = []
        self.watch = lambda _request: None
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                for one, other, look in ((client, server, self._look), (server, client, None)):
                    threading.Thread(target=self._hand_on, args=(one, other, look), daemon=True).start()

    def _look(self, data):
        for method, path, headers in self._HEAD.findall(data):
            request = (method.decode(), path.decode(), headers.decode("latin-1").lower())
            self.requests.append(request)
            self.watch(request)

    def _hand_on(self, one, other, look):
        with suppress(OSError):
            while data := one.recv(65_536):
                if look is not None:
                    look(data)
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
