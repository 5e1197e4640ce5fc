"""Gets one file by a URL, and goes on where it was when the connection breaks (RFC 9110 §13 and §14)."""

import asyncio
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from minivod.destinations import Target
from minivod.egress import Answer, Egress
from minivod.egress_failures import Broken, Forbidden, Limits, TimedOut, TooLarge, Unreachable
from minivod.webhooks import read_retry_after

NOT_ACCESSIBLE = "SourceFileError.DownloadNotAccessible"
"""ErrCodeExt of a source that cannot be fetched (contract.md §5)."""
TRIES = 5
"""Times that a source may fail one after the other without a new byte."""
RESTARTS = 10
"""Times that what was got of a source may be thrown away: bytes that are got again are no progress."""
_MOST_CONNECTIONS = 1000
_PIECE = 1024**2
_READABLE = 0o644
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be other ones in a moment."""
_LONGEST_PAUSE = 60.0
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)", re.IGNORECASE)
_OK, _PARTIAL, _NO_SUCH_RANGE = 200, 206, 416

Pause = Callable[[float], Awaitable[None]]


class SourceFailed(Exception):
    """The file cannot be had; `code` is the ErrCodeExt of the task, the message is for whoever gave the URL."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Anew(Exception):
    """What was got does not fit to what is there now."""


class _Later(Exception):
    """The source asks to come again; `pause` is seconds, if it said so."""

    def __init__(self, message: str, pause: float | None) -> None:
        super().__init__(message)
        self.pause = pause


def new_file(path: Path) -> BinaryIO:
    """An empty file, which the tools' user can read whatever the umask is."""
    file = path.open("wb")
    os.fchmod(file.fileno(), _READABLE)
    return file


@dataclass(frozen=True, kw_only=True)
class Downloader:
    """Downloads of one task.

    Attributes:
        egress: makes the requests.
        ends: by the clock of the event loop, when the time for all of them is over.
        total: seconds that this is, for messages.
        pause: waits.
    """

    egress: Egress
    ends: float
    total: float
    pause: Pause = asyncio.sleep

    async def fetch(
        self,
        url: str,
        file: BinaryIO,
        *,
        most: int,
        on_bytes: Callable[[int, int | None], None] = lambda have, of: None,
        span: tuple[int, int] | None = None,
    ) -> "Got":
        """Appends what the URL has to a file.

        Args:
            url: http or https.
            file: open for writing, at its end.
            most: bytes that are taken.
            on_bytes: told how many there are, and of how many if that is known.
            span: the first byte and the number of bytes, if only a part of the file is wanted.

        Raises:
            SourceFailed: it cannot be had, is too large, or all the time is over.
            OSError: the disk is full.
        """
        got, failures = Got(file, most, on_bytes, span), 0
        for _ in range(_MOST_CONNECTIONS):
            before = got.size
            try:
                await self._go_on(url, got)
                return got
            except (Broken, TimedOut, Unreachable, _Later, _Anew) as error:
                failures = 1 if got.size > before else failures + 1
                if failures >= TRIES or got.restarts >= RESTARTS or self._left() <= 0:
                    raise SourceFailed(NOT_ACCESSIBLE, self._reason(error)) from None
                wanted = error.pause if isinstance(error, _Later) else None
                await self.pause(min(2.0 ** (failures - 1) if wanted is None else wanted, _LONGEST_PAUSE))
            except Forbidden as error:
                raise SourceFailed("InvalidInput", str(error)) from None
            except TooLarge:
                shown = self.egress.destinations.read(url).shown
                raise SourceFailed(
                    "SourceFileError", f"{shown} has more than the {most} bytes that are taken"
                ) from None
        raise SourceFailed(NOT_ACCESSIBLE, f"its connection broke {_MOST_CONNECTIONS} times")

    def _left(self) -> float:
        return self.ends - asyncio.get_running_loop().time()

    def _reason(self, error: Exception) -> str:
        if self._left() > 0:
            return str(error)
        return f"{error}; it took longer than {self.total:g} seconds (setting pull_timeout)"

    async def _go_on(self, url: str, got: "Got") -> None:
        """One connection."""
        headers = got.condition()
        limits = Limits(total=max(self._left(), 0.001), max_bytes=got.most)
        async with self.egress.get(url, limits, headers=headers) as answer:
            got.begin(answer, asked="Range" in headers)
            async for piece in _pieces(answer):
                await got.append(piece)
        got.confirm(answer)


class Got:
    """What there is of a file so far.

    Attributes:
        size: bytes.
        most: bytes that are taken.
        restarts: times that there was something, and it was thrown away.
        source: where they came from, after redirects.
    """

    source: Target

    def __init__(
        self, file: BinaryIO, most: int, on_bytes: Callable[[int, int | None], None], span: tuple[int, int] | None
    ) -> None:
        self._file = file
        self._base = file.tell()
        self.most = most
        self._on_bytes = on_bytes
        self._first = span[0] if span else 0
        self._length = span[1] if span else None
        self.size = self.restarts = 0
        self.reset()

    def reset(self) -> None:
        """As if there had been nothing."""
        self.restarts += self.size > 0
        self._file.seek(self._base)
        self._file.truncate()
        self.size = 0
        self._validator = ""
        self._total: int | None = self._length
        self._hash = hashlib.md5(usedforsecurity=False)

    @property
    def md5(self) -> str:
        """Of all of it, in hex."""
        return self._hash.hexdigest()

    def condition(self) -> dict[str, str]:
        """The headers of the next request: the rest, if the file is still the same; without a validator, all of it."""
        if self.size and not self._validator:
            self.reset()
        if not self.size and self._length is None:
            return {}
        last = "" if self._length is None else str(self._first + self._length - 1)
        asked = {"Range": f"bytes={self._first + self.size}-{last}"}
        return asked | ({"If-Range": self._validator} if self.size else {})

    def begin(self, answer: Answer, *, asked: bool) -> None:
        """Looks at the head of an answer.

        Args:
            answer: its status and headers.
            asked: whether a part was.

        Raises:
            SourceFailed: there is no such file, or not for us.
            _Anew, _Later: another request is needed.
        """
        self.source = answer.target
        if asked and answer.status == _PARTIAL:
            self._continue(answer)
        elif answer.status == _OK and self._length is None:
            self.reset()
            self._total = answer.length
            self._validator = _validator(answer)
        elif answer.status == _OK:
            raise SourceFailed(NOT_ACCESSIBLE, f"{answer.target.shown} does not give parts of files")
        elif asked and answer.status == _NO_SUCH_RANGE and self.size:
            self.reset()
            raise _Anew(f"{answer.target.shown} changed while it was fetched")
        else:
            _refuse(answer)

    def _continue(self, answer: Answer) -> None:
        """Whether it is the rest of the same file, also when the source does not know If-Range."""
        said = _content_range(answer.headers.get("content-range", ""))
        same = not self.size or self._is_same(answer)
        if said is not None and self._length is None and None not in (said[1], self._total):
            same = same and said[1] == self._total
        if said is None or said[0] != self._first + self.size or not same:
            self.reset()
            self._validator = ""
            raise _Anew(f"{answer.target.shown} changed while it was fetched, or gave another part than was asked for")
        if not self.size:
            self._validator = _validator(answer)

    def _is_same(self, answer: Answer) -> bool:
        """By the validator; a part has the ETag of its file (RFC 9110 §15.3.7), and may be without its time."""
        told = _validator(answer)
        return told == self._validator or (not told and not self._validator.startswith('"'))

    async def append(self, piece: bytes) -> None:
        """In a thread: a busy disk holds nobody else up; raises TooLarge."""
        if self.size + len(piece) > self.most:
            raise TooLarge
        await asyncio.to_thread(self._write, piece)
        self._on_bytes(self.size, self._total)

    def _write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._hash.update(piece)
        self.size += len(piece)

    def confirm(self, answer: Answer) -> None:
        """Raises _Anew when it has not as many bytes as were announced."""
        if self._total is not None and self.size != self._total:
            short = self.size
            self.reset()
            raise _Anew(f"{answer.target.shown} gave {short} bytes in place of what it had announced")


async def _pieces(answer: Answer) -> AsyncIterator[bytes]:
    """The body in pieces that are worth a write; what came before it broke off is kept."""
    held = bytearray()
    try:
        async for chunk in answer.chunks():
            held += chunk
            if len(held) >= _PIECE:
                yield bytes(held)
                held.clear()
    except (Broken, TimedOut):
        if held:
            yield bytes(held)
        raise
    if held:
        yield bytes(held)


def _validator(answer: Answer) -> str:
    """By which the rest of the same file can be asked for: a strong ETag, or the time of the last change."""
    etag = answer.headers.get("etag", "")
    return etag if etag.startswith('"') else answer.headers.get("last-modified", "")


def _content_range(text: str) -> tuple[int, int | None] | None:
    """The first byte of a part, and the bytes of the whole file if that is known."""
    found = _CONTENT_RANGE.fullmatch(text)
    return (int(found[1]), None if found[2] == "*" else int(found[2])) if found else None


def _refuse(answer: Answer) -> None:
    phrase = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus._value2member_map_ else ""
    status = f"{answer.status} {phrase}".rstrip()
    message = f"{answer.target.shown} answered {status}"
    if answer.status in _LATER:
        raise _Later(message, read_retry_after(answer.headers.get("retry-after", ""), time.time()))
    raise SourceFailed(NOT_ACCESSIBLE, message)
