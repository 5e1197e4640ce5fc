"""Upload sessions: their temporary keys, what was uploaded under them, their end in a commit or by expiry."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database, from_row

BUCKETS = "minivod"
"""What the names of all buckets begin with; the SubAppId follows."""
REMEMBERED = timedelta(days=7)
"""How long after its credentials expired a committed session still answers a repeated CommitUpload."""


def bucket_host(bucket: str, region: str) -> str:
    """The host of a bucket as COS has it, which official uploaders build by themselves."""
    return f"{bucket}.cos.{region}.myqcloud.com"


class UploadDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What ApplyUpload was told about the video.

    Attributes:
        expire_time: the video's own end, not the session's.
        steps: what the Procedure does with the video, as JSON values: `processing.plan.Step`.
        publish: the template whose result it publishes then, 0 for the original, None for nothing.
        priority: of the Procedure's task, -10 to 10.
        notify: when events tell of that task: Finish, Change or None.
    """

    name: str = ""
    class_id: int = 0
    source_context: str = ""
    session_context: str = ""
    storage_region: str = ""
    expire_time: datetime | None = None
    steps: list[dict[str, Any]] = []
    publish: int | None = None
    priority: int = 0
    notify: str = "Finish"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A session; its temporary key may write `media_key` and `cover_key` alone.

    Attributes:
        file_id: the video that CommitUpload made of it.
        expires_at: when it ends, and its key with it; `add` decides it.
        open: whether its key is still valid: not committed, not expired by the database's clock, the application On
            and the account enabled.
    """

    session_key: str
    sub_app_id: int
    secret_id: str
    secret_key: str
    token: str
    media_key: str
    cover_key: str | None
    media_type: str
    cover_type: str | None
    details: UploadDetails
    file_id: str | None = None
    expires_at: datetime | None = None
    open: bool = True

    @property
    def bucket(self) -> str:
        """The bucket that uploaders are told; every application has one."""
        return f"{BUCKETS}-{self.sub_app_id}"

    @property
    def bucket_host(self) -> str:
        """The name by which COS would know that bucket, in the region that uploaders are told."""
        return bucket_host(self.bucket, self.details.storage_region)


class UploadedObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is complete; `object_key` is its name for the uploader, `stored_key` in the object store.

    `md5` is that of the whole content, as it was hashed on its way into the store; empty: not known.
    """

    object_key: str
    session_key: str
    stored_key: str
    size: int
    etag: str
    crc64: str
    md5: str = ""
    upload_id: str | None = None
    modified_at: datetime | None = None


_SESSION = """upload.session_key, sub_app_id, media_key, cover_key, media_type, cover_type, details, file_id,
                 upload.expires_at"""
_OPEN = """file_id is null and upload.expires_at > now() and exists (
               select from sub_app s join account a using (app_id)
                where s.sub_app_id = upload.sub_app_id and s.status = 'On' and a.enabled)"""
_SELECT = "select " + _SESSION + ", secret_id, secret_key, token, " + _OPEN + " as open from upload"  # noqa: S608
_KEYS = """(select session_key, secret_id, secret_key, token, coalesce(key_expires_at > now(), true) as live
              from upload where secret_id = %(secret_id)s
            union all
            select session_key, secret_id, secret_key, token, expires_at > now()
              from upload_key where secret_id = %(secret_id)s) key"""
_BY_KEY = (
    "select " + _SESSION + ", key.secret_id, key.secret_key, key.token, " + _OPEN  # noqa: S608 - all of it is ours
    + " and key.live as open from upload join " + _KEYS + " using (session_key)"
)  # fmt: skip


def _upload(row: dict[str, Any] | None) -> Upload | None:
    return Upload(**{**row, "details": msgspec.convert(row["details"], UploadDetails)}) if row else None


async def create(db: Database, upload: Upload, lifetime: float) -> datetime:
    """Writes a new session by itself; see `add`."""
    async with db.connection() as connection:
        return await add(connection, upload, lifetime)


async def add(connection: Connection, upload: Upload, lifetime: float) -> datetime:
    """Writes a new session, valid for `lifetime` seconds by the database's clock; returns when it ends."""
    cursor = await connection.execute(
        """insert into upload (session_key, sub_app_id, secret_id, secret_key, token, media_key, cover_key,
                               media_type, cover_type, details, expires_at)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, date_trunc('second', now() + %s)) returning expires_at""",
        [
            upload.session_key, upload.sub_app_id, upload.secret_id, upload.secret_key, upload.token,
            upload.media_key, upload.cover_key, upload.media_type, upload.cover_type,
            Jsonb(msgspec.to_builtins(upload.details)), timedelta(seconds=lifetime),
        ],
    )  # fmt: skip
    row = await cursor.fetchone()
    return msgspec.convert(row and row["expires_at"], datetime)


async def renew(connection: Connection, fresh: Upload, lifetime: float) -> datetime | None:
    """Gives an open session the key of `fresh` beside those that it has, valid for `lifetime` seconds from now.

    It gets the details of `fresh` too. Requests that were signed with an older key stay valid until that expires: an
    uploader sends several at once.

    Returns:
        When the new key expires, and the session with it; None: the session was committed meanwhile, or is over.
    """
    cursor = await connection.execute(
        """with session as (
               update upload set details = %(details)s, key_expires_at = coalesce(key_expires_at, expires_at),
                      expires_at = greatest(expires_at, date_trunc('second', now() + %(lifetime)s))
                where session_key = %(session_key)s and file_id is null and expires_at > now()
               returning session_key, expires_at),
           expired as (
               delete from upload_key where session_key = %(session_key)s and expires_at <= now())
           insert into upload_key (secret_id, secret_key, token, session_key, expires_at)
           select %(secret_id)s, %(secret_key)s, %(token)s, session_key, expires_at from session
           returning expires_at""",
        {
            "session_key": fresh.session_key,
            "details": Jsonb(msgspec.to_builtins(fresh.details)),
            "lifetime": timedelta(seconds=lifetime),
            "secret_id": fresh.secret_id,
            "secret_key": fresh.secret_key,
            "token": fresh.token,
        },
    )
    row = await cursor.fetchone()
    return msgspec.convert(row["expires_at"], datetime) if row else None


async def find_by_secret_id(db: Database, secret_id: str) -> Upload | None:
    """The session of that temporary key, which is the key in it; open while session and key are."""
    return _upload(await db.fetch_one(_BY_KEY, {"secret_id": secret_id}))


async def find_by_session_key(db: Database, sub_app_id: int, session_key: str) -> Upload | None:
    """The application's session, open or not."""
    return _upload(
        await db.fetch_one(_SELECT + " where sub_app_id = %s and session_key = %s", [sub_app_id, session_key])
    )


async def lock(connection: Connection, session_key: str) -> Upload | None:
    """The session, held against other changes until the transaction ends."""
    cursor = await connection.execute(_SELECT + " where session_key = %s for update", [session_key])
    return _upload(await cursor.fetchone())


async def find_objects(db: Database, session_key: str) -> dict[str, UploadedObject]:
    """What was uploaded under the session, by the uploader's name for it."""
    rows = await db.fetch_all("select * from uploaded_object where session_key = %s", [session_key])
    return {row["object_key"]: from_row(row, UploadedObject) for row in rows}


async def find_object(connection: Connection, object_key: str) -> UploadedObject | None:
    """What counts under that name, in a session that this transaction has locked."""
    cursor = await connection.execute("select * from uploaded_object where object_key = %s", [object_key])
    row = await cursor.fetchone()
    return from_row(row, UploadedObject) if row else None


async def place(connection: Connection, uploaded: UploadedObject) -> None:
    """Lets an adopted object count, in a session that this transaction has locked; the one before it is doomed."""
    await connection.execute(
        """with before as (
               select stored_key from uploaded_object where object_key = %(object_key)s),
           doom as (
               insert into doomed_object (object_key) select stored_key from before
               on conflict (object_key) do update set after = now())
           insert into uploaded_object (object_key, session_key, stored_key, size, etag, crc64, md5, upload_id)
           values (%(object_key)s, %(session_key)s, %(stored_key)s, %(size)s, %(etag)s, %(crc64)s, %(md5)s,
                   %(upload_id)s)
           on conflict (object_key) do update set stored_key = excluded.stored_key, size = excluded.size,
              etag = excluded.etag, crc64 = excluded.crc64, md5 = excluded.md5, upload_id = excluded.upload_id,
              modified_at = now()""",
        msgspec.to_builtins(uploaded),
    )


async def are_current(connection: Connection, objects: Sequence[UploadedObject]) -> bool:
    """Whether these are still the objects that count, in a session that this transaction has locked."""
    cursor = await connection.execute(
        "select count(*) as number from uploaded_object where stored_key = any(%s)",
        [[one.stored_key for one in objects]],
    )
    row = await cursor.fetchone()
    return row is not None and row["number"] == len(objects)


async def commit(connection: Connection, session_key: str, file_id: str) -> None:
    """Ends a locked session with a video that has taken over its objects; parts of unfinished uploads are doomed."""
    await _doom_parts(connection, [session_key])
    await connection.execute("delete from multipart_upload where session_key = %s", [session_key])
    await connection.execute("delete from uploaded_object where session_key = %s", [session_key])
    await connection.execute("update upload set file_id = %s where session_key = %s", [file_id, session_key])


async def remove_expired(db: Database, limit: int = 100) -> int:
    """Removes sessions that are over: expired ones with all that was uploaded, committed ones a week later.

    Returns:
        How many; their objects are doomed.
    """
    async with db.transaction() as connection:
        cursor = await connection.execute(
            """select session_key from upload
                where expires_at <= now() and (file_id is null or expires_at <= now() - %s)
                order by expires_at limit %s for update skip locked""",
            [REMEMBERED, limit],
        )
        expired = [row["session_key"] for row in await cursor.fetchall()]
        await _doom_parts(connection, expired)
        await connection.execute(
            """insert into doomed_object (object_key)
               select stored_key from uploaded_object where session_key = any(%s)
               on conflict (object_key) do update set after = now()""",
            [expired],
        )
        await connection.execute("delete from upload where session_key = any(%s)", [expired])
    return len(expired)


async def _doom_parts(connection: Connection, session_keys: list[str]) -> None:
    await connection.execute(
        """insert into doomed_object (object_key)
           select part_key from multipart_part join multipart_upload using (upload_id) where session_key = any(%s)
           on conflict (object_key) do update set after = now()""",
        [session_keys],
    )
