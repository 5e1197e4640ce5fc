"""Reads files over keep-alive connections as fast as they come, into memory that is used again and again."""

import socket
import threading
import time
from dataclasses import dataclass

from bench.load import LoadFailed

_BUFFER = 1024 * 1024
_TIMEOUT = 60.0
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Drained:
    """What came: `seconds` in all, `files` whole ones, `size` bytes of each."""

    seconds: float
    files: int
    size: int

    @property
    def rate(self) -> float:
        """Megabytes a second."""
        return self.files * self.size / self.seconds / 1e6


def drain(host: str, port: int, path: str, *, connections: int, files: int) -> Drained:
    """Fetches the file so many times in all; raises LoadFailed when an answer is not whole."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    readers = [_Reader(host, port, request, files // connections) for _ in range(connections)]
    begun = time.perf_counter()
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    seconds = time.perf_counter() - begun
    sizes = {reader.size for reader in readers}
    if any(reader.failure for reader in readers) or len(sizes) != 1:
        raise LoadFailed(f"{host}:{port}{path}: {[reader.failure for reader in readers]}, sizes {sizes}")
    return Drained(seconds, files // connections * connections, sizes.pop())


class _Reader(threading.Thread):
    """One connection; the interpreter is free while it waits and copies."""

    def __init__(self, host: str, port: int, request: bytes, files: int) -> None:
        super().__init__()
        self._connection = socket.create_connection((host, port), timeout=_TIMEOUT)
        self._request = request
        self._files = files
        self.size = 0
        self.failure = ""

    def run(self) -> None:
        """Fetches the files one after the other."""
        buffer = memoryview(bytearray(_BUFFER))
        try:
            with self._connection:
                for _ in range(self._files):
                    self._fetch(buffer)
        except (OSError, LoadFailed) as failure:
            self.failure = str(failure)

    def _fetch(self, buffer: memoryview) -> None:
        self._connection.sendall(self._request)
        got = self._connection.recv_into(buffer)
        head, end, _ = bytes(buffer[:got]).partition(_HEAD_END)
        if not head.startswith(b"HTTP/1.1 200 ") or not end:
            raise LoadFailed(f"the server answered {head[:100]!r}")
        _, _, rest = head.lower().partition(_LENGTH)
        self.size = int(rest.partition(b"\r\n")[0])
        left = self.size - (got - len(head) - len(end))
        while left > 0:
            got = self._connection.recv_into(buffer, min(left, _BUFFER))
            if got == 0:
                raise LoadFailed(f"the server closed the connection {left} bytes early")
            left -= got
