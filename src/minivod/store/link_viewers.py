"""Who has played signed links that are for few addresses (rlimit)."""

from minivod.store.database import Database


async def admit(db: Database, file_id: str, link: str, address: str, most: int, until: float) -> bool:
    """Counts an address of a link; False when `most` others have played it. It is one query if it was counted before.

    Args:
        db: the database.
        file_id: of the video that it leads to.
        link: its digest.
        address: of the viewer.
        most: how many may play it.
        until: Unix time, seconds, after which nobody plays it.
    """
    mine = {"file": file_id, "link": link, "address": address, "most": most, "until": until}
    if await db.fetch_one("select from link_viewer where link = %(link)s and address = %(address)s", mine):
        return True
    async with db.transaction() as connection:
        await connection.execute("select pg_advisory_xact_lock(hashtextextended(%(link)s, 16))", mine)
        cursor = await connection.execute(
            """insert into link_viewer (file_id, link, address, expires_at)
               select file_id, %(link)s, %(address)s, to_timestamp(%(until)s) from media
                where file_id = %(file)s
                  and (select count(*) from link_viewer where link = %(link)s and address <> %(address)s) < %(most)s
               on conflict (link, address) do update set expires_at = excluded.expires_at returning link""",
            mine,
        )
        return await cursor.fetchone() is not None


async def forget(db: Database) -> int:
    """Removes those of links that are over; how many."""
    return await db.execute("delete from link_viewer where expires_at <= now()")
