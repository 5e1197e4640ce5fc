"""The keys of applications that sign psign."""

from minivod.store.database import Database


async def find(db: Database, app_id: int) -> dict[int, tuple[int, str]]:
    """The applications that a player's `appId` stands for, by SubAppId: AppId of the account, and play key.

    An AppId stands for every application of the account, a SubAppId for that one (the reference's players are given
    the SubAppId). Disabled accounts have none.
    """
    rows = await db.fetch_all(
        """select s.sub_app_id, s.app_id, s.play_key from sub_app s join account a using (app_id)
            where a.enabled and (s.app_id = %(id)s or s.sub_app_id = %(id)s) order by s.sub_app_id""",
        {"id": app_id},
    )
    return {row["sub_app_id"]: (row["app_id"], row["play_key"]) for row in rows}


async def find_for_media(db: Database, file_id: str) -> tuple[int, str] | None:
    """AppId and play key for a video, whoever it belongs to: for the operator's own commands."""
    row = await db.fetch_one(
        "select s.app_id, s.play_key from media m join sub_app s using (sub_app_id) where m.file_id = %s", [file_id]
    )
    return (row["app_id"], row["play_key"]) if row else None
