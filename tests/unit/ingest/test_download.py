"""Downloads that break off and go on, by real connections to servers that have parts, validators, or lack them."""

import asyncio
import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from minivod.egress import Egress
from minivod.ingest.download import NOT_ACCESSIBLE, RESTARTS, TRIES, Downloader, Got, SourceFailed
from minivod.settings import Settings

from ...origin import Handler, Origin, Shop, origin, plain

EGRESS = Egress(Settings(egress_networks=["127.0.0.1/32"], egress_ports=["1-65535"]))
FILE = bytes(range(256)) * 800  # 200 KB


class Pauses(list[float]):
    """Waits that are only noted."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


async def fetch(
    source: Origin,
    pauses: Pauses | None = None,
    *,
    span: tuple[int, int] | None = None,
    most: int = 10**6,
    path: str = "/a",
    on_bytes: Callable[[int, int | None], None] = lambda have, of: None,
) -> tuple[bytes, Got]:
    file = BytesIO(b"before")
    file.seek(0, 2)
    ends = asyncio.get_running_loop().time() + 20
    downloader = Downloader(egress=EGRESS, ends=ends, total=20, pause=Pauses() if pauses is None else pauses)
    got = await downloader.fetch(source.url(path=path), file, most=most, span=span, on_bytes=on_bytes)
    assert file.getvalue()[:6] == b"before"
    return file.getvalue()[6:], got


async def test_a_file_comes_with_its_md5_and_progress() -> None:
    told: list[tuple[int, int | None]] = []
    async with origin(Shop({"/a": FILE})) as source:
        content, got = await fetch(source, on_bytes=lambda have, of: told.append((have, of)))
    assert content == FILE and got.md5 == hashlib.md5(FILE).hexdigest()
    assert told[-1] == (len(FILE), len(FILE)) and got.source.path == "/a"


async def test_a_connection_that_breaks_goes_on_where_it_was() -> None:
    pauses = Pauses()
    async with origin(Shop({"/a": FILE}, breaks=[5000, 0, 70_000])) as source:
        content, got = await fetch(source, pauses)
    assert content == FILE and got.md5 == hashlib.md5(FILE).hexdigest()
    assert [b"Range: bytes=5000-\r\n" in head for head in source.heads] == [False, True, True, False]
    assert b'If-Range: "1"\r\n' in source.heads[1] and b"Range: bytes=75000-\r\n" in source.heads[3]
    assert pauses == [1.0, 2.0, 1.0]


async def test_a_file_that_changed_begins_anew() -> None:
    shop = Shop({"/a": FILE}, breaks=[5000])

    def change() -> None:
        shop.files["/a"], shop.etag = FILE[::-1], '"2"'

    shop.on_break = change
    async with origin(shop) as source:
        assert (await fetch(source))[0] == FILE[::-1]
    assert len(source.heads) == 2


@pytest.mark.parametrize("size", [200, len(FILE) * 2])
async def test_a_file_that_changed_begins_anew_also_where_nobody_knows_if_range(size: int) -> None:
    """It is seen by the ETag of the part, or because there is no such part any more."""
    shop, other = Shop({"/a": FILE}, breaks=[5000], knows_if_range=False), (FILE * 2)[:size]

    def change() -> None:
        shop.files["/a"], shop.etag = other, '"2"'

    shop.on_break = change
    async with origin(shop) as source:
        assert (await fetch(source))[0] == other
    assert len(source.heads) == 3 and b"Range" not in source.heads[2]


async def test_a_part_without_the_etag_of_its_file_is_not_taken() -> None:
    """Who does not know If-Range may give a part of another file of the same length, and not say so."""

    async def forgets(head: bytes, writer: asyncio.StreamWriter) -> None:
        if b"Range" in head:
            said = f"Content-Range: bytes 5000-{len(FILE) - 1}/{len(FILE)}"
            writer.write(plain(FILE[::-1][5000:], said, status="206 Partial Content"))
        elif len(source.heads) == 1:
            whole = plain(FILE, 'ETag: "1"')
            writer.write(whole[: whole.index(b"\r\n\r\n") + 4 + 5000])
        else:
            writer.write(plain(FILE[::-1], 'ETag: "2"'))

    async with origin(forgets) as source:
        assert (await fetch(source))[0] == FILE[::-1]
    assert len(source.heads) == 3


@pytest.mark.parametrize(("etag", "parts"), [("", True), ('W/"1"', True), ('"1"', False)])
async def test_without_a_validator_or_parts_it_begins_anew(etag: str, parts: bool) -> None:
    """What came before counts no more, also not for the bound on bytes."""
    async with origin(Shop({"/a": FILE}, breaks=[150_000], etag=etag, gives_parts=parts)) as source:
        assert (await fetch(source, most=len(FILE)))[0] == FILE
    assert len(source.heads) == 2
    assert (b"\r\nRange:" in source.heads[1]) is (not parts)


async def test_a_part_that_was_not_asked_for_is_not_taken() -> None:
    async def wrong(head: bytes, writer: asyncio.StreamWriter) -> None:
        if b"Range" not in head:
            writer.write(plain(FILE, 'ETag: "1"')[: 5000 if len(source.heads) == 1 else None])
        else:
            said = f"Content-Range: bytes 0-9/{len(FILE)}"
            writer.write(plain(b"0123456789", 'ETag: "1"', said, status="206 Partial Content"))

    async with origin(wrong) as source:
        assert (await fetch(source))[0] == FILE
    assert len(source.heads) == 3


async def test_a_part_of_a_file() -> None:
    async with origin(Shop({"/a": FILE}, breaks=[50])) as source:
        content, _ = await fetch(source, span=(1000, 500))
    assert content == FILE[1000:1500]
    assert b"Range: bytes=1000-1499\r\n" in source.heads[0] and b"Range: bytes=1050-1499\r\n" in source.heads[1]
    async with origin(Shop({"/a": FILE}, gives_parts=False)) as source:
        with pytest.raises(SourceFailed, match="does not give parts"):
            await fetch(source, span=(1000, 500))


async def test_a_source_that_only_breaks_is_given_up() -> None:
    pauses = Pauses()
    async with origin(Shop({"/a": FILE}, breaks=[0] * 20)) as source:
        with pytest.raises(SourceFailed, match="broke the connection off") as failure:
            await fetch(source, pauses)
    assert failure.value.code == NOT_ACCESSIBLE
    assert len(source.heads) == TRIES and pauses == [1.0, 2.0, 4.0, 8.0]


async def _wrong_rest(head: bytes, writer: asyncio.StreamWriter) -> None:
    """Breaks off after the half, and gives too much as its rest."""
    half = len(FILE) // 2
    if b"Range:" in head:
        said = f"Content-Range: bytes {half}-{len(FILE) - 1}/{len(FILE)}"
        writer.write(plain(FILE[half:] + b"more", 'ETag: "1"', said, status="206 Partial Content"))
    else:
        answer = plain(FILE, 'ETag: "1"')
        writer.write(answer[: len(answer) - half])
    await writer.drain()


@pytest.mark.parametrize("handler", [_wrong_rest, Shop({"/a": FILE}, breaks=[5000, 50, 9000] * 40, etag="")])
async def test_a_source_that_always_begins_anew_is_given_up(handler: Handler) -> None:
    """Bytes that come again are no new ones, or a source could be fetched for hours and never be complete."""
    async with origin(handler) as source:
        with pytest.raises(SourceFailed) as failure:
            await fetch(source)
    assert failure.value.code == NOT_ACCESSIBLE
    assert len(source.heads) <= 2 * RESTARTS + 1


async def test_a_private_name_fails_like_one_that_does_not_exist() -> None:
    """In code, text, tries and pauses: whoever gives the URL learns nothing of the names of the inside."""

    async def lookup(host: str) -> list[str]:
        if host == "inside.example":
            return ["10.0.0.1"]
        raise OSError(-2, "Name or service not known")

    told = []
    for name in ("inside.example", "absent.example"):
        pauses = Pauses()
        ends = asyncio.get_running_loop().time() + 20
        downloader = Downloader(egress=Egress(Settings(), lookup=lookup), ends=ends, total=20, pause=pauses)
        with pytest.raises(SourceFailed) as failure:
            await downloader.fetch(f"http://{name}/a", BytesIO(), most=10)
        told.append((failure.value.code, str(failure.value).replace(name, "NAME"), pauses))
    assert told[0] == told[1] and told[0][0] == NOT_ACCESSIBLE and len(told[0][2]) == TRIES - 1


@pytest.mark.parametrize("status", ["401 x", "403 x", "404 x", "410 x", "301 x", "202 x", "999 x"])
async def test_a_source_that_refuses_is_asked_once(status: str) -> None:
    async with origin(plain(b"planted-in-a-foreign-answer", status=status)) as source:
        with pytest.raises(SourceFailed, match=f"answered {status[:3]}") as failure:
            await fetch(source, path="/a?token=hunter2")
    assert len(source.heads) == 1
    assert "planted" not in str(failure.value) and "hunter2" not in str(failure.value)


async def test_a_source_that_is_busy_is_asked_again_when_it_says() -> None:
    said = ("7", "9999", "Fri, 31 Dec 2199 23:59:59 GMT", "Sat, 01 Jan 2000 00:00:00 GMT")
    answers = iter([plain(b"", f"Retry-After: {one}", status="503 x") for one in said])

    async def busy(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(next(answers, plain(FILE)))

    pauses = Pauses()
    async with origin(busy) as source:
        assert (await fetch(source, pauses))[0] == FILE
    assert pauses == [7.0, 60.0, 60.0, 0.0]


async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(10_000))
        await writer.drain()


async def half_and_endless(head: bytes, writer: asyncio.StreamWriter) -> None:
    """Breaks off at once, and then has more than it said."""
    if b"Range" in head:
        writer.write(b'HTTP/1.1 206 x\r\nETag: "1"\r\nContent-Range: bytes 90000-99999/100000\r\n\r\n' + bytes(20_000))
    else:
        writer.write(b'HTTP/1.1 200 x\r\nETag: "1"\r\nContent-Length: 100000\r\n\r\n' + bytes(90_000))
    await writer.drain()


@pytest.mark.parametrize("answer", [endless, half_and_endless, Shop({"/a": FILE})])
async def test_what_is_too_large_is_not_taken(answer: Handler) -> None:
    async with origin(answer) as source:
        with pytest.raises(SourceFailed, match="more than the 100000 bytes that are taken") as failure:
            await fetch(source, most=100_000)
    assert failure.value.code == "SourceFileError" and len(source.heads) == (2 if answer is half_and_endless else 1)


async def test_a_forbidden_address_is_an_input_error() -> None:
    async with origin(plain(b"", "Location: http://10.0.0.1/", status="302 x")) as source:
        with pytest.raises(SourceFailed, match=r"redirects to a URL that has the host 10\.0\.0\.1") as failure:
            await fetch(source)
    assert failure.value.code == "InvalidInput"


async def test_time_is_bounded_over_all_connections(tmp_path: Path) -> None:
    async def slow(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x")
        await writer.drain()
        await asyncio.sleep(1)

    ends = asyncio.get_running_loop().time() + 0.3
    async with origin(slow) as source:
        with (tmp_path / "file").open("wb") as file, pytest.raises(SourceFailed, match="setting pull_timeout"):
            await Downloader(egress=EGRESS, ends=ends, total=0.3).fetch(source.url(), file, most=10**6)
