"""Signed links as a team that moves has them: the official SDK switches, and its own few lines sign."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from minivod.cli.local_server import LocalServer

from .user import call, upload

KEY = "24FEQmTzro4V5u3D5epW"


@pytest.fixture
def domain(server: LocalServer) -> Iterator[str]:
    """The domain, whose files need no signature in the end."""
    [found] = call(server, "DescribeVodDomains").DomainSet
    yield found.Domain
    call(
        server, "ModifyVodDomainConfig", Domain=found.Domain, UrlSignatureAuthPolicy={"Status": "Disabled"},
        RefererAuthPolicy={"Status": "Disabled"},
    )  # fmt: skip


def signed(url: str, exper: str = "", key: str = KEY) -> str:
    """Written after the reference's documentation, not after our code."""
    path, t = urlsplit(url).path, f"{int(time.time()) + 600:x}"
    directory = path[: path.rindex("/") + 1]
    sign = hashlib.md5((key + directory + t + exper + "72d4cd1101").encode(), usedforsecurity=False).hexdigest()
    return f"{url}?t={t}" + (f"&exper={exper}" if exper else "") + f"&us=72d4cd1101&sign={sign}"


def test_an_upload_plays_by_signed_links(server: LocalServer, domain: str, short_clip: Path) -> None:
    file_id, content = upload(server, short_clip), short_clip.read_bytes()
    [info] = call(server, "DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet
    url = info.BasicInfo.MediaUrl
    assert urlsplit(url).netloc == domain
    assert httpx.get(url).status_code == 404
    call(
        server, "ModifyVodDomainConfig", Domain=domain,
        UrlSignatureAuthPolicy={"Status": "Enabled", "EncryptedKey": KEY},
    )  # fmt: skip
    [shown] = call(server, "DescribeVodDomains", Domains=[domain]).DomainSet
    assert (shown.UrlSignatureAuthPolicy.Status, shown.UrlSignatureAuthPolicy.EncryptedKey) == ("Enabled", KEY)
    part = httpx.get(signed(url), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, content[100:200])
    assert httpx.get(signed(url)).content == content
    assert {httpx.get(wrong).status_code for wrong in (url, signed(url, key="x" * 8), signed(url) + "0")} == {403}
    assert 0 < len(httpx.get(signed(url, exper="1")).content) < len(content)

    white = {"Status": "Enabled", "AuthType": "White", "Referers": ["*.example.com"], "BlankRefererAllowed": "No"}
    call(server, "ModifyVodDomainConfig", Domain=domain, RefererAuthPolicy=white)
    pages = ("https://www.example.com/", "https://other.example/")
    assert [httpx.get(signed(url), headers={"Referer": page}).status_code for page in pages] == [200, 403]
    call(server, "ForbidMediaDistribution", FileIds=[file_id], Operation="forbid")
    assert httpx.get(signed(url), headers={"Referer": pages[0]}).status_code == 404
