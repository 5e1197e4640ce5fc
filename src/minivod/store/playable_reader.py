"""Asks whether a video may be played now, before every answer of playback; concurrent questions share a query."""

from minivod.store import publications
from minivod.store.batching import Batcher
from minivod.store.database import Database
from minivod.store.publications import Playable


class PlayableReader:
    """Finds what players may fetch, by account and FileId. Nothing is kept: no answer outlives a withdrawal."""

    def __init__(self, db: Database) -> None:
        """Args: db: where the publications are."""

        async def read(wanted: list[tuple[int, str]]) -> list[Playable | None]:
            return await publications.find_playables(db, wanted)

        self._read: Batcher[tuple[int, str], Playable | None] = Batcher(read, gather=True)

    async def find(self, app_id: int, file_id: str) -> Playable | None:
        """What players of that account may fetch of the video; None for every video that is not published now."""
        return await self._read((app_id, file_id))
