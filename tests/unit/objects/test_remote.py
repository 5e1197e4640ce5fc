"""What is said of an object store that cannot be reached: who is between is named, without a password."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from minivod.objects import Objects, StoreUnavailable, remote

DEAD = "http://user:hunter2@127.0.0.1:1"
SHOWN = "http://user:***@127.0.0.1:1"


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(remote.RETRY, "max_retries", 0)
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "us-east-1")


@pytest.fixture
def refusing() -> Iterator[str]:
    """A proxy that can reach nobody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def what_is_said(store: Objects) -> str:
    with pytest.raises(StoreUnavailable) as found:
        await store.check()
    return str(found.value)


@pytest.mark.parametrize("variable", ["https_proxy", "ALL_PROXY"])
async def test_a_dead_proxy_is_named(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, DEAD)
    store = Objects("s3://bucket/x")
    said = (
        "the object store failed: https://s3.us-east-1.amazonaws.com was not reached, through the proxy "
        f"{SHOWN}, which the variable {variable} names; to go there without it, set "
        f"no_proxy=s3.us-east-1.amazonaws.com, or unset {variable}"
    )
    assert await what_is_said(store) == said
    for call in (store.put_bytes("a", b"x"), store.head("a"), store.delete("a")):
        with pytest.raises(StoreUnavailable) as found:
            await call
        assert str(found.value) == said


async def test_the_proxy_of_the_store_alone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROXY_URL", DEAD)
    monkeypatch.setenv("no_proxy", "*")
    assert f"through the proxy {SHOWN}, which the variable AWS_PROXY_URL names" in await what_is_said(
        Objects("s3://bucket")
    )


async def test_no_proxy_is_blamed_that_is_not_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "http_proxy": DEAD,
        "NO_PROXY": "127.0.0.0/8",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    assert await what_is_said(Objects("s3://bucket")) == "the object store failed: its endpoint does not answer"


async def test_the_error_of_a_proxy_is_not_taken_for_the_stores(monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    monkeypatch.setenv("http_proxy", refusing)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://minio.example:9000")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    assert await what_is_said(Objects("s3://bucket")) == (
        f"the object store failed: 502 Bad Gateway, asked through the proxy {refusing}, which the variable http_proxy "
        "names; to go there without it, set no_proxy=minio.example, or unset http_proxy"
    )
