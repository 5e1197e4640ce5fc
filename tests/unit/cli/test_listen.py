"""The sockets that the API inherits from its supervisor."""

import socket
from pathlib import Path

import pytest
import typer

from minivod.cli.listeners import listen, listeners
from minivod.settings import Settings

from ...tls import make


def test_connections_send_small_answers_at_once() -> None:
    """Nagle's algorithm would cost 40 ms for each answer, and not every event loop turns it off."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_https_has_a_socket_where_there_is_a_certificate(tmp_path: Path) -> None:
    plain, secure = listeners(Settings(port=0, tls_port=0, data_dir=str(tmp_path)))
    plain.close()
    assert secure is None
    make(tmp_path)
    plain, secure = listeners(Settings(port=0, tls_port=0, tls_host="::1", data_dir=str(tmp_path)))
    assert secure is not None
    with plain, secure:
        assert (plain.getsockname()[0], secure.getsockname()[0]) == ("127.0.0.1", "::1")


def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(typer.Exit):
            listeners(Settings(port=0, tls_port=port, data_dir=str(tmp_path)))
    assert capsys.readouterr().err == (
        f"minivod: cannot listen on 127.0.0.1:{port}: Address already in use; set another tls_port\n"
    )
