"""What an operator's word is made from: the newest words, publication and review, by which a change is noticed."""

from typing import Any

import msgspec

from minivod.store import decisions
from minivod.store.database import Connection, from_row


class Basis(msgspec.Struct, frozen=True, array_like=True):
    """A video as somebody saw it who makes up a decision.

    Attributes:
        decision: the newest word on the video itself; 0: nobody has said any.
        standing: the word that holds, perhaps of a video with the same bytes; 0: none does.
        task_id: of the publication; empty: there is none.
        state: of it.
        review: the task of the newest review that counts; empty: none has seen it.
    """

    decision: int = 0
    standing: int = 0
    task_id: str = ""
    state: str = ""
    review: str = ""


async def find(connection: Connection, sub_app_id: int, file_id: str, source: dict[str, Any]) -> Basis:
    """What is so now; while the caller has locked the video, it stays so.

    Args:
        connection: of a transaction that holds the video, or any, before all else that is read to be shown.
        sub_app_id: of its application.
        file_id: of the video.
        source: the metadata of its original.
    """
    standing = await decisions.standing(connection, sub_app_id, file_id, source)
    cursor = await connection.execute(
        """select coalesce((select max(decision_id) from review_decision
                             where sub_app_id = %(app)s and file_id = %(file)s), 0) as decision,
                  %(standing)s::bigint as standing,
                  coalesce(p.task_id, '') as task_id, coalesce(p.state, '') as state,
                  coalesce((select task_id from review_record
                             where sub_app_id = %(app)s and file_id = %(file)s and not record ? 'trial'
                             order by created_at desc limit 1), '') as review
             from (select) nothing
             left join publication p on p.sub_app_id = %(app)s and p.file_id = %(file)s""",
        {"app": sub_app_id, "file": file_id, "standing": standing.decision_id if standing else 0},
    )
    return from_row(await cursor.fetchone() or {}, Basis)
