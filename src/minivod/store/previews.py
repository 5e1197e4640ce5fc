"""The first seconds of files, as objects of their own; they go with their file (a trigger on the doomed objects)."""

from minivod.store import doomed
from minivod.store.database import Database
from minivod.store.playables import FileOf


async def find(db: Database, source_key: str, seconds: int) -> FileOf | None:
    """What was made of an object."""
    row = await db.fetch_one(
        "select object_key, created_at from preview where source_key = %s and seconds = %s", [source_key, seconds]
    )
    return FileOf(row["object_key"], row["created_at"]) if row else None


async def add(db: Database, *, sub_app_id: int, file_id: str, source_key: str, seconds: int, object_key: str) -> None:
    """Adopts a written and reserved object; it stays doomed if the video is gone, or another one was faster."""
    async with db.transaction() as connection:
        cursor = await connection.execute(
            """with held as (select file_id, sub_app_id from media
                              where file_id = %s and sub_app_id = %s for key share)
               insert into preview (file_id, sub_app_id, source_key, seconds, object_key)
               select file_id, sub_app_id, %s, %s, %s from held
                where not exists (select from doomed_object where object_key = %s)
               on conflict do nothing returning object_key""",
            [file_id, sub_app_id, source_key, seconds, object_key, source_key],
        )
        if await cursor.fetchone() is not None and not await doomed.spare(connection, [object_key]):
            await connection.rollback()
