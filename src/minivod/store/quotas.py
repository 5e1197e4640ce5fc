"""Quotas of applications, and how much of them is used."""

import msgspec

from minivod.store.database import Connection, Database
from minivod.store.storage import COUNTED
from minivod.store.tasks import AGAIN


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """The most that an application may store and have under way at a time; 0: no limit.

    Attributes:
        bytes: as `store.storage` counts them.
        media: videos.
        tasks: that are not finished; of a task with steps each step counts.
    """

    bytes: int = 0
    media: int = 0
    tasks: int = 0


NONE = Quota()


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What an application uses of its quota."""

    bytes: int
    media: int
    tasks: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An application as operators see it; a quota that is None is as the setting says."""

    sub_app_id: int
    app_id: int
    name: str
    status: str
    media: int
    bytes: int
    tasks: int
    quota_bytes: int | None
    quota_media: int | None
    quota_tasks: int | None


async def hold(connection: Connection, sub_app_id: int) -> None:
    """Lets the transactions that begin something in an application go one after the other, until each has ended.

    Before any row is locked: so nobody waits in a circle.
    """
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('minivod quota', %s))", [sub_app_id])


_USE = f"""
with {COUNTED}
select coalesce(sum(bytes), 0)::bigint as bytes, coalesce(sum(media), 0)::bigint as media,
       (select count(*) from task where sub_app_id = %(app)s and status <> 'FINISH' and steps_left = 0
           and kind <> '{AGAIN}') as tasks
  from counted
"""  # noqa: S608 - of constants


async def use(connection: Connection, sub_app_id: int) -> Use:
    """What the application uses, as the transaction sees it."""
    cursor = await connection.execute(_USE, {"app": sub_app_id})
    return msgspec.convert(await cursor.fetchone(), Use)


async def find(db: Database, sub_app_id: int, default: Quota) -> Quota:
    """The quota of an application, which is the default where it has none of its own."""
    row = await db.fetch_one(
        "select quota_bytes, quota_media, quota_tasks from sub_app where sub_app_id = %s", [sub_app_id]
    )
    return default if row is None else chosen(row["quota_bytes"], row["quota_media"], row["quota_tasks"], default)


def chosen(most_bytes: int | None, media: int | None, tasks: int | None, default: Quota) -> Quota:
    """A quota by an application's own values, None: by the default."""
    return Quota(
        bytes=default.bytes if most_bytes is None else most_bytes,
        media=default.media if media is None else media,
        tasks=default.tasks if tasks is None else tasks,
    )


async def change(db: Database, sub_app_id: int, new: dict[str, int | None]) -> bool:
    """Sets what is named (`bytes`, `media`, `tasks`), None: as the setting says; whether there is the application."""
    changed = await db.execute(
        """update sub_app set quota_bytes = case when %(bytes?)s then %(bytes)s else quota_bytes end,
                              quota_media = case when %(media?)s then %(media)s else quota_media end,
                              quota_tasks = case when %(tasks?)s then %(tasks)s else quota_tasks end
            where sub_app_id = %(app)s""",
        {name: new.get(name) for name in ("bytes", "media", "tasks")}
        | {f"{name}?": name in new for name in ("bytes", "media", "tasks")}
        | {"app": sub_app_id},
    )
    return changed == 1


UNFINISHED = f"""(select count(*) from task t where t.sub_app_id = s.sub_app_id and t.status <> 'FINISH'
                     and t.steps_left = 0 and t.kind <> '{AGAIN}')"""  # noqa: S608 - of a constant
"""The tasks and steps of an application `s` that its quota counts."""


async def standings(db: Database, sub_app_id: int | None = None) -> list[Standing]:
    """Every application, or one, by account and age."""
    rows = await db.fetch_all(
        f"""select s.sub_app_id, s.app_id, s.name, s.status, s.quota_bytes, s.quota_media, s.quota_tasks,
                   coalesce(stored.media, 0)::bigint as media, coalesce(stored.bytes, 0)::bigint as bytes,
                   {UNFINISHED} as tasks
              from sub_app s left join (
                   select sub_app_id, sum(media) as media, sum(bytes) as bytes
                     from (select sub_app_id, media, bytes from storage
                            union all select sub_app_id, media, bytes from storage_change) all_of_them
                    group by 1) stored using (sub_app_id)
             where %(app)s::bigint is null or s.sub_app_id = %(app)s
             order by s.app_id, s.created_at, s.sub_app_id""",  # noqa: S608 - of a constant
        {"app": sub_app_id},
    )
    return [msgspec.convert(row, Standing) for row in rows]
