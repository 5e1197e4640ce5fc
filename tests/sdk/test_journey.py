"""The same journey by tccli and the official SDKs of other languages: upload, transcode, publish, look at it.

All of tccli's is by HTTPS with a CA of the server's own, because it speaks nothing else. The SDKs', uploads included,
is by HTTPS too, and then they look at the video by HTTP. How they come to trust the CA are the lines that
`minivod tls init` prints, run by a shell.

Go and Java take part where their tools are on the machine. The Go registry may lack the generated package of the API,
so the Go program uses the SDK's own generic client, which signs and sends the same.
"""

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx
import pytest
from qcloud_cos import CosConfig, CosS3Client
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli.local_server import LocalServer, start_local_server

from ..databases import LayDatabase
from ..e2e.user import PATIENCE, eventually, minivod
from ..node import node
from .test_node import sdk  # noqa: F401 - a fixture

HERE = Path(__file__).parent
BUILD_SECONDS = 480.0
SHORT_LIVED = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
"""Half the processor time of a program of Java that ends before it would be worth while to compile it well."""
QUICKLY_BUILT = ["-gcflags=all=-N -l -dwarf=false", "-ldflags=-s -w"]
"""The standard library is compiled too on a new machine: without optimisation and debugging it takes half as long."""
Program = Callable[..., str]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def server(open_directory: Path, lay_database: LayDatabase) -> Any:
    home = open_directory / "sdk"
    home.mkdir(mode=0o755)
    lay_database(home / "data")
    (home / "trust").write_text(minivod("tls", "init", "--data-dir", str(home / "data")).stdout, encoding="utf-8")
    with start_local_server(home / "data") as running:
        yield running


@pytest.fixture
def ca(server: LocalServer) -> Path:
    return server.log.with_name("data") / "tls" / "ca.pem"


@pytest.fixture
def trusting(server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes programs that are started from now on trust the CA, by the lines for that kind of client."""
    printed = server.log.with_name("trust").read_text(encoding="utf-8")
    port = urlsplit(server.https_url).port

    def trust(client: str) -> None:
        [lines] = [part for part in printed.split("\n\n# ") if part.startswith(client)]
        typed = lines.partition("\n")[2].replace(":9443", f":{port}")
        done = output(["bash", "-euc", f"{{ {typed}\n}} >&2\nenv -0"], tmp_path, PATIENCE)
        for variable in filter(None, done.split("\0")):
            name, _, value = variable.partition("=")
            if os.environ.get(name) != value:
                monkeypatch.setenv(name, value)

    return trust


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
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The journey in that language, built: it takes an argument for each, and gives what was printed."""
    language = request.param
    place = tmp_path / language
    shutil.copytree(HERE / language, place)
    if language == "go":
        monkeypatch.setenv("CGO_ENABLED", "0")
        output([needed("go"), "build", *QUICKLY_BUILT, "-o", "journey", "."], place, BUILD_SECONDS)
        return lambda *told: output([place / "journey", *told], place, 3 * PATIENCE)
    if language == "java":
        monkeypatch.setenv("MAVEN_OPTS", " ".join(SHORT_LIVED))
        output(
            [needed("mvn"), "-q", "-B", "compile", "dependency:copy-dependencies", "-DincludeScope=runtime"],
            place,
            BUILD_SECONDS,
        )
        path = f"{place / 'target/classes'}{os.pathsep}{place / 'target/dependency'}/*"
        return lambda *told: output([needed("java"), *SHORT_LIVED, "-cp", path, "Journey", *told], place, 3 * PATIENCE)
    packages: Path = request.getfixturevalue("sdk")
    script = shutil.copy(place / "transcode.js", packages / "transcode.js")
    return lambda *told: str(node(script, *told, cwd=packages, timeout=3 * PATIENCE).stdout.decode())


@pytest.fixture
def long_upload(short_clip: Path, tmp_path: Path) -> Path:
    """A clip with free space behind it, so that SDKs which are told so upload it in four parts."""
    free = 3_200_000
    clip = tmp_path / "long.mp4"
    clip.write_bytes(short_clip.read_bytes() + free.to_bytes(4, "big") + b"free" + bytes(free - 8))
    return clip


@pytest.mark.parametrize("program", ["node", "go", "java"], indirect=True)
def test_transcode_and_publish(
    program: Program,
    server: LocalServer,
    trusting: Callable[[str], None],
    long_upload: Path,
    request: pytest.FixtureRequest,
) -> None:
    told = {"secretId": server.secret_id, "secretKey": server.secret_key, "seconds": int(PATIENCE)}
    secure = {**told, "endpoint": urlsplit(server.https_url).netloc, "scheme": "https", "file": str(long_upload)}
    plain = {**told, "endpoint": server.address, "scheme": "http"}
    trusting(request.node.callspec.params["program"].title())
    got, looked = map(json.loads, program(json.dumps(secure), json.dumps(plain)).splitlines())
    assert got["refused"] == "InvalidParameterValue.SourceDefinition"
    [step] = got["processed"]["ProcedureTask"]["MediaProcessResultSet"]
    made = step["TranscodeTask"]
    assert (step["Type"], made["Status"], made["Output"]["Container"]) == ("Transcode", "SUCCESS", "mp4")
    assert got["published"]["WechatMiniProgramPublishTask"]["PublishResult"] == "Pass"
    for seen, url in ((got, server.https_url), (looked, f"http://{server.address}")):
        [info] = seen["infos"]["MediaInfoSet"]
        assert info["MetaData"]["Size"] == long_upload.stat().st_size
        [item] = info["MiniProgramReviewInfo"]["MiniProgramReviewList"]
        assert item["Definition"] == 10
        assert item["Url"].startswith(f"{url}/") and item["Url"].endswith("/v.f10.mp4")


def test_python_by_https(server: LocalServer, ca: Path) -> None:
    """The line for it is a part of the program; without it, the server is not trusted."""
    host = urlsplit(server.https_url).netloc
    request = models.DescribeTasksRequest()
    for trusted in (str(ca), None):
        profile = ClientProfile(httpProfile=HttpProfile(endpoint=host, certification=trusted))
        client = VodClient(Credential(server.secret_id, server.secret_key), "", profile)
        if trusted:
            assert client.DescribeTasks(request).RequestId
        else:
            with pytest.raises(TencentCloudSDKException, match="CERTIFICATE_VERIFY_FAILED"):
                client.DescribeTasks(request)


def test_curl_by_https(server: LocalServer, ca: Path) -> None:
    told = output([needed("curl"), "-sS", "--cacert", ca, f"{server.https_url}/healthz"], ca.parent, PATIENCE)
    assert "ok" in told


KNOWS_VOD = (
    "import sys; from tccli import services; services.SERVICE_VERSIONS = {'vod': services.SERVICE_VERSIONS['vod']}; "
    "from tccli.main import main; sys.exit(main())"
)
"""tccli copies its table of all services twice for each of them before it does anything: half of its time."""


class Tccli:
    """The command, with a home and CAs of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        shutil.copytree(Path(certifi.where()).parent, home / "certifi")

    def as_typed(self, *words: str) -> Any:
        """The answer, which comes after what it says while it waits; None where there is none."""
        return self._run(Path(sys.executable).with_name("tccli"), *words)

    def __call__(self, *words: str) -> Any:
        """Likewise, by the same program with no other service in its table."""
        return self._run(sys.executable, "-c", KNOWS_VOD, *words)

    def _run(self, *argv: str | Path) -> Any:
        said = output([*argv], self._home, 2 * PATIENCE)
        start = said.find("{")
        return json.loads(said[start:]) if start >= 0 else None

    def finished(self, task_id: str) -> Any:
        waiter = f"{{'expr': 'Status', 'to': 'FINISH', 'timeout': {int(PATIENCE)}, 'interval': 1}}"
        return self("vod", "DescribeTaskDetail", "--TaskId", task_id, "--waiter", waiter)


@pytest.fixture
def tccli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tccli:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # where its copy of certifi is, to which the CA is added
    return Tccli(tmp_path)


def test_tccli(server: LocalServer, ca: Path, tccli: Tccli, trusting: Callable[[str], None], short_clip: Path) -> None:
    trusting("tccli")
    tccli.as_typed(
        "configure", "set", "secretId", server.secret_id, "secretKey", server.secret_key, "region", "ap-guangzhou"
    )
    applied = tccli.as_typed("vod", "ApplyUpload", "--MediaType", "mp4", "--MediaName", "片")
    key = applied["TempCertificate"]
    config = CosConfig(
        Region=applied["StorageRegion"],
        SecretId=key["SecretId"],
        SecretKey=key["SecretKey"],
        Token=key["Token"],
        Domain=urlsplit(server.https_url).netloc,
        VerifySSL=str(ca),
    )
    CosS3Client(config).upload_file(applied["StorageBucket"], applied["MediaStoragePath"], str(short_clip))
    committed = tccli("vod", "CommitUpload", "--VodSessionKey", applied["VodSessionKey"])
    file_id = committed["FileId"]
    assert committed["MediaUrl"].startswith(f"{server.https_url}/")

    steps = ["--cli-unfold-argument", "--MediaProcessTask.TranscodeTaskSet.0.Definition", "10"]
    processed = tccli.finished(tccli("vod", "ProcessMedia", "--FileId", file_id, *steps)["TaskId"])
    [step] = processed["ProcedureTask"]["MediaProcessResultSet"]
    assert step["TranscodeTask"]["Status"] == "SUCCESS"
    assert step["TranscodeTask"]["Output"]["Url"].startswith(f"{server.https_url}/")
    task_id = tccli("vod", "WeChatMiniProgramPublish", "--FileId", file_id, "--SourceDefinition", "10")["TaskId"]
    published = tccli.finished(task_id)["WechatMiniProgramPublishTask"]
    assert (published["PublishResult"], published["SourceDefinition"]) == ("Pass", 10)

    _pull(tccli, server, file_id, task_id)
    [info] = tccli("vod", "DescribeMediaInfos", "--FileIds", json.dumps([file_id]))["MediaInfoSet"]
    [item] = info["MiniProgramReviewInfo"]["MiniProgramReviewList"]
    assert item["Url"].startswith(f"{server.https_url}/") and item["Url"].endswith("/v.f10.mp4")
    trusted = ssl.create_default_context(cafile=ca)
    played = httpx.get(item["Url"], headers={"range": "bytes=4-7"}, verify=trusted)
    assert (played.status_code, played.content) == (206, b"ftyp")


def _pull(tccli: Tccli, server: LocalServer, file_id: str, task_id: str) -> None:
    """Pulls and confirms until both events have come: of the upload, and of the publication."""
    seen: dict[str, Any] = {}

    def both() -> bool:
        events = tccli("vod", "PullEvents")["EventSet"]
        tccli("vod", "ConfirmEvents", "--EventHandles", json.dumps([event["EventHandle"] for event in events]))
        for event in events:
            upload, publication = event["FileUploadEvent"], event["WechatMiniProgramPublishCompleteEvent"]
            if upload and upload["FileId"] == file_id:
                seen["upload"] = upload
            if publication and publication["TaskId"] == task_id:
                seen["publication"] = publication
        return len(seen) == 2

    eventually("both events have come", both)
    assert seen["upload"]["MediaBasicInfo"]["MediaUrl"].startswith(f"{server.https_url}/")
    assert seen["publication"]["PublishResult"] == "Pass"
