"""One line for every request; written directly, because structlog's processors cost as much as the signature."""

import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

import msgspec
import structlog

log = structlog.get_logger(__name__)


class Line(msgspec.Struct, kw_only=True):
    """What is logged of every request; `ms` is the time to answer, milliseconds. Nothing in it is secret."""

    event: str
    request_id: str
    client: str | None
    ms: float
    level: str = "info"
    timestamp: str = ""


class ApiLine(Line, kw_only=True):
    """Of a call of the API."""

    event: str = "api_request"
    action: str
    code: str
    app_id: int | None


class PlaybackLine(Line, kw_only=True):
    """Of a request for play-info or a file, as the caller wrote it."""

    event: str = "playback_request"
    method: str
    app_id: str
    file_id: str
    range: str
    status: int


class AccessLog:
    """Writes the lines in the form that `logs.configure` set up."""

    def __init__(self, form: Literal["json", "console"], level: str, stream: TextIO | None = None) -> None:
        """Args: form: of log lines; level: least severe that is logged; stream: default standard error."""
        self._enabled = level in ("debug", "info")
        self._direct = form == "json"
        self._stream = stream
        self._encoder = msgspec.json.Encoder()
        self._second = 0
        self._prefix = ""

    def write(self, line: Line, now: float) -> None:
        """Writes a line; `now` is Unix time, seconds."""
        if not self._enabled:
            return
        if not self._direct:
            log.info(**{name: value for name, value in msgspec.structs.asdict(line).items() if name not in _OWN})
            return
        line.timestamp = self._time(now)
        stream = self._stream or sys.stderr
        stream.write(self._encoder.encode(line).decode() + "\n")
        stream.flush()

    def _time(self, now: float) -> str:
        """ISO 8601, UTC, microseconds; the part up to the second is remembered."""
        second = int(now)
        if second != self._second:
            self._second = second
            self._prefix = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        return f"{self._prefix}{int((now - second) * 1_000_000):06d}Z"


_OWN = ("level", "timestamp")
"""Members that structlog adds by itself."""
