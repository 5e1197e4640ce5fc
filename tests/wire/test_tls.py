"""The whole application by HTTPS: the same answers as by HTTP, with URLs that the caller can use."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli.authority import Place
from minivod.objects import Objects

from ..tls import client, make
from ..unit.playback.stage import Stage
from ..waiting import PATIENCE
from .served import Served, serve
from .test_abandoned_polls import poll, tell
from .test_header_names import CASES, expected

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make(tmp_path / "data", "localhost")


@pytest.fixture
async def served(database_url: str, tmp_path: Path, place: Place) -> AsyncIterator[Served]:
    async with serve(database_url, tmp_path / "data", rate_limit=0) as running:
        yield running


@pytest.fixture
def stage(served: Served) -> Stage:
    """Videos on the application."""
    root = Path(served.settings.data_dir) / "objects"
    return Stage(served.db, Objects(served.settings.objects_url()), root, served.key.app_id, served.port)


def sdk(served: Served, place: Place, *, secure: bool) -> VodClient:
    http = (
        HttpProfile(endpoint=f"localhost:{served.secure_port}", certification=str(place.ca))
        if secure
        else HttpProfile(protocol="http", endpoint=f"127.0.0.1:{served.port}")
    )
    return VodClient(Credential(served.key.secret_id, served.key.secret_key), "", ClientProfile(httpProfile=http))


async def test_header_names_on_every_route(served: Served, place: Place) -> None:
    for case, request in CASES.items():
        reader, writer = await asyncio.open_connection("localhost", served.secure_port, ssl=client(place))
        writer.write(request % b"Host: x\r\nOrigin: https://app.example\r\nConnection: close\r\n")
        told = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        names = [line.partition(": ")[0] for line in told.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]]
        assert names == [expected(name) for name in names] and {"Date", "Connection"} <= set(names), case


async def test_files_are_copied_with_ranges(served: Served, place: Place, stage: Stage) -> None:
    video = await stage.video(content=CONTENT)
    async with httpx.AsyncClient(
        base_url=f"https://localhost:{served.secure_port}", verify=client(place), timeout=PATIENCE
    ) as browser:
        whole = await browser.get(video.url)
        assert (whole.status_code, whole.content) == (200, CONTENT)
        part = await browser.get(video.url, headers={"Range": "bytes=1000-600999"})
        assert (part.status_code, part.content) == (206, CONTENT[1000:601000])
        assert part.headers["content-range"] == f"bytes 1000-600999/{len(CONTENT)}"
        fresh = await browser.get(video.url, headers={"If-None-Match": whole.headers["etag"]})
        assert (fresh.status_code, fresh.content) == (304, b"")


async def test_urls_are_those_that_the_caller_can_use(served: Served, place: Place, stage: Stage) -> None:
    """Without public_url: the name of the certificate by HTTPS, the address that is listened on by HTTP."""
    video = await stage.video()
    wanted = {True: f"https://localhost:{served.secure_port}/", False: f"http://127.0.0.1:{served.port}/"}
    for secure, base in wanted.items():
        request = models.DescribeMediaInfosRequest()
        request.FileIds, request.Filters = [video.file_id], ["basicInfo", "miniProgramReviewInfo"]
        answer = await asyncio.to_thread(sdk(served, place, secure=secure).DescribeMediaInfos, request)
        info: Any = answer.MediaInfoSet[0]
        for url in (info.BasicInfo.MediaUrl, info.MiniProgramReviewInfo.MiniProgramReviewList[0].Url):
            assert url.startswith(base)
        async with httpx.AsyncClient(base_url=base, verify=client(place)) as browser:
            told = (await browser.get(video.play_info)).json()
        assert told["media"]["originalInfo"]["url"].startswith(base)


async def test_an_answer_that_was_not_read_is_given_back(served: Served, place: Place) -> None:
    """As by HTTP: whoever closes a connection with unread bytes resets it."""
    await tell(served, "a")

    def leave() -> None:
        with socket.create_connection(("127.0.0.1", served.secure_port)) as connection:
            secure = client(place, ssl.TLSVersion.TLSv1_2).wrap_socket(connection, server_hostname="localhost")
            secure.sendall(poll(served))
            connection_again = socket.socket(fileno=secure.detach())
            with connection_again:
                connection_again.recv(1, socket.MSG_PEEK)

    await asyncio.to_thread(leave)
    answer = await asyncio.to_thread(sdk(served, place, secure=True).PullEvents, models.PullEventsRequest())
    assert [event.FileDeleteEvent.FileIdSet for event in answer.EventSet] == [["a"]]
