"""Log lines: one JSON object each, under the RequestId, without secrets; libraries' lines likewise."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from minivod import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leaves the logging of other tests alone."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


def test_a_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    log = structlog.get_logger("test")
    structlog.contextvars.bind_contextvars(request_id="c0ffee")
    log.info("something", words="a\nb", number=1, other={"path": object})
    log.debug("too much")
    (line,) = lines(capsys)
    assert line["timestamp"].endswith("Z")
    expected = {"event": "something", "level": "info", "request_id": "c0ffee", "words": "a\nb", "number": 1}
    assert expected.items() <= line.items()


def test_a_traceback_is_inside_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    try:
        raise ZeroDivisionError("why")
    except ZeroDivisionError:
        structlog.get_logger("test").exception("broken")
    (line,) = lines(capsys)
    assert line["level"] == "error"
    assert "ZeroDivisionError: why" in line["exception"]


@pytest.mark.parametrize(
    "name", ["secret_key", "SecretKey", "token", "X-TC-Token", "Authorization", "password", "play_key", "database_url"]
)
def test_secrets_are_redacted(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    structlog.get_logger("test").info("something", **{name: "hunter2", "kept": "value"})
    captured = capsys.readouterr().err
    assert "hunter2" not in captured
    assert json.loads(captured)[name] == "[redacted]"
    assert json.loads(captured)["kept"] == "value"


def test_secrets_inside_other_values_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    structlog.get_logger("test").info(
        "something",
        headers={"Authorization": "hunter2", "host": "a", "more": [{"token": "hunter2"}]},
        url="postgresql://user:hunter2@host/name",
    )
    captured = capsys.readouterr().err
    assert "hunter2" not in captured
    line = json.loads(captured)
    assert line["headers"]["host"] == "a"
    assert line["url"] == "postgresql://user:***@host/name"


def test_what_libraries_log_looks_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    logging.getLogger("some.library").warning("careful: %s", "postgresql://user:hunter2@host/name")
    logging.getLogger("some.library").info("chatter")
    (line,) = lines(capsys)
    assert line["event"] == "careful: postgresql://user:***@host/name"
    assert (line["level"], line["logger"]) == ("warning", "some.library")
    assert "timestamp" in line


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "console")
    log = structlog.get_logger("test")
    log.warning("something", secret_key="hunter2", number=1)
    log.info("less")
    written = capsys.readouterr().err
    assert "something" in written
    assert "number" in written
    assert "hunter2" not in written
    assert "less" not in written


def test_only_terminals_get_colours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "console")
    structlog.get_logger().info("to_a_file", number=1)
    assert "\x1b" not in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    logs.configure("info", "console")
    structlog.get_logger().info("to_a_terminal", number=1)
    assert "\x1b[" in capsys.readouterr().err
    monkeypatch.setenv("NO_COLOR", "1")
    logs.configure("info", "console")
    structlog.get_logger().info("to_one_who_wants_none", number=1)
    assert "\x1b" not in capsys.readouterr().err
