"""The kind of task that PullUpload makes: fetches a video and its cover by their URLs, and makes a video of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import msgspec
import structlog
from msgspec.structs import replace

from minivod import ids
from minivod.destinations import Target, read_url
from minivod.egress import Egress
from minivod.ingest import arrival as arrivals
from minivod.ingest.arrival import Arrival, BadCover, BadVideo, has_procedure, look_at_cover, look_at_video
from minivod.ingest.download import Downloader, Pause, SourceFailed, new_file
from minivod.ingest.hls import join
from minivod.ingest.playlist import MOST_BYTES, is_playlist
from minivod.media.metadata import MediaMetadata
from minivod.media.sandbox import Sandbox
from minivod.media.sniff import HEAD, NotMedia, sniff_picture
from minivod.processing import pull_event
from minivod.processing.room import default_quota, refusal
from minivod.settings import Settings
from minivod.store import quotas
from minivod.store.database import Connection, Database
from minivod.store.pulls import PULL
from minivod.store.quotas import NONE
from minivod.store.tasks import Outcome, Task
from minivod.tasking.kind import Run
from minivod.tasking.outcome import failure
from minivod.wire.procedure import PROCEDURE
from minivod.wire.pull_task import Asked, Pulled, asked

log = structlog.get_logger(__name__)

HLS = "m3u8"
MOST_OF_COVER = 20 * 1024**2
_FETCHED = 0.95
"""Of the progress, when all bytes are there."""
_LONGEST_NAME = 255


Room = Callable[[int, int], Awaitable[str]]


async def _endless(sub_app_id: int, size: int) -> str:
    """There is room."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Files:
    """What was fetched, in the attempt's directory; `cover_type` is an ending."""

    video: Path
    metadata: MediaMetadata
    media_type: str
    name: str
    cover: Path | None = None
    cover_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class PullEnd:
    """The end of an attempt; a `Conclusion`. Without `files` it came to nothing."""

    base: str
    outcome: Outcome
    files: Files | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    def objects(self, task: Task, owner: UUID) -> Mapping[str, Path | bytes]:
        """Video and cover."""
        if self.files is None:
            return {}
        found = {_key(task, owner, self.files.media_type): self.files.video}
        if self.files.cover is not None:
            found[_key(task, owner, str(self.files.cover_type), "cover")] = self.files.cover
        return found

    async def settle(self, connection: Connection, task: Task, owner: UUID) -> None:
        """Writes the video, and begins its Procedure."""
        if self.files is None:
            return
        said, files = asked(task), self.files
        arrival = Arrival(
            sub_app_id=task.sub_app_id,
            app_id=said.app_id,
            file_id=task.file_id,
            media_type=files.media_type,
            object_key=_key(task, owner, files.media_type),
            metadata=files.metadata,
            cover_key=_key(task, owner, str(files.cover_type), "cover") if files.cover else None,
            cover_type=files.cover_type,
            cover_bytes=files.cover.stat().st_size if files.cover else None,
            details=replace(said.details, name=said.details.name or files.name),
        )
        await arrivals.create(connection, arrival)
        made = msgspec.convert(task.output, Pulled)
        await arrivals.begin(connection, self.base, arrival, priority=task.priority, task_id=made.procedure_task_id)


@dataclass(frozen=True, kw_only=True)
class Pulling:
    """The kind of task.

    Attributes:
        egress: makes the requests.
        sandbox: where files are looked at.
        room: why an application has no room for so many bytes; empty: it has.
        base: the setting public_url.
        most: bytes of a video.
        seconds: for one attempt.
        pause: waits between connections.
    """

    egress: Egress
    sandbox: Sandbox
    base: str
    most: int
    seconds: float
    room: Room = _endless
    pause: Pause = asyncio.sleep

    @classmethod
    def from_settings(cls, settings: Settings, base: str, db: Database) -> "Pulling":
        """With the limits of the settings; `base` is their public_url."""

        async def room(sub_app_id: int, size: int) -> str:
            quota = await quotas.find(db, sub_app_id, default_quota(settings))
            if quota == NONE:
                return ""
            async with db.connection() as connection:
                return refusal(sub_app_id, quota, await quotas.use(connection, sub_app_id), size, 1, 0)

        return cls(
            egress=Egress(settings),
            sandbox=Sandbox.from_settings(settings),
            base=base,
            most=settings.max_upload_size,
            seconds=settings.pull_timeout,
            room=room,
        )

    @property
    def name(self) -> str:
        """The kind of task."""
        return PULL

    async def attempt(self, run: Run) -> PullEnd:
        """Fetches anew what is asked for; raises OSError and psycopg.Error, which are worth another attempt."""
        said = asked(run.task)
        try:
            files = await self._files(run, said)
        except SourceFailed as error:
            return self.give_up(failure(error.code, str(error)))
        except BadCover as error:
            return self.give_up(
                failure("SourceFileError", f"what CoverUrl gives is not a picture that can be read: {error}")
            )
        except BadVideo as error:
            return self.give_up(
                failure("SourceFileError.ContentMalformed", f"what MediaUrl gives cannot be taken: {error}")
            )
        if refused := await self.room(run.task.sub_app_id, files.metadata.size):
            return self.give_up(failure("InvalidInput.Quota", refused))
        procedure = ids.new_task_id(said.app_id, PROCEDURE) if has_procedure(said.details) else ""
        return PullEnd(
            base=self.base,
            outcome=Outcome(output=msgspec.to_builtins(Pulled(procedure_task_id=procedure))),
            files=files,
            notes={"size": files.metadata.size},
        )

    def give_up(self, outcome: Outcome) -> PullEnd:
        """It came to nothing."""
        return PullEnd(base=self.base, outcome=outcome)

    async def announce(self, connection: Connection, task: Task) -> None:
        """The event PullComplete."""
        await pull_event.tell(connection, self.base, task)

    async def _files(self, run: Run, said: Asked) -> Files:
        ends = asyncio.get_running_loop().time() + self.seconds
        downloader = Downloader(egress=self.egress, ends=ends, total=self.seconds, pause=self.pause)
        cover = await self._cover(run, downloader, said.cover_url) if said.cover_url else None
        run.laps.begin("fetch")
        path = run.work / "video"

        def on_bytes(have: int, of: int | None) -> None:
            run.on_progress(_FETCHED * min(have / of, 1.0) if of else 0.0)

        with new_file(path) as file:
            got = await downloader.fetch(said.media_url, file, most=self.most, on_bytes=on_bytes)
        media_type, md5 = said.media_type, got.md5
        if _begins_a_playlist(path):
            path, media_type, md5 = await self._join(run, downloader, path, got.source), "mp4", ""
        elif said.media_type == HLS:
            raise BadVideo("it is no HLS playlist, which the MediaType m3u8 says")
        run.laps.begin("probe")
        metadata = await look_at_video(self.sandbox, path, md5=md5)
        return Files(
            video=path,
            metadata=metadata,
            media_type=media_type or metadata.container,
            name=_name(read_url(said.media_url)),
            cover=cover[0] if cover else None,
            cover_type=cover[1] if cover else None,
        )

    async def _join(self, run: Run, downloader: Downloader, playlist: Path, source: Target) -> Path:
        return await join(
            downloader,
            _read(playlist),
            source,
            run.work,
            sandbox=self.sandbox,
            most=self.most,
            on_progress=lambda done: run.on_progress(_FETCHED * done),
        )

    async def _cover(self, run: Run, downloader: Downloader, url: str) -> tuple[Path, str]:
        """The picture and its type; it is fetched first, because it is small and may be wrong."""
        run.laps.begin("cover")
        path = run.work / "cover"
        with new_file(path) as file:
            await downloader.fetch(url, file, most=MOST_OF_COVER)
        await look_at_cover(self.sandbox, path)
        try:
            return path, sniff_picture(path).lower()
        except NotMedia as error:
            raise BadCover(str(error)) from None


def _key(task: Task, owner: UUID, ending: str, name: str = "video") -> str:
    return f"pulled/{task.sub_app_id}/{task.file_id}/{owner.hex}/{name}.{ending}"


def _begins_a_playlist(path: Path) -> bool:
    with path.open("rb") as file:
        return is_playlist(file.read(HEAD))


def _read(playlist: Path) -> bytes:
    with playlist.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadVideo(f"its playlist has more than {MOST_BYTES} bytes")
    return content


def _name(given: Target) -> str:
    """The name of the file in the URL that was given, without its ending, if it is text."""
    last = given.path.partition("?")[0].rpartition("/")[2]
    name = unquote(last).rpartition(".")[0] or unquote(last)
    return name[:_LONGEST_NAME] if name.isprintable() and "\ufffd" not in name else ""
