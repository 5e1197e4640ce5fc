"""The Containerfile: what it copies and calls is there, and what it leaves is small and harmless."""

import json
import re
import shlex
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import PurePosixPath

import pytest

from minivod.media.sandbox import run_trusted
from minivod.settings_sources import load

from .reading import ROOT, has, image, understood, variables

BUILD, LAST = range(2)
TOOLS = re.compile(r"\b(?:pip|gcc|g\+\+|make|git|curl|wget|python3-venv|build-essential|\S+-dev)\b")


def commands(stage: int) -> list[list[str]]:
    """The single commands of its RUN instructions, by the shell's words."""
    return [shlex.split(one) for what in has(image()[stage], "RUN") for one in what.split("&&")]


def test_there_are_two_stages_of_one_distribution() -> None:
    [first, last] = image()
    assert first[0] == ("FROM", "debian:12-slim AS build") and last[0] == ("FROM", "debian:12-slim")


def test_what_it_copies_is_there_and_is_let_through() -> None:
    """All but the listed is kept out of the build, as a data directory or a key could lie about."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    let_through = {line[1:] for line in ignore if line.startswith("!")}
    copied = {name for what in has(image()[BUILD], "COPY") for name in what.split()[:-1]}
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert wanted | {package.split("/")[0] for package in packages} <= copied
    [kept] = has(image()[LAST], "COPY")
    assert kept == "--from=build /opt/minivod /opt/minivod"


def test_the_extras_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [extras] = [what.partition("=")[2] for what in has(image()[BUILD], "ARG") if what.startswith("EXTRAS=")]
    assert set(extras.split(",")) <= project["optional-dependencies"].keys()


def test_the_commands_of_minivod_are_commands_of_minivod() -> None:
    [models] = [what.partition("=")[2] for what in has(image()[BUILD], "ARG") if what.startswith("MODELS=")]
    words_of_all = [words for stage in (BUILD, LAST) for words in commands(stage)]
    called = [words for words in words_of_all if PurePosixPath(words[0]).name == "minivod"]
    assert len(called) == 2
    for words in called:
        understood([word if word != "$MODELS" else models for word in words[1:]])
    [entry], [start] = has(image()[LAST], "ENTRYPOINT"), has(image()[LAST], "CMD")
    assert json.loads(entry) == ["minivod"]
    understood(json.loads(start))


def test_its_environment_is_of_settings() -> None:
    given = variables(image()[LAST])
    loaded = load(environment=given)
    assert loaded.data_dir in has(image()[LAST], "VOLUME")
    assert loaded.models_dir == commands(BUILD)[-3][commands(BUILD)[-3].index("--models-dir") + 1]
    assert loaded.host == "0.0.0.0" and {str(loaded.port), str(loaded.tls_port)} == set(
        has(image()[LAST], "EXPOSE")[0].split()
    )
    assert given["PATH"].startswith("/opt/minivod/bin:")


def test_the_last_stage_has_no_tools_and_no_root() -> None:
    last = image()[LAST]
    [packages] = [words for words in commands(LAST) if words[:2] == ["apt-get", "install"]]
    assert "ffmpeg" in packages and not TOOLS.search(" ".join(packages))
    assert ["rm", "-rf", "/var/lib/apt/lists/*"] in commands(LAST)
    names = [name for name, _ in last]
    assert has(last, "USER") == ["minivod"]
    assert names.index("USER") < max(at for at, name in enumerate(names) if name == "RUN") < names.index("ENTRYPOINT")
    [made] = [words for words in commands(LAST) if words[0] == "useradd"]
    assert made[-1] == "minivod" and int(made[made.index("--uid") + 1]) > 999


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that answers /readyz with that, and all else with 404: its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize("status", [200, 503])
def test_the_health_check_tells_ready_from_not(status: int) -> None:
    [check] = has(image()[LAST], "HEALTHCHECK")
    program, *arguments = json.loads(check.partition("CMD ")[2])
    assert program == "python3" and "http://127.0.0.1:9050/readyz" in arguments[-1]
    with answering(status) as port:
        words = [*arguments[:-1], arguments[-1].replace(":9050", f":{port}")]
        done = run_trusted([sys.executable, *words], timeout=60, env={})
    assert (done.returncode == 0) == (status == 200)
