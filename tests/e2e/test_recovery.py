"""`minivod serve` goes on when a part of it dies."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from minivod.cli.local_server import LocalServer, start_local_server

from ..databases import LayDatabase
from .user import PATIENCE, alive, call, eventually, parts, publish, upload, works


@pytest.fixture(scope="module")
def victim(open_directory: Path, lay_database: LayDatabase) -> Iterator[LocalServer]:
    """A server whose parts are killed; each test leaves it whole."""
    home = open_directory / "victim"
    home.mkdir(mode=0o755)
    lay_database(home / "data")
    with start_local_server(home / "data") as running:
        yield running


def replaced(server: LocalServer, name: str, old: int) -> bool:
    """Whether another process took the place of that one."""
    return not alive(old) and parts(server).get(name, old) != old


def test_the_socket_outlives_the_api(victim: LocalServer) -> None:
    api = parts(victim)["api"]
    host, port = victim.address.split(":")
    os.kill(api, signal.SIGKILL)
    eventually("the API is dead", lambda: not alive(api))
    with socket.create_connection(
        (host, int(port)), timeout=PATIENCE
    ) as waiting:  # nobody serves it, yet it is not refused
        waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert waiting.recv(12) == b"HTTP/1.1 200"
    assert replaced(victim, "api", api)
    assert works(victim)


def test_a_worker_is_replaced_and_its_task_goes_on_at_once(victim: LocalServer) -> None:
    """Without the supervisor's word the task would wait until the silence of its worker counts as death."""

    def logged(event: str) -> int:
        return victim.log.read_text(encoding="utf-8").count(f'"{event}"')

    eventually("the worker works", lambda: logged("worker_ready") == 1)
    worker = parts(victim)["worker"]
    file_id = upload(victim)
    task_id = call(victim, "WeChatMiniProgramPublish", FileId=file_id).TaskId
    eventually(
        "the task is under way", lambda: call(victim, "DescribeTaskDetail", TaskId=task_id).Status == "PROCESSING"
    )
    os.kill(worker, signal.SIGKILL)
    killed = time.monotonic()
    eventually("its job is free again", lambda: logged("job_of_a_dead_worker_released") == 1)
    eventually("another worker works", lambda: logged("worker_ready") == 2)
    eventually(
        "the task is under way again", lambda: call(victim, "DescribeTaskDetail", TaskId=task_id).Status != "WAITING"
    )
    print(f"another attempt began {time.monotonic() - killed:.1f} s after the kill")
    assert replaced(victim, "worker", worker)
    assert logged("job_rescued") == 0
    eventually("it is finished", lambda: call(victim, "DescribeTaskDetail", TaskId=task_id).Status == "FINISH")
    task = call(victim, "DescribeTaskDetail", TaskId=task_id).WechatMiniProgramPublishTask
    assert (task.PublishResult, task.ErrCode) == ("Pass", 0)


def test_a_killed_database_comes_back_with_what_was_acknowledged(victim: LocalServer, short_clip: Path) -> None:
    file_id = upload(victim, short_clip)
    postgres = parts(victim)["postgres"]
    os.kill(postgres, signal.SIGKILL)
    eventually("another PostgreSQL runs", lambda: replaced(victim, "postgres", postgres))
    eventually("requests are answered again", lambda: works(victim))
    found = call(victim, "DescribeMediaInfos", FileIds=[file_id])
    assert [media.FileId for media in found.MediaInfoSet] == [file_id]
    assert publish(victim, file_id).PublishResult == "Pass", "the worker, too, found the new one"
