"""A `minivod serve` of one's own on a temporary directory and a free port: for the demo."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minivod.media.sandbox import Service, start_service

START_SECONDS = 60.0


@dataclass(frozen=True)
class LocalServer:
    """A running server and its first key."""

    url: str
    secret_id: str
    secret_key: str
    app_id: int
    service: Service

    @property
    def address(self) -> str:
        """host:port."""
        return self.url.split("://", 1)[1]

    def wait(self) -> None:
        """Returns when the server ends or the user presses Ctrl-C."""
        try:
            self.service.wait()
        except KeyboardInterrupt:
            return
