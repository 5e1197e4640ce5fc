"""The keys of applications that sign psign."""

import msgspec

from minivod.store.database import Database

KEY = r"^[!-~]{8,64}\Z"
"""What a play key may be: those of the reference are shorter than our own."""


async def find(db: Database, app_id: int) -> dict[int, tuple[int, str]]:
    """The applications that a player's `appId` stands for, by SubAppId: AppId of the account, and play key.

    An AppId stands for every application of the account, a SubAppId for that one (the reference's players are given
    the SubAppId). Disabled accounts have none, nor have applications that are not On.
    """
    rows = await db.fetch_all(
        """select s.sub_app_id, s.app_id, s.play_key from sub_app s join account a using (app_id)
            where a.enabled and s.status = 'On' and (s.app_id = %(id)s or s.sub_app_id = %(id)s)
            order by s.sub_app_id""",
        {"id": app_id},
    )
    return {row["sub_app_id"]: (row["app_id"], row["play_key"]) for row in rows}


class MediaKey(msgspec.Struct, frozen=True):
    """What a psign for a video is made of; `definition` is what is or was last to be published, 0 the original."""

    app_id: int
    sub_app_id: int
    play_key: str
    distribution: str
    definition: int


async def find_for_media(db: Database, file_id: str) -> MediaKey | None:
    """The key for a video, whoever it belongs to: for the operator's own commands."""
    row = await db.fetch_one(
        """select s.app_id, s.sub_app_id, s.play_key, s.distribution, coalesce(p.definition, 0) as definition
             from media m join sub_app s using (sub_app_id) left join publication p using (file_id)
            where m.file_id = %s""",
        [file_id],
    )
    return MediaKey(**row) if row else None


async def find_for_application(db: Database, sub_app_id: int) -> str:
    """That of an application that exists: for the operator's own commands."""
    row = await db.fetch_one("select play_key from sub_app where sub_app_id = %s", [sub_app_id])
    return str(row["play_key"]) if row else ""


async def replace(db: Database, sub_app_id: int, key: str) -> None:
    """Gives an application another one; what the one before has signed is refused from the next request on."""
    await db.execute("update sub_app set play_key = %s where sub_app_id = %s", [key, sub_app_id])
