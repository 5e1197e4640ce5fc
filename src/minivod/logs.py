"""Structured logs on standard error: one JSON object a line, or lines for people; secrets never get in."""

import logging
import os
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Literal

import msgspec
import structlog

from minivod.settings_words import masked

_SECRET_NAMES = (
    "secret_key", "secretkey", "old_secret", "sign_key", "signkey", "token", "authorization", "password", "play_key",
    "database_url",
)  # fmt: skip
_REDACTED = "[redacted]"


def configure(level: str, form: Literal["json", "console"]) -> None:
    """Sets up structlog, and sends what libraries log through `logging` the same way.

    Args:
        level: least severe level that is written.
        form: `json`, or `console` with colours on a terminal.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    json = structlog.processors.JSONRenderer(serializer=_to_json)
    renderer: structlog.typing.Processor = json if form == "json" else structlog.dev.ConsoleRenderer(colors=colours)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)


def redact(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replaces the values of names that hold secrets, however deep, and passwords in URLs (T24)."""
    for name in event:
        event[name] = _redacted(name, event[name])
    return event


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return any(secret in name.lower() for secret in _SECRET_NAMES)


def _redacted(name: object, value: Any) -> Any:
    if isinstance(name, str) and _is_secret(name):
        return _REDACTED
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {inner: _redacted(inner, content) for inner, content in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(None, content) for content in value]
    return value


def _to_json(event: object, **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
