"""The pages of applications, events, signatures and templates in Debian's Chromium."""

import time
from pathlib import Path

from playwright.async_api import Page

from minivod.console import paths
from minivod.playback.signature import make, signed_by
from minivod.store import accounts, distributions, quotas

from ..callbacks.conftest import World
from ..callbacks.receivers import answer, receiver
from .desk import PASSWORD, Desk
from .test_in_a_browser import NAME, Complaints, asked_pictures, look, picture_of, served_to_chromium

KEY = "0123456789abcdef"


async def sign_in(page: Page, base: str, name: str) -> None:
    await page.goto(base + paths.LOGIN)
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", PASSWORD)
    async with page.expect_navigation():
        await page.press("[name=password]", "Enter")


async def fill(desk: Desk) -> int:
    """Applications with videos, quotas and keys; the SubAppId of one with all of it."""
    video = await desk.stage.video("PASS")
    app = video.sub_app_id
    async with desk.db.transaction() as connection:
        await accounts.create_sub_app(connection, desk.stage.app_id, "学校的课程视频", description="第一学期")
        await accounts.create_sub_app(connection, desk.stage.app_id, NAME[:40])
        await accounts.create_key(connection, desk.stage.app_id)
        await accounts.create_key(
            connection, desk.stage.app_id, sub_app_ids=[app], actions=["ApplyUpload", "CommitUpload", "PullEvents"] * 2
        )
        off = await accounts.create_key(connection, await accounts.create_account(connection))
        await distributions.save(connection, distributions.signed(await distributions.lock(connection, app), KEY))
    await accounts.set_key_enabled(desk.db, off.secret_id, enabled=False)
    await accounts.set_account_enabled(desk.db, off.app_id, enabled=False)
    await quotas.change(desk.db, app, {"bytes": 10 * 1024**3, "media": 1})
    return app


async def test_applications_and_keys(desk: Desk, tmp_path: Path) -> None:
    async with served_to_chromium(desk, tmp_path) as (base, page):
        app = await fill(desk)
        pictures = asked_pictures()
        complaints = Complaints().of(page)
        await sign_in(page, base, "admin")
        for name, path, looks in (
            ("apps", paths.APPS, ("light", "phone-chinese-dark")),
            ("app", paths.app(app), ("light", "phone-chinese-dark")),
            ("keys", paths.KEYS, ("light", "phone-chinese-dark")),
            ("key-new", f"{paths.KEYS}/new?account={desk.stage.app_id}", ("light", "phone-chinese-dark")),
        ):
            await page.goto(base + path)
            await look(page, pictures, name, *looks)
        await page.set_extra_http_headers({"accept-language": "en"})
        await page.emulate_media(color_scheme="light")
        await page.goto(f"{base}{paths.KEYS}/new?account={desk.stage.app_id}")
        async with page.expect_navigation():
            await page.click("main button[type=submit]")
        assert len(await page.text_content("dl.secrets div:nth-child(3) code") or "") == 32
        await picture_of(page, pictures, "key-made")
        await page.goto(base + paths.app(app))
        url = f"https://vod.example/{desk.stage.app_id}/vodtrans/1/v.mp4"
        await page.fill("[name=url]", signed_by(KEY, make(expires=time.time() + 600), url) + "1")
        async with page.expect_navigation():
            await page.click("button[value=check]")
        assert "The link does not play" in (await page.text_content("#link [role=alert]") or "")
        await picture_of(page, pictures, "app-link")
        assert not complaints, complaints


async def test_events(desk: Desk, tmp_path: Path) -> None:
    async with served_to_chromium(desk, tmp_path) as (base, page):
        world = World(desk.db, desk.stage.app_id)
        async with receiver(answer("500 Broken")) as there:
            await world.push_to(there.url)
            await world.tell("1397757889341284356", NAME)
            await world.turn()
        await world.tell("1397757889341284357")
        complaints = Complaints().of(page)
        pictures = asked_pictures()
        await sign_in(page, base, "admin")
        await page.goto(base + paths.EVENTS)
        await look(page, pictures, "events", "light", "phone-chinese-dark")
        await page.set_extra_http_headers({"accept-language": "en"})
        async with page.expect_navigation():
            await page.click("text=FileDeleted >> nth=-1")
        await look(page, pictures, "event", "light", "phone-chinese-dark")
        await page.set_extra_http_headers({"accept-language": "en"})
        await page.goto(base + paths.EVENTS)
        async with page.expect_navigation():
            await page.click("#test button")
        assert await page.locator("#test .tag").count() >= 1
        await page.set_viewport_size({"width": 1280, "height": 800})
        await page.emulate_media(color_scheme="dark")
        await picture_of(page, pictures, "events-tested")
        assert not complaints, complaints


async def test_templates_and_signatures(desk: Desk, tmp_path: Path) -> None:
    async with served_to_chromium(desk, tmp_path) as (base, page):
        app = desk.stage.app_id
        ladder = paths.templates_of(app, "AdaptiveDynamicStreaming")
        procedure = f"{paths.TEMPLATES}/{app}/procedure"
        complaints = Complaints().of(page)
        pictures = asked_pictures()
        await sign_in(page, base, "admin")
        for name, path in {
            "templates": paths.templates(app, "Transcode"),
            "template": f"{ladder}/10",
            "template-new": f"{ladder}/new?from=10",
            "procedure-new": f"{procedure}/new?from=LongVideoPreset",
            "signatures": paths.SIGNATURES,
        }.items():
            await page.goto(base + path)
            await look(page, pictures, name, "light", "phone-chinese-dark")
        await page.set_extra_http_headers({"accept-language": "en"})
        await page.set_viewport_size({"width": 1280, "height": 800})
        await page.goto(f"{base}{ladder}/new?from=10")
        await page.fill("[name=Name]", "phones")
        await page.fill("[name='StreamInfos.0.Video.Bitrate']", "321")
        async with page.expect_navigation():
            await page.click("[name=remove] >> nth=-1")
        assert await page.input_value("[name='StreamInfos.0.Video.Bitrate']") == "321"
        async with page.expect_navigation():
            await page.press("[name=Name]", "Enter")
        assert await page.text_content(".notice") == "Saved.", "Enter saves, and removes nothing"
        await page.goto(base + paths.SIGNATURES)
        await page.fill("[name=request]", "POST / HTTP/1.1\nHost: x\nX-TC-Action: DescribeMediaInfos\n\n{}")
        async with page.expect_navigation():
            await page.click("main button[type=submit]")
        await picture_of(page, pictures, "signature-found")
        assert await page.input_value("[name=request]") == ""
        assert not complaints, complaints
