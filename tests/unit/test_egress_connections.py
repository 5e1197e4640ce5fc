"""Connections that are used again, against real servers on loopback: for what, for how long, and when they are not."""

import asyncio
import gc
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import pytest

from minivod.egress import Egress
from minivod.egress_failures import Broken, Limits, Unreachable
from minivod.settings import Settings

from .. import tls
from .callbacks.receivers import OPEN, Behaviour, Receiver, answer, receiver

LIMITS = Limits(total=10, max_bytes=1000)


class Names:
    """Looks names up in a table that changes, and counts how often."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.lookups = 0

    async def __call__(self, _: str) -> Sequence[str]:
        self.lookups += 1
        return self.addresses


def egress(kept_for: float = 60.0, lookup: Callable[[str], Awaitable[Sequence[str]]] | None = None) -> Egress:
    return Egress(Settings(**OPEN), lookup=lookup or Names("127.0.0.1"), kept_for=kept_for)


async def ask(there: Receiver, client: Egress, host: str = "service.example", **more: Any) -> tuple[int, bytes]:
    reply, body = await client.ask(f"http://{host}:{there.port}/", b"{}", {}, more.get("limits", LIMITS))
    return reply.status, body


def numbered(there: Receiver, *, after: bytes = b"") -> Behaviour:
    """Says which call it was, and then perhaps something that nobody asked for."""

    async def write(writer: asyncio.StreamWriter) -> None:
        await answer("200 OK", body=b"%d" % len(there.received))(writer)
        writer.write(after)

    return write


async def test_calls_one_after_the_other_go_over_one_connection() -> None:
    names = Names("127.0.0.1")
    async with receiver(answer("200 OK", body=b"x"), lasting=True) as there:
        client = egress(lookup=names)
        assert [await ask(there, client) for _ in range(5)] == [(200, b"x")] * 5
        assert (there.connections, names.lookups, len(there.received)) == (1, 1, 5)


async def test_calls_at_a_time_have_connections_of_their_own() -> None:
    async with receiver(lasting=True) as there:
        together = asyncio.Barrier(3)

        async def meet(writer: asyncio.StreamWriter) -> None:
            await together.wait()
            await answer("200 OK", body=b"x")(writer)

        there.behaviour, client = meet, egress()
        for _ in range(2):
            await asyncio.gather(*[ask(there, client) for _ in range(3)])
        assert (there.connections, len(there.received)) == (3, 6)


async def test_without_being_asked_for_nothing_is_kept() -> None:
    async with receiver(answer("200 OK", body=b"x"), lasting=True) as there:
        client = egress(kept_for=0.0)
        assert [(await ask(there, client))[1] for _ in range(3)] == [b"x"] * 3
        assert there.connections == 3


async def test_another_name_has_another_connection_though_it_leads_to_the_same_address() -> None:
    async with receiver(answer("200 OK", body=b"x"), lasting=True) as there:
        client = egress()
        for host in ("one.example", "two.example", "ONE.example."):
            await ask(there, client, host)
        assert there.connections == 2


@pytest.mark.parametrize("leads", ["10.0.0.1", "127.0.0.2", "::1"])
async def test_a_name_that_leads_elsewhere_is_followed_when_the_time_is_over(leads: str) -> None:
    """Until then what was checked is called, and nothing else: nobody gains an address that is not permitted."""
    names = Names("127.0.0.1")
    async with receiver(answer("200 OK", body=b"x"), lasting=True) as there:
        client = egress(0.2, names)
        ends = asyncio.get_running_loop().time() + 0.2
        await ask(there, client)
        names.addresses = (leads,)
        while names.lookups == 1:
            try:
                await ask(there, client)
            except Unreachable:
                break
            await asyncio.sleep(0.02)
        assert asyncio.get_running_loop().time() >= ends and names.lookups == 2
        calls = len(there.received)
        with pytest.raises(Unreachable):
            await ask(there, client)
        assert (there.connections, len(there.received)) == (1, calls)


async def test_a_call_that_began_in_time_is_not_cut_off() -> None:
    async with receiver(lasting=True) as there:
        go = asyncio.Event()

        async def late(writer: asyncio.StreamWriter) -> None:
            await go.wait()
            await answer("200 OK", body=b"late")(writer)

        there.behaviour, client = late, egress(0.05)
        first = asyncio.create_task(ask(there, client))
        await there.arrived.wait()
        await asyncio.sleep(0.1)  # the time of its connection is over
        there.arrived.clear()
        second = asyncio.create_task(ask(there, client))
        await there.arrived.wait()
        go.set()
        assert tuple(await asyncio.gather(first, second)) == ((200, b"late"), (200, b"late"))
        assert there.connections == 2


@pytest.mark.parametrize("headers", [("Connection: close",), ()])
async def test_a_server_that_closes_after_each_answer_is_called_anew(headers: tuple[str, ...]) -> None:
    """Said or not; a call that comes at the same moment is made again, and nobody is told."""
    async with receiver(answer("200 OK", *headers, body=b"x")) as there:
        client = egress()
        assert [(await ask(there, client))[1] for _ in range(5)] == [b"x"] * 5
        assert there.connections == 5


async def test_a_kept_connection_that_ends_without_an_answer_is_replaced() -> None:
    """All of them at once, as when the service is started anew; each call is still answered once."""
    async with receiver(lasting=True) as there:
        seen: list[asyncio.StreamWriter] = []
        restarted = False
        together = asyncio.Barrier(3)

        async def behave(writer: asyncio.StreamWriter) -> None:
            if restarted and writer in seen:
                writer.transport.abort()
                return
            seen.append(writer)
            if not restarted:
                await together.wait()
            await answer("200 OK", body=b"x")(writer)

        there.behaviour, client = behave, egress()
        await asyncio.gather(*[ask(there, client) for _ in range(3)])
        restarted = True
        assert await ask(there, client) == (200, b"x")
        assert there.connections == 4


async def test_a_new_connection_that_ends_without_an_answer_is_told_at_once() -> None:
    async def end(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with receiver(end, lasting=True) as there:
        with pytest.raises(Broken):
            await ask(there, egress())
        assert len(there.received) == 1


async def test_the_time_of_a_call_counts_both_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    totals: list[float] = []

    def noted(**limits: Any) -> aiohttp.ClientTimeout:
        totals.append(limits["total"])
        return aiohttp.ClientTimeout(**limits)

    async with receiver(answer("200 OK", body=b"x"), lasting=True) as there:
        client = egress()
        await ask(there, client)

        async def end_late(writer: asyncio.StreamWriter) -> None:
            if there.connections == 1:
                await asyncio.sleep(0.1)
                writer.transport.abort()
            await answer("200 OK", body=b"y")(writer)

        there.behaviour = end_late
        monkeypatch.setattr("minivod.egress.ClientTimeout", noted)
        assert await ask(there, client) == (200, b"y")
    assert len(totals) == 2 and totals[1] <= totals[0] - 0.1


@pytest.mark.parametrize("status", ["500 Broken", "302 Found", "429 Busy"])
async def test_an_answer_that_was_not_read_ends_its_connection(status: str) -> None:
    async with receiver(answer(status, "Location: /b", body=bytes(1 << 23)), lasting=True) as there:
        client = egress()
        assert [(await ask(there, client))[1] for _ in range(3)] == [b""] * 3
        assert there.connections == 3


@pytest.mark.parametrize("moment", ["with the answer", "afterwards"])
async def test_what_nobody_asked_for_is_not_taken_for_the_next_answer(moment: str) -> None:
    """A verdict of another batch would let a video pass that nobody has judged."""
    planted = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nplanted"
    async with receiver(lasting=True) as there:
        writers: list[asyncio.StreamWriter] = []

        async def behave(writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            await numbered(there, after=planted if moment == "with the answer" else b"")(writer)

        there.behaviour, client = behave, egress()
        assert await ask(there, client) == (200, b"1")
        if moment == "afterwards":
            writers[0].write(planted)
            for _ in range(20):  # rounds of the event loop, in which this side reads it
                await asyncio.sleep(0)
        assert await ask(there, client) == (200, b"2")
        assert there.connections == 2


async def test_tls_is_kept_and_checked_for_each_name(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tls.make(tmp_path_factory.mktemp("tls"), "video.example")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(place.server)
    monkeypatch.setenv("SSL_CERT_FILE", str(place.ca))
    there = Receiver(answer("200 OK", body=b"x"), lasting=True)
    server = await asyncio.start_server(there.connected, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    client = egress()
    for _ in range(3):
        assert (await client.ask(f"https://video.example:{port}/", b"{}", {}, LIMITS))[1] == b"x"
    with pytest.raises(Unreachable, match="certificate that is not accepted"):
        await client.ask(f"https://other.example:{port}/", b"{}", {}, LIMITS)
    assert (there.connections, len(there.received)) == (1, 3)
    server.close()


def test_it_serves_several_event_loops_and_leaves_nothing_open() -> None:
    client, wrong = egress(), []

    async def calls() -> tuple[int, int]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
        async with receiver(answer("200 OK", body=b"x"), lasting=True) as there:
            for _ in range(2):
                await ask(there, client)
            return there.connections, len(there.received)

    assert [asyncio.run(calls()) for _ in range(2)] == [(1, 2)] * 2
    gc.collect()
    assert wrong == []
