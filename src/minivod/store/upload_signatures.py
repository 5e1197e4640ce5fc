"""Upload signatures that may be used once: which session each was used for."""

from datetime import datetime, timedelta

from minivod.store.database import Connection, Database

_LATE = timedelta(hours=1)
"""How long a row is kept beyond its end: the clocks of servers and database may differ."""


async def spend(connection: Connection, digest: bytes, session_key: str, expires_at: datetime) -> bool:
    """Uses the signature for a session, for good if the transaction commits.

    Of several transactions at once, also of several servers, one gets it; the others wait for its end.

    Args:
        connection: of the transaction.
        digest: of the signature.
        session_key: of the session.
        expires_at: when the signature ends.

    Returns:
        Whether it had not been used before.
    """
    cursor = await connection.execute(
        "insert into upload_signature (digest, session_key, expires_at) values (%s, %s, %s) on conflict do nothing",
        [digest, session_key, expires_at],
    )
    return cursor.rowcount == 1


async def used_for(db: Database, digest: bytes) -> str | None:
    """The session that the signature was used for; None: it was not used."""
    row = await db.fetch_one("select session_key from upload_signature where digest = %s", [digest])
    return str(row["session_key"]) if row else None


async def forget_expired(db: Database) -> int:
    """Removes those that their own expireTime refuses by now; how many."""
    return await db.execute("delete from upload_signature where expires_at < now() - %s", [_LATE])
