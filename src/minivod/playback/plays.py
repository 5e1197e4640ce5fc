"""Counts plays and the bytes that are sent, in memory; what was counted is written every few seconds and at the end.

A play is a GET that asks for a video from its beginning, and is answered with it: the file of a video, or the playlist
that a player opens. So the reference counts too, but for the first two bytes alone, by which Apple's players look.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from http import HTTPStatus
from types import TracebackType
from typing import Self

import msgspec
import psycopg
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from minivod.asgi import FILE
from minivod.clock import Clock
from minivod.conditions import NotSatisfiable, Representation, requested_slice
from minivod.media.encode.master import MASTER
from minivod.store import plays
from minivod.store.database import Database
from minivod.store.plays import Count, Place
from minivod.store.results import TRANSCODE
from minivod.store.usage import day_of

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
"""A process that is killed loses what it counted for so long."""
_QUARTER = 900
"""Seconds; wherever days are counted, they begin with a quarter of an hour."""
_LOOK = 2
"""Bytes."""
_ANSWERED = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED, HTTPStatus.FOUND})


@lru_cache(1)
def _day(quarter: int) -> date:
    """The day of that quarter of an hour since 1970: a file is counted for each request, and days are dear."""
    return day_of(datetime.fromtimestamp(quarter * _QUARTER, UTC))


class Counted(msgspec.Struct, frozen=True):
    """What is counted of an answer: for which video, and whether it is one that a player opens."""

    sub_app_id: int
    file_id: str
    opens: bool


class Plays:
    """The counts of this process; a context manager that writes them, the last time at its end."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Args: db: where they are written; clock: tells the day."""
        self._db = db
        self._clock = clock
        self._counts: dict[Place, Count] = {}
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begins to write."""
        self._writing = asyncio.create_task(self._write_again())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.write()

    def count(self, counted: Counted, *, times: int = 0, size: int = 0) -> None:
        """Counts plays and bytes of a video."""
        place = Place(counted.sub_app_id, _day(int(self._clock.now()) // _QUARTER), counted.file_id)
        before = self._counts.get(place, Count())
        self._counts[place] = Count(before.plays + times, before.bytes + size)

    async def write(self) -> None:
        """Writes what was counted; where the database does not take it, it is kept for the next time."""
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await plays.add(self._db, counts)
        except (psycopg.Error, OSError) as error:
            log.warning("plays_not_written", reason=type(error).__name__)
            self._keep(counts)

    def answering(
        self, request: Request, representation: Representation, counted: Counted, response: Response
    ) -> Response:
        """The response, counted."""
        if counted.opens and self._plays(request, representation, response.status_code):
            self.count(counted, times=1)
        return _Counting(response, self, counted)

    def _plays(self, request: Request, representation: Representation, status: int) -> bool:
        if request.method != "GET" or status not in _ANSWERED:
            return False
        try:
            part = requested_slice(request.headers, representation, self._clock.utc())
        except NotSatisfiable:
            return False
        return part is None or (part.start == 0 and part.end > min(_LOOK, representation.size - 1))

    def _keep(self, counts: Mapping[Place, Count]) -> None:
        for place, count in counts.items():
            new = self._counts.get(place, Count())
            self._counts[place] = Count(new.plays + count.plays, new.bytes + count.bytes)

    async def _write_again(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write()


class _Counting(Response):
    """A response whose bytes are counted when the server has taken them."""

    def __init__(self, response: Response, to: Plays, counted: Counted) -> None:
        self.status_code = response.status_code
        self._response = response
        self._to = to
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""

        async def counting(message: Message) -> None:
            await send(message)
            size = message["count"] if message["type"] == FILE else len(message.get("body", b""))
            if size and scope["method"] == "GET":
                self._to.count(self._counted, size=size)

        await self._response(scope, receive, counting)


def opens(content_type: str, kind: str, folder: str, name: str) -> bool:
    """Whether a player opens the file: no segment, and of the playlists of an adaptive result its master only."""
    if folder:
        return name.endswith(".m3u8") and (kind == TRANSCODE or name == MASTER)
    return content_type.startswith(("video/", "audio/"))
