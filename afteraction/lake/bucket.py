"""The lake in an S3-compatible bucket: objects there, copies of the data files on this machine."""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deltalake._internal import DeltaFileSystemHandler
from deltalake.exceptions import DeltaError

from afteraction.lake.durable import exclusive, write_durably
from afteraction.lake.storage import LakeError, Storage

#: An open database keeps what it reads for so many seconds after a newer one replaced it.
_KEPT_SECONDS: Final = 24 * 3600
_TRANSFERS: Final = 8
_CHUNK: Final = 8 * 1024**2
_URL: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._=-]+)*/?")
_ENDPOINT: Final = re.compile(r"https?://[^\s/@]+(/\S*)?")
#: `etag` makes Delta create each log entry with `If-None-Match: *`: of two writers of a version one fails.
_OPTIONS: Final = {
    "aws_conditional_put": "etag",
    "aws_s3_allow_unsafe_rename": "false",
    "connect_timeout": "5s",
    "timeout": "30s",
    "max_retries": "3",
    "retry_timeout": "30s",
}
#: (what stands in an error of the client, what was found, what to do), the first that fits.
_FAULTS: Final = (
    (
        r"NoSuchBucket",
        "that there is no such bucket",
        "create it, or correct the URL (AFTERACTION_LAKE or `lake`)",
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken",
        "credentials that the server refuses",
        "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
    ),
    (
        r"169\.254\.|[Cc]redential",
        "no credentials",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        r"AccessDenied|403 Forbidden|privileges",
        "that these credentials may not do this",
        "allow them to list the bucket and to get, put and delete objects below the prefix",
    ),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|301 Moved|received redirect",
        "a bucket of another region",
        "set AWS_REGION to the bucket's region",
    ),
    (
        r"scheme is not allowed",
        "an endpoint without TLS",
        "use https in AWS_ENDPOINT_URL, or set AWS_ALLOW_HTTP=true",
    ),
    (
        r"[Tt]imed? ?out|deadline",
        "no answer in time",
        "check AWS_ENDPOINT_URL and the network, then run again",
    ),
    (
        r"Connect|dns error|error sending request",
        "nobody at the endpoint",
        "check AWS_ENDPOINT_URL and the network, then run again",
    ),
    (
        r"404 Not Found",
        "an object or bucket missing, or an endpoint that is no S3 server",
        "check the URL and AWS_ENDPOINT_URL; if objects were deleted, restore them",
    ),
    (
        r"\b50\d ",
        "a server that fails",
        "run again when it is well",
    ),
)  # fmt: skip


class Bucket(Storage):
    """A prefix of a bucket, of one home. Credentials and endpoint come from the `AWS_…` environment.

    What the server acknowledged is durable: there is nothing to fsync. Copies are only what readers of the
    published database and audits read; they may be deleted at any time while neither runs.
    """

    def __init__(self, url: str, home: Path) -> None:
        self.url = _checked(url)
        name = hashlib.sha256(self.url.encode()).hexdigest()[:16]
        self.directory = home / "lake-copies" / name
        self.options = _OPTIONS
        self.owner = _owner(home / "keys")

    def send(self, path: str) -> None:
        """Put the object; the server's acknowledgement makes it durable."""
        content = (self.directory / path).read_bytes()
        with self.asked():
            stream = self._objects().open_output_stream(path, None)
            for start in range(0, len(content), _CHUNK):
                stream.write(content[start : start + _CHUNK])
            stream.close()  # type: ignore[attr-defined]  # missing in the stubs of deltalake 1.6

    def fetch(self, sizes: Mapping[str, int]) -> list[Path]:
        """Copies, those that are missing got from the bucket."""
        missing = {path: size for path, size in sizes.items() if _size(self.directory / path) != size}
        if missing:
            objects = self._objects()
            with self.asked(), ThreadPoolExecutor(min(_TRANSFERS, len(missing))) as threads:
                for path, content in threads.map(lambda path: (path, _read(objects, path)), missing):
                    if len(content) != missing[path]:
                        msg = (
                            f"found {len(content)} bytes in {self.url}/{path}, expected {missing[path]}: it "
                            "was changed; restore it, and check with afteraction verify"
                        )
                        raise LakeError(msg)
                    write_durably(self.directory / path, content)
        return [self.directory / path for path in sizes]

    def digest(self, path: str) -> str:
        """The digest of the object, got anew."""
        with self.asked():
            return hashlib.sha256(_read(self._objects(), path)).hexdigest()

    def settle(self, name: str, version: int) -> None:
        """Nothing to do: Delta returned when the server had acknowledged the entry."""

    def mend(self) -> None:
        """Nothing to do: an object is whole or is not there."""

    def release(self, needed: Callable[[], Iterable[str]]) -> None:
        """Delete copies a day after the last published snapshot that needs them was replaced."""
        kept, now = set(needed()), time.time()
        for copy in self.directory.rglob("*.parquet"):
            replaced = copy.with_suffix(".replaced")
            if copy.relative_to(self.directory).as_posix() in kept:
                continue
            if not replaced.exists():
                replaced.touch()
            elif now - replaced.stat().st_mtime > _KEPT_SECONDS:
                copy.unlink(missing_ok=True)
                replaced.unlink(missing_ok=True)

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Says what the server answered in words of ours: its own may quote the request."""
        try:
            with super().asked():
                yield
        except (DeltaError, OSError, ValueError) as error:
            raise LakeError(self._said(str(error))) from None

    def _said(self, error: str) -> str:
        for pattern, found, advice in _FAULTS:
            if re.search(pattern, error):
                return f"found {found} when asking for {self.url}, expected to read and write there; {advice}"
        return (
            f"found an unknown fault when asking for {self.url}, expected to read and write there; "
            "check the URL, AWS_ENDPOINT_URL and the server's own log"
        )

    def _objects(self) -> DeltaFileSystemHandler:
        return DeltaFileSystemHandler(self.url, dict(self.options))


def _read(objects: DeltaFileSystemHandler, path: str) -> bytes:
    file = objects.open_input_file(path)
    content: bytes = file.read(file.size())
    return content


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1


def _checked(url: str) -> str:
    """`url` without its last slash; messages never repeat it, as it may hold a password."""
    if not _URL.fullmatch(url):
        msg = (
            "found something else in AFTERACTION_LAKE or `lake`, expected s3://BUCKET or s3://BUCKET/PREFIX "
            "in letters, digits and . _ = -; credentials belong into AWS_ACCESS_KEY_ID and the like"
        )
        raise LakeError(msg)
    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"):
        if not _ENDPOINT.fullmatch(os.environ.get(variable) or "https://x"):
            msg = (
                f"found something else in {variable}, expected https://HOST or http://HOST:PORT, and no user"
            )
            raise LakeError(msg)
    return url.removesuffix("/")


def _owner(keys: Path) -> str:
    """The name of the home in the tables that it makes; beside the keys, as tables are of no use without."""
    file = keys / "lake.id"
    if not file.exists():
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        with exclusive(keys):
            if not file.exists():
                write_durably(file, f"home {uuid.uuid4()}\n".encode(), mode=0o600)
    return file.read_text().strip()
