"""The console in Debian's Chromium: it works, keeps its own policy, and is looked at (pictures: `asked_pictures`)."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import uvicorn
from PIL import Image, ImageDraw
from playwright.async_api import Dialog, Page

from minivod.console import paths
from minivod.serving.connection import OPTIONS

from ...browser import MILLISECONDS, chromium_beside
from .desk import PASSWORD, Desk, finding

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


class Complaints(list[str]):
    """What the browser has said of a page: violations of its policy, exceptions, dialogs."""

    def of(self, page: Page) -> Self:
        page.on("console", lambda said: self.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("dialog", self._refuse)
        return self

    async def _refuse(self, dialog: Dialog) -> None:
        self.append(f"{dialog.type}: {dialog.message}")
        await dialog.dismiss()


async def test_a_reviewer_decides_by_the_keyboard(desk: Desk, tmp_path: Path) -> None:
    """From signing in to the next video, without a complaint of the browser; what others wrote does nothing."""
    async with served_to_chromium(desk, tmp_path) as (base, page):
        first, other = await fill(desk)
        pictures = asked_pictures()
        complaints = Complaints().of(page)
        await page.goto(base + paths.LOGIN)
        await look(page, pictures, "login", "light", "dark", "phone-chinese-dark")
        await page.set_extra_http_headers({})
        await page.fill("[name=name]", "reviewer")
        await page.fill("[name=password]", PASSWORD)
        async with page.expect_navigation():
            await page.press("[name=password]", "Enter")
        for name, path in {
            "overview": paths.HOME, "queue": paths.REVIEW, "account": paths.ACCOUNT, "missing": "/console/x",
            "empty": paths.with_query(paths.REVIEW, queue="borderline", app=1), "review": first,
        }.items():  # fmt: skip
            complaints.clear()
            await page.goto(base + path)
            assert await page.evaluate("location.pathname") == path.partition("?")[0]
            assert not complaints or name == "missing", (name, complaints)
            await look(page, pictures, name, *(LOOKS if name in ("overview", "queue", "review") else ["light"]))
        await page.set_extra_http_headers({"accept-language": "en"})
        await page.goto(base + first)
        assert await page.evaluate(WIDTH_OF_EVIDENCE) == 320
        await page.keyboard.press("a")
        assert await page.evaluate("document.activeElement.id") == "reason"
        await page.check("[name=unseen]")
        await page.focus("#reason")
        await page.keyboard.insert_text("a harmless film")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await page.evaluate("location.pathname") == other, "the next one"
        told = str(await page.text_content(".notice"))
        assert told.startswith("The video before this one, <img") and told.endswith(": Approved; it is published.")
    rows = await desk.db.fetch_all(
        "select word, made_by, reason from review_decision order by decision_id desc limit 1"
    )
    assert [tuple(row.values()) for row in rows] == [("approve", "reviewer", "a harmless film")]


@asynccontextmanager
async def served_to_chromium(desk: Desk, home: Path) -> AsyncIterator[tuple[str, Page]]:
    """The address of the console, and a page."""
    async with chromium_beside(fonts=home / "fonts.conf") as browser, served(desk) as base:
        page = await browser.new_page()
        page.set_default_timeout(MILLISECONDS)
        yield base, page


def asked_pictures() -> Path | None:
    """Where pictures go: into the directory that the variable PICTURES names; without it nobody looks, and none is."""
    if not os.environ.get("PICTURES"):
        return None
    folder = Path(os.environ["PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def picture_of(page: Page, folder: Path | None, name: str, *, whole: bool = True) -> None:
    """A picture of the page as it is, if one is asked for."""
    if folder is not None:
        await page.screenshot(path=folder / f"{name}.png", full_page=whole)


async def look(page: Page, folder: Path | None, name: str, *looks: str) -> None:
    """Loads the page anew as such devices would, with pictures of all of it; on a phone nothing is too wide."""
    for one in looks:
        how = LOOKS[one]
        width = how.get("width", 1280)
        await page.emulate_media(color_scheme="dark" if how.get("dark") else "light")
        await page.set_viewport_size({"width": width, "height": 800})
        await page.set_extra_http_headers({"accept-language": how.get("language", "en")})
        await page.reload()
        await picture_of(page, folder, f"{name}-{one}")
        if "width" in how:
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} wide on a phone"
