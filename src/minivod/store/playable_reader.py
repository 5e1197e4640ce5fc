"""Asks whether a video may be played now, before every answer of playback; concurrent questions share a query."""

from minivod.store import playables
from minivod.store.batching import Batcher
from minivod.store.database import Database
from minivod.store.playables import Address, Playable


class PlayableReader:
    """Finds what players may fetch, by its address. Nothing is kept: no answer outlives a withdrawal."""

    def __init__(self, db: Database) -> None:
        """Args: db: where the publications are."""

        async def read(wanted: list[Address]) -> list[Playable | None]:
            return await playables.find_playables(db, wanted)

        self._read: Batcher[Address, Playable | None] = Batcher(read, gather=True)

    async def find(self, address: Address) -> Playable | None:
        """What players may fetch there; None for every video that is not published now."""
        return await self._read(address)
