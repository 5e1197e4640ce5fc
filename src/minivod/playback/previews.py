"""Try-outs of single files (exper): their first seconds as an MP4, made when first asked for, and kept."""

import asyncio
import math
import time
import uuid
from dataclasses import dataclass, field

import structlog

from minivod.media.remux import first_seconds
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.media.sniff import NotMedia
from minivod.media.workspace import job_directory
from minivod.objects import NoSuchObject, Objects, StoreUnavailable
from minivod.playback.rules import Limited
from minivod.store import doomed, previews
from minivod.store.database import Database
from minivod.store.playables import FileOf, Playable

log = structlog.get_logger(__name__)

_MOST_REMEMBERED = 1000
"""Files that could not be cut, so that who asks again does not start tools again."""
_REMEMBERED_SECONDS = 600.0
"""After which it is tried again: what was in the way may have been a machine at its limits."""
_UNCUT = "exper: this file cannot be cut; use a link without exper, or one for an MP4 or HLS"


@dataclass(frozen=True)
class Previews:
    """Finds and makes them, one at a time; without a sandbox none is made."""

    database: Database
    objects: Objects
    sandbox: Sandbox | None = None
    data_dir: str = ""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _uncut: dict[str, float] = field(default_factory=dict)

    async def find(self, playable: Playable, file: FileOf, seconds: int) -> FileOf:
        """The first seconds of a file; the file itself, where it is known to be no longer than that.

        Raises:
            Limited: it cannot be cut.
            StoreUnavailable: it cannot be cut now.
        """
        if file.key == playable.object_key and 0 < float(playable.metadata.get("duration", 0)) <= seconds:
            return file
        found = await previews.find(self.database, file.key, seconds)
        if found is None:
            async with self._turn:
                found = await previews.find(self.database, file.key, seconds)
                found = found or await self._make(playable, file, seconds)
        return found

    async def _make(self, playable: Playable, file: FileOf, seconds: int) -> FileOf:
        failed = self._uncut.get(file.key, -math.inf)
        if self.sandbox is None or time.monotonic() - failed < _REMEMBERED_SECONDS:
            raise Limited(_UNCUT)
        key = f"preview/{playable.file_id}/{uuid.uuid4().hex}.mp4"
        await doomed.reserve(self.database, [key])
        try:
            with job_directory(self.data_dir, "preview") as work:
                async with self.objects.local_copy(file.key, work) as source:
                    await first_seconds(self.sandbox, source, work / "preview.mp4", seconds)
                await self.objects.put_file(key, work / "preview.mp4")
        except (NotMedia, StepFailed) as error:
            log.warning("file_cannot_be_cut", file_id=playable.file_id, seconds=seconds, reason=str(error))
            if len(self._uncut) >= _MOST_REMEMBERED:
                del self._uncut[next(iter(self._uncut))]
            self._uncut[file.key] = time.monotonic()
            raise Limited(_UNCUT) from None
        except (NoSuchObject, StoreUnavailable):
            raise
        except OSError as error:  # the disk is full, for example
            raise StoreUnavailable(f"no preview could be made: {error}") from error
        await previews.add(
            self.database, sub_app_id=playable.sub_app_id, file_id=playable.file_id, source_key=file.key,
            seconds=seconds, object_key=key,
        )  # fmt: skip
        return await previews.find(self.database, file.key, seconds) or FileOf(key, file.made_at)
