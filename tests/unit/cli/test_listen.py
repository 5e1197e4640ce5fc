"""The socket that the API inherits from its supervisor."""

import socket

from minivod.cli.supervisor import listen


def test_connections_send_small_answers_at_once() -> None:
    """uvicorn takes an inherited socket for a Unix one and leaves Nagle's algorithm on: 40 ms for each answer."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
