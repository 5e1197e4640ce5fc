"""A worker that is killed while it pulls a video: another one pulls it anew, and nothing of the first one is left."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from minivod import ids
from minivod.store import media, pulls
from minivod.store.pulls import PULL, PullRequest
from minivod.store.uploads import UploadDetails
from minivod.wire.pull_task import Asked

from ..origin import Shop, origin, plain
from ..storage.life import referred
from ..waiting import until
from .yard import Yard

OUTSIDE_HERE: dict[str, Any] = {"egress_networks": "127.0.0.1/32", "egress_ports": "1-65535"}


async def begin(yard: Yard, url: str) -> str:
    """The TaskId of a pull, which the API would have refused: its settings allow no servers of tests."""
    told = Asked(app_id=yard.app_id, media_url=url, cover_url="", media_type="mp4", details=UploadDetails())
    request = PullRequest(
        task_id=ids.new_task_id(yard.app_id, PULL), sub_app_id=yard.app_id, app_id=yard.app_id,
        file_id=ids.new_file_id(), priority=0, params=msgspec.to_builtins(told),
    )  # fmt: skip
    async with yard.db.transaction() as connection:
        await pulls.accept(connection, request)
    return request.task_id


async def test_a_killed_workers_pull_is_done_by_another(yard: Yard, tiny_clip: Path) -> None:
    content = await asyncio.to_thread(tiny_clip.read_bytes)
    shop, killed = Shop({"/a.mp4": content}), asyncio.Event()

    async def half_first(head: bytes, writer: asyncio.StreamWriter) -> None:
        if killed.is_set():
            await shop(head, writer)
            return
        writer.write(plain(content)[: -len(content) // 2])
        await writer.drain()
        await killed.wait()

    async with origin(half_first) as source:
        task_id = await begin(yard, source.url(path="/a.mp4"))
        first = yard.start(**OUTSIDE_HERE)
        await until(lambda: _asked(source.heads), "the source is asked")
        first.kill()
        killed.set()
        yard.start(**OUTSIDE_HERE)
        [task] = await yard.finished([task_id])
    assert (task.err_code, task.message, task.attempt) == (0, "", 2)
    found = (await media.find(yard.db, yard.app_id, [task.file_id]))[task.file_id]
    events = await yard.db.fetch_all("select kind from event where subject = %s", [task_id])
    assert [event["kind"] for event in events] == ["PullComplete"]
    await yard.clean_up()
    assert [entry.key async for entry in yard.objects.entries()] == [found.object_key] == list(await referred(yard.db))
    assert await yard.db.fetch_all("select * from doomed_object") == []
    assert list((yard.home / "work").iterdir()) == []


async def _asked(heads: list[bytes]) -> bool:
    return bool(heads)
