"""The README's code runs as it is shown, with the endpoint and the key of a real server put in."""

import contextlib
import io
import re
from pathlib import Path

import pytest
from qcloud_vod.model import VodUploadRequest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli.demo_clips import neutral_clip
from minivod.cli.local_server import LocalServer
from minivod.upload import UploadClient

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
SDK = {
    "ClientProfile": ClientProfile,
    "Credential": Credential,
    "HttpProfile": HttpProfile,
    "VodClient": VodClient,
    "models": models,
}


def test_the_five_lines(server: LocalServer, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert code.count("\n") == 5
    client = UploadClient(server.secret_id, server.secret_key, endpoint=server.url)
    request = VodUploadRequest()
    request.MediaFilePath = str(neutral_clip(tmp_path))
    file_id = client.upload("ap-guangzhou", request).FileId
    for shown, real in (
        ("127.0.0.1:9050", server.address),
        ('"AKID…", "…"', f'"{server.secret_id}", "{server.secret_key}"'),
        ("5285485487985271487", file_id),
    ):
        assert shown in code
        code = code.replace(shown, real)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, dict(SDK))
    assert re.fullmatch(rf"{server.app_id}-wechat-mini-program-publish-[0-9a-f]{{32}}t0\n", printed.getvalue())


def test_it_starts_with_the_two_commands() -> None:
    assert README.index("make demo") < README.index("make test") < README.index("make serve")
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().endswith("exec make test")


def test_the_chinese_one_shows_the_same_commands_and_code() -> None:
    blocks = [re.findall(r"```\w*\n(.*?)```", page, re.DOTALL) for page in (README, CHINESE)]
    blocks = [[re.sub(r" *#.*", "", block) for block in found] for found in blocks]
    assert blocks[0] == blocks[1] and len(blocks[0]) == 4


@pytest.mark.parametrize(
    "page", [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
