"""An application that is called, and a pusher whose turns a test takes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from minivod.actions import modify_event_config
from minivod.callbacks.pusher import Pusher
from minivod.callbacks.sender import Sender
from minivod.clock import Clock
from minivod.egress import Egress
from minivod.store import accounts, event_configs, event_log, events
from minivod.store.bell import DeliveryBell
from minivod.store.database import Database, Row
from minivod.store.event_log import Delivery
from minivod.webhooks import new_secret

from .receivers import settings

TIMEOUT = 60.0
"""Seconds of a call: so many that a busy machine does not use them up."""


class World:
    """A database with one account, which changes as its users would change it; time passes in the database."""

    def __init__(self, db: Database, app: int) -> None:
        self.db = db
        self.app = app
        self.pusher = self.another_pusher()

    def another_pusher(
        self, timeout: float = TIMEOUT, most: int = 4, grace: float = 0.0, language: str = "en-US"
    ) -> Pusher:
        sender = Sender(Egress(settings()), Clock(), timeout, language)
        return Pusher(self.db, sender, DeliveryBell(self.db.url), most=most, grace=grace)

    async def new_app(self) -> int:
        async with self.db.transaction() as connection:
            return await accounts.create_account(connection)

    async def configure(self, app: int | None = None, **changes: Any) -> None:
        request = modify_event_config.Request(**changes)
        await modify_event_config.change(self.db, app or self.app, request, settings())

    async def push_to(self, url: str, app: int | None = None) -> None:
        await self.configure(app, Mode="PUSH", NotificationUrl=url)

    async def tell(self, *subjects: str, app: int | None = None) -> None:
        async with self.db.transaction() as connection:
            for subject in subjects:
                payload: dict[str, Any] = {"FileIdSet": [subject], "Absent": None}
                await events.append(connection, app or self.app, "FileDeleted", subject, payload)

    async def turn(self) -> int:
        """One turn, until its calls have ended."""
        begun = await self.pusher.turn()
        await self.pusher.idle()
        return begun

    async def later(self, seconds: float = 200_000.0) -> None:
        """Moves all that is due or leased, and began, into the past."""
        await self.db.execute(
            """update event_delivery set due_at = due_at - %(by)s, leased_until = leased_until - %(by)s,
                                         began_at = began_at - %(by)s""",
            {"by": timedelta(seconds=seconds)},
        )

    async def secret(self, app: int | None = None) -> str:
        return (await event_configs.secrets(self.db, app or self.app, new_secret())).secret

    async def deliveries(self, app: int | None = None) -> dict[str, Delivery]:
        found = await event_log.recent(self.db, app or self.app, limit=1000)
        return {one.subject: one for one in found}

    async def states(self, app: int | None = None) -> dict[str, str]:
        return {subject: one.state for subject, one in (await self.deliveries(app)).items()}

    async def row(self, subject: str) -> Row:
        row = await self.db.fetch_one(
            """select d.*, extract(epoch from due_at - now())::float8 as due_in
                 from event_delivery d join event using (event_id) where subject = %s""",
            [subject],
        )
        assert row is not None
        return row

    async def pulled(self) -> list[str]:
        return [event.payload["FileIdSet"][0] for event in await events.pull(self.db, self.app)]


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    db = await Database(database_url).open()
    async with db.transaction() as connection:
        app = await accounts.create_account(connection)
    yield World(db, app)
    await db.close()
