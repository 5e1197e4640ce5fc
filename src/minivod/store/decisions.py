"""What operators said of videos: an audit table that nothing changes, of which the newest word of a video stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from minivod.store.database import Connection, Database, from_row

Word = Literal["approve", "reject", "reset", "again"]
"""`again` is a review anew that took a publication away; it is told of here, and is nobody's standing word."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the audit table.

    Attributes:
        decision_id: ascending.
        made_at: when.
        sub_app_id: of the application.
        file_id: of the video.
        word: what was said.
        made_by: by whom.
        reason: why.
        task_id: of the publication that it found; None: there was none.
        state_before: of that publication.
        state_after: of it.
        types: rows of ReviewSummary for which it was rejected.
        subject: what it speaks of, as verdicts have it.
        source_md5: of the original, hex.
        source_size: of it, bytes.
    """

    decision_id: int
    made_at: datetime
    sub_app_id: int
    file_id: str
    word: str
    made_by: str
    reason: str
    task_id: str | None
    state_before: str | None
    state_after: str | None
    types: list[str]
    subject: str
    source_md5: str
    source_size: int


async def record(
    connection: Connection,
    sub_app_id: int,
    file_id: str,
    word: Word,
    *,
    made_by: str,
    reason: str,
    task_id: str | None = None,
    state_before: str | None = None,
    state_after: str | None = None,
    types: Sequence[str] = (),
    subject: str = "",
    source: dict[str, Any] | None = None,
) -> Decision:
    """Writes down what was said of a locked video; `source` is the metadata of its original."""
    of_source = source or {}
    cursor = await connection.execute(
        """insert into review_decision (sub_app_id, file_id, word, made_by, reason, task_id, state_before, state_after,
                                        types, subject, source_md5, source_size)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning *""",
        [
            sub_app_id, file_id, word, made_by, reason, task_id, state_before, state_after, list(types), subject,
            of_source.get("md5") or "", of_source.get("size") or 0,
        ],
    )  # fmt: skip
    return from_row(await cursor.fetchone() or {}, Decision)


async def standing(connection: Connection, sub_app_id: int, file_id: str, source: dict[str, Any]) -> Decision | None:
    """The word that holds for a video: the newest of its own, else a rejection of the same bytes; None: there is none.

    Whoever uploads the very same file anew is not to get around a rejection; an approval is of one video alone, for
    two files of one MD5 can be made.

    Args:
        connection: of a transaction that holds the video, or any to look.
        sub_app_id: of its application; words of others do not count.
        file_id: of the video.
        source: the metadata of its original.
    """
    cursor = await connection.execute(
        """select * from review_decision where sub_app_id = %s and file_id = %s and word <> 'again'
            order by decision_id desc limit 1""",
        [sub_app_id, file_id],
    )
    row = await cursor.fetchone()
    if row is None and source.get("md5"):
        cursor = await connection.execute(
            """select * from review_decision
                where sub_app_id = %s and source_md5 = %s and source_size = %s and source_md5 <> '' and word <> 'again'
                order by decision_id desc limit 1""",
            [sub_app_id, source["md5"], source.get("size") or 0],
        )
        row = await cursor.fetchone()
        if row is not None and row["word"] != "reject":
            return None
    return from_row(row, Decision) if row is not None and row["word"] != "reset" else None


async def history(db: Database, sub_app_id: int, file_id: str) -> list[Decision]:
    """All that was said of a video, oldest first; also of one that was deleted."""
    rows = await db.fetch_all(
        "select * from review_decision where sub_app_id = %s and file_id = %s order by decision_id",
        [sub_app_id, file_id],
    )
    return [from_row(row, Decision) for row in rows]


async def newest_of_its_video(db: Database, decision_id: int) -> tuple[Decision, str] | None:
    """A word with the name of its video, which is empty if that is gone; None: there is none, or a newer one."""
    row = await db.fetch_one(
        """select d.*, coalesce(m.name, '') as name from review_decision d left join media m using (file_id)
            where d.decision_id = %s
              and not exists (select from review_decision n
                               where n.sub_app_id = d.sub_app_id and n.file_id = d.file_id
                                 and n.decision_id > d.decision_id)""",
        [decision_id],
    )
    return (from_row(row, Decision), row["name"]) if row else None
