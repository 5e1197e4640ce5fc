"""Class rows: the tree in which an application sorts its videos; what is in none of them is in class 0."""

from collections.abc import Sequence

import msgspec

from minivod.store.database import Connection, Database, from_row

NO_PARENT = -1
"""The parent of the first level."""


class MediaClass(msgspec.Struct, frozen=True, kw_only=True):
    """A class; `path` is the way to it from the first level, itself included, and never changes."""

    class_id: int
    parent_id: int
    path: list[int]
    name: str


async def next_id(connection: Connection, sub_app_id: int) -> int:
    """A ClassId that the application never had; others that ask wait until this transaction ends."""
    cursor = await connection.execute(
        """insert into class_number as number (sub_app_id, last) values (%s, 1)
           on conflict (sub_app_id) do update set last = number.last + 1 returning last""",
        [sub_app_id],
    )
    row = await cursor.fetchone()
    return msgspec.convert(row and row["last"], int)


async def count(connection: Connection, sub_app_id: int, parent_id: int) -> tuple[int, int]:
    """How many classes the application has, and how many of them below that one."""
    cursor = await connection.execute(
        """select count(*) as all, count(*) filter (where parent_id = %s) as below
             from media_class where sub_app_id = %s""",
        [parent_id, sub_app_id],
    )
    row = await cursor.fetchone()
    return (row["all"], row["below"]) if row else (0, 0)


async def hold(connection: Connection, sub_app_id: int, class_id: int) -> MediaClass | None:
    """The class, which cannot be deleted until the transaction ends; None: there is none."""
    cursor = await connection.execute(
        "select * from media_class where sub_app_id = %s and class_id = %s for key share", [sub_app_id, class_id]
    )
    row = await cursor.fetchone()
    return from_row(row, MediaClass) if row else None


async def create(connection: Connection, sub_app_id: int, new: MediaClass) -> bool:
    """Writes a new class; False: its parent has one of that name."""
    cursor = await connection.execute(
        """insert into media_class (sub_app_id, class_id, parent_id, path, name) values (%s, %s, %s, %s, %s)
           on conflict (sub_app_id, parent_id, name) do nothing""",
        [sub_app_id, new.class_id, new.parent_id, new.path, new.name],
    )
    return cursor.rowcount == 1


async def find(db: Database, sub_app_id: int, class_ids: Sequence[int] | None = None) -> list[MediaClass]:
    """The application's classes, by ClassId; `class_ids`: only these."""
    rows = await db.fetch_all(
        """select * from media_class where sub_app_id = %s and class_id = any(coalesce(%s, array[class_id]))
            order by class_id""",
        [sub_app_id, None if class_ids is None else list(class_ids)],
    )
    return [from_row(row, MediaClass) for row in rows]


async def rename(db: Database, sub_app_id: int, class_id: int, name: str) -> bool | None:
    """Gives a class another name; None: there is no such class, False: its parent has another one of that name."""
    row = await db.fetch_one(
        """with twin as (
               select other.class_id from media_class one
                 join media_class other using (sub_app_id, parent_id)
                where one.sub_app_id = %(app)s and one.class_id = %(id)s and other.name = %(name)s),
           renamed as (
               update media_class set name = %(name)s where sub_app_id = %(app)s and class_id = %(id)s
                  and not exists (select from twin where class_id <> %(id)s)
            returning true as done)
           select coalesce((select done from renamed), false) as done from media_class
            where sub_app_id = %(app)s and class_id = %(id)s""",
        {"app": sub_app_id, "id": class_id, "name": name},
    )
    return bool(row["done"]) if row else None


async def delete(connection: Connection, sub_app_id: int, class_id: int) -> str | None:
    """Deletes a class that nothing is in.

    Returns:
        What is in its way: `subclasses`, `media`, `absence`; None when it is gone.
    """
    cursor = await connection.execute(
        "select from media_class where sub_app_id = %s and class_id = %s for update", [sub_app_id, class_id]
    )
    if await cursor.fetchone() is None:
        return "absence"
    cursor = await connection.execute(
        """select exists (select from media_class where sub_app_id = %(app)s and parent_id = %(id)s) as subclasses,
                  exists (select from media where sub_app_id = %(app)s and class_ref = %(id)s) as media""",
        {"app": sub_app_id, "id": class_id},
    )
    row = await cursor.fetchone()
    for what in ("subclasses", "media"):
        if row and row[what]:
            return what
    await connection.execute("delete from media_class where sub_app_id = %s and class_id = %s", [sub_app_id, class_id])
    return None
