"""What machines ask of a server: health, readiness, metrics, and its log."""

import json
import shutil
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from minivod.cli.local_server import LocalServer

from ..processes import standing_still
from .user import PATIENCE, call, code_of, eventually, parts

Sample = tuple[str, tuple[tuple[str, str], ...]]
"""Its name, and its labels in order."""


def samples(server: LocalServer) -> dict[Sample, float]:
    """Every sample at /metrics, by name and labels."""
    answer = httpx.get(f"{server.url}/metrics", timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(row.name, tuple(sorted(row.labels.items()))): row.value for family in families for row in family.samples}


def test_a_server_that_is_well(server: LocalServer) -> None:
    assert httpx.get(f"{server.url}/healthz", timeout=PATIENCE).json() == {"status": "ok"}
    ready = httpx.get(f"{server.url}/readyz", timeout=PATIENCE)
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "database": "ok", "objects": "ok"})


def test_not_ready_while_the_database_is_away(server: LocalServer) -> None:
    postgres = parts(server)["postgres"]
    with standing_still(postgres):
        answer = httpx.get(f"{server.url}/readyz", timeout=PATIENCE)
        assert answer.status_code == 503
        assert answer.json() == {"status": "not ready", "database": "unreachable", "objects": "ok"}
        assert httpx.get(f"{server.url}/healthz", timeout=PATIENCE).status_code == 200
        assert httpx.get(f"{server.url}/metrics", timeout=PATIENCE).status_code == 200
    eventually("it is ready again", lambda: httpx.get(f"{server.url}/readyz", timeout=PATIENCE).status_code == 200)


def test_not_ready_while_the_store_is_away(server: LocalServer) -> None:
    objects = server.log.with_suffix("") / "objects"
    aside = objects.with_name("objects.aside")
    shutil.move(objects, aside)
    objects.write_bytes(b"")  # neither a directory, nor can one be made
    try:
        answer = httpx.get(f"{server.url}/readyz", timeout=PATIENCE)
        assert answer.status_code == 503
        assert answer.json() == {"status": "not ready", "database": "ok", "objects": "unreachable"}
    finally:
        objects.unlink()
        shutil.move(aside, objects)
    assert httpx.get(f"{server.url}/readyz", timeout=PATIENCE).status_code == 200


def test_metrics_count_requests(server: LocalServer) -> None:
    calls = ("minivod_api_requests_total", (("action", "DescribeMediaInfos"), ("code", "OK")))
    refused = (
        "minivod_api_requests_total",
        (("action", "none"), ("code", "AuthFailure.SecretIdNotFound")),
    )
    timed = ("minivod_api_seconds_count", (("action", "DescribeMediaInfos"),))
    before = samples(server)
    for _ in range(3):
        call(server, "DescribeMediaInfos", FileIds=["5285485487985271487"])
    unknown = ("AKID" + "x" * 32, server.secret_key)
    assert code_of(server, "DescribeMediaInfos", key=unknown, FileIds=["1"]) == "AuthFailure.SecretIdNotFound"
    after: dict[Sample, float] = {}

    def counted() -> bool:
        """A request is counted after its answer has been sent."""
        after.update(samples(server))
        return after[timed] - before.get(timed, 0) >= 3 and after.get(refused, 0) > before.get(refused, 0)

    eventually("all are counted", counted)
    assert after[calls] - before.get(calls, 0) == 3
    assert after[refused] - before.get(refused, 0) == 1
    assert after["minivod_waiting_jobs", ()] == 0


def whole_lines(server: LocalServer) -> list[str]:
    """The lines of the server's log, without one that is being written."""
    return server.log.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()


def test_every_request_has_its_line_in_the_log(server: LocalServer) -> None:
    answered = call(server, "DescribeMediaInfos", FileIds=["5285485487985271487"]).RequestId
    try:
        call(server, "DescribeMediaInfos", key=(server.secret_id, "wrong" * 6), FileIds=["1"])
    except TencentCloudSDKException as error:
        refused = error.get_request_id()
    found: dict[str, dict[str, Any]] = {}

    def logged() -> bool:
        """A request is logged after its answer has been sent; the last line may be half written."""
        for line in map(json.loads, whole_lines(server)):  # each is one JSON object
            assert {"event", "level", "timestamp"} <= line.keys()
            found[line.get("request_id", "")] = line
        return {answered, refused} <= found.keys()

    eventually("both are in the log", logged)
    assert (found[answered]["action"], found[answered]["code"]) == ("DescribeMediaInfos", "")
    assert found[refused]["code"] == "AuthFailure.SignatureFailure"
    assert found[answered]["app_id"] == server.app_id
    assert server.secret_key not in "\n".join(whole_lines(server))
