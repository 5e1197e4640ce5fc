"""Pulls events for PullEvents; concurrent pulls share a query, also those of different applications."""

from collections import Counter, defaultdict

from minivod.store import events
from minivod.store.batching import Batcher
from minivod.store.database import Database
from minivod.store.events import BATCH, Event

_TOGETHER = 256


class EventReader:
    """Hands events out, each to one caller; a thousand polls that come at the same time are a few queries."""

    def __init__(self, db: Database) -> None:
        """Args: db: where the events are."""

        async def read(sub_app_ids: list[int]) -> list[list[Event]]:
            found: defaultdict[int, list[Event]] = defaultdict(list)
            for event in await events.pull_many(db, Counter(sub_app_ids)):
                found[event.sub_app_id].append(event)
            return [_take(found[sub_app_id]) for sub_app_id in sub_app_ids]

        self._read: Batcher[int, list[Event]] = Batcher(read, limit=_TOGETHER, gather=True)

    async def pull(self, sub_app_id: int) -> list[Event]:
        """At most 16 events of the application, oldest first, hidden from other callers for 30 s."""
        return await self._read(sub_app_id)


def _take(found: list[Event]) -> list[Event]:
    """Removes what one caller gets."""
    taken = found[:BATCH]
    del found[:BATCH]
    return taken
