"""`minivod doctor`: what works here, and why the signature of a real request was refused."""

import hashlib
import re
import time
from pathlib import Path

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.sign import Sign

from minivod.cli.local_server import LocalServer

from .user import call, eventually, minivod

BODY = '{"FileIds":["5285485487985271487"]}'


@pytest.fixture
def refused(server: LocalServer, env: dict[str, str]) -> str:
    """The RequestId of a request that the SDK signed with a wrong key, when the server has kept it."""
    with pytest.raises(TencentCloudSDKException) as caught:
        call(server, "DescribeMediaInfos", key=(server.secret_id, "a" * 32), FileIds=["5285485487985271487"])
    assert caught.value.get_code() == "AuthFailure.SignatureFailure"
    request_id = str(caught.value.get_request_id())
    kept = Path(env["MINIVOD_DATA_DIR"]) / "failed-signatures" / f"{request_id}.json"
    eventually("the request is kept", kept.exists)
    return request_id


def capture(server: LocalServer, now: int, secret_key: str) -> bytes:
    """A request that is signed with that key."""
    scope = f"{time.strftime('%Y-%m-%d', time.gmtime(now))}/vod/tc3_request"
    headers = f"content-type:application/json\nhost:{server.address}\n"
    canonical = f"POST\n/\n\n{headers}\ncontent-type;host\n{hashlib.sha256(BODY.encode()).hexdigest()}"
    text = f"TC3-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = Sign.sign_tc3(secret_key, scope[:10], "vod", text)
    lines = [
        "POST / HTTP/1.1",
        f"Host: {server.address}",
        "Content-Type: application/json",
        "X-TC-Action: DescribeMediaInfos",
        "X-TC-Version: 2018-07-17",
        f"X-TC-Timestamp: {now}",
        f"Authorization: TC3-HMAC-SHA256 Credential={server.secret_id}/{scope}, SignedHeaders=content-type;host, "
        f"Signature={signature}",
        "",
        BODY,
    ]
    return "\r\n".join(lines).encode()


def test_the_report_of_a_machine_with_a_server(env: dict[str, str]) -> None:
    done = minivod("doctor", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line for line in done.stdout.splitlines()[2:] if line]
    assert all(re.match(r"[✓!] {2}(ffmpeg|sandbox|review|storage|tls|database) {2,}\S", row) for row in rows)
    assert any(re.fullmatch(r"✓ {2}database {2}answers; up for \d+ s", row) for row in rows)
    assert any(row.startswith("✓  ffmpeg") and "ffmpeg version" in row for row in rows)
    reasons = [row.partition(": ")[2].partition(": ")[2] for row in rows if "not looked for" in row]
    assert len(set(reasons)) == len(reasons), "a reason is told once"


def test_the_report_names_what_is_broken(home: Path) -> None:
    settings = {
        "MINIVOD_DATABASE_URL": "postgresql://user:hunter2@127.0.0.1:1/name",
        "MINIVOD_DATA_DIR": str(home),
        "MINIVOD_MODELS_DIR": str(home),
    }
    done = minivod("doctor", env=settings)
    assert done.returncode == 1
    assert re.search(r"✗ {2}database {2}the database does not answer; check database_url: .*refused", done.stdout)
    assert re.search(r"! {2}review .*not looked for: Porn: the model .* is missing .*models install", done.stdout)
    assert "hunter2" not in done.stdout + done.stderr
    without = minivod("doctor", "check", "--ffmpeg", "/no/ffmpeg", "--data-dir", str(home / "none"))
    assert without.returncode == 1
    assert "✗  ffmpeg    there is no ffmpeg at /no/ffmpeg" in without.stdout
    assert f"!  database  none yet in {home / 'none'}; `minivod serve` makes it" in without.stdout


def test_what_cannot_be_a_store_or_shared_is_told_where_it_belongs(home: Path) -> None:
    settings = {
        "MINIVOD_DATA_DIR": str(home),
        "MINIVOD_STORAGE_URL": "ftp://user:hunter2@host/x",
        "MINIVOD_RATE_LIMIT_STORAGE": "tcp://host",
    }
    done = minivod("doctor", env=settings)
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗  storage   the setting storage_url has a wrong value 'ftp://user:***@host/x'" in done.stdout
    assert "✗  limits    the setting rate_limit_storage has a wrong value 'tcp://host'" in done.stdout
    assert [line[:11] for line in done.stdout.splitlines() if line.startswith("✗")] == ["✗  storage ", "✗  limits  "]
    elsewhere = minivod("doctor", env={"MINIVOD_DATA_DIR": str(home), "MINIVOD_STORAGE_URL": "file:///dev/shm/none"})
    assert re.search(r"✓ {2}storage {3}/dev/shm has .* GB free", elsewhere.stdout)


def test_a_wrong_setting_is_named() -> None:
    done = minivod("doctor", env={"MINIVOD_PORT": "many"})
    assert done.returncode == 2
    assert "the setting port (environment) has a wrong value 'many'" in done.stderr


def test_a_refused_request_is_listed_and_explained(refused: str, env: dict[str, str], server: LocalServer) -> None:
    listed = minivod("doctor", "signature", env=env)
    assert listed.returncode == 0
    assert re.match(
        rf"{refused}  \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ  AuthFailure\.SignatureFailure", listed.stdout.splitlines()[0]
    )
    told = minivod("doctor", "signature", refused, env=env)
    assert told.returncode == 1
    assert told.stdout.startswith(f"{refused}: AuthFailure.SignatureFailure: ")
    assert "SecretKey" in told.stdout  # the advice: another key signed it
    assert f"host:{server.address}" in told.stdout  # of the canonical request
    assert "TC3-HMAC-SHA256" in told.stdout  # of the string to sign
    assert server.secret_key not in told.stdout
    assert "a" * 32 not in told.stdout


def test_a_captured_request(home: Path, env: dict[str, str], server: LocalServer) -> None:
    now = int(time.time())
    file = home / "request"
    file.write_bytes(capture(server, now, server.secret_key))
    valid = minivod("doctor", "signature", str(file), env=env)
    assert valid.returncode == 0, valid.stdout
    piped = minivod("doctor", "signature", "-", "--at", str(now), env=env, stdin=file.read_bytes())
    assert (piped.returncode, piped.stdout) == (0, valid.stdout)
    late = minivod("doctor", "signature", str(file), "--at", str(now + 3600), env=env)
    assert late.returncode == 1
    assert "3600 s" in late.stdout
    file.write_bytes(capture(server, now, "b" * 32))
    wrong = minivod("doctor", "signature", str(file), env=env)
    assert wrong.returncode == 1
    assert f"host:{server.address}" in wrong.stdout
