"""Polls whose callers are gone: they take no event with them, or give it back at once, and leave nothing behind."""

import asyncio
import json
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.vod.v20180717 import models

from minivod.actions import pull_events
from minivod.store import events
from minivod.store.bell import EventBell

from ..unit.api import signer
from ..waiting import PATIENCE
from .served import Served, serve
from .wire import Wire

MOST_POOLED = 40
"""Descriptors; the pool of connections to the database may have grown meanwhile."""
SOON = 10.0
"""Seconds; far below the 30 of an event that was handed to nobody, and enough for a busy machine."""
CONSUMER = """
import sys
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models, vod_client
port, secret_id, secret_key = sys.argv[1:]
profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=f"127.0.0.1:{port}"))
client = vod_client.VodClient(Credential(secret_id, secret_key), "", profile)
while True:
    print(client.PullEvents(models.PullEventsRequest()).to_json_string(), flush=True)
"""


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(database_url, tmp_path, rate_limit=0) as running:
        yield running


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.Event]:
    """The polls that wait now; the server is in this process."""
    found: list[asyncio.Event] = []
    subscribe, unsubscribe = EventBell.subscribe, EventBell.unsubscribe

    def noted(bell: EventBell, sub_app_id: int) -> asyncio.Event:
        found.append(subscribe(bell, sub_app_id))
        return found[-1]

    def forgotten(bell: EventBell, sub_app_id: int, waiter: asyncio.Event) -> None:
        found.remove(waiter)
        unsubscribe(bell, sub_app_id, waiter)

    monkeypatch.setattr(EventBell, "subscribe", noted)
    monkeypatch.setattr(EventBell, "unsubscribe", forgotten)
    return found


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the condition has no event
            await asyncio.sleep(0.005)


async def tell(served: Served, subject: str) -> None:
    payload: dict[str, Any] = {"FileIdSet": [subject], "FileDeleteResultInfo": []}
    async with served.db.transaction() as connection:
        await events.append(connection, served.key.app_id, "FileDeleted", subject, payload)


async def pull(served: Served) -> list[str]:
    """What the next consumer gets, by the official SDK."""
    answer = await asyncio.to_thread(served.sdk().PullEvents, models.PullEventsRequest())
    return [event.FileDeleteEvent.FileIdSet[0] for event in answer.EventSet]


def poll(served: Served) -> bytes:
    """A request as bytes."""
    key = served.key
    http = signer.v3(
        b"{}", action="PullEvents", now=int(time.time()), secret_id=key.secret_id, secret_key=key.secret_key
    )
    lines = [f"{name}: {value}" for name, value in http.headers.items()]
    return "\r\n".join(["POST / HTTP/1.1", *lines, "Content-Length: 2", "", "{}"]).encode()


async def test_a_consumer_that_was_killed(served: Served, waiting: list[asyncio.Event]) -> None:
    key = served.key
    consumer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CONSUMER, str(served.port), key.secret_id, key.secret_key, stdout=asyncio.subprocess.PIPE
    )
    await until(lambda: len(waiting) == 1)
    consumer.send_signal(signal.SIGKILL)
    await consumer.wait()
    await tell(served, "a")
    begun = time.monotonic()
    assert await pull(served) == ["a"]
    assert time.monotonic() - begun < SOON


async def test_a_consumer_with_a_timeout_of_a_second(served: Served, waiting: list[asyncio.Event]) -> None:
    """Its polls end before the server's, again and again; another consumer waits all the time."""
    hasty = served.sdk(reqTimeout=1)
    for subject in ("a", "b"):
        with pytest.raises(TencentCloudSDKException, match="timed out"):
            await asyncio.to_thread(hasty.PullEvents, models.PullEventsRequest())
        await until(lambda: not waiting)
        patient = asyncio.create_task(pull(served))
        await until(lambda: len(waiting) == 1)
        await tell(served, subject)
        assert await asyncio.wait_for(patient, SOON) == [subject]


async def test_what_could_not_be_sent_is_given_back(wire: Wire) -> None:
    """The client leaves after the event was taken for it, and before it could be sent."""
    bell = wire.services.event_bell
    await told(wire, "a")
    waiter = bell.subscribe(wire.key.app_id)

    async def send(message: Any) -> None:
        raise BrokenPipeError

    await wire.deliver(wire.request("PullEvents"), send)
    await asyncio.wait_for(waiter.wait(), PATIENCE)  # who waits elsewhere is woken
    bell.unsubscribe(wire.key.app_id, waiter)
    again = await wire.call("PullEvents")
    assert [event["FileDeleteEvent"]["FileIdSet"] for event in again["EventSet"]] == [["a"]]


async def told(wire: Wire, subject: str) -> None:
    async with wire.db.transaction() as connection:
        payload: dict[str, Any] = {"FileIdSet": [subject], "FileDeleteResultInfo": []}
        await events.append(connection, wire.key.app_id, "FileDeleted", subject, payload)


async def test_a_call_that_is_cancelled_gives_back(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the server is stopped: what the database had handed out is not known to the call yet."""
    taken, original = asyncio.Event(), events.pull_many

    async def slow(*arguments: Any) -> Any:
        found = await original(*arguments)
        taken.set()
        await asyncio.sleep(0.05)
        return found

    await told(wire, "a")
    monkeypatch.setattr(events, "pull_many", slow)
    call = asyncio.create_task(wire.call("PullEvents"))
    await asyncio.wait_for(taken.wait(), PATIENCE)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    monkeypatch.setattr(events, "pull_many", original)
    again = await wire.call("PullEvents")
    assert [event["FileDeleteEvent"]["FileIdSet"] for event in again["EventSet"]] == [["a"]]


async def test_an_answer_that_was_not_read_is_given_back(served: Served) -> None:
    """Closing a connection with unread bytes resets it: so does the kernel for a process that was killed."""
    await tell(served, "a")
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(poll(served))
        await asyncio.to_thread(client.recv, 1, socket.MSG_PEEK)
    assert await pull(served) == ["a"]


async def test_an_answer_that_was_read_is_not_taken_back(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who confirms before it resets the connection keeps what it has."""
    monkeypatch.setattr(pull_events, "LONGEST_WAIT", 0.5)
    await tell(served, "a")
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(poll(served))
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    length = int(next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))[16:])
    answer = json.loads(await asyncio.wait_for(reader.readexactly(length), PATIENCE))
    confirm = models.ConfirmEventsRequest()
    confirm.EventHandles = [event["EventHandle"] for event in answer["Response"]["EventSet"]]
    await asyncio.to_thread(served.sdk().ConfirmEvents, confirm)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
    assert await pull(served) == []


async def test_thousands_of_abandoned_polls_leave_nothing(served: Served, waiting: list[asyncio.Event]) -> None:
    request = poll(served)
    before = len(asyncio.all_tasks())
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number counts
    for _ in range(20):
        clients = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(100)]
        for client in clients:
            client.sendall(request)
        await until(lambda: len(waiting) == 100)
        for number, client in enumerate(clients):
            if number % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        await until(lambda: not waiting)
    await tell(served, "a")
    assert await pull(served) == ["a"]
    await until(lambda: len(asyncio.all_tasks()) <= before)
    await until(lambda: len(os.listdir("/proc/self/fd")) < descriptors + MOST_POOLED)  # noqa: PTH208
