"""Fetches a wheel with pip, and says what was in the way where that fails: the index, or a proxy before it."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from minivod import proxies
from minivod.media.sandbox import StepFailed, run_trusted

PIP_SECONDS = 900.0
_PIP = (sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check")
_USUAL_INDEX = "https://pypi.org/simple"
_AWAY = re.compile(r"connection broken by|Max retries exceeded|ProxyError|ReadTimeoutError|IncompleteRead")
_CONFIGURED = re.compile(r"^(:env:|download|global)\.(index-url|proxy)='(.*)'$", re.MULTILINE)


class DownloadFailed(Exception):
    """The wheel could not be fetched; the message says why, and what to do where something is in the way."""


def download(requirement: str, target: Path) -> None:
    """Downloads the wheel of an exact version into `target`, without what it depends on; nothing of it is executed.

    Raises:
        DownloadFailed: it did not come.
    """
    arguments = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(target), requirement]
    try:
        done = run_trusted([*_PIP, *arguments], timeout=PIP_SECONDS)
    except StepFailed as failure:
        raise DownloadFailed(f"pip could not download {requirement}: {failure}") from failure
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")
        raise DownloadFailed(f"pip could not download {requirement}: {_reason(said)}")


def _reason(said: str) -> str:
    if _AWAY.search(said):
        return _what_is_in_the_way(said)
    lines = said.strip().splitlines() or ["no message"]
    return next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1])


def _what_is_in_the_way(said: str) -> str:
    """Of an index that was not reached pip only says, as an error, that it has no such package."""
    configured = _configuration()
    index = configured.get("index-url", _USUAL_INDEX)
    try:
        parts = urlsplit(index)
        address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    except ValueError:
        address = "of pip's setting index-url, which is no URL,"
    if proxy := configured.get("proxy"):
        through = f"through the proxy {proxies.shown(proxy)}, which pip's setting proxy names (PIP_PROXY or pip.conf)"
    else:
        through = proxies.advice(index)
    return (
        f"the package index {address} was not reached{proxies.system_reason(said)}{', ' if through else ''}{through}; "
        "a machine without an index takes the wheel by --wheels"
    )


def _configuration() -> dict[str, str]:
    """What pip is told of the index and the proxy; the environment comes before files, `download` before `global`."""
    done = run_trusted([*_PIP, "config", "list"], timeout=PIP_SECONDS)
    found = _CONFIGURED.findall(done.stdout.decode(errors="replace"))
    order = (":env:", "download", "global")
    return {name: value for _, name, value in sorted(found, key=lambda entry: -order.index(entry[0]))}
