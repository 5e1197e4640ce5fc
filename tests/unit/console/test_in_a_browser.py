"""The console in Debian's Chromium: it works, keeps its own policy, and is looked at (pictures in tmp_path)."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image, ImageDraw

from minivod.console import paths
from minivod.serving.connection import OPTIONS

from .browser import CHROMIUM, Browser, open_browser
from .desk import PASSWORD, Desk, finding

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")

NAME = '<img src=x onerror="alert(1)"> 一个名字很长的视频 ' + "averyveryverylongnamewithoutanyspaces" * 4
WIDTH_OF_EVIDENCE = """(async () => {
    const picture = document.querySelector(".findings img");
    picture.loading = "eager";
    await picture.decode();
    return picture.naturalWidth;
})()"""
LOOKS: dict[str, dict[str, Any]] = {
    "light": {}, "dark": {"dark": True}, "phone": {"width": 390}, "chinese": {"language": "zh-CN"},
    "phone-chinese-dark": {"width": 390, "language": "zh-CN", "dark": True},
}  # fmt: skip


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(desk.app, host="127.0.0.1", port=0, log_level="critical", **OPTIONS | {"lifespan": "off"})
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await task


def picture(number: int) -> bytes:
    image = Image.new("RGB", (320, 180), (40 + 60 * number, 90, 120))
    ImageDraw.Draw(image).text((90, 80), f"a frame, {number}", fill="white")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


async def fill(desk: Desk) -> tuple[str, str]:
    """Videos in every state; the addresses of two that wait."""
    for state in ("PASS", "FAILED", "RUNNING", "REJECTED BY A PERSON", "APPROVED BY A PERSON"):
        await desk.stage.video(state, name=f"holiday {state.lower()}.mp4")
    await desk.db.execute("insert into procrastinate_workers (last_heartbeat) values (now()), (now() - interval '1 h')")
    other = await desk.rejected("Rejected: forbidden text", name="妈妈的生日.mp4")
    found = [
        finding("加微信 领红包", 0.4, 1.2, "0001"),
        finding(NAME, 1.5, 2.5, "0002") | {"category": "Porn", "disguise": "", "certainty": "certain"},
        finding("buy now", 3.9, 4.4, "") | {"category": "Ad.Ocr"},
    ]
    first = await desk.rejected(
        "Rejected: Porn.Ocr at 0:00: 加微信 领红包", name=NAME, findings=found, stopped_at=4.5,
        uncovered={"Terrorism": "no detector for it is installed", "Political": "no detector for it is installed"},
        partly={"Porn.Asr": "only what is said in English"},
        summary=[
            {"Type": "Porn", "Suggestion": "block", "Confidence": 97.0},
            {"Type": "Porn.Ocr", "Suggestion": "review", "Confidence": 71.0},
        ],
    )  # fmt: skip
    for number in (1, 2):
        await desk.stage.objects.put_bytes(f"evidence/{first.file_id}/000{number}.jpg", picture(number))
    return tuple(paths.review(one.sub_app_id, one.file_id) for one in (first, other))  # type: ignore[return-value]


async def test_a_reviewer_decides_by_the_keyboard(desk: Desk, tmp_path: Path) -> None:
    """From signing in to the next video, without a complaint of the browser; what others wrote does nothing."""
    first, other = await fill(desk)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    async with served(desk) as base, open_browser(tmp_path / "profile") as browser:
        await browser.open(base + paths.LOGIN)
        await look(browser, pictures, "login", "light", "dark", "phone-chinese-dark")
        await browser.call("Network.setExtraHTTPHeaders", headers={})
        browser.events.clear()
        await browser.run(
            f"document.querySelector('[name=name]').value = 'reviewer';"
            f"document.querySelector('[name=password]').value = '{PASSWORD}';"
            "document.querySelector('main form').requestSubmit()"
        )
        await browser.loaded()
        for name, path in {
            "overview": paths.HOME, "queue": paths.REVIEW, "account": paths.ACCOUNT, "missing": "/console/x",
            "empty": paths.with_query(paths.REVIEW, queue="borderline", app=1), "review": first,
        }.items():  # fmt: skip
            await browser.open(base + path)
            assert await browser.run("location.pathname") == path.partition("?")[0]
            complaints = [one for one in browser.complaints() if name != "missing"]
            assert not complaints, (name, complaints)
            await look(browser, pictures, name, *(LOOKS if name in ("overview", "queue", "review") else ["light"]))
        await browser.call("Network.setExtraHTTPHeaders", headers={"accept-language": "en"})
        await browser.open(base + first)
        assert await browser.run(WIDTH_OF_EVIDENCE) == 320
        browser.events.clear()
        await browser.press("a")
        assert await browser.run("document.activeElement.id") == "reason"
        await browser.run("document.querySelector('[name=unseen]').checked = true")
        await browser.call("Input.insertText", text="a harmless film")
        await browser.press("Enter")
        await browser.loaded()
        assert await browser.run("location.pathname") == other, "the next one"
        assert await browser.run("document.querySelector('.notice').textContent") == "Approved; it is published."
    rows = await desk.db.fetch_all(
        "select word, made_by, reason from review_decision order by decision_id desc limit 1"
    )
    assert [tuple(row.values()) for row in rows] == [("approve", "reviewer", "a harmless film")]


async def look(browser: Browser, folder: Path, page: str, *names: str) -> None:
    for name in names:
        await browser.look(folder / f"{page}-{name}.png", **LOOKS[name])
        if LOOKS[name].get("width"):
            wide = await browser.run("document.documentElement.scrollWidth")
            assert wide <= 390, f"{page} is {wide} wide on a phone"
