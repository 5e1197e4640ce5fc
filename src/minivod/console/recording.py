"""Changes that the console makes by itself: what is done and its row of the audit are one transaction."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from minivod.console.visit import Visit
from minivod.store.database import Database, Joined


@asynccontextmanager
async def recorded(
    visit: Visit, sub_app_id: int | None, action: str, about: str = "", parameters: Mapping[str, Any] | None = None
) -> AsyncIterator[Database]:
    """The database for a change by whoever has signed in; an exception takes change and row back.

    Args:
        visit: the request.
        sub_app_id: of the application that is changed; None: none, or a whole account.
        action: what is done, for the audit.
        about: what is changed, for the audit.
        parameters: how, for the audit, which keeps no secrets of them.
    """
    async with visit.db.transaction() as connection:
        await visit.record(connection, sub_app_id, action, about, parameters or {})
        yield Joined(connection)
