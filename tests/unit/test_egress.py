"""Requests to the outside against real servers on loopback, which misbehave in every way that the tests name."""

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable, Sequence

import pytest
import structlog

from minivod.egress import Answer, Egress
from minivod.egress_failures import Broken, EgressError, Forbidden, Limits, TimedOut, TooLarge, Unreachable
from minivod.settings import Settings

from .. import tls
from ..origin import Handler, origin, plain
from ..tls import Place

OPEN = Settings(egress_networks=["127.0.0.1/32"], egress_ports=["1-65535"])
LIMITS = Limits(total=10, max_bytes=1000)
SECRET = "planted-in-a-foreign-answer"


def names(table: dict[str, list[str]]) -> Callable[[str], Awaitable[Sequence[str]]]:
    async def lookup(host: str) -> Sequence[str]:
        if host not in table:
            raise OSError(-2, "Name or service not known")
        return table[host]

    return lookup


def redirect(to: str, status: int = 302) -> bytes:
    return plain(SECRET.encode(), f"Location: {to}", status=f"{status} Moved")


async def fetch(egress: Egress, url: str, limits: Limits = LIMITS, **more: object) -> tuple[Answer, bytes]:
    async with egress.get(url, limits, **more) as answer:  # type: ignore[arg-type]
        return answer, await answer.read()


async def test_a_body_arrives_with_what_is_told_of_it() -> None:
    async with origin(plain(b"video", 'ETag: "x"', f"X-Other: {SECRET}")) as source:
        answer, body = await fetch(Egress(OPEN), source.url(path="/a?sign=%2F"))
    assert (answer.status, body, answer.length) == (200, b"video", 5)
    assert dict(answer.headers) == {"content-length": "5", "etag": '"x"'}
    head = source.heads[0].decode()
    assert head.startswith("GET /a?sign=%2F HTTP/1.1\r\n") and "\r\nAccept-Encoding: identity\r\n" in head
    assert "\r\nUser-Agent: minivod/" in head and "Cookie" not in head


async def test_other_statuses_are_given_too() -> None:
    async with origin(plain(b"", "Retry-After: 7", status="503 Later")) as source:
        answer, _ = await fetch(Egress(OPEN), source.url())
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with origin(plain(b"x")) as source:
        assert (await fetch(Egress(OPEN), source.url()))[1] == b"x"


# --- where a request goes --------------------------------------------------------------------------------


async def test_loopback_is_not_called_unless_allowed() -> None:
    lookup = names({"inside.example": ["127.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%eth0"]})
    egress = Egress(Settings(egress_ports=["1-65535"]), lookup=lookup)
    async with origin(plain(b"x")) as source:
        for host, kind in (("127.0.0.1", Forbidden), ("inside.example", Unreachable)):
            with pytest.raises(kind):
                await fetch(egress, source.url(host))
            with pytest.raises(kind):
                await egress.post(source.url(host), b"x", {}, 5)
    assert source.heads == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ"])
async def test_names_of_this_machine_lead_nowhere(host: str) -> None:
    """By the resolver of the system, whatever it says of them."""
    async with origin(plain(b"x")) as source:
        with pytest.raises(Unreachable):
            await fetch(Egress(Settings(egress_ports=["1-65535"])), source.url(host))
    assert source.heads == []


async def test_a_name_of_this_machine_is_called_where_that_is_allowed() -> None:
    async with origin(plain(b"x")) as source:
        assert (await fetch(Egress(OPEN), source.url("localhost")))[1] == b"x"


async def test_a_name_that_is_unknown_is_told_like_one_whose_addresses_are_private() -> None:
    egress = Egress(Settings(), lookup=names({"inside.example": ["10.0.0.1"]}))
    told = []
    for name in ("inside.example", "absent.example"):
        with structlog.testing.capture_logs() as lines, pytest.raises(EgressError) as failure:
            await fetch(egress, f"http://{name}/a?token=hunter2")
        assert type(failure.value) is Unreachable
        told.append(str(failure.value).replace(name, "NAME"))
        [line] = lines  # which of them it was is for the log alone
        assert line["refused"] == (["10.0.0.1"] if name == "inside.example" else []) and line["host"] == name
    assert (
        told[0]
        == told[1]
        == (
            "http://NAME/a cannot be reached: the name NAME has no address, or none that this server calls "
            "(setting egress_networks)"
        )
    )


async def test_of_several_addresses_only_permitted_ones_are_called() -> None:
    async with origin(plain(b"outer")) as source, origin(plain(b"inner"), "127.0.0.2") as inside:
        egress = Egress(OPEN, lookup=names({"both.example": ["127.0.0.2", "10.0.0.1", "127.0.0.1"]}))
        assert (await fetch(egress, source.url("both.example")))[1] == b"outer"
        with pytest.raises(Unreachable, match="Connection refused"):
            await fetch(egress, inside.url("both.example"))
    assert inside.heads == []


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    """The first lookup is the one that counts: the second, which would lead inside, is not made for a connection."""
    asked: list[str] = []

    async def rebinding(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with origin(plain(b"outer")) as source:
        egress = Egress(OPEN, lookup=rebinding)
        assert (await fetch(egress, source.url("rebinds.example")))[1] == b"outer"
        assert asked == ["rebinds.example"]
        with pytest.raises(Unreachable):
            await fetch(egress, source.url("rebinds.example"))


async def test_a_name_that_changes_between_hops_is_looked_at_again() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def rebinding(_: str) -> Sequence[str]:
        return next(answers)

    async with origin(redirect("/b")) as source:
        with pytest.raises(Unreachable):
            await fetch(Egress(OPEN, lookup=rebinding), source.url("rebinds.example"))
    assert len(source.heads) == 1


async def test_the_socket_looks_again_whoever_chose_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """If everything before failed: an address that was not looked up (a literal) and that nobody refused."""
    egress = Egress(Settings(egress_ports=["1-65535"]))
    async with origin(plain(b"x")) as source:
        allowing = Egress(OPEN).destinations.read(source.url())
        monkeypatch.setattr(egress, "_read", lambda _: allowing)
        with pytest.raises(Forbidden):
            await fetch(egress, source.url())
    assert source.heads == []


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/",
        "http://inside.example/",
        "http://2130706433/",
        "http://user:pass@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/_x",
        "http://[::ffff:10.0.0.1]/",
        "http:// 127.0.0.1/",
        "http://127.0.0.1\\@8.8.8.8/",
        "http://[::1",
        "//[/",
    ],
)
@pytest.mark.parametrize("status", [301, 308])
async def test_a_redirect_is_read_like_the_first_url(to: str, status: int) -> None:
    egress = Egress(OPEN, lookup=names({"inside.example": ["10.0.0.1"]}))
    async with origin(redirect(to, status)) as source:
        with pytest.raises(Unreachable if "inside.example" in to else Forbidden) as failure:
            await fetch(egress, source.url())
    assert SECRET not in str(failure.value) and len(source.heads) == 1


# --- redirects -------------------------------------------------------------------------------------------


async def hops(head: bytes, writer: asyncio.StreamWriter) -> None:
    """/3 redirects to /2, that to /1, that to /0, which answers."""
    path = head.split(b" ")[1].decode()
    left = int(path.removeprefix("/"))
    writer.write(redirect(str(left - 1)) if left else plain(b"there"))
    await writer.drain()


async def test_redirects_are_followed_up_to_the_bound() -> None:
    async with origin(hops) as source:
        answer, body = await fetch(Egress(OPEN), source.url(path="/3"), redirects=3)
        assert (body, answer.target.path) == (b"there", "/0")
        with pytest.raises(Broken, match="more than 3 redirects"):
            await fetch(Egress(OPEN), source.url(path="/4"), redirects=3)


async def test_redirects_can_be_given_as_they_are() -> None:
    async with origin(redirect("http://10.0.0.1/")) as source:
        assert (await fetch(Egress(OPEN), source.url(), redirects=0))[0].status == 302
        reply = await Egress(OPEN).post(source.url(), b"{}", {"Content-Type": "application/json"}, 5)
        assert reply.status == 302
    assert len(source.heads) == 2 and b"Content-Type: application/json\r\n" in source.heads[1]


async def test_credentials_do_not_go_to_another_host() -> None:
    given = {"Authorization": "Basic x", "Cookie": "a=b", "Range": "bytes=1-"}
    async with origin(plain(b"there")) as second, origin(redirect(second.url())) as first:
        await fetch(Egress(OPEN), first.url(), headers=given)
    assert b"Authorization: Basic x" in first.heads[0] and b"Cookie: a=b" in first.heads[0]
    assert b"Range: bytes=1-" in second.heads[0]
    assert b"Authorization" not in second.heads[0] and b"Cookie" not in second.heads[0]


async def test_cookies_that_are_set_are_not_sent() -> None:
    async def setting(head: bytes, writer: asyncio.StreamWriter) -> None:
        first = head.startswith(b"GET /a ")
        writer.write(plain(b"", "Set-Cookie: a=b; Path=/", "Location: /b", status="302 F") if first else plain(b""))

    async with origin(setting) as source:
        await fetch(Egress(OPEN), source.url())
    assert len(source.heads) == 2 and b"Cookie" not in source.heads[1]


# --- answers that misbehave ------------------------------------------------------------------------------


async def hang(_: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def hang_in_the_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    await writer.drain()
    await asyncio.sleep(5)


async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def redirect_for_ever(_: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.1)
    writer.write(redirect("/again"))
    await writer.drain()


async def early_hints(_: bytes, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("handler", [hang, hang_in_the_body, drip, redirect_for_ever, early_hints])
async def test_time_is_bounded(handler: Handler) -> None:
    started = asyncio.get_running_loop().time()
    async with origin(handler) as source:
        with pytest.raises(TimedOut, match=r"sent nothing for 0\.2 seconds|took longer than 0\.4 seconds"):
            await fetch(Egress(OPEN), source.url(), Limits(total=0.4, silence=0.2, max_bytes=1000))
    assert asyncio.get_running_loop().time() - started < 60


async def test_the_time_of_a_post_is_bounded() -> None:
    async with origin(hang) as source:
        with pytest.raises(TimedOut, match=r"0\.2 seconds"):
            await Egress(OPEN).post(source.url(), b"x", {}, 0.2)


async def test_a_post_does_not_wait_for_a_body() -> None:
    async with origin(hang_in_the_body) as source:
        reply = await Egress(OPEN).post(source.url(), b"x", {}, 5)
    assert (reply.status, dict(reply.headers)) == (200, {"content-length": "100"})


async def test_a_lookup_that_hangs_is_given_up() -> None:
    async def never(_: str) -> Sequence[str]:
        await asyncio.sleep(5)
        return []

    with pytest.raises(TimedOut, match=r"cannot be reached within 0\.2 seconds"):
        await fetch(Egress(OPEN, lookup=never), "http://slow.example/", Limits(total=5, connect=0.2, max_bytes=1))


MALFORMED = {
    "no HTTP": f"{SECRET}\r\n\r\n".encode(),
    "closed at once": b"",
    "closed in the head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "shorter than it says": f"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{SECRET}".encode(),
    "two lengths": f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{SECRET}".encode(),
    "a negative length": f"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{SECRET}".encode(),
    "a chunk that is none": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n".encode(),
    "chunks that end early": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 5000,
    "a status that is none": f"HTTP/1.1 {SECRET} OK\r\n\r\n".encode(),
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "compressed": plain(gzip.compress(bytes(1 << 20)), "Content-Encoding: gzip"),
    "compressed in another way": plain(b"x", f"Content-Encoding: {SECRET}"),
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
async def test_an_answer_that_is_none_is_told_without_its_words(answer: bytes) -> None:
    limits = Limits(total=5, max_bytes=10_000)
    async with origin(answer) as source:
        with pytest.raises(Broken) as failure:
            await fetch(Egress(OPEN), source.url(path="/a?token=hunter2"), limits)
    assert str(failure.value).startswith(source.url())
    assert SECRET not in str(failure.value) and "hunter2" not in str(failure.value)
    assert failure.value.__context__ is None or failure.value.__suppress_context__


async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("answer", [endless, plain(b"x" * 1001), b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000])
async def test_bytes_are_bounded(answer: bytes | Handler) -> None:
    async with origin(answer) as source:
        with pytest.raises(TooLarge, match="more than 1000 bytes"):
            await fetch(Egress(OPEN), source.url())


async def test_what_comes_after_the_announced_length_is_not_taken() -> None:
    async with origin(plain(b"abc") + plain(SECRET.encode())) as source:
        assert (await fetch(Egress(OPEN), source.url()))[1] == b"abc"


async def test_nobody_listens() -> None:
    async with origin(b"") as source:
        pass
    with pytest.raises(Unreachable, match="Connection refused"):
        await fetch(Egress(OPEN), source.url())


# --- TLS -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return tls.make(tmp_path_factory.mktemp("tls"), "video.example")


async def test_certificates_are_checked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the URL, although an address is connected to."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(place.server)
    lookup = names({"video.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    async with origin(plain(b"video"), tls=context) as source:
        stranger = Egress(OPEN, lookup=lookup)
        with pytest.raises(Unreachable, match="certificate that is not accepted"):
            await fetch(stranger, f"https://video.example:{source.port}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(place.ca))
        egress = Egress(OPEN, lookup=lookup)
        assert (await fetch(egress, f"https://video.example:{source.port}/"))[1] == b"video"
        with pytest.raises(Unreachable, match="certificate that is not accepted"):
            await fetch(egress, f"https://other.example:{source.port}/")


async def test_a_server_without_tls(place: Place) -> None:
    async with origin(plain(b"x")) as source:
        with pytest.raises(EgressError) as failure:
            await fetch(
                Egress(OPEN), source.url().replace("http:", "https:"), Limits(total=2, connect=0.5, max_bytes=1)
            )
    assert isinstance(failure.value, Unreachable | TimedOut)
