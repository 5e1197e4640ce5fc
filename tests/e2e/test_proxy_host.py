"""An nginx in front: with the lines of the guide all is well, and the doctor knows the usual mistakes."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from minivod.cli.local_server import LocalServer

from ..nginx import NGINX, configured
from .user import PATIENCE, call, eventually, minivod

GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"
RIGHT = "proxy_set_header Host $http_host;"

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@contextmanager
def front(server: LocalServer, home: Path, port: int, host_line: str) -> Iterator[LocalServer]:
    """The server as clients see it through an nginx of the guide, with another line about the Host."""
    found = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    location = found[1]
    for told, here in (("127.0.0.1:9050", server.address), (RIGHT, host_line)):
        assert told in location
        location = location.replace(told, here)
    command = configured(home, f"server {{ listen 127.0.0.1:{port};\n{location} }}")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            seen = replace(server, url=f"http://127.0.0.1:{port}")
            eventually("nginx answers", lambda: answers(seen.url))
            yield seen
        finally:
            process.terminate()
            process.wait(PATIENCE)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def refused(server: LocalServer, env: dict[str, str]) -> str:
    """The RequestId of a request that the official SDK sent through the proxy, when the server has kept it."""
    with pytest.raises(TencentCloudSDKException) as caught:
        call(server, "DescribeMediaInfos", FileIds=["5285485487985271487"])
    assert caught.value.get_code() == "AuthFailure.SignatureFailure"
    request_id = str(caught.value.get_request_id())
    kept = Path(env["MINIVOD_DATA_DIR"]) / "failed-signatures" / f"{request_id}.json"
    eventually("the request is kept", kept.exists)
    return request_id


def test_the_lines_of_the_guide(server: LocalServer, home: Path, unused_tcp_port: int) -> None:
    with front(server, home, unused_tcp_port, RIGHT) as seen:
        answer = call(seen, "DescribeMediaInfos", FileIds=["5285485487985271487"])
    assert answer.NotExistFileIdSet == ["5285485487985271487"]


def test_a_dropped_port(server: LocalServer, env: dict[str, str], home: Path, unused_tcp_port: int) -> None:
    """Found although nothing tells the port."""
    with front(server, home, unused_tcp_port, "proxy_set_header Host $host;") as seen:
        request_id = refused(seen, env)
    told = minivod("doctor", "signature", request_id, env=env)
    assert told.returncode == 1
    assert f"signed the host '{seen.address}', but '127.0.0.1' arrived" in told.stdout
    assert "drops the port, as nginx does with `proxy_set_header Host $host;`" in told.stdout
    assert f"`{RIGHT}` mends it" in told.stdout


def test_no_host_at_all(server: LocalServer, env: dict[str, str], home: Path, unused_tcp_port: int) -> None:
    """The answer tells it by itself, and where a signature does not name its headers, the doctor does."""
    with front(server, home, unused_tcp_port, 'proxy_set_header Host "";') as seen:
        with pytest.raises(TencentCloudSDKException, match=re.escape(f"must hand it on (nginx: `{RIGHT}`)")):
            call(seen, "DescribeMediaInfos", FileIds=["5285485487985271487"])
        with pytest.raises(TencentCloudSDKException) as caught:
            call(seen, "DescribeMediaInfos", signed="HmacSHA256", FileIds=["5285485487985271487"])
    told = minivod("doctor", "signature", str(caught.value.get_request_id()), "--called", seen.address, env=env)
    assert told.returncode == 1
    assert f"signed the host '{seen.address}', but '' arrived" in told.stdout
    assert f'leaves the Host out, as nginx does with `proxy_set_header Host "";` - `{RIGHT}` mends it' in told.stdout


def test_the_name_of_the_upstream(server: LocalServer, env: dict[str, str], home: Path, unused_tcp_port: int) -> None:
    with front(server, home, unused_tcp_port, "") as seen:
        request_id = refused(seen, env)
    for asked in (
        minivod("doctor", "signature", request_id, env=env),  # nothing tells which host clients call
        minivod("doctor", "signature", request_id, env={**env, "MINIVOD_PUBLIC_URL": seen.url}),
        minivod("doctor", "signature", request_id, "--called", seen.address, env=env),
    ):
        assert asked.returncode == 1
        assert f"signed the host '{seen.address}', but '{server.address}' arrived" in asked.stdout
        assert f"`{RIGHT}` mends it" in asked.stdout


def test_forwarded_headers_explain_and_never_let_in(
    server: LocalServer, env: dict[str, str], home: Path, unused_tcp_port: int
) -> None:
    """X-Forwarded-Host names what was signed, and the request is refused all the same (T3)."""
    lines = "proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Port $server_port;"
    with front(server, home, unused_tcp_port, lines) as seen:
        request_id = refused(seen, env)
    told = minivod("doctor", "signature", request_id, env=env)
    assert f"signed the host '{seen.address}', but '{server.address}' arrived" in told.stdout
    assert f"`{RIGHT}` mends it" in told.stdout
