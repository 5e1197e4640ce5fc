"""The statement that accepts publish requests, and what it refuses."""

import asyncio

from minivod import ids
from minivod.store import accounts, media, publications, tasks
from minivod.store.database import Database
from minivod.store.publications import KIND, Publications, PublishRequest

from .conftest import NewMedia


def request(app_id: int, file_id: str, definition: int = 0, sub_app_id: int | None = None) -> PublishRequest:
    return PublishRequest(
        sub_app_id=sub_app_id or app_id,
        app_id=app_id,
        file_id=file_id,
        definition=definition,
        task_id=ids.new_task_id(app_id, KIND),
    )


async def jobs_of(db: Database) -> list[tuple[str, int]]:
    rows = await db.fetch_all("select args ->> 'task_id' as task, priority from procrastinate_jobs order by id")
    return [(row["task"], row["priority"]) for row in rows]


async def test_an_accepted_request_has_publication_task_and_job(db: Database, app_id: int, new_media: NewMedia) -> None:
    wanted = request(app_id, await new_media())
    verdict = await Publications(db, lambda *_: True).accept(wanted)
    assert verdict.accepted
    [task] = await tasks.find_many(db, [(app_id, wanted.task_id)])
    assert task is not None and task.status == "WAITING" and task.kind == KIND
    assert [name for name, _ in await jobs_of(db)] == [wanted.task_id]
    found = await publications.find(db, app_id, [wanted.file_id])
    assert found[wanted.file_id].state == "RUNNING"


async def test_of_a_hundred_equal_calls_one_is_accepted(db: Database, app_id: int, new_media: NewMedia) -> None:
    file_id = await new_media()
    servers = [Publications(db, lambda *_: True) for _ in range(4)]  # as many API processes
    wanted = [request(app_id, file_id) for _ in range(100)]
    verdicts = await asyncio.gather(*(servers[i % 4].accept(one) for i, one in enumerate(wanted)))
    [winner] = [one.task_id for one, verdict in zip(wanted, verdicts, strict=True) if verdict.accepted]
    refused = [verdict for verdict in verdicts if not verdict.accepted]
    assert len(refused) == 99
    assert {(verdict.state, verdict.task_id) for verdict in refused} == {("RUNNING", winner)}
    assert [name for name, _ in await jobs_of(db)] == [winner]


async def test_refusals_say_why(db: Database, app_id: int, new_media: NewMedia) -> None:
    server = Publications(db, lambda _, metadata: metadata["container"] == "mp4")
    flv, mp4 = await new_media("flv"), await new_media()
    assert not (await server.accept(request(app_id, "1234567890123456789"))).known
    verdict = await server.accept(request(app_id, flv))
    assert (verdict.accepted, verdict.known, verdict.metadata) == (False, True, {"container": "flv"})
    verdict = await server.accept(request(app_id, mp4, definition=100030))
    assert (verdict.accepted, verdict.known, verdict.metadata, verdict.definitions) == (False, True, None, [])
    assert await jobs_of(db) == []


async def test_another_tenants_video_is_like_none(db: Database, app_id: int, new_media: NewMedia) -> None:
    file_id = await new_media()
    async with db.transaction() as connection:
        other = await accounts.create_account(connection)
    server = Publications(db, lambda *_: True)
    stolen = await server.accept(request(other, file_id))
    assert stolen == await server.accept(request(other, "1234567890123456789"))
    assert await publications.find(db, other, [file_id]) == {}


async def test_a_greedy_account_does_not_delay_the_others(db: Database, app_id: int, new_media: NewMedia) -> None:
    async with db.transaction() as connection:
        other = await accounts.create_account(connection)
    server = Publications(db, lambda *_: True)
    for file_id in [await new_media() for _ in range(30)]:
        assert (await server.accept(request(app_id, file_id))).accepted
    late = request(other, await new_media(sub_app_id=other))
    assert (await server.accept(late)).accepted
    by_turn = sorted(await jobs_of(db), key=lambda job: -job[1])
    assert late.task_id in [task for task, _ in by_turn[:2]]


async def test_after_a_refusal_the_video_may_be_published_again(db: Database, app_id: int, new_media: NewMedia) -> None:
    server = Publications(db, lambda *_: True)
    first = request(app_id, await new_media())
    assert (await server.accept(first)).accepted
    [task] = await tasks.find_many(db, [(app_id, first.task_id)])
    assert task is not None
    async with db.transaction() as connection:
        assert await publications.decide(connection, task, state="REJECTED")
    second = request(app_id, first.file_id)
    assert (await server.accept(second)).accepted
    async with db.transaction() as connection:  # the first attempt has nothing to say any more
        assert not await publications.decide(connection, task, state="PASS", object_key="published/x")


async def until_it_waits(db: Database, call: "asyncio.Future[publications.Verdict]") -> None:
    """Until the call waits for a lock of the database, or is through."""
    waiting = "select 1 from pg_locks where not granted"
    while not call.done() and not await db.fetch_all(waiting):  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.01)


async def test_a_video_that_is_deleted_meanwhile_is_like_none(db: Database, app_id: int, new_media: NewMedia) -> None:
    """And the other calls of its batch do not suffer."""
    gone, kept = await new_media(), await new_media()
    server = Publications(db, lambda *_: True)
    async with db.transaction() as connection:
        assert await media.lock(connection, app_id, gone)
        calls = [asyncio.ensure_future(server.accept(request(app_id, file_id))) for file_id in (gone, kept)]
        await until_it_waits(db, calls[0])
        await media.delete(connection, app_id, gone)
    verdicts = await asyncio.gather(*calls)
    assert [(verdict.known, verdict.accepted) for verdict in verdicts] == [(False, False), (True, True)]


async def test_no_task_outlives_a_video_that_is_deleted_meanwhile(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    """DeleteMedia ends the video's tasks; one that is accepted behind its back would never end."""
    server = Publications(db, lambda *_: True)
    first = request(app_id, await new_media())
    assert (await server.accept(first)).accepted
    [task] = await tasks.find_many(db, [(app_id, first.task_id)])
    assert task is not None
    async with db.transaction() as connection:
        await publications.decide(connection, task, state="REJECTED")
        await tasks.cancel(connection, app_id, first.file_id, tasks.Outcome())
    async with db.transaction() as connection:
        assert await media.lock(connection, app_id, first.file_id)
        assert await tasks.cancel(connection, app_id, first.file_id, tasks.Outcome()) == []
        again = asyncio.ensure_future(server.accept(request(app_id, first.file_id)))
        await until_it_waits(db, again)
        await media.delete(connection, app_id, first.file_id)
    assert not (await again).known
    assert await db.fetch_all("select 1 from task where status <> 'FINISH'") == []
