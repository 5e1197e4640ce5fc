"""`minivod upload`: what it prints, and with which sentence it gives up."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from minivod.cli.local_server import LocalServer

from .user import CLIP, PATIENCE, eventually, minivod


@pytest.fixture
def another_program() -> Iterator[str]:
    """The URL of an HTTP server that knows nothing of the API; it answers every POST with 501."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def key_of(server: LocalServer) -> dict[str, str]:
    return {"TENCENTCLOUD_SECRET_ID": server.secret_id, "TENCENTCLOUD_SECRET_KEY": server.secret_key}


def test_it_prints_the_file_id_and_the_url(server: LocalServer) -> None:
    done = minivod("upload", str(CLIP), "--endpoint", server.url, "--name", "a [red]name[/] 🎬", env=key_of(server))
    assert (done.returncode, done.stderr) == (0, "")
    file_id, url = (line.split(": ")[1] for line in done.stdout.splitlines())
    assert url.startswith(f"{server.url}/{server.app_id}/")
    assert url.endswith(f"/{file_id}/f0.mp4")


def test_a_refusal_names_the_request(server: LocalServer) -> None:
    wrong = {**key_of(server), "TENCENTCLOUD_SECRET_KEY": "x" * 32}
    done = minivod("upload", str(CLIP), "--endpoint", server.url, env=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("minivod: the upload failed: AuthFailure.SignatureFailure: ")
    assert " (RequestId " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_without_extension(server: LocalServer, tmp_path: Path) -> None:
    file = Path(shutil.copy(CLIP, tmp_path / "clip"))
    done = minivod("upload", str(file), "--endpoint", server.url, env=key_of(server))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "minivod: clip has no extension; one like .mp4 tells what the file is\n"


def test_ctrl_c_ends_it_and_the_next_call_goes_on(server: LocalServer, tmp_path: Path) -> None:
    """The official uploader's threads wait for work for ever when nobody tells them that it is over."""
    video = tmp_path / "long.mp4"
    with video.open("wb") as file:
        file.truncate(4 * 1024**3)
    env = {**os.environ, **key_of(server), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    argv = [sys.executable, "-m", "minivod", "upload", str(video), "--endpoint", server.url]
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as upload:
        try:
            eventually("parts are sent", lambda: len(list(Path(f"/proc/{upload.pid}/task").iterdir())) > 4)
            upload.send_signal(signal.SIGINT)
            out, said = upload.communicate(timeout=PATIENCE)
        finally:
            upload.kill()
    assert (upload.returncode, out) == (130, b"")
    assert said.decode() == "minivod: interrupted; the same command goes on where it stopped\n"
    assert list((tmp_path / "cache").rglob("*.json")), "the session is kept"


def test_nobody_at_the_endpoint(server: LocalServer) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = minivod("upload", str(CLIP), "--endpoint", url, env=key_of(server))
    assert done.returncode == 1
    assert done.stderr == f"minivod: the upload failed: nothing can be reached at {url}: Connection refused\n"


def test_another_program_at_the_endpoint(server: LocalServer, another_program: str) -> None:
    done = minivod("upload", str(CLIP), "--endpoint", another_program, env=key_of(server))
    assert done.returncode == 1
    assert done.stderr.endswith(
        f": {another_program} answers with an HTTP error; is it the address of a minivod server?\n"
    )
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_dead_proxy_is_blamed_and_not_the_server(server: LocalServer, variable: str) -> None:
    env = {**key_of(server), variable: "http://user:hunter2@127.0.0.1:1", "no_proxy": "", "NO_PROXY": ""}
    done = minivod("upload", str(CLIP), "--endpoint", server.url, env=env)
    assert done.returncode == 1
    assert done.stderr == (
        f"minivod: the upload failed: {server.url} was not reached: Connection refused, through the proxy "
        f"http://user:***@127.0.0.1:1, which the variable {variable} names; to go there without it, set "
        f"no_proxy=127.0.0.1, or unset {variable}\n"
    )
    advised = minivod("upload", str(CLIP), "--endpoint", server.url, env=env | {"no_proxy": "127.0.0.1"})
    assert (advised.returncode, advised.stderr) == (0, "")


@pytest.mark.skipif(find_spec("socks") is not None, reason="PySocks is installed")
def test_what_a_socks_proxy_needs_is_said(server: LocalServer) -> None:
    env = {**key_of(server), "all_proxy": "socks5://127.0.0.1:1", "no_proxy": "", "NO_PROXY": ""}
    done = minivod("upload", str(CLIP), "--endpoint", server.url, env=env)
    assert done.returncode == 1
    assert "was not reached: a SOCKS proxy needs the package PySocks (pip install PySocks), through" in done.stderr


def test_a_proxy_that_is_no_proxy_is_named(server: LocalServer, another_program: str) -> None:
    env = {**key_of(server), "http_proxy": another_program.removeprefix("http://"), "no_proxy": "", "NO_PROXY": ""}
    done = minivod("upload", str(CLIP), "--endpoint", server.url, env=env)
    assert done.returncode == 1
    assert f"asked through the proxy {another_program}, which the variable http_proxy names" in done.stderr
