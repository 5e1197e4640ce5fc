"""Whether an application has room for what it is about to begin: its quota, and what is used of it."""

import re

from minivod import errors
from minivod.settings import Settings
from minivod.store import quotas
from minivod.store.database import Connection, Database
from minivod.store.quotas import NONE, Quota, Use

QuotaExceeded = errors.special(errors.LimitExceeded, "Quota")


DEFAULT = "default"
_NUMBER = re.compile(r"([0-9]{1,18})([KMGT]?)", re.ASCII)
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_LARGEST = 2**63 - 1


def read_limit(text: str) -> int | None:
    """A limit as operators write it, such as 0, 500 or 10G (of 1024³ each); None: as the setting says.

    Raises:
        ValueError: it is none; the message goes on after the text.
    """
    if text == DEFAULT:
        return None
    found = _NUMBER.fullmatch(text)
    number = int(found[1]) * _UNITS[found[2]] if found else _LARGEST + 1
    if number > _LARGEST:
        raise ValueError(f"is no number such as 0, 500 or 10G, nor {DEFAULT!r}")
    return number


def default_quota(settings: Settings) -> Quota:
    """The quota of applications without one of their own."""
    return Quota(bytes=settings.quota_bytes, media=settings.quota_media, tasks=settings.quota_tasks)


async def check_room(
    connection: Connection, sub_app_id: int, quota: Quota, *, size: int = 0, media: int = 0, tasks: int = 0
) -> None:
    """Refuses what would be over the quota; without a quota nothing is asked.

    Others who begin something in the application wait until the transaction has ended, so that the quota is kept
    exactly. Whoever waits holds no row of a video or a task yet.

    Args:
        connection: of the transaction.
        sub_app_id: the application.
        quota: its quota.
        size: bytes that it will store; 0: not known.
        media: videos that will be made.
        tasks: that will be begun, and steps of tasks in place of these.

    Raises:
        QuotaExceeded: there is no room.
    """
    if quota != NONE:
        await quotas.hold(connection, sub_app_id)
        _refuse(refusal(sub_app_id, quota, await quotas.use(connection, sub_app_id), size, media, tasks))


def room_for_tasks(quota: Quota, used: Use) -> int:
    """How many more tasks may be begun under a quota that bounds them."""
    full = quota.bytes and used.bytes >= quota.bytes
    return 0 if full else max(0, quota.tasks - used.tasks)


async def look_for_room(db: Database, sub_app_id: int, quota: Quota, *, media: int = 0, tasks: int = 0) -> None:
    """Like `check_room`, but nobody waits: what is begun at the same time is not seen."""
    if quota != NONE:
        async with db.connection() as connection:
            _refuse(refusal(sub_app_id, quota, await quotas.use(connection, sub_app_id), 0, media, tasks))


def _refuse(refused: str) -> None:
    if refused:
        raise QuotaExceeded(refused)


def refusal(sub_app_id: int, quota: Quota, used: Use, size: int, media: int, tasks: int) -> str:
    """Why there is no room, and what would help; empty: there is."""
    if quota.bytes and size and used.bytes + size > quota.bytes:
        return (
            f"the application {sub_app_id} stores {used.bytes} bytes; {size} more would be over its quota of "
            f"{quota.bytes}. DeleteMedia makes room, or the operator raises the quota"
        )
    if quota.bytes and used.bytes >= quota.bytes:
        return (
            f"the application {sub_app_id} stores {used.bytes} bytes, and its quota is {quota.bytes}. DeleteMedia "
            "makes room, or the operator raises the quota"
        )
    if media and quota.media and used.media + media > quota.media:
        return (
            f"the application {sub_app_id} has {used.media} videos, and its quota is {quota.media}. DeleteMedia makes "
            "room, or the operator raises the quota"
        )
    if tasks and quota.tasks and used.tasks + tasks > quota.tasks:
        return (
            f"the application {sub_app_id} has {used.tasks} unfinished tasks and steps; {tasks} more would be over its "
            f"quota of {quota.tasks}. Wait until some have ended, or end some with ManageTask, or have the operator "
            "raise the quota"
        )
    return ""
