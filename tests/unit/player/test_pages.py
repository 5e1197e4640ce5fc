"""The player page: what it may do, who may frame it, and that the library in it is the one that was vendored."""

import hashlib

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from minivod.player.pages import STATIC, routes
from minivod.settings import Settings

FILE_ID = "5285485487985271487"
HLS_SHA256 = "5501f1d9091b6f749e0ef61aff4b9ea3ba13fd5fa5e2aefb6fc0ff871847a531"


def client(frames: tuple[str, ...] = ("*",)) -> httpx.AsyncClient:
    app = Starlette(routes=list(routes(origins=["*"], frames=frames, media=["https://media.example:9443"])))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vod.example")


async def test_the_page_runs_no_code_but_its_own() -> None:
    async with client() as http:
        answer = await http.get(f"/player/1300000001/{FILE_ID}?psign=<script>")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["media-src"] == "blob: 'self' https://media.example:9443"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "psign" not in answer.text


@pytest.mark.parametrize(
    ("frames", "ancestors"),
    [(("*",), "*"), ((), "'none'"), (("https://a.example", "https://b.example:8443"), "https://a.example https://b.example:8443")],
)  # fmt: skip
async def test_who_may_frame_it_is_a_setting(frames: tuple[str, ...], ancestors: str) -> None:
    async with client(frames) as http:
        answer = await http.get(f"/player/1300000001/{FILE_ID}")
    assert answer.headers["content-security-policy"].endswith(f"; frame-ancestors {ancestors}")


@pytest.mark.parametrize("wrong", ["https://a.example; script-src *", "https://a.example,b", "'self' *", ""])
def test_an_origin_cannot_be_more_than_one(wrong: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"player_frames": [wrong]}, Settings)


@pytest.mark.parametrize(
    "path", [f"/player/x/{FILE_ID}", "/player/1300000001/x", "/player/1300000001/1", "/player/abc/def"]
)
async def test_what_is_no_video_has_the_page_that_says_so(path: str) -> None:
    async with client() as http:
        right, wrong = await http.get(f"/player/1300000001/{FILE_ID}"), await http.get(path)
    assert (wrong.status_code, wrong.content) == (404, right.content)
    for name in ("content-type", "content-security-policy", "x-content-type-options", "cache-control"):
        assert wrong.headers[name] == right.headers[name]


async def test_the_module_and_all_that_it_imports_can_be_loaded_from_other_origins() -> None:
    async with client() as http:
        for file in STATIC.iterdir():
            answer = await http.get(f"/static/{file.name}", headers={"origin": "https://page.example"})
            if file.name == "page.html":
                assert answer.status_code == 404
                continue
            assert (answer.status_code, answer.content) == (200, file.read_bytes())
            assert answer.headers["access-control-allow-origin"] == "*"
            kind = {"css": "text/css", "svg": "image/svg+xml", "txt": "text/plain"}.get(
                file.suffix[1:], "text/javascript"
            )
            assert answer.headers["content-type"].startswith(kind)
        for name in ("../pages.py", "..%2Fpages.py", "pages.py", ""):
            assert (await http.get(f"/static/{name}")).status_code == 404


def test_the_library_is_the_one_of_its_authors() -> None:
    """The digest of dist/hls.min.mjs in the package hls.js 1.7.4 of npm."""
    assert hashlib.sha256((STATIC / "hls-1.7.4.min.mjs").read_bytes()).hexdigest() == HLS_SHA256
    assert "Apache License" in (STATIC / "hls-1.7.4.LICENSE.txt").read_text("utf-8")
