"""HTTPS beside HTTP: what is spoken, who is sent away and when, and certificates that change while it is served."""

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from starlette.types import ASGIApp, Receive, Scope, Send

from minivod.certificates import Unusable
from minivod.cli import authority
from minivod.cli.authority import Place
from minivod.clock import Clock, FixedClock
from minivod.serving import connection, tls, tls_listener
from minivod.serving.server import Server
from minivod.serving.tls import Certificates, make_context

from ...tls import client, make
from ...waiting import PATIENCE, until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b"0123456789" * 100_000


async def telling(scope: Scope, receive: Receive, send: Send) -> None:
    """Says by what it was asked, and whether it may hand files over."""
    said = f"{scope['scheme']} {'http.response.zerocopysend' in scope['extensions']}".encode()
    headers = [(b"content-length", b"%d" % len(said)), (b"etag", b'"1"'), (b"x-cos-request-id", b"7")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """A megabyte in pieces."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]})
    for start in range(0, len(BODY), 100_000):
        await send({"type": "http.response.body", "body": BODY[start : start + 100_000], "more_body": True})
    await send({"type": "http.response.body"})


@dataclass
class Served:
    place: Place
    plain: int
    secure: int

    async def open(self, context: ssl.SSLContext | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        trusting = context or client(self.place)
        return await asyncio.open_connection("127.0.0.1", self.secure, ssl=trusting, server_hostname="localhost")

    async def ask(self, context: ssl.SSLContext | None = None) -> tuple[bytes, Any]:
        """The body of an answer by a new connection, and its TLS object."""
        reader, writer = await self.open(context)
        body = await answer(reader, writer)
        found = writer.get_extra_info("ssl_object")
        writer.close()
        return body, found

    async def serial(self) -> str:
        """Of the certificate that a new connection is shown."""
        return str((await self.ask())[1].getpeercert()["serialNumber"])


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(GET)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    [length] = [line[16:] for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    return await asyncio.wait_for(reader.readexactly(int(length)), PATIENCE)


@asynccontextmanager
async def served(app: ASGIApp, place: Place) -> AsyncIterator[Served]:
    plain, secure = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    certificates = Certificates(place.server, place.server, Clock())
    server = Server(app, plain, (secure, certificates), lifespan="off", log_level="error")
    told = Served(place, plain.getsockname()[1], secure.getsockname()[1])
    task = asyncio.create_task(server.serve())
    await until(lambda: asyncio.sleep(0, server.started), "the server has started")
    try:
        yield told
    finally:
        server.should_exit = server.force_exit = True
        await task


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make(tmp_path / "data")


async def test_both_are_one_application(place: Place) -> None:
    async with served(telling, place) as server:
        body, spoken = await server.ask()
        assert body == b"https False", "and it copies files, because the kernel would send them unencrypted"
        assert (spoken.version(), spoken.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")
        reader, writer = await asyncio.open_connection("127.0.0.1", server.plain)
        assert await answer(reader, writer) == b"http True"
        writer.close()


async def test_old_versions_are_refused(place: Place) -> None:
    with structlog.testing.capture_logs() as logs:
        async with served(telling, place) as server:
            assert (await server.ask(client(place, ssl.TLSVersion.TLSv1_2)))[1].version() == "TLSv1.2"
            for old in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    await server.ask(client(place, old))
    reasons = [line["reason"] for line in logs if line["event"] == "tls_handshake_failed"]
    assert reasons == ["the client offers nothing newer than TLS 1.1"] * 2


@pytest.mark.parametrize("cipher", ["AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ALL:COMPLEMENTOFALL:!ECDHE"])
async def test_ciphers_without_forward_secrecy_or_authentication_are_refused(place: Place, cipher: str) -> None:
    weak = client(place, ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers(f"{cipher}:@SECLEVEL=0")
    async with served(telling, place) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await server.ask(weak)


async def test_head_and_body_come_together_with_names_in_their_case(place: Place) -> None:
    """As by HTTP: the answer is one write, which TLS makes one record of."""
    async with served(telling, place) as server:
        reader, writer = await server.open()
        writer.write(GET)
        told = await asyncio.wait_for(reader.read(65536), PATIENCE)
        writer.close()
    assert told.startswith(b"HTTP/1.1 200 OK\r\nDate: ") and told.endswith(b"\r\n\r\nhttps False")
    assert b"\r\nETag: " in told and b"\r\nx-cos-request-id: 7\r\n" in told


async def test_a_slow_reader_gets_a_large_body_whole(place: Place) -> None:
    async with served(large, place) as server:
        reader, writer = await server.open()
        writer.write(GET)
        await asyncio.sleep(0.05)
        assert (await server.ask())[0] == BODY, "and holds nobody up"
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        assert await asyncio.wait_for(reader.readexactly(len(BODY)), PATIENCE) == BODY
        writer.close()


async def test_bounds_of_heads_hold(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"GET /" + b"a" * connection.LARGEST_HEAD
    async with served(telling, place) as server:
        for sent, seconds, words in ((large, 60, b"too large"), (b"GET / HT", 0.2, b"in time")):
            monkeypatch.setattr(connection, "HEAD_SECONDS", seconds)
            reader, writer = await server.open()
            writer.write(sent)
            assert words in await asyncio.wait_for(reader.read(), PATIENCE)
            writer.close()


# --- who speaks something else, or nothing -----------------------------------------------------------------


async def test_each_port_says_when_it_hears_the_other_protocol(place: Place) -> None:
    with structlog.testing.capture_logs() as logs:
        async with served(telling, place) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.secure)
            writer.write(GET)
            told = await asyncio.wait_for(reader.read(), PATIENCE)
            writer.close()
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection("127.0.0.1", server.plain, ssl=client(place), server_hostname="localhost")
    assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert told.endswith(b"This port speaks HTTPS; plain HTTP was sent to it.\n")
    heard = [(line["event"], line["reason"]) for line in logs if "reason" in line]
    assert heard == [
        ("tls_handshake_failed", "plain HTTP, or what else is no TLS, was sent to the port of HTTPS"),
        ("http_refused", "TLS was sent to the port of HTTP"),
    ]


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "a part of a hello"])
async def test_who_never_shakes_hands_is_sent_away(place: Place, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls_listener, "HANDSHAKE_SECONDS", 1.0)
    with structlog.testing.capture_logs() as logs:
        async with served(telling, place) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.secure)
            writer.write(sent)
            assert await server.serial(), "others are served meanwhile"
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
            writer.close()
    [reason] = [line["reason"] for line in logs if line["event"] == "tls_handshake_failed"]
    assert reason == "it took longer than 1 s"


async def test_a_crowd_that_says_nothing_keeps_nobody_out(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes takes the place of the one that has been waiting longest, and all descriptors are given back."""
    monkeypatch.setattr(tls_listener, "MOST_HANDSHAKES", 4)

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - iterating would count its own

    async with served(telling, place) as server:
        await server.ask()
        before = descriptors()
        at_once = [socket.create_connection(("127.0.0.1", server.secure)) for _ in range(12)]
        crowd = [await asyncio.open_connection(sock=one) for one in at_once]
        assert (await server.ask())[0] == b"https False"
        assert [await asyncio.wait_for(reader.read(), PATIENCE) for reader, _ in crowd[:9]] == [b""] * 9
        for _, writer in crowd:
            writer.close()
        await until(lambda: asyncio.sleep(0, descriptors() <= before), "all descriptors are given back")


def distrust(port: int, context: ssl.SSLContext) -> None:
    """As a program with blocking sockets, which says why it leaves."""
    with socket.create_connection(("127.0.0.1", port)):  # who only looks whether anybody listens is no news
        pass
    with (
        socket.create_connection(("127.0.0.1", port), PATIENCE) as connected,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(connected, server_hostname="localhost")


async def test_a_client_that_does_not_trust_it_is_told_of(place: Place, tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        async with served(telling, place) as server:
            await asyncio.to_thread(distrust, server.secure, client(make(tmp_path / "other")))
            await until(lambda: asyncio.sleep(0, len(logs) > 1), "the refusal is logged")
    [reason] = [line["reason"] for line in logs if line["event"] == "tls_handshake_failed"]
    assert reason == "the client does not trust the certificate's CA"


# --- certificates that change ------------------------------------------------------------------------------


async def test_new_handshakes_get_the_new_certificate_and_connections_stay(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "LOOK_SECONDS", 0.02)
    async with served(telling, place) as server:
        before = await server.serial()
        reader, writer = await server.open()
        assert await answer(reader, writer) == b"https False"
        authority.renew(place, authority.moment())

        async def renewed() -> bool:
            return await server.serial() != before

        await until(renewed, "the new certificate is shown")
        assert await answer(reader, writer) == b"https False", "the old connection lives on"
        writer.close()


@pytest.fixture
def pair(tmp_path: Path, place: Place) -> tuple[Path, Path]:
    """Certificate and key in files of their own, as certbot writes them."""
    return split(place, tmp_path / "live")


def split(place: Place, directory: Path) -> tuple[Path, Path]:
    text = place.server.read_text(encoding="ascii")
    at = text.index("-----BEGIN PRIVATE KEY")
    directory.mkdir(exist_ok=True)
    cert, key = directory / "fullchain.pem", directory / "privkey.pem"
    cert.write_text(text[:at], encoding="ascii")
    key.write_text(text[at:], encoding="ascii")
    key.chmod(0o600)
    return cert, key


def looked(certificates: Certificates) -> list[Any]:
    """What is logged when the files are looked at until they are quiet."""
    with structlog.testing.capture_logs() as logs:
        certificates.look()
        certificates.look()
    return logs


def test_links_that_are_swapped_are_noticed(tmp_path: Path, place: Place) -> None:
    """As certbot (each file is a link) and Kubernetes (the directory is one) do it."""
    for number in (1, 2):
        authority.renew(place, authority.moment())
        split(place, tmp_path / f"archive-{number}")
    data, live = tmp_path / "..data", tmp_path / "mounted"
    data.symlink_to("archive-1")
    live.mkdir()
    for name in ("fullchain.pem", "privkey.pem"):
        (live / name).symlink_to(Path("..") / "..data" / name)
    certificates = Certificates(live / "fullchain.pem", live / "privkey.pem", Clock())
    first = certificates.context
    assert first is not None and looked(certificates) == []
    fresh = tmp_path / "..data-fresh"
    fresh.symlink_to("archive-2")
    fresh.replace(data)
    assert [line["event"] for line in looked(certificates)] == ["tls_certificate"]
    assert certificates.context is not first


def test_one_file_after_the_other_is_no_fault(tmp_path: Path, place: Place, pair: tuple[Path, Path]) -> None:
    certificates = Certificates(*pair, Clock())
    first = certificates.context
    authority.renew(place, authority.moment())
    cert, key = split(place, tmp_path / "next")
    with structlog.testing.capture_logs() as logs:
        cert.replace(pair[0])
        certificates.look()
        key.replace(pair[1])
        certificates.look()
    assert (logs, certificates.context) == ([], first)
    assert [line["event"] for line in looked(certificates)] == ["tls_certificate"]
    assert certificates.context is not first


BROKEN = {
    "missing": "cannot be read: No such file",
    "garbage": "holds no certificate in PEM",
    "key of another": "is not that of the first certificate",
    "no key": "no private key in PEM",
    "encrypted": "is encrypted; the server needs it without a passphrase",
    "expired": "it expired on ",
    "pipe": "is a pipe or a device",
    "key is a pipe": "is a pipe or a device",
}


@pytest.mark.parametrize(("what", "words"), BROKEN.items())
def test_what_is_broken_is_refused_and_the_old_one_stays(
    what: str, words: str, tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    certificates = Certificates(*pair, Clock())
    first = certificates.context
    key = pair[1].read_text(encoding="ascii")
    _break(what, pair, tmp_path)
    logs = looked(certificates)
    assert [(line["event"], line["log_level"], line["served"]) for line in logs] == [
        ("tls_certificate_refused", "error", "the one before")
    ]
    assert words in logs[0]["reason"]
    assert certificates.context is first
    assert looked(certificates) == [], "it is told once"
    secret = key.splitlines()[1]
    assert secret not in str(logs)
    for path in pair:
        path.unlink(missing_ok=True)
    split(make(tmp_path / "mended"), pair[0].parent)
    assert [line["event"] for line in looked(certificates)] == ["tls_certificate"]
    assert certificates.context is not first


def _break(what: str, pair: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = pair
    match what:
        case "missing":
            cert.unlink()
        case "garbage":
            cert.write_bytes(b"\x00\xff-----BEGIN")
        case "key of another":
            shutil.copy(split(make(tmp_path / "other"), tmp_path / "foreign")[1], key)
        case "no key":
            key.write_text("", encoding="ascii")
        case "encrypted":
            key.write_bytes(_encrypted(key.read_bytes()))
        case "pipe" | "key is a pipe":
            path = cert if what == "pipe" else key
            path.unlink()
            os.mkfifo(path)
        case "expired":
            split(make(tmp_path / "old", now=authority.moment() - timedelta(days=400)), cert.parent)


def _encrypted(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    return form.load_pem_private_key(key, None).private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret")
    )


def test_a_chain_whose_first_is_not_the_servers_own(place: Place, pair: tuple[Path, Path]) -> None:
    cert, key = pair
    own = cert.read_bytes()
    cert.write_bytes(own + place.ca.read_bytes())
    assert make_context(cert, key)
    cert.write_bytes(place.ca.read_bytes() + own)
    with pytest.raises(Unusable, match="the server's own must come first"):
        make_context(cert, key)


def test_without_a_certificate_the_server_lives_and_waits_for_one(tmp_path: Path, place: Place) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    with structlog.testing.capture_logs() as logs:
        certificates = Certificates(cert, key, Clock())
    assert (certificates.context, [line["served"] for line in logs]) == (None, ["none"])
    for made, wanted in zip(split(place, tmp_path / "made"), (cert, key), strict=True):
        made.replace(wanted)
    looked(certificates)
    assert certificates.context is not None


def test_an_expired_certificate_is_better_than_none_at_the_start(tmp_path: Path) -> None:
    old = make(tmp_path / "old", now=authority.moment() - timedelta(days=400)).server
    with structlog.testing.capture_logs() as logs:
        certificates = Certificates(old, old, Clock())
    assert certificates.context is not None
    assert [line["event"] for line in logs] == ["tls_certificate", "tls_certificate_invalid"]


def test_a_certificate_for_no_host_is_told_of(place: Place, tmp_path: Path) -> None:
    """Clients look for names among its subjectAltNames alone; the CA's own has none."""
    cert = tmp_path / "nameless.pem"
    cert.write_bytes(place.ca.read_bytes() + place.ca_key.read_bytes())
    with structlog.testing.capture_logs() as logs:
        Certificates(cert, cert, Clock())
    [line] = [line for line in logs if line["event"] == "tls_certificate_invalid"]
    assert line["reason"] == f"{cert}: it is for no host: clients look for names among its subjectAltNames"


def test_a_key_that_others_can_read_is_told_of(pair: tuple[Path, Path]) -> None:
    pair[1].chmod(0o640)
    with structlog.testing.capture_logs() as logs:
        Certificates(*pair, Clock())
    [line] = [line for line in logs if line["event"] == "tls_key_open"]
    assert line["log_level"] == "warning"
    assert line["reason"].endswith("privkey.pem can be read by others than its owner (mode 0640); chmod 600 it")


def test_a_certificate_that_came_before_its_time_is_taken_when_it_begins(tmp_path: Path) -> None:
    now = authority.moment()
    place = make(tmp_path / "served", now=now)
    clock = FixedClock(now.timestamp() + 60)
    certificates = Certificates(place.server, place.server, clock)
    before = certificates.context
    early = make(tmp_path / "early", now=now + timedelta(days=2))
    shutil.copy(early.server, place.server)
    for _ in range(3):
        certificates.look()
    assert before is not None and certificates.context is before
    clock.advance(timedelta(days=3).total_seconds())
    certificates.look()
    assert certificates.context is not before
