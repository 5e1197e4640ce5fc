"""The line of a request is what structlog would write."""

import io
import json

import structlog.testing

from minivod.access_log import AccessLog, ApiLine

NOW = 1_700_000_000.25


def line() -> ApiLine:
    return ApiLine(request_id="r", action="PullEvents", code="", app_id=1, client='1\n"', ms=1.5)


def test_json() -> None:
    stream = io.StringIO()
    access = AccessLog("json", "info", stream)
    access.write(line(), NOW)
    access.write(line(), NOW + 0.5)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first == {
        "event": "api_request",
        "request_id": "r",
        "action": "PullEvents",
        "code": "",
        "app_id": 1,
        "client": '1\n"',
        "ms": 1.5,
        "level": "info",
        "timestamp": "2023-11-14T22:13:20.250000Z",
    }
    assert second["timestamp"] == "2023-11-14T22:13:20.750000Z"


def test_console() -> None:
    with structlog.testing.capture_logs() as lines:
        AccessLog("console", "debug").write(line(), NOW)
    assert [(one["event"], one["action"], one["log_level"]) for one in lines] == [("api_request", "PullEvents", "info")]
    assert "timestamp" not in lines[0]


def test_levels_above_info_are_silent() -> None:
    stream = io.StringIO()
    AccessLog("json", "warning", stream).write(line(), NOW)
    assert stream.getvalue() == ""
