"""The script for pages, as the server gives it out."""

import httpx
from starlette.applications import Starlette

from minivod.ugc import helper


async def test_a_page_gets_it_as_it_is_in_the_package() -> None:
    site = Starlette(routes=[helper.route(["https://page.example"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="https://vod.example") as http:
        got = await http.get("/static/minivod-web-upload.js", headers={"origin": "https://page.example"})
        stranger = await http.get(helper.PATH, headers={"origin": "https://other.example"})
        sent = await http.post(helper.PATH)
    assert got.status_code == 200
    assert got.text.startswith("/* minivod-web-upload.js: lets the official uploader")
    assert got.headers["content-type"].startswith("text/javascript")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["etag"]
    assert got.headers["access-control-allow-origin"] == "https://page.example"
    assert "access-control-allow-origin" not in stranger.headers
    assert sent.status_code == 405
