"""What a client of HTTPS finds at an address, said so that somebody can mend it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from typer.testing import CliRunner

from minivod.cli import authority, tls_check
from minivod.cli.api_client import ApiClient
from minivod.cli.doctor import app
from minivod.cli.doctor_tls import lines
from minivod.cli.upload import network_reason
from minivod.serving.tls import make_context
from minivod.settings import Settings

from ...tls import make

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
Talk = Callable[[socket.socket], None]


@contextmanager
def listening(talk: Talk) -> Iterator[int]:
    """A port where each connection is talked to; a client that leaves is no failure."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        talk(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def by_tls(certificate: Path) -> Talk:
    context = make_context(certificate, certificate)

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(100)

    return talk


def saying(words: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(words)

    return talk


def run(url: str, *more: str, home: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["tls", url, "--data-dir", str(home), *more])
    return done.exit_code, done.output


def test_all_is_well(tmp_path: Path) -> None:
    place = make(tmp_path / "data")
    with listening(by_tls(place.server)) as port:
        told = run(f"https://localhost:{port}", home=tmp_path / "data")
        assert told == (0, "✓ TLSv1.3, and the certificate is trusted for localhost\n")
        assert run(f"https://127.0.0.1:{port}", "--ca-file", str(place.ca), home=tmp_path)[0] == 0
    with listening(saying(PLAIN)) as port:
        assert run(f"http://localhost:{port}", home=tmp_path) == (0, f"✓ localhost:{port} speaks HTTP\n")


@pytest.mark.parametrize(
    ("age", "host", "words"),
    [
        (400, "localhost", "the certificate has expired; renew it (`minivod tls renew`"),
        (-30, "localhost", "the certificate is not valid yet; look at the clocks"),
        (0, "name.localhost", "the certificate is not for the name name.localhost; call another one"),
        (0, "127.0.0.2", "the certificate is not for the address 127.0.0.2; call another one"),
    ],
)
def test_a_certificate_that_is_not_good(age: int, host: str, words: str, tmp_path: Path) -> None:
    place = make(tmp_path, now=authority.moment() - timedelta(days=age))
    found = tls_check.pair(place.server, place.server, host, place.ca)
    assert not found.well and found.words.startswith(words)
    if host == "localhost":
        with listening(by_tls(place.server)) as port:
            code, said = run(f"https://{host}:{port}", home=tmp_path)
        assert code == 1 and said.startswith(f"✗ {words}")


def test_a_ca_that_is_not_trusted(tmp_path: Path) -> None:
    with listening(by_tls(make(tmp_path / "data").server)) as port:
        code, said = run(f"https://localhost:{port}", home=tmp_path / "elsewhere")
        assert code == 1 and "is not in the system's list; tell the client of it" in said
        other = make(tmp_path / "other").ca
        code, said = run(f"https://localhost:{port}", "--ca-file", str(other), home=tmp_path / "data")
        assert code == 1 and f"nor is it in {other}" in said


def test_the_wrong_protocol_on_either_port(tmp_path: Path) -> None:
    place = make(tmp_path)
    with listening(saying(PLAIN)) as port:
        code, said = run(f"https://localhost:{port}", home=tmp_path)
        assert (code, said) == (
            1,
            f"✗ localhost:{port} speaks plain HTTP; call it by http://, or the port of HTTPS (tls_port)\n",
        )
    for talk in (
        by_tls(place.server),
        saying(b"HTTP/1.1 400 Bad Request\r\n\r\nThis port speaks HTTPS; plain HTTP was sent to it.\n"),
        saying(b"HTTP/1.0 400 Client sent an HTTP request to an HTTPS server\r\n\r\n"),
    ):
        with listening(talk) as port:
            code, said = run(f"http://localhost:{port}", home=tmp_path)
            assert (code, said) == (
                1,
                f"✗ localhost:{port} speaks HTTPS; call it by https://, or the port of HTTP (port)\n",
            )


def test_neither_protocol_and_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(saying(b"220 mail ESMTP\r\n")) as port:
        assert "speaks no TLS that can be used" in run(f"https://localhost:{port}", home=tmp_path)[1]
        assert "answers something else than HTTP" in run(f"http://localhost:{port}", home=tmp_path)[1]
    assert f"localhost:{port} cannot be reached: " in run(f"https://localhost:{port}", home=tmp_path)[1]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(tls_check, "_SECONDS", 0.3)
        code, said = run(f"https://localhost:{port}", home=tmp_path)
    assert (code, said) == (1, f"✗ nobody answers at localhost:{port} within 0.3 s\n")


@pytest.mark.parametrize("url", ["localhost:9443", "ftp://localhost", "https://", "https://localhost:http"])
def test_what_is_no_url(url: str, tmp_path: Path) -> None:
    code, said = run(url, home=tmp_path)
    assert code == 2 and "is not a URL like https://vod.example.com:9443" in said


def test_cas_that_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_bytes(b"garbage")
    for file in (broken, tmp_path / "none.pem"):
        code, said = run("https://localhost:1", "--ca-file", str(file), home=tmp_path)
        assert code == 1 and f"the CAs of {file} cannot be read" in said


def report(settings: Settings) -> list[tuple[str, str]]:
    return [(line.state, line.words) for line in lines(settings)]


def test_the_report(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))
    assert report(settings) == [("note", "no certificate, so HTTP alone; `minivod tls init HOST` makes one")]
    place = make(tmp_path, "vod.example.com")
    [known, trusted] = report(settings)
    assert known[0] == "ok" and known[1].startswith("vod.example.com, *.vod.example.com, localhost")
    assert trusted == ("ok", f"clients that call vod.example.com trust it, if they trust the CA {place.ca}")
    elsewhere = Settings(data_dir=str(tmp_path), public_url="https://cdn.example/media")
    assert report(elsewhere)[1][0] == "note" and "is not for the name cdn.example" in report(elsewhere)[1][1]
    place.server.chmod(0o644)
    assert [state for state, words in report(settings) if "read by others" in words] == ["note"]
    own = Settings(data_dir=str(tmp_path), tls_cert=str(place.server))
    assert any("is not in the system's list" in words for _, words in report(own))


def test_the_report_of_what_is_broken_or_ends(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))
    make(tmp_path, now=authority.moment() - timedelta(days=390))
    assert report(settings)[0][0] == "note"
    make(tmp_path, now=authority.moment() - timedelta(days=398))
    [(state, words)] = report(settings)
    assert state == "bad" and "it expired on" in words
    make(tmp_path).server.write_bytes(b"")
    [(state, words)] = report(settings)
    assert state == "bad" and words.startswith("HTTPS cannot be spoken: ")


def test_a_certificate_without_names(tmp_path: Path) -> None:
    ca = make(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(ca.ca.read_bytes() + ca.ca_key.read_bytes())
    assert ("bad", f"{both}: it is for no host: clients look for names among its subjectAltNames") in report(
        Settings(tls_cert=str(both))
    )


def test_commands_say_that_a_certificate_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And take the CAs that requests would take, which the official SDK does not do by itself."""
    place = make(tmp_path)
    with listening(by_tls(place.server)) as port:
        endpoint = f"https://localhost:{port}"
        for trusted, words in (
            (None, "is not trusted (unable to get local issuer certificate): REQUESTS_CA_"),
            (place.ca, ""),
        ):
            if trusted:
                monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
            with pytest.raises(TencentCloudSDKException) as caught:
                ApiClient(endpoint, "AKIDx", "x").call("DescribeTasks")
            reason = network_reason(caught.value, endpoint)
            assert ("certificate" in reason) == bool(words) and words in reason
