"""The script for pages that upload, as the server gives it out."""

import httpx
from starlette.applications import Starlette

from minivod.player.pages import routes

PATH = "/static/minivod-web-upload.js"


async def test_a_page_gets_it_as_it_is_in_the_package() -> None:
    site = Starlette(routes=routes(origins=["https://page.example"], frames=[], media=[]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="https://vod.example") as http:
        got = await http.get(PATH, headers={"origin": "https://page.example"})
        stranger = await http.get(PATH, headers={"origin": "https://other.example"})
        sent = await http.post(PATH)
    assert got.status_code == 200
    assert got.text.startswith("/* minivod-web-upload.js: lets the official uploader")
    assert got.headers["content-type"].startswith("text/javascript")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["etag"]
    assert got.headers["access-control-allow-origin"] == "https://page.example"
    assert "access-control-allow-origin" not in stranger.headers
    assert sent.status_code == 405
