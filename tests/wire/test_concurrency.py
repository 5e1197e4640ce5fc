"""A hundred equal publish requests at once, over TCP, to one server and to two on the same database: one task."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from minivod import ids
from minivod.store import media
from minivod.store.database import Database

from ..unit.api import signer
from ..waiting import PATIENCE
from .served import Served, serve
from .wire import Answer, read_answer

CALLS = 100


async def new_video(served: Served) -> str:
    file_id = ids.new_file_id()
    async with served.db.transaction() as connection:
        await media.create(
            connection,
            file_id=file_id,
            sub_app_id=served.key.app_id,
            directory=ids.new_directory(),
            name="clip",
            media_type="mp4",
            object_key=f"vod_upload/{file_id}",
            metadata={"container": "mp4"},
        )
    return file_id


async def publish(client: httpx.AsyncClient, server: Served, caller: Served, file_id: str) -> Answer:
    """A call with the caller's key to that server."""
    http = signer.by_sdk(
        "WeChatMiniProgramPublish",
        {"FileId": file_id},
        now=time.time(),
        host=f"127.0.0.1:{server.port}",
        secret_id=caller.key.secret_id,
        secret_key=caller.key.secret_key,
    )
    answer = await client.post(server.url, content=http.body, headers=http.headers)
    assert answer.status_code == 200
    return read_answer(answer.content)


async def all_at_once(servers: list[Served], file_id: str) -> str:
    """The TaskId of the one call that was accepted; the others are held to name it."""
    limits = httpx.Limits(max_connections=CALLS)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as client:
        turns = [servers[number % len(servers)] for number in range(CALLS)]
        answers = await asyncio.gather(*(publish(client, server, servers[0], file_id) for server in turns))
    [accepted] = [answer["TaskId"] for answer in answers if answer.code == "OK"]
    refused = [answer for answer in answers if answer.code != "OK"]
    assert {answer.code for answer in refused} == {"FailedOperation"}
    assert all(accepted in answer.message for answer in refused)
    assert len({answer["RequestId"] for answer in answers}) == CALLS
    return str(accepted)


async def written(db: Database) -> list[dict[str, Any]]:
    """Tasks, jobs and publications, by TaskId."""
    return await db.fetch_all(
        """select task_id, array(select args ->> 'task_id' from procrastinate_jobs) as jobs,
                  array(select task_id || ' ' || state from publication) as publications
             from task where status <> 'FINISH'"""
    )


@pytest.mark.parametrize("number", [1, 2])
async def test_one_task(database_url: str, tmp_path: Path, number: int) -> None:
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(serve(database_url, tmp_path / str(index), rate_limit=0))
            for index in range(number)
        ]
        db = servers[0].db
        file_id = await new_video(servers[0])
        task_id = await all_at_once(servers, file_id)
        assert await written(db) == [
            {"task_id": task_id, "jobs": [task_id], "publications": [f"{task_id} RUNNING"]},
        ]
        # The same where there is a row already, of a video that was refused.
        await db.execute("update task set status = 'FINISH'")
        await db.execute("delete from procrastinate_jobs")
        await db.execute("update publication set state = 'REJECTED'")
        second = await all_at_once(servers, file_id)
        assert second != task_id
        assert await written(db) == [
            {"task_id": second, "jobs": [second], "publications": [f"{second} RUNNING"]},
        ]
