"""The operator's reviewer that the shared server asks (docs/review.md): it objects to frames full of one colour."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image
from standardwebhooks import Webhook

from minivod.webhooks import new_secret

FORBIDDEN = "magenta"
"""As ffmpeg names it."""
_LEAST, _MOST = np.array([200, 0, 200]), np.array([255, 60, 255])


class Reviewer:
    """What it was asked, as it verified."""

    def __init__(self) -> None:
        self.secret = new_secret()
        self.asked: list[dict[str, Any]] = []
        self.port = 0

    @property
    def settings(self) -> dict[str, str]:
        """Of the server that is to ask it."""
        return {
            "MINIVOD_REVIEW_HTTP_URL": f"http://127.0.0.1:{self.port}/",
            "MINIVOD_REVIEW_HTTP_SECRET": self.secret,
            "MINIVOD_REVIEW_HTTP_CATEGORIES": "Terrorism",
            "MINIVOD_REVIEW_SERVICE_NETWORKS": "127.0.0.1/32",
        }

    def answer(self, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """Raises what the verification raises."""
        question = Webhook(self.secret).verify(body, headers)
        self.asked.append(question)
        times = [frame["time"] for frame in question["frames"] if _is_forbidden(frame["jpeg"])]
        findings = [
            {"category": "Terrorism", "confidence": 99, "start": time, "end": time, "label": "a flag"} for time in times
        ]
        return {"version": 1, "service": "e2e 1", "findings": findings}


def _is_forbidden(jpeg: str) -> bool:
    mean = np.asarray(Image.open(io.BytesIO(base64.b64decode(jpeg)))).mean((0, 1))
    return bool(((mean >= _LEAST) & (mean <= _MOST)).all())


@contextmanager
def serve() -> Iterator[Reviewer]:
    """One that answers until the end."""
    reviewer = Reviewer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps(reviewer.answer(body, dict(self.headers))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing is written."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    reviewer.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield reviewer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
