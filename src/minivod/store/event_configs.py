"""How an application is told of its events: by PullEvents or by callbacks, of which, and with what they are signed."""

from datetime import datetime, timedelta

import msgspec

from minivod.store.database import Connection, Database, from_row

PULL, PUSH = "PULL", "PUSH"


class EventConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Of one application; `on_upload` and `on_delete` are None where the setting decides.

    `url` is empty where nothing is called. `gone_url` was taken out because it answered 410 at `gone_at`.
    """

    mode: str = PULL
    url: str = ""
    on_upload: bool | None = None
    on_delete: bool | None = None
    sign_key: str = ""
    failing: bool = False
    gone_url: str = ""
    gone_at: datetime | None = None

    def tells_of_uploads(self, otherwise: bool) -> bool:
        """Whether NewFileUpload is produced; `otherwise` is the setting."""
        return otherwise if self.on_upload is None else self.on_upload

    def tells_of_deletions(self, otherwise: bool) -> bool:
        """Whether FileDeleted is produced; `otherwise` is the setting."""
        return otherwise if self.on_delete is None else self.on_delete


class Secrets(msgspec.Struct, frozen=True):
    """What callbacks are signed with; `old_secret` signs too, until `old_until`."""

    secret: str
    old_secret: str | None
    old_until: datetime | None

    @property
    def valid(self) -> list[str]:
        """Those that sign now."""
        return [secret for secret in (self.secret, self.old_secret) if secret]


async def find(db: Database, sub_app_id: int) -> EventConfig:
    """As it is now; that of a new application if it was never changed."""
    async with db.connection() as connection:
        return await read(connection, sub_app_id)


async def read(connection: Connection, sub_app_id: int) -> EventConfig:
    """Likewise, as a transaction sees it."""
    cursor = await connection.execute("select * from event_config where sub_app_id = %s", [sub_app_id])
    row = await cursor.fetchone()
    return from_row(row, EventConfig) if row else EventConfig()


async def lock(connection: Connection, sub_app_id: int, secret: str) -> EventConfig:
    """As it is now, for changing it; events of the application wait for the transaction's end.

    Args:
        connection: in a transaction.
        sub_app_id: of the application.
        secret: its own, if it has none yet.
    """
    await connection.execute(
        "insert into event_config (sub_app_id, secret) values (%s, %s) on conflict do nothing", [sub_app_id, secret]
    )
    cursor = await connection.execute("select * from event_config where sub_app_id = %s for update", [sub_app_id])
    row = await cursor.fetchone()
    return from_row(row, EventConfig) if row else EventConfig()


async def save(connection: Connection, sub_app_id: int, config: EventConfig, *, vouched: bool) -> None:
    """Changes what was locked; `vouched`: its URL was given now, be it the same, and no earlier call takes it out."""
    await connection.execute(
        """update event_config
              set mode = %(mode)s, url = %(url)s, on_upload = %(on_upload)s, on_delete = %(on_delete)s,
                  sign_key = %(sign_key)s, failing = %(failing)s, gone_url = %(gone_url)s, gone_at = %(gone_at)s,
                  url_since = case when url = %(url)s and not %(vouched)s then url_since else now() end
            where sub_app_id = %(app)s""",
        {"app": sub_app_id, "vouched": vouched, **msgspec.structs.asdict(config)},
    )


async def silence(db: Database, sub_app_id: int) -> str:
    """Why nothing is sent to an application, however it is to be told: it is not On, or its account is disabled."""
    row = await db.fetch_one(
        "select status, enabled from sub_app join account using (app_id) where sub_app_id = %s", [sub_app_id]
    )
    if row is None or (row["enabled"] and row["status"] == "On"):
        return ""
    return f"the application is {row['status']}" if row["enabled"] else "its account is disabled"


async def secrets(db: Database, sub_app_id: int, new: str) -> Secrets:
    """What its callbacks are signed with; `new` becomes its secret if it has none yet."""
    async with db.transaction() as connection:
        await lock(connection, sub_app_id, new)
        return await _secrets(connection, sub_app_id)


async def rotate(db: Database, sub_app_id: int, new: str, overlap: timedelta) -> Secrets:
    """Makes `new` the secret; the one before signs too for as long as `overlap`."""
    async with db.transaction() as connection:
        await lock(connection, sub_app_id, new)
        await connection.execute(
            """update event_config set secret = %(new)s, old_secret = secret, old_until = now() + %(overlap)s
                where sub_app_id = %(app)s and secret <> %(new)s""",
            {"app": sub_app_id, "new": new, "overlap": overlap},
        )
        return await _secrets(connection, sub_app_id)


async def _secrets(connection: Connection, sub_app_id: int) -> Secrets:
    cursor = await connection.execute(
        """select secret, case when old_until > now() then old_secret end as old_secret, old_until
             from event_config where sub_app_id = %s""",
        [sub_app_id],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"the application {sub_app_id} has no secret although it was locked")
    return Secrets(**row)
