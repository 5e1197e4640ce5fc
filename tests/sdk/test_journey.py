"""The same journey by the official SDKs of other languages: transcode with template 10, publish that, look at it.

Go and Java take part where their tools are on the machine. The Go registry may lack the generated package of the API,
so the Go program uses the SDK's own generic client, which signs and sends the same.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minivod.cli.local_server import LocalServer, start_local_server

from ..databases import LayDatabase
from ..e2e.user import CLIP, PATIENCE, upload
from .test_node import node, sdk  # noqa: F401 - a fixture

HERE = Path(__file__).parent
BUILD_SECONDS = 480.0
Program = Callable[[str], str]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def server(open_directory: Path, lay_database: LayDatabase) -> Any:
    home = open_directory / "sdk"
    home.mkdir(mode=0o755)
    lay_database(home / "data")
    with start_local_server(home / "data") as running:
        yield running


def output(argv: list[str | Path], cwd: Path, seconds: float) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, timeout=seconds, check=False, env=os.environ)
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-3000:]
    return done.stdout.decode()


def needed(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


@pytest.fixture
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """The journey in that language, built: it takes the argument, and gives what was printed."""
    language = request.param
    place = tmp_path / language
    shutil.copytree(HERE / language, place)
    if language == "go":
        output([needed("go"), "build", "-o", "journey", "."], place, BUILD_SECONDS)
        return lambda told: output([place / "journey", told], place, 3 * PATIENCE)
    if language == "java":
        output(
            [needed("mvn"), "-q", "-B", "compile", "dependency:copy-dependencies", "-DincludeScope=runtime"],
            place,
            BUILD_SECONDS,
        )
        path = f"{place / 'target/classes'}{os.pathsep}{place / 'target/dependency'}/*"
        return lambda told: output([needed("java"), "-cp", path, "Journey", told], place, 3 * PATIENCE)
    packages: Path = request.getfixturevalue("sdk")
    script = shutil.copy(place / "transcode.js", packages / "transcode.js")
    return lambda told: str(node(script, told, cwd=packages, timeout=3 * PATIENCE).stdout.decode())


@pytest.mark.parametrize("program", ["node", "go", "java"], indirect=True)
def test_transcode_and_publish(program: Program, server: LocalServer) -> None:
    told = {
        "endpoint": server.address,
        "secretId": server.secret_id,
        "secretKey": server.secret_key,
        "fileId": upload(server, CLIP),
        "seconds": int(PATIENCE),
    }
    got = json.loads(program(json.dumps(told)))
    assert got["refused"] == "InvalidParameterValue.SourceDefinition"
    [step] = got["processed"]["ProcedureTask"]["MediaProcessResultSet"]
    made = step["TranscodeTask"]
    assert (step["Type"], made["Status"], made["Output"]["Container"]) == ("Transcode", "SUCCESS", "mp4")
    assert got["published"]["WechatMiniProgramPublishTask"]["PublishResult"] == "Pass"
    [info] = got["infos"]["MediaInfoSet"]
    [item] = info["MiniProgramReviewInfo"]["MiniProgramReviewList"]
    assert item["Definition"] == 10 and item["Url"].endswith("/v.f10.mp4")
