"""Verdicts of reviews: kept by what was reviewed, found again while nothing that they depend on has changed."""

from typing import Any

from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database


async def save(connection: Connection, subject: str, file_id: str, digest: str, record: dict[str, Any]) -> None:
    """Keeps the record of a review, in place of an earlier one of the same subject.

    Args:
        connection: of the transaction that decides the publication.
        subject: the keys of the objects that were reviewed.
        file_id: of the held video.
        digest: of everything that the verdict depends on beside them.
        record: as a review record is kept.
    """
    await connection.execute(
        """insert into verdict (subject, file_id, digest, record) values (%s, %s, %s, %s)
               on conflict (subject) do update
                  set digest = excluded.digest, record = excluded.record, created_at = now()""",
        [subject, file_id, digest, Jsonb(record)],
    )


async def find(db: Database, subject: str, digest: str) -> dict[str, Any] | None:
    """The record of that subject's review, if it was made with the same digest."""
    row = await db.fetch_one("select record from verdict where subject = %s and digest = %s", [subject, digest])
    return row["record"] if row else None


async def find_any(db: Database, subject: str) -> dict[str, Any] | None:
    """The record of that subject's newest review, whatever it depended on."""
    row = await db.fetch_one("select record from verdict where subject = %s", [subject])
    return row["record"] if row else None
