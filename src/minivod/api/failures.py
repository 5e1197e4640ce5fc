"""Keeps the last requests whose authentication failed, for `minivod doctor signature`; without any secret."""

import os
import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import structlog

from minivod.api import redaction, signature_v3
from minivod.api.request import HttpRequest
from minivod.clock import Clock
from minivod.errors import WireError

DIRECTORY = "failed-signatures"
"""Below the data directory."""

log = structlog.get_logger(__name__)

_LARGEST = 64 * 1024
_REQUEST_ID = re.compile(r"[0-9a-f-]{36}")
_FORM = "application/x-www-form-urlencoded"


class FailedSignature(msgspec.Struct, kw_only=True):
    """A request that was not authenticated.

    Attributes:
        server_time: Unix time, seconds, when it was checked.
        headers: as sent, except for what `redaction` takes out.
        query, form: likewise; `form` is the body of the old signature alone.
        hashed_payload: SHA-256 of the body, hex; the body itself is not kept, its size is `size` bytes.
    """

    request_id: str
    server_time: float
    code: str
    message: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    repeated: list[str] = []
    form: str = ""
    hashed_payload: str
    size: int


class FailedSignatures:
    """A ring of files `<data_dir>/failed-signatures/<RequestId>.json`, readable by the owner alone."""

    def __init__(self, directory: Path, clock: Clock, *, keep: int = 200, per_second: int = 20) -> None:
        """Args: keep: files; per_second: records written in any second, so that a flood of failures costs little."""
        self.directory = directory
        self._clock = clock
        self._keep = keep
        self._per_second = per_second
        self._names: deque[str] | None = None
        self._second = 0
        self._written = 0
        self._writer = ThreadPoolExecutor(1, "failed-signatures")  # a slow disk must not hold up other callers

    def record(self, request_id: str, http: HttpRequest, error: WireError) -> None:
        """Has a record written; a disk that refuses it is logged and changes nothing for the caller."""
        now = self._clock.now()
        if int(now) != self._second:
            self._second, self._written = int(now), 0
        self._written += 1
        if self._written > self._per_second:
            return
        content = msgspec.json.encode(describe(request_id, http, error, now))
        if len(content) > _LARGEST:
            return
        self._writer.submit(self._try_to_write, f"{request_id}.json", content)

    def wait(self) -> None:
        """Returns when everything that was recorded is written."""
        self._writer.submit(lambda: None).result()

    def _try_to_write(self, name: str, content: bytes) -> None:
        try:
            self._write(name, content)
        except OSError as failure:
            log.warning("failed_signature_not_kept", file=name, reason=str(failure))

    def _write(self, name: str, content: bytes) -> None:
        if self._names is None:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            old = sorted(self.directory.glob("*.json"), key=lambda path: path.stat().st_mtime)
            self._names = deque(path.name for path in old)
        with os.fdopen(os.open(self.directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        self._names.append(name)
        while len(self._names) > self._keep:
            (self.directory / self._names.popleft()).unlink(missing_ok=True)


def describe(request_id: str, http: HttpRequest, error: WireError, now: float) -> FailedSignature:
    """The record of a request, without secrets."""
    is_form = "authorization" not in http.headers and http.headers.get("content-type", "").lower().startswith(_FORM)
    return FailedSignature(
        request_id=request_id,
        server_time=now,
        code=error.code,
        message=error.message,
        method=http.method,
        path=http.path,
        query=redaction.fields(_printable(http.query)),
        headers={_wire(name): _wire(value) for name, value in redaction.headers(http.headers).items()},
        repeated=sorted(http.repeated),
        form=redaction.fields(_printable(http.body)) if is_form else "",
        hashed_payload=signature_v3.payload_hash(http.body),
        size=len(http.body),
    )


def load(directory: Path, request_id: str) -> FailedSignature | None:
    """The record of that RequestId, or None when it is not kept (any more)."""
    if not _REQUEST_ID.fullmatch(request_id):
        return None
    try:
        return msgspec.json.decode((directory / f"{request_id}.json").read_bytes(), type=FailedSignature)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def recent(directory: Path, limit: int = 10) -> list[FailedSignature]:
    """The newest records, newest first."""
    paths = sorted(directory.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    records = (load(directory, path.stem) for path in paths[:limit])
    return [record for record in records if record is not None]


def _wire(text: str) -> str:
    return _printable(signature_v3.to_bytes(text))


def _printable(raw: bytes) -> str:
    """Text that JSON can hold; bytes that are not UTF-8 are written as escapes."""
    return raw.decode("utf-8", "backslashreplace")
